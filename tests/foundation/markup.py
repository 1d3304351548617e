"""An independent reader of markup: parses it as browsers do and names what should not be there."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib


def _bare(tags: str) -> dict[str, set[str]]:
    return {tag: set() for tag in tags.split()}


EDITOR_TAGS = _bare("h2 h3 h4 p br strong b em i u s pre blockquote ul li figcaption hr table thead tbody tr") | {
    "a": {"href"},
    "code": {"class"},
    "figure": {"class"},
    "img": {"src", "alt", "width", "height"},
    "oembed": {"url"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "scope"},
    "th": {"colspan", "rowspan", "scope"},
}
READING_TAGS = {tag: attributes for tag, attributes in EDITOR_TAGS.items() if tag != "oembed"} | {
    "a": {"href", "rel"},
    "figure": {"class", "data-video"},
    "img": EDITOR_TAGS["img"] | {"loading", "decoding", "referrerpolicy"},
}
COMMENT_TAGS = _bare("p br em strong code pre blockquote ul li") | {"a": {"href", "rel"}, "ol": {"start"}}
VIDEO = re.compile(r"https://www\.youtube\.com/watch\?v=[A-Za-z0-9_-]{11}")


def elements(markup: str) -> Iterator[tuple[Element, list[Element]]]:
    """Every element a browser sees in the markup, each with its ancestors, nearest first."""
    root = html5lib.parseFragment(markup, treebuilder="etree", namespaceHTMLElements=False)
    waiting: list[tuple[Element, list[Element]]] = [(child, []) for child in root]
    while waiting:
        element, ancestors = waiting.pop()
        yield element, ancestors
        waiting += [(child, [element, *ancestors]) for child in element]


def scheme(address: str) -> str | None:
    """The scheme of an address as browsers find it, after the WHATWG URL standard; None for a relative address."""
    address = address.strip("".join(map(chr, range(0x21))))
    address = address.replace("\t", "").replace("\n", "").replace("\r", "")
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", address)
    return found[1].lower() if found else None


def stays_in_site(address: str) -> bool:
    """Whether a relative address cannot lead to another host."""
    return scheme(address) is None and re.match(r"/(?![/\\])", address) is not None


def objections(markup: str, allowed: dict[str, set[str]] = EDITOR_TAGS) -> list[str]:
    """What stands in the markup and must not; empty if all is well."""
    found = [f"control character {char!r}" for char in markup if char < " " and char not in "\n\t"]
    for element, ancestors in elements(markup):
        if element.tag not in allowed:
            found.append(f"tag {element.tag}")
            continue
        found += [f"{element.tag}[{name}]" for name in set(element.attrib) - allowed[element.tag]]
        found += [f"{element.tag}: {fault}" for fault in _faults(element, ancestors)]
    return found


def _faults(element: Element, ancestors: list[Element]) -> Iterator[str]:
    get = element.attrib.get
    above = [ancestor.tag for ancestor in ancestors]
    if element.tag == "a":
        address = get("href", "")
        if scheme(address) not in {"http", "https", "mailto"} and not stays_in_site(address):
            yield f"address {address!r}"
        if "a" in above:
            yield "link in a link"
    elif element.tag == "img":
        if not re.match("https://[^/]", get("src", "")):
            yield f"address {get('src')!r}"
        if any(not get(name, "1").isdecimal() for name in ("width", "height")):
            yield "size"
    elif element.tag == "oembed":
        if not VIDEO.fullmatch(get("url", "")):
            yield f"address {get('url')!r}"
        if above[:1] != ["figure"] or ancestors[0].attrib != {"class": "media"}:
            yield "outside its figure"
    elif element.tag == "figure" and get("class") not in {"image", "table", "media"}:
        yield f"class {get('class')!r}"
    elif element.tag == "code" and not re.fullmatch(r"(language-[\w+#.-]+)?", get("class", "")):
        yield f"language {get('class')!r}"
    elif element.tag == "code" and "class" in element.attrib and "pre" not in above:
        yield "a language outside a block of code"


_PIECES = [
    "a b c", "d e", "&nbsp;", "&lt;", "&amp", "&#0;", "&#10;", "&#x80;", "<", ">", '"', "'", "x<y", "<!--", "-->",
    "<!-- c -->", "]]>", "<![CDATA[", "<?x", "</", "</>", "é", "[gallery]", "[caption]", "[/caption]",
    "https://youtu.be/abcdefghijk", " ", "\n", "\n\n", "\r\n", "\0", "\xa0", "\ud800",
]  # fmt: skip
_ATTRIBUTES = [
    'href="https://x.example/?a=1&b=2"', "href=javascript:x", 'src="https://i.example/x.png"', "src=http://i/x",
    "start=3", "colspan=2", 'class="image"', "class=table", 'class="media"', "class=language-c", '"', "=",
    'url="https://youtu.be/abcdefghijk"', "url=https://v.example/1", "style=x onclick=y", "id=x title=y lang=z",
    'src="//www.youtube.com/embed/abcdefghijk"',
]  # fmt: skip
_FOREIGN_TAGS = [
    *_bare("div span section h1 h6 iframe script style svg math form button select option textarea template caption"),
    *_bare("colgroup col tfoot dl dt dd center font nobr marquee object applet video title frameset body html head"),
    *_bare("noscript xmp plaintext listing image input mi mtext annotation-xml foreignObject desc ruby rt address"),
]


def tag_soup(seed: int) -> str:
    """Tags, ends and pieces of text in a random order, the same for the same seed."""
    chance = random.Random(seed)
    tags = chance.sample([*EDITOR_TAGS, *EDITOR_TAGS, *_FOREIGN_TAGS], chance.randint(2, 14))
    out = []
    for _ in range(chance.randint(1, 40)):
        kind = chance.random()
        if kind < 0.4:
            attributes = "".join(f" {chance.choice(_ATTRIBUTES)}" for _ in range(chance.randint(0, 2)))
            out.append(f"<{chance.choice(tags)}{attributes}{chance.choice(['>', '>', '>', '/>'])}")
        elif kind < 0.65:
            out.append(f"</{chance.choice(tags)}>")
        else:
            out.append(chance.choice(_PIECES))
    return "".join(out)
