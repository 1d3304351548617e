"""A reader's comment looks as she meant it, and can do nothing but be read."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from backoffice.foundation.markdown import LONGEST, comment_html
from tests.foundation.hostile import HOSTILE
from tests.foundation.markup import COMMENT_TAGS, elements, objections, scheme

REL = 'rel="nofollow ugc noopener"'
SIGNS = [
    "[",
    "]",
    "(",
    ")",
    "![",
    "*",
    "**",
    "_",
    "`",
    "```\n",
    ">",
    "> ",
    "- ",
    "1. ",
    "<",
    "&",
    "\\",
    "\n",
    "\n\n",
    " ",
]
WORDS = [
    "a",
    "b c",
    "https://a.example/x",
    "[d](https://a.example)",
    "[e](javascript:x)",
    "<b>",
    "&lt;",
    "# f",
    "    g",
]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("Hello\nthere\n\nyou", "<p>Hello<br>\nthere</p>\n<p>you</p>"),
        ("*a* _b_ **c** __d__", "<p><em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong></p>"),
        ("use `a < b`", "<p>use <code>a &lt; b</code></p>"),
        ("```python\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
        ("> a\n> b", "<blockquote>\n<p>a<br>\nb</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("\\*a\\*", "<p>*a*</p>"),
        ("a\r\nb\x00\x1b", "<p>a<br>\nb</p>"),
    ],
)
def test_a_comment_may_be_structured_a_little(typed: str, shown: str) -> None:
    assert comment_html(typed) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("# a", "# a"),
        ("a\n===", "a<br>\n==="),
        ("---", "---"),
        ("<b>a</b> <script>b</script>", "&lt;b&gt;a&lt;/b&gt; &lt;script&gt;b&lt;/script&gt;"),
        ("&copy; &lt; &#60;", "&amp;copy; &amp;lt; &amp;#60;"),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
        ("[a](/admin/)", "[a](/admin/)"),
        ("[a](mailto:a@b.example)", "[a](mailto:a@b.example)"),
        ("<a@b.example> www.a.example a.example", "&lt;a@b.example&gt; www.a.example a.example"),
        ("xhttps://a.example ftp://a.example", "xhttps://a.example ftp://a.example"),
        ("http://;a http://a:b https://1.2.3.999", "http://;a http://a:b https://1.2.3.999"),
        ("[a]: /b\n[a]", "[a]: /b<br>\n[a]"),
        ("| a | b |\n|---|---|", "| a | b |<br>\n|---|---|"),
    ],
)
def test_everything_else_stays_as_it_was_typed(typed: str, shown: str) -> None:
    assert comment_html(typed) == f"<p>{shown}</p>"


def test_a_picture_is_not_loaded_but_may_be_followed() -> None:
    assert comment_html("![a](https://a.example/b.png)") == f'<p>!<a href="https://a.example/b.png" {REL}>a</a></p>'


@pytest.mark.parametrize(
    ("typed", "before", "address", "after"),
    [
        ("https://a.example", "", "https://a.example", ""),
        ("see http://a.example/b?c=d.", "see ", "http://a.example/b?c=d", "."),
        ("(https://a.example/b_(c))", "(", "https://a.example/b_(c)", ")"),
        ("https://a.example/_b_/c_d*, e", "", "https://a.example/_b_/c_d", "*, e"),
        ("https://a.example/?b&c", "", "https://a.example/?b&amp;c", ""),
        ("<https://a.example/b>", "", "https://a.example/b", ""),
        ("«https://a.example»", "«", "https://a.example", "»"),
    ],
)
def test_an_address_that_says_http_becomes_a_link(typed: str, before: str, address: str, after: str) -> None:
    assert comment_html(typed) == f'<p>{before}<a href="{address}" {REL}>{address}</a>{after}</p>'


def test_a_link_in_a_link_stays_text() -> None:
    link = f'<a href="https://b.example" {REL}>https://a.example</a>'
    assert comment_html("[https://a.example](https://b.example)") == f"<p>{link}</p>"


def test_no_text_written_to_harm_gets_through() -> None:
    assert {text: found for text in HOSTILE if (found := objections(comment_html(text), COMMENT_TAGS))} == {}


def test_no_line_of_the_sample_of_script_injections_gets_through() -> None:
    default = Path(__file__).parents[2].parent / "shared" / "data"
    sample = Path(os.environ.get("BACKOFFICE_SAMPLE_DATA", default)) / "xss-payloads.txt"
    if not sample.is_file():
        pytest.skip("There is no xss-payloads.txt in the folder of BACKOFFICE_SAMPLE_DATA.")
    lines = sample.read_text("utf-8", errors="surrogateescape").split("\n")
    assert {line: found for line in lines if (found := objections(comment_html(line), COMMENT_TAGS))} == {}


@pytest.mark.parametrize("seed", range(20))
def test_no_order_of_signs_gets_anything_else_through(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        typed = "".join(chance.choices(SIGNS + WORDS, k=chance.randint(1, 60)))
        shown = comment_html(typed)
        assert objections(shown, COMMENT_TAGS) == [], typed
        for link in [element for element, _ in elements(shown) if element.tag == "a"]:
            assert link.attrib["rel"] == "nofollow ugc noopener", typed
            assert scheme(link.attrib["href"]) in {"http", "https"}, typed


@pytest.mark.parametrize("depth", [1, 9, 10, 11, 19, 20, 21, 200])
@pytest.mark.parametrize("sign", ["> ", "- ", "1. ", "> - ", ">"])
def test_words_are_not_lost_however_deep_they_stand(sign: str, depth: int) -> None:
    assert "harbour" in comment_html(sign * depth + " harbour")


def test_quotations_nest_only_as_deep_as_anyone_reads() -> None:
    assert comment_html(">" * 5_000 + "a").count("<blockquote>") <= 20


@pytest.mark.parametrize(
    "sign",
    [*SIGNS, "[a](", '[a](b "', "[a](<", "](", "[]", "*[", "[`", "*a_ ", "a**b", "`a``b", "> - ", "* * *\n", "<a:", "https://",
     "a://", "https://a ", "(http://", "http://)))", "- \n", " - a\n", "\t>", "~", "&#x"],
)  # fmt: skip
@pytest.mark.parametrize(("length", "seconds"), [(10_000, 5.0), (LONGEST, 10.0)])
def test_the_same_sign_over_and_over_takes_no_longer_than_a_moment(sign: str, length: int, seconds: float) -> None:
    started = time.process_time()
    comment_html((sign * length)[:length])
    assert time.process_time() - started < seconds


def test_a_text_longer_than_any_comment_is_shown_as_it_was_typed() -> None:
    text = comment_html("**a** <b>\nb\n\n" * LONGEST)
    assert text.startswith("<p>**a** &lt;b&gt;<br>\nb</p>\n<p>**a**")
