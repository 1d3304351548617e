"""What pages say: overlays, live files, and translations that are wrong."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import flask_admin.babel
import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale, lazy_gettext
from flask_wtf import FlaskForm
from markupsafe import escape
from wtforms import Form, StringField
from wtforms.validators import InputRequired, Length

from backoffice.catalogs import upkeep
from backoffice.catalogs.places import catalog_path, is_locale, locales_in, names_of
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import Text, _, _l, _n
from tests.catalogs.conftest import Writer


def said(app: Flask, locale: str, speak: Callable[[], object]) -> str:
    """What one request in this language says."""
    with app.test_request_context(), force_locale(locale):
        return str(speak())


def test_a_saved_translation_is_live_at_the_next_request(speaker: Flask, write: Writer) -> None:
    assert said(speaker, "de", lambda: _("Saved.")) == "Saved."
    write("de", 'msgid "Saved."\nmsgstr "Gespeichert."')
    assert said(speaker, "de", lambda: _("Saved.")) == "Gespeichert."
    write("de", 'msgid "Saved."\nmsgstr "Gesichert."')
    assert said(speaker, "de", lambda: _("Saved.")) == "Gesichert."


def test_a_file_is_looked_at_once_per_request(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Saved."\nmsgstr "Gespeichert."')
    with speaker.test_request_context(), force_locale("de"):
        before = _("Saved.")
        write("de", 'msgid "Saved."\nmsgstr "Gesichert."')
        assert (before, _("Saved.")) == ("Gespeichert.", "Gespeichert.")


def test_a_fresh_compiled_file_is_read_and_an_older_one_is_not(speaker: Flask, write: Writer) -> None:
    path = write("de", 'msgid "Saved."\nmsgstr "Gespeichert."')
    upkeep.compile_catalog(path, "de")
    path.write_text(path.read_text().replace("Gespeichert", "Gesichert"))
    os.utime(path, ns=(0, 0))
    assert said(speaker, "de", lambda: _("Saved.")) == "Gespeichert."
    os.utime(path)
    assert said(speaker, "de", lambda: _("Saved.")) == "Gesichert."


def test_an_overlay_wins_over_the_words_a_package_ships(speaker: Flask, write: Writer) -> None:
    shipped = said(speaker, "de", lambda: flask_admin.babel.gettext("Create"))
    write("de", 'msgid "Save"\nmsgstr "Sichern"', domain="admin")
    assert said(speaker, "de", lambda: flask_admin.babel.gettext("Save")) == "Sichern"
    assert said(speaker, "de", lambda: flask_admin.babel.gettext("Create")) == shipped != "Create"


@pytest.mark.parametrize("base", [Form, FlaskForm, InputForm])
def test_an_overlay_wins_in_every_kind_of_form(speaker: Flask, write: Writer, base: type) -> None:
    write(
        "de",
        'msgid "Field cannot be longer than %(max)d character."\n'
        'msgid_plural "Field cannot be longer than %(max)d characters."\n'
        'msgstr[0] "Höchstens %(max)d Zeichen."\nmsgstr[1] "Höchstens %(max)d Zeichen."',
        domain="wtforms",
    )
    if base is Form:
        base = flask_admin.form.BaseForm

    class Named(base):  # type: ignore[misc]
        name = StringField(validators=[InputRequired(), Length(max=3)])

    with speaker.test_request_context(method="POST", data={"name": "Ana K"}), force_locale("de"):
        form = Named(name="Ana K") if base is not InputForm else Named(_formdata())
        form.process(_formdata())
        form.validate()
        assert form.errors["name"] == ["Höchstens 3 Zeichen."]


def _formdata() -> object:
    from werkzeug.datastructures import MultiDict

    return MultiDict({"name": "Ana K"})


def test_two_applications_in_one_process_speak_from_their_own_folders(
    make_app: Callable[..., Flask], tmp_path: Path, speaker: Flask, write: Writer
) -> None:
    write("de", 'msgid "Save"\nmsgstr "Sichern"', domain="admin")
    write("de", 'msgid "Saved."\nmsgstr "Gesichert."')
    other = make_app(TRANSLATIONS=tmp_path / "elsewhere")
    for app, ours, theirs in ((other, "Saved.", "Speichern"), (speaker, "Gesichert.", "Sichern")):
        assert said(app, "de", lambda: _("Saved.")) == ours
        assert said(app, "de", lambda: flask_admin.babel.gettext("Save")) == theirs


def test_english_never_reads_a_catalog(speaker: Flask, folder: Path, write: Writer) -> None:
    write("de", 'msgid "Saved."\nmsgstr "Gespeichert."')
    (folder / "de").rename(folder / "en")
    assert said(speaker, "en", lambda: _("Saved.")) == "Saved."


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Hello %(name)s.", "Hallo %(naem)s."),
        ("Hello %(name)s.", "Hallo %(name)."),
        ("Hello %(name)s.", "Hallo %(name)s, zu 100%."),
        ("Hello %(name)s.", "Hallo %s."),
        ("Hello %(name)s.", "Hallo."),
        ("Hello %(name)s.", "Hallo <b>%(name)s</b>."),
        ("Hello %(name)s.", "Hallo <script src=//x>%(name)s"),
        ("Hello %(name)s.", "Hallo http://example.net %(name)s."),
        ("Hello %(name)s.", "Hallo \u202e%(name)s."),
        ("Hello %(name)s.", "Hal\x08lo %(name)s."),
    ],
)
def test_a_translation_that_would_break_or_bend_a_page_gives_way_to_english(
    speaker: Flask, write: Writer, caplog: pytest.LogCaptureFixture, english: str, german: str
) -> None:
    write("de", f'msgid "{english}"\nmsgstr "{german}"')
    with caplog.at_level(logging.WARNING):
        for _again in range(3):
            assert said(speaker, "de", lambda: _(english, name="Ana")) == "Hello Ana."
    assert len([record for record in caplog.records if "messages.po" in record.getMessage()]) == 1


def test_faults_are_left_out_of_compiled_files_whoever_compiled_them(speaker: Flask, write: Writer) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = write("de", 'msgid "Hello %(name)s."\nmsgstr "Hallo %(naem)s."\n\nmsgid "Saved."\nmsgstr "Gespeichert."')
    with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
        write_mo(target, read_po(source, "de"))
    assert said(speaker, "de", lambda: _("Hello %(name)s.", name="Ana")) == "Hello Ana."
    assert said(speaker, "de", lambda: _("Saved.")) == "Gespeichert."


BROKEN_FILES = {
    "torn": b'msgid ""\nmsgstr ""\n\nmsgid "Saved."\nmsgstr "Gespei',
    "no text at all": bytes(range(256)),
    "unknown charset": b'msgid ""\nmsgstr "Content-Type: text/plain; charset=klingon\\n"\n\nmsgid "a"\nmsgstr "b"\n',
    "conflict": b'<<<<<<< mine\nmsgid "Sent."\nmsgstr "a"\n=======\n',
    "many forms": b'msgid ""\nmsgstr "Plural-Forms: nplurals=999999999; plural=0;\\n"\n\nmsgid "a"\nmsgid_plural "b"\n'
    b'msgstr[0] "c"\n',
    "empty": b"",
}


@pytest.mark.parametrize("kind", BROKEN_FILES)
def test_a_broken_catalog_does_not_take_its_language_down(speaker: Flask, write: Writer, kind: str) -> None:
    path = write("de", "")
    path.write_bytes(BROKEN_FILES[kind])
    assert said(speaker, "de", lambda: _("Saved.")) == "Saved."
    assert speaker.test_client().get("/auth/login?lang=de").status_code == 200


def test_what_can_be_read_of_a_torn_catalog_is_served(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Saved."\nmsgstr "Gespeichert."\n\nmsgid "Deleted"\nmsgstr "Gelö')
    assert said(speaker, "de", lambda: _("Saved.")) == "Gespeichert."
    assert said(speaker, "de", lambda: _("Deleted")) == "Deleted"


def test_a_damaged_compiled_file_is_passed_over_for_its_source(speaker: Flask, write: Writer) -> None:
    path = write("de", 'msgid "Saved."\nmsgstr "Gespeichert."')
    path.with_suffix(".mo").write_bytes(b"\xde\x12\x04\x95torn")
    assert said(speaker, "de", lambda: _("Saved.")) == "Gespeichert."


@pytest.mark.parametrize("rule", ["nplurals=2; plural=n/0;", "nplurals=2; plural=5;", "nplurals=2; plural=import os;"])
def test_a_broken_plural_rule_is_replaced_by_that_of_the_language(speaker: Flask, write: Writer, rule: str) -> None:
    write(
        "de",
        'msgid "%(num)s line"\nmsgid_plural "%(num)s lines"\nmsgstr[0] "%(num)s Zeile"\nmsgstr[1] "%(num)s Zeilen"',
        rule=rule,
    )
    assert said(speaker, "de", lambda: _n("%(num)s line", "%(num)s lines", 1)) == "1 Zeile"
    assert said(speaker, "de", lambda: _n("%(num)s line", "%(num)s lines", 3)) == "3 Zeilen"


def test_an_overlay_with_another_plural_rule_does_not_change_that_of_the_package(speaker: Flask, write: Writer) -> None:
    write("fr", 'msgid "Save"\nmsgstr "Garder"', domain="wtforms", rule="nplurals=1; plural=0;")
    minimum = ("Field must be at least %(min)d character long.", "Field must be at least %(min)d characters long.")
    words = flask_admin.babel.Translations()
    one, many = (said(speaker, "fr", lambda number=number: words.ngettext(*minimum, number)) for number in (1, 2))
    assert one != many


def test_a_guess_is_not_served(speaker: Flask, write: Writer) -> None:
    write("de", '#, fuzzy\nmsgid "Saved."\nmsgstr "Geladen."')
    assert said(speaker, "de", lambda: _("Saved.")) == "Saved."


def test_arabic_has_its_six_forms(speaker: Flask, write: Writer) -> None:
    forms = "\n".join(f'msgstr[{index}] "{letter}%(num)s"' for index, letter in enumerate("abcdef"))
    write("ar", f'msgid "%(num)s line"\nmsgid_plural "%(num)s lines"\n{forms}')
    found = [said(speaker, "ar", lambda n=n: _n("%(num)s line", "%(num)s lines", n)) for n in (0, 1, 2, 3, 100, 11)]
    assert found == ["a0", "b1", "c2", "d3", "e100", "f11"]


def test_a_form_that_means_one_number_may_say_it_in_words(speaker: Flask, write: Writer) -> None:
    entry = 'msgid "%(num)s line"\nmsgid_plural "%(num)s lines"\nmsgstr[0] "{}"\nmsgstr[1] "%(num)s Zeilen"'
    write("de", entry.format("eine Zeile"))
    assert said(speaker, "de", lambda: _n("%(num)s line", "%(num)s lines", 1)) == "eine Zeile"
    write("fr", entry.format("une ligne"))
    assert said(speaker, "fr", lambda: _n("%(num)s line", "%(num)s lines", 0)) == "0 lines"


def test_counts_are_written_as_the_reader_writes_numbers(speaker: Flask) -> None:
    assert said(speaker, "en", lambda: _n("%(num)s line", "%(num)s lines", 12345)) == "12,345 lines"
    assert said(speaker, "de", lambda: _n("%(num)s line", "%(num)s lines", 12345)) == "12.345 lines"


MARKUP = 'msgid "a <b>x</b> & y"\nmsgstr "ein <b>x</b> & y"'


@pytest.mark.parametrize(
    "template",
    [
        "{{ _('a <b>x</b> & y') }}",
        "{{ gettext('a <b>x</b> & y') }}",
        "{% trans %}a <b>x</b> & y{% endtrans %}",
        "{{ text }}",
        "{{ lazy }}",
        "{{ pgettext('c', 'a <b>x</b> & y') }}",
    ],
)
def test_a_translation_never_becomes_markup(speaker: Flask, write: Writer, template: str) -> None:
    write("de", f'{MARKUP}\n\nmsgctxt "c"\n{MARKUP}')
    texts = {"text": _l("a <b>x</b> & y"), "lazy": lazy_gettext("a <b>x</b> & y")}
    with speaker.test_request_context(), force_locale("de"):
        page = render_template_string(template, **texts)
    assert page == "ein &lt;b&gt;x&lt;/b&gt; &amp; y"


def test_the_lazy_words_of_flask_admin_are_escaped_too(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Save"\nmsgstr "\\" onclick=\\"x"', domain="admin")
    lazy = flask_admin.babel.lazy_gettext("Save")
    assert "&#34; onclick" in said(speaker, "de", lambda: escape(lazy))


def test_what_a_person_typed_is_escaped_inside_a_translation(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Hello %(name)s."\nmsgstr "Hallo %(name)s."')
    template = "{% trans name=name %}Hello {{ name }}.{% endtrans %} {{ _('Hello %(name)s.', name=name) }}"
    with speaker.test_request_context(), force_locale("de"):
        page = render_template_string(template, name="<i>")
    assert page == "Hallo &lt;i&gt;. Hallo &lt;i&gt;."


def test_a_lazy_text_follows_the_reader(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Saved."\nmsgstr "Gespeichert."')
    text = _l("Saved.")
    assert isinstance(text, Text)
    assert (said(speaker, "de", lambda: text), said(speaker, "en", lambda: text)) == ("Gespeichert.", "Saved.")


def test_looking_at_the_files_costs_next_to_nothing(speaker: Flask, write: Writer) -> None:
    import timeit

    write("de", 'msgid "Saved."\nmsgstr "Gespeichert."')
    domain = speaker.extensions["catalogs"]["messages"]
    with speaker.app_context():
        domain.translations_for("de")
        best = min(timeit.repeat(lambda: domain.translations_for("de"), number=200, repeat=5)) / 200
    assert best < 100e-6


@pytest.mark.parametrize(
    "field",
    [
        "PO-Revision-Date: 2015-07-17 15:14:59+0000",
        "PO-Revision-Date: ",
        "POT-Creation-Date: YEAR-MO-DA HO:MI+ZONE",
        "Language: German (Germany)",
        "Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;",
        "Plural-Forms: nplurals=99999999; plural=n;",
        "Content-Type: text/plain; charset=CHARSET",
    ],
)
def test_a_field_of_the_header_that_nobody_can_read_keeps_no_text_from_readers(
    speaker: Flask, folder: Path, field: str
) -> None:
    path = catalog_path(folder, "de", "messages")
    path.parent.mkdir(parents=True)
    path.write_text(f'msgid ""\nmsgstr ""\n"{field}\\n"\n\nmsgid "Saved."\nmsgstr "Für immer."\n', encoding="utf-8")
    assert said(speaker, "de", lambda: _("Saved.")) == "Für immer."
    upkeep.compile_catalog(path, "de")
    path.write_text("torn")
    os.utime(path, ns=(0, 0))
    assert said(speaker, "de", lambda: _("Saved.")) == "Für immer."


def test_a_folder_may_be_named_without_the_script(speaker: Flask, write: Writer, folder: Path) -> None:
    write("zh_CN", 'msgid "Save"\nmsgstr "保存"', rule="nplurals=1; plural=0;")
    assert locales_in(folder) == ["zh_CN"]
    assert names_of("zh_Hans_CN") == ["zh_Hans_CN", "zh_CN", "zh"]
    assert all(map(is_locale, ("zh_TW", "zh_Hant_TW", "pt_BR", "de")))
    assert not any(map(is_locale, ("iw", "de_de", "../zh", "zh_CN_x", "")))
    for name in ("zh_CN", "zh_Hans_CN"):
        with speaker.test_request_context("/"), force_locale(name):
            assert _("Save") == "保存"
