"""Links and domains, however they are written."""

from __future__ import annotations

import pytest

from backoffice.rules.domains import Domains, domain_in_line, domain_of
from backoffice.rules.links import MOST_LINKS, links_in
from tests.rules.hostile import HOSTILE, scrambled


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("see example.com", ["example.com"]),
        ("https://example.com/ www.example.com EXAMPLE.com http://example.com/#top", ["example.com"]),
        ("example.com/a example.com/b", ["example.com/a", "example.com/b"]),
        ("[x](https://a.example.co/x?y=1)", ["a.example.co/x?y=1"]),
        ("[x](//a.example.co/x)", ["a.example.co/x"]),
        ('<a href="http://xn--mnchen-3ya.de">m</a> münchen.de', ["xn--mnchen-3ya.de"]),
        ("<a href=evil.com>", ["evil.com"]),
        ("<http://evil.com>", ["evil.com"]),
        ("пример.рф", ["xn--e1afmkfd.xn--p1ai"]),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", ["example.com"]),
        ("ex\u200bample.com", ["example.com"]),
        ("http://user:word@evil.com:80/x", ["evil.com/x"]),
        ("http://192.0.2.1/x", ["192.0.2.1/x"]),
        ("hxxp://evil.com", ["evil.com"]),
        ("www.something.invalid", ["something.invalid"]),
        ("Look (evil.com), or evil.net.", ["evil.com", "evil.net"]),
        ("ana@example.org", []),
        ("mail to ana@mail.example.org.", []),
        ("e.g. i.e. node.js readme.txt 3.14 v1.2.3 12.05.2026", []),
        ("I said yes.It is so.", []),
        ("a.b", []),
        ("", []),
    ],
)
def test_each_link_is_counted_once(text: str, keys: list[str]) -> None:
    assert [link.key for link in links_in(text)] == keys


@pytest.mark.parametrize("text", [*HOSTILE.values(), *(scrambled(seed) for seed in range(60))])
def test_hostile_texts_are_read_and_marks_stay_within_them(text: str) -> None:
    links = links_in(text)
    assert len(links) <= MOST_LINKS
    assert len({link.key for link in links}) == len(links)
    assert all(0 <= link.start < link.end <= len(text) for link in links)


@pytest.mark.parametrize(
    ("line", "domain"),
    [
        ("example.com", "example.com"),
        ("*.Example.COM.", "example.com"),
        ("https://www.example.com/path", "example.com"),
        ("@example.com", "example.com"),
        ("ana@example.com", "example.com"),
        ("example.com:8080", "example.com"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("nonsense", None),
        ("a b.com", None),
        ("-", None),
        ("..", None),
        ("x" * 64 + ".com", None),
    ],
)
def test_a_line_means_a_domain(line: str, domain: str | None) -> None:
    assert domain_in_line(line) == domain


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("b.special.example.com", "special.example.com"),
        ("badexample.com", None),
        ("example.com.evil.net", None),
        ("xn--mnchen-3ya.de", "münchen.de"),
        (None, None),
    ],
)
def test_a_domain_stands_for_everything_below_it(name: str | None, line: str | None) -> None:
    domains = Domains(["example.com", "special.example.com", "münchen.de"])
    assert domains.line_for(domain_of(name) if name else None) == line
