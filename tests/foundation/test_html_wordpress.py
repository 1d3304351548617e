"""A post out of a WordPress export reads here as it read there."""

from __future__ import annotations

import pytest

from backoffice.foundation.html import from_wordpress

VIDEO = '<figure class="media"><oembed url="https://www.youtube.com/watch?v=abcdefghijk"></oembed></figure>'
PICTURE = '<img src="https://a.example/x.png" alt="Pier" width="3" height="2">'
LINK = '<p><a href="https://v.example/1">https://v.example/1</a></p>'


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", ""),
        ("one", "<p>one</p>"),
        ("one\r\n\r\ntwo\n \n\nthree", "<p>one</p>\n<p>two</p>\n<p>three</p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("one<br />\ntwo", "<p>one<br>\ntwo</p>"),
        ("<strong>one\n\ntwo</strong>", "<p><strong>one</strong></p>\n<p><strong>two</strong></p>"),
        ("<p>one</p>\n\n<p>two\nthree</p>", "<p>one</p>\n<p>two<br>\nthree</p>"),
        ("one\n<h3>two</h3>\nthree", "<p>one</p><h3>two</h3>\n<p>three</p>"),
        ("<blockquote>one\n\ntwo</blockquote>", "<blockquote><p>one</p>\n<p>two</p></blockquote>"),
        ("<ul>\n<li>one\ntwo</li>\n</ul>", "<ul>\n<li>one<br>\ntwo</li>\n</ul>"),
        ("<h2>one</h2>two\n\n<hr />\n\nthree", "<h2>one</h2><p>two</p>\n<hr>\n<p>three</p>"),
        ("<div>one\n\ntwo</div>three", "<p>one</p>\n<p>two</p><p>three</p>"),
        ("<p></p>\n\n&nbsp;\n\none", "<p>&nbsp;</p>\n<p>one</p>"),
        ("<h1>one</h1>", "<h2>one</h2>"),
    ],
)
def test_blank_lines_are_paragraphs_and_line_ends_are_line_breaks(content: str, text: str) -> None:
    assert from_wordpress(content) == text


def test_code_keeps_its_lines_and_its_brackets() -> None:
    code = "<pre><code>one\n\n[gallery]\nhttps://youtu.be/abcdefghijk\n</code></pre>"
    assert from_wordpress(code) == code


def test_blocks_lose_their_comments_and_gain_no_line_breaks() -> None:
    content = (
        '<!-- wp:heading {"level":1} -->\n<h1 class="wp-block-heading">One</h1>\n<!-- /wp:heading -->\n\n'
        "<!-- wp:paragraph -->\n<p>Two\nthree</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:latest-posts /-->\n\n"
        '<!-- wp:group -->\n<div class="wp-block-group"><p></p></div>\n<!-- /wp:group -->'
    )
    assert from_wordpress(content) == "<h2>One</h2>\n<p>Two\nthree</p>"


def test_a_block_with_a_table_or_a_picture_becomes_its_figure() -> None:
    table = '<!-- wp:table --><figure class="wp-block-table is-x"><table><tr><td>a</td></tr></table></figure>'
    picture = f'<figure class="wp-block-image size-full">{PICTURE}<figcaption>b</figcaption></figure>'
    assert from_wordpress(table + picture) == (
        '<figure class="table"><table><tbody><tr><td>a</td></tr></tbody></table></figure>'
        f'<figure class="image">{PICTURE}<figcaption>b</figcaption></figure>'
    )


@pytest.mark.parametrize(
    "gallery",
    [
        f'<figure class="wp-block-gallery"><figure>{PICTURE}</figure><figcaption>All</figcaption></figure>',
        '<figure class="wp-block-gallery"><ul class="blocks-gallery-grid"><li class="blocks-gallery-item">'
        f"<figure>{PICTURE}</figure></li></ul><figcaption>All</figcaption></figure>",
    ],
)
def test_a_gallery_of_blocks_becomes_its_pictures(gallery: str) -> None:
    assert from_wordpress(gallery) == f'<figure class="image">{PICTURE}</figure><p>All</p>'


@pytest.mark.parametrize("mark", ["<!--more-->", "<!--more Read on-->", "<!--nextpage-->", "<!-- wp:more -->"])
def test_marks_for_parts_of_a_post_go(mark: str) -> None:
    assert from_wordpress(f"one\n\n{mark}\n\ntwo") == "<p>one</p>\n<p>two</p>"


@pytest.mark.parametrize(
    "caption",
    [
        f'[caption id="attachment_1" align="alignleft" width="3"]{PICTURE} The <em>pier</em>[/caption]',
        f'[caption width="3" caption="The <em>pier</em>"]{PICTURE}[/caption]',
        f"[wp_caption caption='The <em>pier</em>']{PICTURE}[/wp_caption]",
    ],
)
def test_a_captioned_picture_becomes_a_figure(caption: str) -> None:
    figure = f'<figure class="image">{PICTURE}<figcaption>The <em>pier</em></figcaption></figure>'
    assert from_wordpress(f"one\n\n{caption}\n\ntwo") == f"<p>one</p>\n{figure}\n<p>two</p>"


def test_a_captioned_picture_keeps_its_link() -> None:
    assert from_wordpress(f'[caption]<a href="https://a.example/">{PICTURE}</a> Pier[/caption]') == (
        f'<figure class="image"><a href="https://a.example/">{PICTURE}</a><figcaption>Pier</figcaption></figure>'
    )


@pytest.mark.parametrize(
    "video",
    [
        "https://www.youtube.com/watch?v=abcdefghijk&amp;feature=share",
        "<p>https://youtu.be/abcdefghijk</p>",
        "[embed]http://www.youtube.com/watch?v=abcdefghijk[/embed]",
        '[embed width="3" height="2"] https://youtu.be/abcdefghijk [/embed]',
        "[youtube https://www.youtube.com/watch?v=abcdefghijk&#038;w=3]",
        '<iframe width="3" src="//www.youtube.com/embed/abcdefghijk?feature=oembed" allowfullscreen></iframe>',
        '<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">\nhttps://youtu.be/abcdefghijk\n</div></figure>',
    ],
)
def test_a_video_becomes_a_media_figure(video: str) -> None:
    text = from_wordpress(f"<!-- wp:embed -->one\n\n{video}\n\ntwo")
    assert "".join(text.split("\n")) == f"<p>one</p>{VIDEO}<p>two</p>"


def test_the_address_of_a_video_within_a_sentence_stays_text() -> None:
    assert from_wordpress("see https://youtu.be/abcdefghijk now") == "<p>see https://youtu.be/abcdefghijk now</p>"


@pytest.mark.parametrize(
    "player",
    ["https://v.example/1", "[embed]https://v.example/1[/embed]", "[audio https://v.example/1]", '[video mp4="https://v.example/1"]',
     '<figure class="wp-block-audio"><audio controls src="https://v.example/1"></audio></figure>'],
)  # fmt: skip
def test_other_media_become_a_link(player: str) -> None:
    assert from_wordpress(player) == LINK


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("one [gallery] two", "<p>one  two</p>"),
        ('[gallery ids="1,2" columns=3]', ""),
        ("[playlist]", ""),
        ('[contact-form-7 id="1" title="Write to us"]', ""),
        ("[box]one [b]two[/b][/box] three", "<p>one two three</p>"),
        ("[su_spoiler/]one", "<p>one</p>"),
        ("[/column]one", "<p>one</p>"),
        ("[audio]", ""),
    ],
)
def test_other_shortcodes_go_and_what_they_enclose_stays(content: str, text: str) -> None:
    assert from_wordpress(content) == text


@pytest.mark.parametrize(
    "prose", ["He wrote [sic] so.", "See [1] and [a, b].", "[…] later", "x[i] = [ y ]", "[see below]"]
)
def test_brackets_in_prose_stay(prose: str) -> None:
    assert from_wordpress(prose) == f"<p>{prose}</p>"


def test_a_shortcode_in_double_brackets_is_meant_to_be_read() -> None:
    assert from_wordpress("Type [[gallery]].") == "<p>Type [gallery].</p>"


def test_what_a_caption_without_an_end_encloses_stays() -> None:
    assert from_wordpress("[caption]one\n\ntwo") == "<p>one</p>\n<p>two</p>"


@pytest.mark.parametrize("source", ["http://a.example/x.png", "HTTP://a.example/x.png", "//a.example/x.png"])
def test_pictures_are_asked_for_by_https(source: str) -> None:
    assert from_wordpress(f'<img src="{source}">') == '<p><img src="https://a.example/x.png" alt=""></p>'


def test_links_keep_their_scheme() -> None:
    assert from_wordpress('<a href="http://a.example/">a</a>') == '<p><a href="http://a.example/">a</a></p>'
