"""The settings page: one form for all policies, merged when two people save it, undone like any change."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotAllowed
from backoffice.foundation.permissions import System
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import (
    OPEN_REGISTRATION,
    POLICIES,
    SESSION_DAYS,
    TRASH_DAYS,
    Kind,
    Policy,
    Setting,
    value_of,
)
from backoffice.records.trash import Trashed
from backoffice.settings.operations import set_policies
from tests import factories
from tests.browser import Browser, fields_in

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
PAGE, BACK = "/admin/setting/", "/admin/undo/back/"


def opened(browser: Browser) -> dict[str, Any]:
    """The form as the browser has it."""
    return dict(fields_in(browser.get(PAGE).text, holding="trash_days"))


def save(browser: Browser, fields: dict[str, Any], **changes: str) -> Any:
    return browser.submit(PAGE, {**fields, **changes})


def set_to(app: Flask, policy: Policy) -> Any:
    with app.app_context():
        return value_of(policy)


def trail(app: Flask) -> list[AuditEntry]:
    with app.app_context():
        return list(
            db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "setting").order_by(AuditEntry.id))
        )


def last_batch(page: str) -> str:
    return re.findall(r'name="batch" value="(\w+)"', page)[-1]


def test_every_policy_stands_on_the_page_with_its_default(app: Flask, sign_in: SignIn) -> None:
    page = sign_in("ana").get(PAGE).text
    for policy in POLICIES:
        if policy.kind is Kind.CHOICE:
            assert f'<option value="{policy.default}" selected>' in page.split(f'name="{policy.name}"')[1]
        elif policy.kind is Kind.BOOL:
            box = page.split(f'name="{policy.name}"')[1].partition(">")[0]
            assert ("checked" in box) is policy.default
        else:
            assert f'name="{policy.name}" value="{policy.default}"' in page
        assert str(policy.hint)[:40] in page
    assert "Default: 10,080 minutes (7 days)." in page


def test_what_was_set_is_saved_with_an_entry_in_the_trail(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    answer = save(browser, opened(browser), trash_days="12")
    assert answer.status_code == 302
    assert set_to(app, TRASH_DAYS) == 12 and set_to(app, SESSION_DAYS) == 30
    (entry,) = trail(app)
    assert (entry.action, entry.actor_name, entry.target_title) == ("setting.edit", "ana", "Deleted records")
    assert entry.changes["value"] == [None, 12]
    page = browser.get(PAGE).text
    assert "Saved." in page and "Set to 12 days" in page


def test_saving_an_untouched_form_changes_nothing(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    assert save(browser, opened(browser)).status_code == 302
    save(browser, opened(browser), trash_days="12")
    assert save(browser, opened(browser)).status_code == 302
    assert len(trail(app)) == 1


@pytest.mark.parametrize("typed", ["0", "4000", "-5", "twelve", "", "1.5", "9" * 30, "1e2", "²"])
def test_what_is_out_of_range_is_said_and_everything_typed_is_kept(app: Flask, sign_in: SignIn, typed: str) -> None:
    browser = sign_in("ana")
    answer = save(browser, opened(browser), trash_days=typed, session_days="14")
    assert answer.status_code == 422
    assert "Give a whole number from 1 to 3650." in answer.text
    again = fields_in(answer.text, holding="trash_days")
    assert (again["trash_days"], again["session_days"]) == ([typed], ["14"])
    assert not trail(app)
    assert save(browser, again, trash_days="12").status_code == 302
    assert (set_to(app, TRASH_DAYS), set_to(app, SESSION_DAYS)) == (12, 14)


def test_digits_of_another_script_are_a_number(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    assert save(browser, opened(browser), trash_days="١٢").status_code == 302
    assert set_to(app, TRASH_DAYS) == 12


def test_the_button_puts_the_default_in_and_keeps_what_else_was_typed(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    save(browser, opened(browser), trash_days="12")
    answer = save(browser, opened(browser), session_days="14", default="trash_days")
    assert answer.status_code == 200
    again = fields_in(answer.text, holding="trash_days")
    assert (again["trash_days"], again["session_days"]) == (["30"], ["14"])
    assert set_to(app, TRASH_DAYS) == 12, "only saving saves"
    assert save(browser, again).status_code == 302
    assert (set_to(app, TRASH_DAYS), set_to(app, SESSION_DAYS)) == (30, 14)
    with app.app_context():
        row = db.session.scalars(select(Setting).where(Setting.name == "trash_days")).one()
        assert row.value is None, "a later default has to hold as well"


# Two people


def test_changes_of_different_settings_are_merged(app: Flask, sign_in: SignIn) -> None:
    first, second = sign_in("ana"), sign_in("admin")
    mine, theirs = opened(first), opened(second)
    assert save(second, theirs, trash_days="12").status_code == 302
    answer = save(first, mine, session_days="14")
    assert answer.status_code == 302
    assert (set_to(app, TRASH_DAYS), set_to(app, SESSION_DAYS)) == (12, 14)
    assert "Kept what admin changed meanwhile: Deleted records." in first.get(PAGE).text


@pytest.mark.parametrize("set_before", [False, True])
@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_the_same_setting_is_shown_side_by_side(app: Flask, sign_in: SignIn, choice: str, set_before: bool) -> None:
    first, second = sign_in("ana"), sign_in("admin")
    if set_before:
        save(first, opened(first), trash_days="20")
    mine, theirs = opened(first), opened(second)
    assert save(second, theirs, trash_days="12").status_code == 302
    answer = save(first, mine, trash_days="40", session_days="14")
    assert answer.status_code == 409
    assert "You and admin changed the same field" in answer.text
    for amount in ("20" if set_before else "30", "12", "40"):
        assert amount in re.sub("<[^>]*>", "", answer.text.partition('id="merge"')[2].partition("</section>")[0])
    again = fields_in(answer.text, holding="trash_days")
    assert again["trash_days"] == ["40"]
    assert set_to(app, TRASH_DAYS) == 12
    assert save(first, {**again, "keep.trash_days": choice}).status_code == 302
    assert set_to(app, TRASH_DAYS) == (40 if choice == "mine" else 12)
    assert set_to(app, SESSION_DAYS) == 14


def test_a_form_from_before_an_undo_is_compared_as_well(app: Flask, sign_in: SignIn) -> None:
    first, second = sign_in("ana"), sign_in("admin")
    page = second.submit(PAGE, {**opened(second), "trash_days": "12"}, follow_redirects=True).text
    mine = opened(first)
    second.submit(BACK, {"batch": last_batch(page)})
    save(second, opened(second), trash_days="50")
    assert save(first, mine, trash_days="40").status_code == 409
    assert set_to(app, TRASH_DAYS) == 50


@pytest.mark.parametrize("version", ["", "nonsense", "trash_days=", "trash_days=99999999999999 x=1", "=" * 3000])
def test_a_form_without_sensible_versions_overwrites_nothing(app: Flask, sign_in: SignIn, version: str) -> None:
    browser = sign_in("ana")
    fields = opened(browser)
    save(browser, fields, trash_days="12")
    assert save(browser, {**fields, "version": version}, trash_days="40").status_code == 409
    assert set_to(app, TRASH_DAYS) == 12


# Undo


def test_undo_brings_the_default_and_redo_the_value(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    page = browser.submit(PAGE, {**opened(browser), "trash_days": "12"}, follow_redirects=True).text
    page = browser.submit(BACK, {"batch": last_batch(page), "url": PAGE}, follow_redirects=True).text
    assert "Taken back" in page
    assert set_to(app, TRASH_DAYS) == 30
    with app.app_context():
        assert db.session.scalars(select(Trashed)).all() == [], "a setting is nothing for the trash"
    browser.submit(BACK, {"batch": last_batch(page), "url": PAGE})
    assert set_to(app, TRASH_DAYS) == 12


def test_undo_of_a_later_change_brings_the_value_before_it(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    first = browser.submit(PAGE, {**opened(browser), "trash_days": "12"}, follow_redirects=True).text
    page = browser.submit(PAGE, {**opened(browser), "trash_days": "40"}, follow_redirects=True).text
    browser.submit(BACK, {"batch": last_batch(first)})
    assert set_to(app, TRASH_DAYS) == 40, "somebody else's change would be lost"
    browser.submit(BACK, {"batch": last_batch(page)})
    assert set_to(app, TRASH_DAYS) == 12


# Who may


def reader(app: Flask, *permissions: str) -> str:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions=dict.fromkeys(permissions, "all"))
        return str(factories.user(roles=[role]).username)


def test_who_may_only_look_is_shown_no_button(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(reader(app, "setting.view"))
    page = browser.get(PAGE)
    assert page.status_code == 200
    body = page.text.partition("<main")[2]
    assert "_save" not in body and 'name="default"' not in body and "disabled" in body
    assert save(browser, {}, trash_days="12").status_code == 403
    assert set_to(app, TRASH_DAYS) == 30


def test_the_menu_leads_there_who_may_look(app: Flask, sign_in: SignIn) -> None:
    assert f'href="{PAGE}"' in sign_in("ana").get("/admin/").text
    editor = sign_in("ed")
    assert f'href="{PAGE}"' not in editor.get("/admin/").text
    assert editor.get(PAGE).status_code == 403


def test_undo_needs_the_permission_too(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work(), pytest.raises(NotAllowed):
        set_policies({TRASH_DAYS: 12}, actor=System("editor", "setting.view"))
    browser = sign_in("ana")
    save(browser, opened(browser), trash_days="12")
    batch = trail(app)[0].request_id
    auditor = sign_in(reader(app, "setting.view", "audit.view"))
    auditor.submit(BACK, {"batch": batch})
    assert set_to(app, TRASH_DAYS) == 12


# Who else is there


def test_the_settings_say_who_else_has_them_open_and_saved_them(app: Flask, sign_in: SignIn) -> None:
    first, second = sign_in("ana"), sign_in("admin")
    mine = opened(first)
    assert "Ana Kestrin has been editing this since" in second.get(PAGE).text
    script = {"X-Requested-With": "fetch"}
    typed = {"page": mine["page"][0], "version": mine["version"][0]}
    heard = first.submit(f"{PAGE}presence/", typed, headers=script).json
    assert len(heard["others"]) == 1 and heard["saved"] is None
    save(second, opened(second), trash_days="12")
    heard = first.submit(f"{PAGE}presence/", typed, headers=script).json
    assert heard["others"] == [] and heard["saved"][1].startswith("admin saved this at ")
    assert first.submit(f"{PAGE}presence/", {**typed, "left": "1"}, headers=script).status_code == 204
    assert "has been editing this since" not in second.get(PAGE).text
    looking = sign_in(reader(app, "setting.view"))
    assert looking.submit(f"{PAGE}presence/", headers=script).status_code == 403
    looking.get(PAGE)
    assert "has been editing this since" not in second.get(PAGE).text, "who only looks is in nobody's way"


def test_a_box_is_ticked_and_unticked(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    assert save(browser, {**opened(browser), "open_registration": "y"}).status_code == 302
    assert set_to(app, OPEN_REGISTRATION) is True
    form = opened(browser)
    form.pop("open_registration", None)
    assert save(browser, form).status_code == 302
    assert set_to(app, OPEN_REGISTRATION) is False
