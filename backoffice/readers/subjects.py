"""Whom something is about: the words by which an author of comments is known, in the one spelling that is stored."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import idna

from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line, is_email

#: What one connection gets from its provider, and so what one household or office has.
HOUSEHOLD_BITS = 64
#: Networks that are wider than this would shut out whole countries.
WIDEST = {4: 8, 6: 16}
LONGEST_DOMAIN = 253


class Subject(LabelledEnum):
    """By what somebody is known."""

    ACCOUNT = "account", _l("Account")
    EMAIL = "email", _l("E-mail")
    DOMAIN = "domain", _l("Domain of the e-mail")
    NETWORK = "network", _l("Network")


#: What only those may see and use who may see contact data.
CONTACT = frozenset({Subject.EMAIL, Subject.DOMAIN, Subject.NETWORK})


def normalised(subject: Subject, value: str | None) -> str:
    """The value as it is stored: small letters, domains in ASCII, networks with their length. Raises InvalidInput."""
    value = clean_line(value).lower()
    if subject is Subject.EMAIL:
        return email_of(value)
    if subject is Subject.DOMAIN:
        return domain_of(value)
    if subject is Subject.NETWORK:
        return network_of(value)
    if not value:
        raise InvalidInput(_l("Give the user name of an account."), field="value")
    return value


def email_of(value: str) -> str:
    """An address with its domain in ASCII. Raises InvalidInput."""
    mailbox, at, domain = clean_line(value).lower().rpartition("@")
    if not at or not is_email(f"{mailbox}@{domain}"):
        raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="value")
    return f"{mailbox}@{domain_of(domain)}"


def domain_of(value: str) -> str:
    """A domain in ASCII, without what people type before it. Raises InvalidInput."""
    value = clean_line(value).lower().rpartition("@")[2].removeprefix("*").strip(".")
    try:
        domain = value if value.isascii() else idna.encode(value, uts46=True).decode()
        labels = domain.split(".")
        if len(labels) < 2 or len(domain) > LONGEST_DOMAIN or labels[-1].isdecimal():
            raise ValueError(value)
        for label in labels:
            idna.alabel(label)
    except (ValueError, UnicodeError):
        raise InvalidInput(_l("Give a domain, for example example.org."), field="value") from None
    return domain


def network_of(value: str) -> str:
    """A network with its length: one address of version 4 stands for itself, one of version 6 for its /64.

    Raises InvalidInput.
    """
    value = clean_line(value)
    try:
        if "/" in value:
            network: ipaddress.IPv4Network | ipaddress.IPv6Network = ipaddress.ip_network(value, strict=False)
        else:
            address = _address(value)
            bits = 32 if address.version == 4 else HOUSEHOLD_BITS
            network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    except ValueError:
        raise InvalidInput(
            _l("Give a network address, for example 192.0.2.7, 192.0.2.0/24 or 2001:db8::/64."), field="value"
        ) from None
    if isinstance(network, ipaddress.IPv6Network):
        inside = network.network_address.ipv4_mapped
        if inside is not None and network.prefixlen >= 96:
            network = ipaddress.ip_network(f"{inside}/{network.prefixlen - 96}", strict=False)
    if network.prefixlen < WIDEST[network.version]:
        raise InvalidInput(
            _l("That is too wide a network: use at least /%(num)s.", num=WIDEST[network.version]), field="value"
        )
    return str(network)


def domains_of(email: str) -> list[str]:
    """The domain of an address and those above it, as they are stored; nothing for what is no address."""
    try:
        labels = domain_of(email.rpartition("@")[2]).split(".")
    except InvalidInput:
        return []
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def networks_of(address: str) -> list[str]:
    """Every network that an address lies in and that may be stored; nothing for what is no address."""
    return list(_networks(address))


def _networks(address: str) -> Iterator[str]:
    try:
        found = _address(address)
    except ValueError:
        return
    number, width = int(found), found.max_prefixlen
    kind = type(found)
    for bits in range(WIDEST[found.version], width + 1):
        yield f"{kind(number >> (width - bits) << (width - bits))}/{bits}"


def _address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Raises ValueError. What version 6 carries of version 4 is of version 4, and no zone counts."""
    address = ipaddress.ip_address(clean_line(value).partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def author_key(account_id: int | None, email: str | None, name: str) -> str:
    """One word for an author: her account, else her address, else the name she gives."""
    if account_id is not None:
        return f"account:{account_id}"
    return f"email:{email.lower()}" if email else f"name:{name}"
