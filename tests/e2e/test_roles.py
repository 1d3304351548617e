"""The role desk and seeing the back office as another, in a real browser, with scripts and without."""

from __future__ import annotations

import pytest
from selenium.webdriver.support.ui import Select

from backoffice.accounts.operations import grant_exactly
from tests import factories
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")


def a_role(screen: Screen, name: str) -> None:
    """A role of this name that grants nothing."""
    with screen.house.opened():
        found = factories.find_role(name)
        if found is None:
            factories.role(name=name)
        else:
            grant_exactly(found, {})


def changes_a_role(screen: Screen, name: str) -> None:
    """Open an area, choose, look, save, and see it in the matrix."""
    a_role(screen, name)
    screen.is_signed_in("mira").goes("/admin/role/desk/").presses("Posts: Change")
    select = screen.field(f"{name}: Posts: See")
    Select(select).select_by_visible_text("all")
    screen.presses("Preview").sees("What would change")
    screen.sees("gains").presses("Save 1 role").hears("1 role changed")
    assert "Posts: See: all" in (
        screen.one(f"[data-id=posts] [data-label='{name}']").get_attribute("textContent") or ""
    )


def test_a_role_is_changed_after_a_look(gazette: Screen) -> None:
    changes_a_role(gazette, "scripted")


def test_a_role_is_changed_after_a_look_without_scripts(plain: Screen) -> None:
    changes_a_role(plain, "unscripted")


def test_the_back_office_is_seen_as_a_role_and_left_again(gazette: Screen) -> None:
    gazette.is_signed_in("mira").goes("/admin/view-as/")
    gazette.one("button[aria-label='View as moderator']").click()
    gazette.sees("You see the back office as the role moderator.")
    assert not gazette.all("nav a[href='/admin/user/']")
    gazette.goes("/admin/moderation/")
    gazette.one("main button[name=action][value=approve]").click()
    gazette.sees("You only look. Stop that first.")
    gazette.presses("Stop").sees("People")
    assert gazette.all("nav a[href='/admin/user/']")
