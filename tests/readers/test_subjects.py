"""The one spelling in which people are known: what is stored, and what is looked for."""

from __future__ import annotations

import ipaddress

import pytest

from backoffice.foundation.errors import InvalidInput
from backoffice.readers.subjects import Subject, domains_of, networks_of, normalised


@pytest.mark.parametrize(
    ("subject", "typed", "stored"),
    [
        (Subject.EMAIL, " Rude@Example.ORG ", "rude@example.org"),
        (Subject.EMAIL, "rude@münchen.example", "rude@xn--mnchen-3ya.example"),
        (Subject.DOMAIN, "*.Example.ORG.", "example.org"),
        (Subject.DOMAIN, "@example.org", "example.org"),
        (Subject.DOMAIN, "MÜNCHEN.example", "xn--mnchen-3ya.example"),
        (Subject.NETWORK, "192.0.2.7", "192.0.2.7/32"),
        (Subject.NETWORK, "192.0.2.7/24", "192.0.2.0/24"),
        (Subject.NETWORK, "2001:DB8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        (Subject.NETWORK, "2001:db8::1/128", "2001:db8::1/128"),
        (Subject.NETWORK, "::ffff:192.0.2.7", "192.0.2.7/32"),
        (Subject.NETWORK, "::ffff:192.0.2.0/120", "192.0.2.0/24"),
        (Subject.ACCOUNT, " Dara ", "dara"),
    ],
)
def test_what_people_type_is_kept_in_one_spelling(subject: Subject, typed: str, stored: str) -> None:
    assert normalised(subject, typed) == stored


@pytest.mark.parametrize(
    ("subject", "typed"),
    [
        (Subject.EMAIL, "no address"),
        (Subject.EMAIL, "@example.org"),
        (Subject.DOMAIN, "org"),
        (Subject.DOMAIN, "192.0.2.7"),
        (Subject.DOMAIN, "exa mple.org"),
        (Subject.DOMAIN, "-x.org"),
        (Subject.DOMAIN, "a." * 200 + "org"),
        (Subject.NETWORK, "0.0.0.0/0"),
        (Subject.NETWORK, "10.0.0.0/7"),
        (Subject.NETWORK, "::/0"),
        (Subject.NETWORK, "192.0.2"),
        (Subject.NETWORK, "192.0.2.7/33"),
        (Subject.NETWORK, "everybody"),
        (Subject.ACCOUNT, "  "),
    ],
)
def test_what_means_nobody_or_everybody_is_refused(subject: Subject, typed: str) -> None:
    with pytest.raises(InvalidInput):
        normalised(subject, typed)


def test_a_domain_stands_for_those_below_it() -> None:
    assert domains_of("a@mail.evil.example.org") == ["mail.evil.example.org", "evil.example.org", "example.org"]
    assert domains_of("no address") == []


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.7", "fe80::1%eth0"])
def test_an_address_lies_in_every_network_that_is_listed_for_it(address: str) -> None:
    plain = ipaddress.ip_address(address.partition("%")[0])
    plain = getattr(plain, "ipv4_mapped", None) or plain
    networks = networks_of(address)
    assert len(networks) == len(set(networks)) == (25 if plain.version == 4 else 113)
    assert all(plain in ipaddress.ip_network(each) for each in networks)
    assert all(normalised(Subject.NETWORK, each) == each for each in networks)


def test_what_is_no_address_lies_nowhere() -> None:
    assert networks_of("unix:") == networks_of("") == []
