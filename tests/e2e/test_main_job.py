"""The main job as one story: from an empty back office to a publication that is alive."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.e2e.house import ADMIN_PASSWORD
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")

EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>The Lantern</title><link>https://lantern.example</link><wp:wxr_version>1.2</wp:wxr_version>
<wp:author><wp:author_id>2</wp:author_id><wp:author_login>vera</wp:author_login>
  <wp:author_email>vera@lantern.example</wp:author_email><wp:author_display_name>Vera Lund</wp:author_display_name>
</wp:author>
<wp:category><wp:term_id>1</wp:term_id><wp:category_nicename>island</wp:category_nicename>
  <wp:cat_name>Island</wp:cat_name></wp:category>
<item><title>The lamp keeper's winter</title><link>https://lantern.example/lamp</link>
  <pubDate>Mon, 02 Feb 2026 09:00:00 +0000</pubDate><dc:creator>vera</dc:creator>
  <content:encoded><![CDATA[<p>Forty steps, <em>twice</em> a night.</p><script>alert(1)</script>]]></content:encoded>
  <excerpt:encoded></excerpt:encoded><wp:post_id>11</wp:post_id>
  <wp:post_date>2026-02-02 10:00:00</wp:post_date><wp:post_date_gmt>2026-02-02 09:00:00</wp:post_date_gmt>
  <wp:comment_status>open</wp:comment_status><wp:post_name>lamp-keeper</wp:post_name><wp:status>publish</wp:status>
  <wp:post_parent>0</wp:post_parent><wp:post_type>post</wp:post_type><wp:post_password></wp:post_password>
  <category domain="category" nicename="island">Island</category>
  <wp:comment><wp:comment_id>5</wp:comment_id><wp:comment_author>Otto</wp:comment_author>
    <wp:comment_author_email>otto@lantern.example</wp:comment_author_email>
    <wp:comment_date>2026-02-03 10:00:00</wp:comment_date><wp:comment_date_gmt>2026-02-03 09:00:00</wp:comment_date_gmt>
    <wp:comment_content>I counted forty-one.</wp:comment_content><wp:comment_approved>1</wp:comment_approved>
    <wp:comment_type>comment</wp:comment_type><wp:comment_parent>0</wp:comment_parent></wp:comment>
  <wp:comment><wp:comment_id>6</wp:comment_id><wp:comment_author>Hedda</wp:comment_author>
    <wp:comment_author_email>hedda@lantern.example</wp:comment_author_email>
    <wp:comment_date>2026-02-04 10:00:00</wp:comment_date><wp:comment_date_gmt>2026-02-04 09:00:00</wp:comment_date_gmt>
    <wp:comment_content>The lowest step is a threshold, Otto.</wp:comment_content>
    <wp:comment_approved>0</wp:comment_approved><wp:comment_type></wp:comment_type>
    <wp:comment_parent>5</wp:comment_parent></wp:comment>
  <wp:comment><wp:comment_id>7</wp:comment_id><wp:comment_author>Pills</wp:comment_author>
    <wp:comment_author_email>pills@spam.example</wp:comment_author_email>
    <wp:comment_date>2026-02-05 10:00:00</wp:comment_date><wp:comment_date_gmt>2026-02-05 09:00:00</wp:comment_date_gmt>
    <wp:comment_content>Every step is cheaper with us.</wp:comment_content>
    <wp:comment_approved>spam</wp:comment_approved><wp:comment_type></wp:comment_type>
    <wp:comment_parent>0</wp:comment_parent></wp:comment>
</item>
<item><title>About us</title><link>https://lantern.example/about</link><dc:creator>vera</dc:creator>
  <content:encoded><![CDATA[<p>Two people and a boat.</p>]]></content:encoded><excerpt:encoded></excerpt:encoded>
  <wp:post_id>12</wp:post_id><wp:post_date>2026-01-02 10:00:00</wp:post_date>
  <wp:post_date_gmt>2026-01-02 09:00:00</wp:post_date_gmt><wp:post_name>about</wp:post_name>
  <wp:status>publish</wp:status><wp:post_type>page</wp:post_type></item>
</channel></rss>
"""


def test_an_editor_in_chief_moves_in_and_publishes_in_two_languages(screen: Screen, tmp_path: Path) -> None:
    signs_in(screen)
    imports_the_old_publication(screen, tmp_path)
    finds_the_comment_that_waits_and_approves_it(screen)
    writes_a_post_with_the_editor(screen)
    publishes_it(screen)
    switches_to_arabic(screen)


def signs_in(screen: Screen) -> None:
    screen.goes("/admin/")
    screen.fills("username", "admin").fills("password", ADMIN_PASSWORD).presses("Sign in")
    screen.waits(lambda: screen.path == "/admin/")


def imports_the_old_publication(screen: Screen, folder: Path) -> None:
    export = folder / "export.xml"
    export.write_text(EXPORT, encoding="utf-8")
    done = screen.house.flask("import", "wordpress", str(export))
    assert done.returncode == 0, done.stderr
    screen.goes("/admin/post/").sees("The lamp keeper's winter")


def finds_the_comment_that_waits_and_approves_it(screen: Screen) -> None:
    screen.goes("/admin/comment/")
    assert len(screen.ids()) == 3
    screen.presses("Pending")
    (id,) = screen.waits(lambda: screen.ids() if len(screen.ids()) == 1 else None)
    screen.fills("search", "threshold").types(Keys.ENTER)
    screen.waits(lambda: "search=threshold" in screen.driver.current_url)
    screen.lists(id)
    screen.does("approve", id).hears("Approved")
    screen.goes("/blog/").presses("The lamp keeper's winter")
    screen.sees("The lowest step is a threshold, Otto.")
    screen.shows(id, "approved")
    assert "cheaper with us" not in screen.text


def writes_a_post_with_the_editor(screen: Screen) -> None:
    screen.goes("/admin/post/new/").fills("title", "A new lamp")
    screen.is_ready()
    screen.one("[contenteditable=true]").send_keys("## Brighter", Keys.ENTER, "It is seen from the island.")
    screen.presses("Save")
    screen.hears("Saved", "A new lamp")


def publishes_it(screen: Screen) -> None:
    screen.goes("/admin/post/?flt_status=draft")
    (id,) = screen.ids()
    screen.does("publish", id).hears("Published")
    screen.goes("/blog/").presses("A new lamp")
    assert screen.one("article h2").text == "Brighter"
    screen.sees("It is seen from the island.")


def switches_to_arabic(screen: Screen) -> None:
    screen.goes("/admin/comment/")
    english = screen.one("h1").text
    screen.presses("Language").presses("العربية")
    page = screen.waits(lambda: screen.driver.find_element(By.CSS_SELECTOR, "html[dir=rtl]"))
    assert page.get_attribute("lang") == "ar"
    assert screen.one("h1").text not in ("", english)
    assert screen.goes("/blog/").one("html").get_attribute("dir") == "rtl"
