"""What is stored in English or by a short name is said in the reader's language where a page shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from backoffice.accounts.models import Role
from backoffice.accounts.seeding import default_role
from backoffice.foundation.database import unit_of_work
from tests.browser import Browser

SignIn = Callable[[str], Browser]


def changed(app: Flask, name: str, description: str) -> int:
    """The number of the role of this name, with another description."""
    with app.app_context(), unit_of_work():
        role: Role = default_role(name)
        role.description = description
        return role.id


def number_of(app: Flask, name: str) -> int:
    with app.app_context():
        return default_role(name).id


def test_a_built_in_role_is_described_in_the_language_of_the_reader(app: Flask, sign_in: SignIn) -> None:
    ana, number = sign_in("ana"), number_of(app, "moderator")
    for address in ("/admin/role/?lang=de", f"/admin/role/details/?id={number}&lang=de"):
        assert "Alle Kommentare" in ana.get(address).text
        assert "All comments" not in ana.get(address).text


def test_a_description_that_somebody_wrote_stays_as_it_was_written(app: Flask, sign_in: SignIn) -> None:
    number = changed(app, "moderator", "All comments, and the telephone")
    page = sign_in("ana").get(f"/admin/role/details/?id={number}&lang=de").text
    assert "All comments, and the telephone" in page


def test_the_trail_says_in_words_what_was_done_to_what_and_where(app: Flask, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    changed(app, "moderator", "Readers' letters")
    page = ana.get("/admin/audit/?lang=de").text
    assert "Angemeldet" in page
    assert "Öffentliche Seiten" in page
    assert "Programm" in page


@pytest.mark.parametrize(("locale", "said"), [("en", "a, b, c"), ("ar", "a، b، c")])
def test_names_in_a_row_have_the_comma_of_the_language(app: Flask, locale: str, said: str) -> None:
    with app.test_request_context(), force_locale(locale):
        assert render_template_string("{{ names|listed }}", names=["a", "b", "c"]) == said


def test_a_name_with_signs_of_markup_or_of_a_placeholder_is_only_a_name(app: Flask) -> None:
    with app.test_request_context(), force_locale("ar"):
        page = render_template_string("{{ names|listed }}", names=["50%", "<i>", "%(item)s"])
    assert page == "50%، &lt;i&gt;، %(item)s"


@pytest.mark.parametrize(("locale", "said"), [("en", "3 Nov"), ("de", "3. Nov."), ("es", "3 nov"), ("ar", "3 نوفمبر")])
def test_a_short_day_is_written_as_the_language_writes_it(app: Flask, locale: str, said: str) -> None:
    with app.test_request_context(), force_locale(locale):
        assert render_template_string("{{ day|day_of_month }}", day=date(2026, 11, 3)) == said
