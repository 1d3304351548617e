"""A translation that cannot be filled in gives way to English, whoever fills it in, and never breaks a page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import flask_admin.babel
import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template_string
from flask_babel import force_locale, lazy_gettext
from markupsafe import Markup

from backoffice.catalogs import layers, serving
from backoffice.catalogs.filling import Guarded
from backoffice.foundation.i18n import _, _l, _n
from tests.catalogs.conftest import Writer


@pytest.fixture(autouse=True)
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The net has to hold where every check fails."""
    monkeypatch.setattr(layers, "_SOUND", set())
    monkeypatch.setattr(layers.checks, "faults", lambda message, catalog: iter(()))


def said(app: Flask, locale: str, speak: Callable[[], object]) -> str:
    with app.test_request_context(), force_locale(locale):
        return str(speak())


BROKEN = ["%(wer)s fort", "%(name)d fort", "%(name) fort", "%(name)s 100% fort", "%(name)c"]


@pytest.mark.parametrize("german", BROKEN)
def test_a_text_that_cannot_be_filled_in_is_said_in_english(
    speaker: Flask, write: Writer, caplog: pytest.LogCaptureFixture, german: str
) -> None:
    write("de", f'msgid "%(name)s left"\nmsgstr "{german}"')
    ways: list[Callable[[], object]] = [
        lambda: _("%(name)s left", name="Ana"),
        lambda: _l("%(name)s left", name="Ana"),
        lambda: lazy_gettext("%(name)s left") % {"name": "Ana"},
        lambda: render_template_string("{{ _('%(name)s left', name='Ana') }}"),
        lambda: render_template_string("{{ gettext('%(name)s left', name='Ana') }}"),
        lambda: render_template_string("{% trans name='Ana' %}{{ name }} left{% endtrans %}"),
        lambda: render_template_string("{{ (_('%(name)s left')|e) % {'name': 'Ana'} }}"),
    ]
    with caplog.at_level(logging.WARNING):
        assert [said(speaker, "de", way) for way in ways] == ["Ana left"] * len(ways)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1 and "'%(name)s left'" in lines[0]


def test_what_a_sentence_is_filled_with_is_escaped_once_and_markup_never(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "%(name)s left & waved"\nmsgstr "%(name)s ging & winkte"')
    template = "{{ (_('%(name)s left & waved')|e) % {'name': name} }}"
    for name, shown in (("<i>Ana</i>", "&lt;i&gt;Ana&lt;/i&gt;"), (Markup("<b>Ana</b>"), "<b>Ana</b>")):
        told = said(speaker, "de", lambda n=name: render_template_string(template, name=n))
        assert told == f"{shown} ging &amp; winkte"


def test_a_plural_form_that_cannot_be_filled_in_is_said_in_english(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "%(num)s line"\nmsgid_plural "%(num)s lines"\nmsgstr[0] "%(eine)s"\nmsgstr[1] "%(viele)s"')
    count = "{{ _n('%(num)s line', '%(num)s lines', n) }} {{ ngettext('%(num)s line', '%(num)s lines', n) }}"
    trans = "{% trans num=n %}{{ num }} line{% pluralize %}{{ num }} lines{% endtrans %}"
    for number, english in ((1, "1 line"), (3, "3 lines")):
        assert said(speaker, "de", lambda n=number: _n("%(num)s line", "%(num)s lines", n)) == english
        assert said(speaker, "de", lambda n=number: render_template_string(count, n=n)) == f"{english} {english}"
        assert said(speaker, "de", lambda n=number: render_template_string(trans, n=n)) == english


def test_a_text_with_a_context_is_guarded_too(speaker: Flask, write: Writer) -> None:
    write("de", 'msgctxt "c"\nmsgid "%(name)s left"\nmsgstr "%(wer)s"')
    template = "{{ pgettext('c', '%(name)s left', name='Ana') }}"
    assert said(speaker, "de", lambda: render_template_string(template)) == "Ana left"


def test_the_words_of_flask_admin_and_of_forms_are_guarded(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Failed to create record. %(error)s"\nmsgstr "%(fehler)s"', domain="admin")
    write("de", 'msgid "Invalid field name \'%s\'."\nmsgstr "%s %s"', domain="wtforms")
    create = "Failed to create record. %(error)s"
    assert said(speaker, "de", lambda: flask_admin.babel.gettext(create, error="x")) == "Failed to create record. x"
    words = flask_admin.babel.Translations()
    assert said(speaker, "de", lambda: words.gettext("Invalid field name '%s'.") % "x") == "Invalid field name 'x'."


def test_braces_are_guarded(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "{name} left"\nmsgstr "{name.__class__.__mro__[9]} {"', domain="wtforms")
    words = flask_admin.babel.Translations()
    assert said(speaker, "de", lambda: words.gettext("{name} left").format(name="Ana")) == "Ana left"


def test_a_mistake_of_the_code_is_not_hidden(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "%(name)s left"\nmsgstr "%(name)s fort"')
    with pytest.raises(KeyError):
        said(speaker, "de", lambda: _("%(name)s left", other="Ana"))


def test_a_rule_that_breaks_for_one_number_gives_its_first_form(speaker: Flask, write: Writer) -> None:
    entry = 'msgid "%(num)s line"\nmsgid_plural "%(num)s lines"\nmsgstr[0] "%(num)s A"\nmsgstr[1] "%(num)s B"'
    write("de", entry, rule="nplurals=2; plural=(1/(n-2000) ? 1 : 0);")
    assert said(speaker, "de", lambda: _n("%(num)s line", "%(num)s lines", 2000)) == "2.000 A"


def test_a_doubled_percent_sign_is_one_wherever_it_is_read(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "All of it"\nmsgstr "Zu 100 %% alles"\n\nmsgid "90%% of it"\nmsgstr "Zu 90 %%"')
    templates = ("{{ _('All of it') }}", "{{ gettext('All of it') }}", "{% trans %}All of it{% endtrans %}")
    assert [said(speaker, "de", lambda t=t: render_template_string(t)) for t in templates] == ["Zu 100 % alles"] * 3
    assert said(speaker, "de", lambda: _("All of it")) == "Zu 100 % alles"
    assert said(speaker, "de", lambda: render_template_string("{% trans %}90% of it{% endtrans %}")) == "Zu 90 %"
    assert said(speaker, "en", lambda: render_template_string("{% trans %}90% of it{% endtrans %}")) == "90% of it"


def test_a_lone_percent_sign_of_a_text_without_placeholders_is_shown(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "All of it"\nmsgstr "Zu 100% fertig"')
    for template in ("{{ _('All of it') }}", "{{ gettext('All of it') }}", "{% trans %}All of it{% endtrans %}"):
        assert said(speaker, "de", lambda t=template: render_template_string(t)) == "Zu 100% fertig"


def test_what_is_told_once_counts_for_the_dashboard(speaker: Flask, write: Writer, folder: Path) -> None:
    write("de", 'msgid "%(name)s left"\nmsgstr "%(wer)s"\n\nmsgid "Saved."\nmsgstr "Gesichert."')
    with speaker.app_context():
        assert serving.left_out(speaker) == {"de": 0}
    for _again in range(2):
        said(speaker, "de", lambda: _("%(name)s left", name="Ana"))
    with speaker.app_context():
        assert serving.left_out(speaker) == {"de": 1}


def test_a_compiled_file_with_anything_in_it_breaks_nothing(
    speaker: Flask, folder: Path, write: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    path = write("de", "")
    catalog = Catalog("de")
    catalog.add("Sign in", "<script>alert(1)</script>" + "A" * 1_000_000)
    catalog.add("Password", "100%")
    catalog.add("Username", "\x00\x08%(x)s {x.__class__}")
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    page = speaker.test_client().get("/auth/login?lang=de")
    assert page.status_code == 200
    assert "<script>alert" not in page.text and len(page.text) < 100_000


def test_a_text_that_is_filled_in_later_keeps_its_doubled_percent_sign(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "%(share)s%% left"\nmsgstr "%(share)s %% übrig"')
    for locale, expected in (("de", "5 % übrig"), ("en", "5% left")):
        assert said(speaker, locale, lambda: lazy_gettext("%(share)s%% left") % {"share": 5}) == expected


def test_what_is_filled_in_is_a_plain_string(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "%(name)s left"\nmsgstr "%(name)s fort"')
    with speaker.test_request_context(), force_locale("de"):
        assert not isinstance(_("%(name)s left", name="Ana"), Guarded)
