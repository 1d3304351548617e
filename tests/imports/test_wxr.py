"""A WordPress export is read completely, in bounded memory, or refused in one plain sentence."""

from __future__ import annotations

import io
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backoffice.imports import wxr
from backoffice.imports.wxr import WxrAuthor, WxrComment, WxrError, WxrPost, WxrTerm
from tests.imports.exports import LongExport, comment, export, item, stream


def only_post(text: str | bytes) -> WxrPost:
    (post,) = (record for record in wxr.read(stream(text)) if isinstance(record, WxrPost))
    return post


def refusal(text: str | bytes, **options: int) -> str:
    with pytest.raises(WxrError) as caught:
        wxr.check(stream(text), **options)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


# What is read


def test_records_come_in_the_order_of_the_file() -> None:
    text = export(
        "<wp:author><wp:author_id>2</wp:author_id><wp:author_login>vera</wp:author_login>"
        "<wp:author_email>vera@example.org</wp:author_email>"
        "<wp:author_display_name><![CDATA[Vera Lind]]></wp:author_display_name>"
        "<wp:author_first_name>Vera</wp:author_first_name><wp:author_last_name>Lind</wp:author_last_name></wp:author>",
        "<wp:category><wp:category_nicename>news</wp:category_nicename><wp:cat_name>News</wp:cat_name></wp:category>",
        "<wp:tag><wp:tag_slug>rain</wp:tag_slug><wp:tag_name><![CDATA[Rain]]></wp:tag_name></wp:tag>",
        item(),
    )
    records = list(wxr.read(stream(text)))
    assert records[:3] == [
        WxrAuthor("vera", "vera@example.org", "Vera Lind", "Vera", "Lind", 2),
        WxrTerm("category", "news", "News"),
        WxrTerm("tag", "rain", "Rain"),
    ]
    assert [type(record) for record in records[3:]] == [WxrPost]


def test_an_author_without_a_display_name_is_called_by_the_login() -> None:
    text = export("<wp:author><wp:author_login>vera</wp:author_login></wp:author>")
    assert list(wxr.read(stream(text))) == [WxrAuthor("vera", "", "vera")]


def test_a_post_brings_all_its_fields() -> None:
    post = only_post(
        export(
            item(
                "<wp:post_date>2024-05-01 12:00:00</wp:post_date>"
                "<wp:post_date_gmt>2024-05-01 10:00:00</wp:post_date_gmt>"
                "<wp:post_modified_gmt>2024-05-02 08:30:00</wp:post_modified_gmt><wp:post_parent>4</wp:post_parent>"
                "<wp:post_password>pw</wp:post_password>"
            )
        )
    )
    assert post == WxrPost(
        id=7,
        type="post",
        title="A walk",
        link="https://lantern.example/?p=7",
        author_login="vera",
        guid="https://lantern.example/?p=7",
        content="<p>Rain.</p>",
        excerpt="Wet.",
        slug="a-walk",
        status="publish",
        password="pw",
        date=datetime(2024, 5, 1, 10, tzinfo=UTC),
        modified=datetime(2024, 5, 2, 8, 30, tzinfo=UTC),
        comment_status="open",
        parent=4,
        terms=(),
        comments=(),
    )


def test_a_reply_knows_its_parent_and_a_pingback_its_type() -> None:
    post = only_post(
        export(
            item(
                comment(
                    "<wp:comment_author_url>https://otto.example</wp:comment_author_url>"
                    "<wp:comment_author_IP>192.0.2.1</wp:comment_author_IP>"
                    "<wp:comment_date_gmt>2024-05-03 09:00:00</wp:comment_date_gmt><wp:comment_type></wp:comment_type>"
                )
                + comment(
                    "<wp:comment_type>pingback</wp:comment_type><wp:comment_parent>3</wp:comment_parent>", comment_id=4
                )
            )
        )
    )
    first, second = post.comments
    assert first == WxrComment(
        3,
        "Otto",
        "otto@example.org",
        "https://otto.example",
        "192.0.2.1",
        datetime(2024, 5, 3, 9, tzinfo=UTC),
        "Lovely.",
        "1",
        "comment",
        0,
    )
    assert (second.id, second.type, second.parent) == (4, "pingback", 3)


@pytest.mark.parametrize("approved", ["1", "0", "spam", "trash", "post-trashed"])
def test_the_status_of_a_comment_is_given_as_it_stands(approved: str) -> None:
    text = export(item(comment().replace("approved>1<", f"approved><![CDATA[{approved}]]><")))
    assert only_post(text).comments[0].approved == approved


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_every_version_is_read(version: str) -> None:
    text = export(item(comment()), version=version)
    assert only_post(text).comments[0].content == "Lovely."
    assert wxr.check(stream(text)).version == version


def test_the_addresses_of_the_namespaces_may_be_https() -> None:
    text = export(item()).replace("http://wordpress.org", "https://wordpress.org")
    assert only_post(text).id == 7


def test_other_prefixes_for_the_same_namespaces_are_read() -> None:
    text = export(item()).replace("wp:", "w:").replace("xmlns:wp=", "xmlns:w=")
    assert only_post(text).slug == "a-walk"


def test_terms_of_version_1_0_written_twice_count_once() -> None:
    post = only_post(
        export(
            item(
                "<category><![CDATA[News]]></category>"
                '<category domain="category" nicename="news"><![CDATA[News]]></category>'
                '<category domain="tag"><![CDATA[Rain]]></category>'
                '<category domain="tag" nicename="rain"><![CDATA[Rain]]></category>'
                "<category>Alone</category>"
            ),
            version="1.0",
        )
    )
    assert post.terms == (
        WxrTerm("category", "news", "News"),
        WxrTerm("tag", "rain", "Rain"),
        WxrTerm("category", "", "Alone"),
    )


def test_formats_menus_and_custom_terms_are_no_terms() -> None:
    text = export(
        "<wp:term><wp:term_taxonomy>nav_menu</wp:term_taxonomy><wp:term_slug>m</wp:term_slug></wp:term>",
        item('<category domain="post_format" nicename="post-format-aside">Aside</category>'),
    )
    assert only_post(text).terms == ()
    assert len(list(wxr.read(stream(text)))) == 1


def test_meta_data_of_plugins_does_not_leak_into_the_fields() -> None:
    inside = (
        "<wp:postmeta><wp:meta_key>title</wp:meta_key><wp:meta_value>wrong</wp:meta_value><title>wrong</title></wp:postmeta>"
        '<media:thing xmlns:media="http://example.org/m"><wp:post_id>99</wp:post_id></media:thing>'
    )
    post = only_post(export(item(inside)))
    assert (post.title, post.id) == ("A walk", 7)


def test_an_empty_comment_element_is_a_comment_without_anything() -> None:
    assert only_post(export(item("<wp:comment/>"))).comments == (
        WxrComment(0, "", "", "", "", None, "", "", "comment", 0),
    )


@pytest.mark.parametrize("text", ["", "abc", "-4", "9" * 30, "٣", "1.5"])
def test_a_number_that_is_none_becomes_zero(text: str) -> None:
    assert only_post(export(item().replace(">7</wp:post_id>", f">{text}</wp:post_id>"))).id == 0


@pytest.mark.parametrize(
    ("gmt", "local", "expected"),
    [
        ("2024-05-01 10:00:00", "2024-05-01 12:00:00", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("0000-00-00 00:00:00", "2024-05-01 12:00:00", datetime(2024, 5, 1, 12, tzinfo=UTC)),
        ("", "2024-05-01 12:00:00", datetime(2024, 5, 1, 12, tzinfo=UTC)),
        ("-0001-11-30 00:00:00", "0000-00-00 00:00:00", None),
        ("1969-12-31 23:59:59", "", None),
        ("2101-01-01 00:00:00", "", None),
        ("2024-02-30 10:00:00", "", None),
        ("yesterday", "9999-12-31 23:59:59", None),
        ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", None),
        ("1" * 10_000, "", None),
    ],
)
def test_the_gmt_date_counts_then_the_local_one_and_nonsense_is_no_date(
    gmt: str, local: str, expected: datetime | None
) -> None:
    text = export(item(f"<wp:post_date_gmt>{gmt}</wp:post_date_gmt><wp:post_date><![CDATA[{local}]]></wp:post_date>"))
    assert only_post(text).date == expected


def test_check_counts_by_kind() -> None:
    text = export(
        "<wp:author><wp:author_login>vera</wp:author_login></wp:author>",
        "<wp:tag><wp:tag_slug>rain</wp:tag_slug><wp:tag_name>Rain</wp:tag_name></wp:tag>",
        item(comment() + comment("<wp:comment_type>trackback</wp:comment_type>")),
        item().replace("post</wp:post_type>", "page</wp:post_type>"),
    )
    summary = wxr.check(stream(text))
    assert (summary.authors, summary.categories, summary.tags, summary.posts) == (1, 0, 1, 1)
    assert summary.items == {"post": 1, "page": 1}
    assert summary.comments == {"comment": 1, "trackback": 1}
    assert (summary.title, summary.link, summary.bytes) == ("The Lantern", "https://lantern.example", len(text))


def test_the_kinds_a_hostile_file_invents_do_not_pile_up() -> None:
    items = (item().replace("post</wp:post_type>", f"kind{n}{'x' * 500}</wp:post_type>") for n in range(150))
    counts = wxr.check(stream(export(*items))).items
    assert len(counts) == 101 and counts["other"] == 50
    assert max(map(len, counts)) == 40


def test_progress_tells_the_bytes_read_and_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(export(*(item(post_id=n, content="word " * 2_000) for n in range(40))))
    seen: list[tuple[int, int | None]] = []
    assert sum(1 for _ in wxr.read(path, lambda done, total: seen.append((done, total)))) == 40
    size = path.stat().st_size
    assert len(seen) > 2 and seen == sorted(seen) and seen[-1] == (size, size)


def test_a_big_export_needs_memory_for_one_item_only() -> None:
    piece = item(comment() * 5, content="many words " * 3_000)
    tracemalloc.start()
    try:
        summary = wxr.check(LongExport(12_000_000, piece))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert summary.posts > 300
    assert peak < 3_000_000


# What is forgiven


def test_blank_lines_before_the_declaration_are_forgiven_and_counted_as_lines() -> None:
    assert only_post("\ufeff\r\n\n  " + export(item())).id == 7
    broken = "\n\n\n" + export("<wp:tag></wp:oops>")
    line = broken[: broken.index("</wp:oops>")].count("\n") + 1
    assert refusal(broken).startswith(f"Line {line} ")


def test_control_characters_are_removed_and_counted() -> None:
    text = export(item(content="a\x00b\x08c\x0bd\x1fe\ufffef\uffffg\th\ni"))
    assert only_post(text).content == "abcdefg\th\ni"
    assert wxr.check(stream(text)).control_characters == 6


def test_other_languages_and_emoji_arrive_unchanged() -> None:
    text = export(item(title="日本語 العربية 🚢", content="naïve" * 50_000))
    post = only_post(text)
    assert post.title == "日本語 العربية 🚢" and post.content == "naïve" * 50_000


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "utf-16", "Shift_JIS", "ISO-8859-15"])
def test_a_file_in_the_encoding_it_declares_is_read(encoding: str) -> None:
    title = "漢字" if encoding == "Shift_JIS" else "café"
    text = export(item(title=title), declaration=f'<?xml version="1.0" encoding="{encoding}"?>')
    assert only_post(text.encode(encoding)).title == title


def test_a_declaration_of_ascii_or_utf_16_on_a_utf_8_file_is_forgiven() -> None:
    for encoding in ("US-ASCII", "UTF-16"):
        text = export(item(title="café"), declaration=f'<?xml version="1.0" encoding="{encoding}"?>')
        assert only_post(text).title == "café"


def test_a_byte_order_mark_outweighs_the_declaration() -> None:
    text = export(item(title="café"), declaration='<?xml version="1.0" encoding="ISO-8859-1"?>')
    assert only_post("\ufeff" + text).title == "café"


# What is refused


def test_the_refusal_carries_a_sentence_and_its_values_apart() -> None:
    with pytest.raises(WxrError) as caught:
        wxr.check(stream(export(item())[:-40]))
    assert "%(line)s" in caught.value.message
    assert caught.value.params == {"line": 7}


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WxrError, match=r"There is no file missing\.xml\."):
        wxr.check(tmp_path / "missing.xml")


def test_a_folder_is_refused_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(WxrError) as caught:
        wxr.check(tmp_path)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("text", ["", "   \n\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert refusal(text) == "The file is empty."


@pytest.mark.parametrize(
    "start", [b"Dear editor, ", b"{}", b"\x89PNG\r\n", b"\xff\xd8\xff", bytes(range(128, 256)) * 10]
)
def test_what_is_not_xml_is_refused(start: bytes) -> None:
    assert "not XML" in refusal(start)


@pytest.mark.parametrize("start", [b"PK\x03\x04rest", b"\x1f\x8b\x08rest"])
def test_a_packed_file_is_refused_with_advice(start: bytes) -> None:
    assert "Unpack it" in refusal(start)


@pytest.mark.parametrize(
    "text",
    [
        "<html><body>Sign in</body></html>",
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"/>',
        '<?xml version="1.0"?><rss version="2.0"><channel><item><title>x</title></item></channel></rss>',
        "<rss/>",
    ],
)
def test_other_xml_is_refused_as_no_export(text: str) -> None:
    assert "not a WordPress export" in refusal(text)


def test_a_version_from_the_future_is_refused() -> None:
    assert "version 2.0" in refusal(export(item()).replace("_version>1.2<", "_version>2.0<"))


def test_an_export_cut_off_anywhere_is_refused() -> None:
    whole = export(item(comment(), content="grün"), item()).encode().rstrip()
    for length in range(len(whole) - 1):
        assert refusal(whole[:length])


def test_a_cut_off_export_says_so_and_where() -> None:
    text = export(item(), item(content="long " * 100))
    assert "ends too early, in line" in refusal(text[: text.rindex("long")])
    assert "ends too early" in refusal(export(item(title="grün")).encode().partition(b"\xbc")[0])


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "declared",
    [
        f'<!DOCTYPE rss [<!ENTITY l0 "lol">{BOMB}]>',
        '<!DOCTYPE rss [<!ENTITY l1 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY % l1 SYSTEM "http://127.0.0.1:9/x.dtd"> %l1;]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE rss PUBLIC "-//X//Y" "file:///etc/passwd">',
        f'<!DOCTYPE rss [<!ENTITY l1 "{"x" * 100_000}">]>',
        "<!DOCTYPE rss [<!ATTLIST item a CDATA 'x'>]>",
    ],
)
def test_document_types_and_entities_are_refused_before_anything_is_read(declared: str) -> None:
    text = export(item(content="x"), declaration=f'<?xml version="1.0"?>{declared}').replace("A walk", "&l1;")
    assert "declares a document type or an entity" in refusal(text)


def test_an_entity_nobody_declared_is_refused_with_its_line() -> None:
    assert "Line 7 is not well-formed XML (undefined entity)" in refusal(export(item(title="Fish &nbsp; chips")))


def test_bytes_that_are_not_in_the_declared_encoding_are_refused_with_their_line() -> None:
    text = export(item(), item(title="grün")).encode("latin-1")
    assert refusal(text) == "Line 8 is not written in UTF-8, although the file says so."


@pytest.mark.parametrize("encoding", ["x-unheard-of", "utf-7", "rot13", "unicode_escape", "idna", "hex"])
def test_a_strange_encoding_is_refused(encoding: str) -> None:
    text = export(item(), declaration=f'<?xml version="1.0" encoding="{encoding}"?>')
    assert f"written in {encoding}" in refusal(text)


@pytest.mark.parametrize(
    "inside", ["<item>", "</item>", "<wp:tag a='1' a='2'/>", "&#0;", "&#xD800;", "a & b", "<oops:x/>", "<!-- -- -->"]
)
def test_broken_markup_is_refused_with_its_line(inside: str) -> None:
    assert refusal(export(f"\n{inside}\n")).startswith("Line ")


def test_what_follows_the_end_is_refused() -> None:
    assert "junk after document element" in refusal(export(item()) + "<p>Fatal error</p>")


def test_an_item_of_more_text_than_the_limit_is_refused_by_name() -> None:
    text = export(item(title="Endless", content="x" * 2_000_000))
    assert "“Endless”, holds more than 1 MB" in refusal(text, item_limit=1024 * 1024)
    assert wxr.check(stream(text), item_limit=3 * 1024 * 1024).posts == 1


def test_the_comments_of_an_item_count_towards_the_limit() -> None:
    text = export(item("<wp:comment/>" * 5_000))
    assert "holds more than 1 MB" in refusal(text, item_limit=1024 * 1024)


def test_the_limit_is_for_one_item_and_not_for_their_sum() -> None:
    text = export(*(item(content="x" * 400_000) for _ in range(6)))
    assert wxr.check(stream(text), item_limit=1024 * 1024).posts == 6


@pytest.mark.parametrize(
    "hostile",
    [
        f"<!--{'x' * 3_000_000}-->",
        f"<wp:tag a='{'x' * 3_000_000}'/>",
        f"<?php {'x' * 3_000_000}?>",
        f"<{'x' * 3_000_000}/>",
    ],
)
def test_an_endless_tag_or_remark_is_refused(hostile: str) -> None:
    assert "too long" in refusal(export(hostile))


def test_endless_nesting_is_refused() -> None:
    assert "nested too deeply" in refusal(export("<a>" * 100_000))


def test_ever_new_names_are_refused() -> None:
    assert "not so many different tags" in refusal(export("".join(f"<a{n}/>" for n in range(6_000))))
    assert "not so many different tags" in refusal(export("".join(f"<{'a' * 9_000}{n}/>" for n in range(200))))
    assert "not so many different tags" in refusal(export("".join(f'<a xmlns="u:{n}"/>' for n in range(6_000))))


def test_what_stands_before_the_broken_place_is_read() -> None:
    pages = [item(post_id=n, content="x" * 300_000) for n in range(1, 4)]
    seen: list[int] = []
    with pytest.raises(WxrError):
        for record in wxr.read(stream(export(*pages, "</oops>"))):
            assert isinstance(record, WxrPost)
            seen.append(record.id)
    assert seen == [1, 2]


def test_a_stream_is_left_open_and_a_file_is_closed(tmp_path: Path) -> None:
    given = stream(export(item()))
    wxr.check(given)
    assert not given.closed
    path = tmp_path / "export.xml"
    path.write_text(export(item()))
    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()
    records = wxr.read(path)
    next(records)
    records.close()  # type: ignore[attr-defined]
    after = set(os.listdir("/proc/self/fd")) if before else set()
    assert len(after) == len(before)


SAMPLES = Path(os.environ.get("BACKOFFICE_SAMPLE_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
SAMPLE = SAMPLES / "wordpress-theme-test-data.xml"


@pytest.mark.skipif(not SAMPLE.is_file(), reason="no sample export here; BACKOFFICE_SAMPLE_DATA names its folder")
def test_a_real_export_is_read_completely() -> None:
    summary = wxr.check(SAMPLE)
    assert dict(summary.items) == {"post": 58, "page": 21, "attachment": 37, "nav_menu_item": 70}
    assert dict(summary.comments) == {"comment": 29, "pingback": 2, "trackback": 2}
    assert (summary.authors, summary.tags) == (2, 110)
    with SAMPLE.open("rb") as file:
        posts = [record for record in wxr.read(io.BytesIO(file.read())) if isinstance(record, WxrPost)]
    assert all(post.date for post in posts if post.type == "post" and post.status == "publish")
    assert sum(len(post.comments) for post in posts) == 33
    assert any(comment.parent for post in posts for comment in post.comments)
