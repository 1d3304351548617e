"""The editor in Chromium, under the policy of the product: what a writer does and what arrives in the field."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from backoffice.foundation.html import sanitised
from tests.editor.page import STATIC, served

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
NEEDED = {
    "Chromium": CHROMIUM and DRIVER,
    "the editor's files": (STATIC / "vendor" / "ckeditor" / "ckeditor5.js").exists(),
}
MISSING = [name for name, is_there in NEEDED.items() if not is_there]

pytestmark = [
    pytest.mark.xdist_group("editor"),
    pytest.mark.skipif(
        bool(MISSING) and os.environ.get("REQUIRE_SERVICES") != "1", reason=f"{' and '.join(MISSING)} not installed"
    ),
]

EVERYTHING = "".join(
    (
        "<h2>Ferries</h2><p>The <strong>six o'clock</strong> boat <i>no longer</i> <u>stops</u> at the <s>old</s> ",
        '<a href="https://example.org/">quay</a>, says <code>x = 1</code>.</p><h3>Why</h3>',
        '<ul><li>One<ul><li>Nested</li></ul></li><li>Two</li></ul><ol start="3"><li>Three</li></ol>',
        "<blockquote><p>A quote</p></blockquote>",
        '<pre><code class="language-python">def f():\n    return 1</code></pre>',
        '<figure class="table"><table><thead><tr><th>Boat</th><th>Time</th></tr></thead><tbody><tr><td>A</td>',
        '<td rowspan="2">6:00</td></tr><tr><td>B</td></tr></tbody></table><figcaption>Boats</figcaption></figure>',
        '<figure class="image"><a href="https://example.org/b"><img src="https://pictures.invalid/q.png" alt="Quay" ',
        'width="40" height="20"></a><figcaption>The quay</figcaption></figure>',
        '<figure class="media"><oembed url="https://www.youtube.com/watch?v=dQw4w9WgXcQ"></oembed></figure>',
        "<hr><h4>Small</h4><p>line<br>two</p>",
    )
)

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--window-size=1100,900",
)

PASTE = """
const brought = new DataTransfer();
brought.setData("text/html", arguments[0]);
document.querySelector(".ck-editor__editable").dispatchEvent(
  new ClipboardEvent("paste", {clipboardData: brought, bubbles: true, cancelable: true}));
"""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


class Writer:
    """Somebody at the page with the editor."""

    def __init__(self, browser: webdriver.Chrome, base: str) -> None:
        self.browser = browser
        self.base = base

    def opens(self, text: str = "", **asked: str) -> Writer:
        self.browser.get_log("browser")
        self.browser.get(f"{self.base}/?{urlencode({'text': text, **asked})}")
        WebDriverWait(self.browser, 20).until(
            lambda there: there.find_elements(By.CSS_SELECTOR, "textarea[data-editor-is=ready]")
        )
        self.runs("window.editor = document.querySelector('.ck-editor__editable').ckeditorInstance")
        return self

    @property
    def page(self) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, ".ck-editor__editable")

    def types(self, *keys: str) -> None:
        self.page.click()
        self.page.send_keys(*keys)

    def runs(self, script: str, *values: Any) -> Any:
        return self.browser.execute_script(script, *values)

    def field(self) -> str:
        """What a form that is sent now would carry."""
        return self.runs("return new FormData(document.getElementById('form')).get('body')")

    def saves(self) -> str:
        self.browser.find_element(By.ID, "save").click()
        WebDriverWait(self.browser, 10).until(lambda there: there.current_url.endswith("/saved"))
        return json.loads(self.browser.find_element(By.TAG_NAME, "body").text)["body"][0].replace("\r\n", "\n")

    def complaint(self) -> str:
        return WebDriverWait(self.browser, 5).until(
            lambda there: there.find_element(By.CSS_SELECTOR, ".bo-error[role=alert]").text
        )

    def violations(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser") if "Content Security" in entry["message"]]


@pytest.fixture
def writer(browser: webdriver.Chrome, base: str) -> Writer:
    return Writer(browser, base)


def test_a_writer_meets_every_part_of_a_text_without_breaking_the_policy(writer: Writer) -> None:
    writer.opens(EVERYTHING).types("x")
    assert writer.violations() == []
    assert writer.field().startswith("<h2>")


def test_every_menu_and_dialog_opens_without_breaking_the_policy(writer: Writer) -> None:
    writer.opens("<p>word</p>")
    for button in writer.browser.find_elements(By.CSS_SELECTOR, ".ck-editor__top button:not(.ck-disabled)"):
        if button.is_displayed():
            button.click()
            writer.browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert writer.violations() == []


def test_a_text_of_every_kind_comes_back_as_it_was(writer: Writer) -> None:
    before = sanitised(EVERYTHING)
    writer.opens(before).runs(
        "editor.model.change(w => w.insertText('!', editor.model.document.getRoot().getChild(0)))"
    )
    assert sanitised(writer.field()) == before.replace("Ferries", "!Ferries")


def test_saving_an_untouched_text_changes_no_letter(writer: Writer) -> None:
    odd = "<h3>x</h3>\n<p>a  b</p><ul><li>q</li></ul>\n"
    assert writer.opens(odd).saves() == odd


def test_what_a_writer_typed_is_saved_even_in_the_same_moment(writer: Writer) -> None:
    writer.opens("<p>old</p>").types(Keys.END, " new")
    assert writer.saves() == "<p>old new</p>"


def test_what_a_writer_types_is_in_the_field_whenever_a_script_asks(writer: Writer) -> None:
    writer.opens().types("kept")
    assert writer.field() == "<p>kept</p>"


def test_a_draft_put_into_the_field_appears_in_the_editor(writer: Writer) -> None:
    writer.opens("<p>old</p>").runs(
        "const field = document.getElementById('body'); field.value = '<p>draft</p>';"
        "field.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    assert writer.page.text == "draft"


def test_resetting_the_form_brings_the_first_text_back(writer: Writer) -> None:
    writer.opens("<p>old</p>").types("x")
    writer.runs("document.getElementById('form').reset()")
    WebDriverWait(writer.browser, 5).until(lambda _: writer.page.text == "old")
    assert writer.field() == "<p>old</p>"


def test_signs_at_the_start_of_a_line_become_headings_lists_and_quotes(writer: Writer) -> None:
    writer.opens().types("## Head", Keys.ENTER, "- one", Keys.ENTER, "two", Keys.ENTER, Keys.ENTER, "> said")
    assert writer.field() == "<h2>Head</h2><ul><li>one</li><li>two</li></ul><blockquote><p>said</p></blockquote>"


def test_an_image_by_address_is_asked_for_by_https(writer: Writer) -> None:
    writer.opens().runs("editor.execute('insertImage', {source: 'http://pictures.invalid/a.png'})")
    assert writer.field() == '<figure class="image"><img src="https://pictures.invalid/a.png"></figure>'


@pytest.mark.parametrize(
    "address", ["data:image/png;base64,AAAA", "javascript:alert(1)", "picture.png", "/picture.png"]
)
def test_an_image_that_cannot_be_loaded_by_https_is_refused_with_a_sentence(writer: Writer, address: str) -> None:
    writer.opens("<p>text</p>").runs("editor.execute('insertImage', {source: arguments[0]})", address)
    assert "https://" in writer.complaint()
    assert writer.field() == "<p>text</p>"


def test_pasting_brings_neither_styles_nor_scripts_nor_pictures_of_the_clipboard(writer: Writer) -> None:
    writer.opens().runs(
        PASTE,
        '<h1 style="color:red" onclick="x()">T</h1><p class="c">a<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
        '<span style="font-size:30px">b</span></p><iframe src="https://x.invalid"></iframe>'
        '<table style="width:300px"><tr><td style="background:red">1</td></tr></table>',
    )
    assert writer.field() == (
        '<h2>T</h2><p>ab</p><figure class="table"><table><tbody><tr><td>1</td></tr></tbody></table></figure>'
    )
    assert "https://" in writer.complaint()


def test_a_video_is_a_placeholder_and_nothing_foreign_is_loaded(writer: Writer) -> None:
    writer.opens().runs("editor.execute('mediaEmbed', 'https://youtu.be/dQw4w9WgXcQ?t=3')")
    assert writer.page.find_element(By.CSS_SELECTOR, ".bo-editor-video").text.split() == ["Video", "dQw4w9WgXcQ"]
    assert writer.browser.find_elements(By.TAG_NAME, "iframe") == []
    assert sanitised(writer.field()) == (
        '<figure class="media"><oembed url="https://www.youtube.com/watch?v=dQw4w9WgXcQ"></oembed></figure>'
    )


def test_other_films_than_youtube_s_are_not_taken(writer: Writer) -> None:
    has = "return editor.plugins.get('MediaEmbedEditing').registry.hasMedia(arguments[0])"
    writer.opens()
    assert writer.runs(has, "https://www.youtube.com/shorts/dQw4w9WgXcQ")
    assert not writer.runs(has, "https://vimeo.com/1")
    assert not writer.runs(has, "https://www.youtube.com/embed/videoseries?list=x")


@pytest.mark.parametrize(
    ("language", "words", "direction"),
    [
        ("de", "Editor Werkzeugleiste", "ltr"),
        ("pt", "Barra de ferramentas do editor", "ltr"),
        ("ar", "شريط أدوات المحرر", "rtl"),
        ("en", "Editor toolbar", "ltr"),
    ],
)
def test_the_editor_speaks_the_reader_s_language(writer: Writer, language: str, words: str, direction: str) -> None:
    writer.opens("<p>a</p>", lang=language)
    assert writer.browser.find_element(By.CSS_SELECTOR, ".ck-toolbar").get_attribute("aria-label") == words
    assert writer.page.get_attribute("dir") == direction


def test_the_editor_is_called_like_its_field_and_found_by_its_label(writer: Writer) -> None:
    writer.opens().browser.find_element(By.ID, "label").click()
    focused = writer.browser.switch_to.active_element
    assert focused == writer.page
    assert (focused.get_attribute("aria-label") or "").startswith("Text of the post")


def test_somebody_with_a_keyboard_leaves_the_text_and_reaches_the_buttons(writer: Writer) -> None:
    writer.opens("<p>a</p>").types(Keys.TAB)
    assert writer.browser.switch_to.active_element.get_attribute("id") == "next"
    writer.page.click()
    ActionChains(writer.browser).key_down(Keys.ALT).send_keys(Keys.F10).key_up(Keys.ALT).perform()
    assert "ck-button" in (writer.browser.switch_to.active_element.get_attribute("class") or "")


def test_axe_finds_nothing_serious(writer: Writer) -> None:
    writer.opens(EVERYTHING).types("")
    writer.runs((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = writer.browser.execute_async_script(
        "const done = arguments[0]; axe.run(document).then(result => done(result.violations))"
    )
    assert [
        (fault["id"], [node["html"] for node in fault["nodes"]])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ] == []


def test_without_the_editor_s_files_the_text_area_stays_in_use(browser: webdriver.Chrome, base: str) -> None:
    browser.get(f"{base}/?{urlencode({'text': '<p>a</p>', 'editor': '/static/vendor/none.js'})}")
    WebDriverWait(browser, 10).until(
        lambda there: there.find_elements(By.CSS_SELECTOR, "textarea[data-editor-is=missing]")
    )
    assert browser.find_element(By.ID, "body").is_displayed()


def test_a_reader_s_click_puts_the_player_in_place_of_the_link_and_the_focus_on_it(
    browser: webdriver.Chrome, base: str
) -> None:
    browser.get(f"{base}/video")
    browser.find_element(By.ID, "link").click()
    player = browser.find_element(By.CSS_SELECTOR, "figure > iframe")
    assert (player.get_attribute("src") or "").startswith("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?")
    assert player.get_attribute("title") == "Play the film of the quay"
    assert browser.switch_to.active_element == player


def test_a_reader_who_opens_the_link_elsewhere_keeps_the_page_as_it_is(browser: webdriver.Chrome, base: str) -> None:
    browser.get(f"{base}/video")
    link = browser.find_element(By.ID, "link")
    ActionChains(browser).key_down(Keys.CONTROL).click(link).key_up(Keys.CONTROL).perform()
    assert browser.find_elements(By.TAG_NAME, "iframe") == []
