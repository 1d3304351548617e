"""From the HTML of comments elsewhere to text that reads well here, in bounded time."""

from __future__ import annotations

import time

import pytest

from backoffice.foundation.markdown import comment_html
from backoffice.imports.comment_text import text_of, text_of_cell


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Plain words.", "Plain words."),
        ("Fish &amp; chips &#8217;n&#8217; peas&nbsp;too", "Fish & chips ’n’ peas too"),
        ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
        ("one<br>two<br />three", "one\ntwo\nthree"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one\n\n\n\n\n    two", "one\n\ntwo"),
        ("a <strong>strong</strong> <em>word</em>", "a **strong** *word*"),
        ("a <b> strong </b>word", "a  **strong** word"),
        ("<b></b>nothing <i> </i>bold", "nothing  bold"),
        ("<em>two\nlines</em>", "two\nlines"),
        ("<em>5 * 3</em>", "5 * 3"),
        ("Use <code>make run</code>", "Use `make run`"),
        ("<pre>  one\n    two</pre>", "```\none\n    two\n```"),
        ("<blockquote>He said\nso.</blockquote>And I agree.", "> He said\n> so.\n\nAnd I agree."),
        ("<ul>\n<li>one</li>\n\n<li>two</li></ul>after", "- one\n- two\n\nafter"),
        ("<li>one<li>two", "- one\n- two"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>end", "a | b\nc\n\nend"),
        ("<h1>Loud</h1>words", "Loud\n\nwords"),
        ("<script>alert(1)</script>calm<style>p{}</style>", "calm"),
        ("<!-- hidden -->seen", "seen"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("unclosed <b>bold", "unclosed **bold**"),
        ("", ""),
        ("<p> </p>", ""),
        ("שלום <b>עולם</b> 🚢", "שלום **עולם** 🚢"),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://a.example/x">this page</a>', "this page (https://a.example/x)"),
        ('<a href="https://a.example/x">https://a.example/x</a>', "https://a.example/x"),
        ('<a href="https://a.example/">a.example</a>', "https://a.example/"),
        ('<a href="https://a.example/"></a>', "https://a.example/"),
        ('<a href="javascript:alert(1)">press</a>', "press"),
        ('<a href="/inside">inside</a>', "inside"),
        ("<a>nowhere</a>", "nowhere"),
        ('<img src="https://a.example/b.jpg" alt="a gull">', "a gull (https://a.example/b.jpg)"),
        ('<img src="data:image/png;base64,AAAA" alt="">', ""),
        ('<a href="https://a.example/?a=1&amp;b=2">x</a>', "x (https://a.example/?a=1&b=2)"),
    ],
)
def test_links_and_pictures_keep_their_address_as_text(html: str, text: str) -> None:
    assert text_of(html) == text


def test_a_link_is_a_link_again_on_the_page() -> None:
    assert 'href="https://a.example/x"' in comment_html(text_of('See <a href="https://a.example/x">this page</a>.'))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("Hey, I&#39;m here<br />twice", "Hey, I'm here\ntwice"),
        ("AT&T and 5 < 6 > 4", "AT&T and 5 < 6 > 4"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("2 &gt; 1", "2 > 1"),
        ("a<b", "a<b"),
    ],
)
def test_the_cell_of_a_table_is_html_only_where_it_looks_like_it(cell: str, text: str) -> None:
    assert text_of_cell(cell) == text


@pytest.mark.parametrize(
    "piece",
    ["<b>", " ", "\n ", "<a href=http://a.example>", "<ul><li>", "<blockquote>a\n", "<pre>", "<table><tr><td>", "&#60;",
     "<i>a\n", "<b>x</b>", "</b>", "<", "<!--", "<a ", "\x1e\x1f"],
    ids=repr,
)  # fmt: skip
def test_no_input_takes_long(piece: str) -> None:
    hostile = piece * (300_000 // len(piece))
    before = time.process_time()
    text_of(hostile)
    text_of_cell(hostile)
    assert time.process_time() - before < 3
