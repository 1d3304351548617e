"""Words in the reader's language; which language that is stands in tests/catalogs."""

from __future__ import annotations

import json

import pytest
from flask import Flask, render_template_string
from markupsafe import escape

from backoffice.comments.models import CommentStatus
from backoffice.foundation.i18n import LOCALES, Text, _, _l, _n, direction_of, message_of, speaking


def test_a_lazy_text_is_escaped_where_it_is_printed(app: Flask) -> None:
    text = _l("<b>%(name)s</b> & more", name="<script>")
    assert isinstance(text, Text)
    with app.test_request_context():
        assert str(text) == "<b><script></b> & more"
        assert render_template_string("{{ text }}", text=text) == escape(str(text))
        assert render_template_string("{{ _('<i>') }}") == "&lt;i&gt;"
        assert render_template_string("{{ _('Hello %(name)s', name='<b>') }}") == "Hello &lt;b&gt;"


def test_a_percent_sign_in_a_value_stays_one(app: Flask) -> None:
    with app.test_request_context():
        assert _("Saved: %(title)s.", title="100 % sure %(x)s %s") == "Saved: 100 % sure %(x)s %s."


def test_the_english_source_is_known_whatever_the_reader_speaks(app: Flask) -> None:
    with app.test_request_context("/?lang=de"):
        assert message_of(CommentStatus.PENDING.label) == "Pending"
        assert message_of("plain") == "plain"


def test_counts_take_the_right_form(app: Flask) -> None:
    with app.test_request_context():
        assert _n("%(num)s line", "%(num)s lines", 1) == "1 line"
        assert _n("%(num)s line", "%(num)s lines", 1234) == "1,234 lines"
        assert _n("%(num)s line", "%(num)s lines", 0) == "0 lines"


def test_a_label_is_read_in_the_language_of_the_moment(app: Flask) -> None:
    with app.test_request_context():
        english = str(CommentStatus.PENDING.label)
        with speaking("de"):
            german = str(CommentStatus.PENDING.label)
        assert str(CommentStatus.PENDING.label) == english == "Pending"
        assert german != english
        with speaking("nonsense"):
            assert str(CommentStatus.PENDING.label) == "Pending"


@pytest.mark.parametrize("locale", LOCALES)
def test_only_arabic_runs_from_right_to_left(locale: str) -> None:
    assert direction_of(locale) == ("rtl" if locale == "ar" else "ltr")


def test_an_enumeration_is_its_value_and_shows_its_label() -> None:
    assert CommentStatus.SPAM == "spam"
    assert json.dumps(CommentStatus.SPAM) == '"spam"'
    assert [value for value, _label in CommentStatus.choices()] == ["pending", "approved", "rejected", "spam"]
