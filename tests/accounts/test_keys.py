"""Keys of one's own: two presets, single keys changed, or none, and never one key for two things."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from backoffice.accounts import keys
from backoffice.foundation.errors import InvalidInput
from tests.browser import Browser

SignIn = Callable[[str], Browser]
PROFILE, CHOOSE = "/auth/profile", "/auth/profile/keys"


def in_force(browser: Browser) -> dict[str, str]:
    """The keys that the pages of this person bring."""
    found = re.search(r"data-keymap='([^'<>&]*)'", browser.get(PROFILE).text)
    assert found
    kept: dict[str, str] = json.loads(found[1])
    return kept


def chosen(preset: str = "wordpress", **changed: str) -> dict[str, str]:
    """What the form of the profile posts."""
    column = 2 if preset == "coral" else 1
    return {
        "preset": preset,
        **{f"key_{name}": changed.get(name, str(about[column])) for name, about in keys.ACTIONS.items()},
    }


@pytest.mark.parametrize("column", [1, 2])
def test_no_preset_gives_one_key_two_meanings(column: int) -> None:
    present = [about[column] for about in keys.ACTIONS.values()]
    assert len(set(present)) == len(present) and not keys.TAKEN & set(present)


def test_the_ticked_ones_have_the_capital_unless_that_means_something_else() -> None:
    found = keys.keys_of(None)
    assert (found["approve"], found["ticked.approve"]) == ("a", "A")
    changed = keys.keys_of({"map": {"approve": "r", "reply": "y"}})
    assert changed["approve"] == "r" and "ticked.approve" not in changed  # R chooses a reason
    assert len(set(changed.values())) == len(changed)


@pytest.mark.parametrize(
    "kept", [{"preset": "nonsense"}, {"map": "x"}, {"map": {"approve": "ab", "nonsense": "y"}}, {}]
)
def test_what_an_older_house_kept_is_read_as_far_as_it_makes_sense(kept: dict[str, Any]) -> None:
    assert keys.keys_of(kept) == keys.keys_of(None)


def test_nothing_is_kept_for_who_wants_what_everybody_begins_with() -> None:
    assert keys.to_keep("wordpress", False, {name: str(about[1]) for name, about in keys.ACTIONS.items()}) is None


@pytest.mark.parametrize(
    ("action", "key", "words"),
    [
        ("approve", "d", "already"),
        ("approve", "/", "every page"),
        ("approve", "7", "every page"),
        ("approve", "ab", "one letter"),
        ("approve", "\u200b", "one letter"),
        ("approve", "\x00", "one letter"),
    ],
)
def test_a_key_that_cannot_be_is_refused_in_words(app: Flask, action: str, key: str, words: str) -> None:
    with app.test_request_context(), pytest.raises(InvalidInput) as refusal:
        keys.to_keep("wordpress", False, {action: key})
    assert words in str(refusal.value.message) and refusal.value.field == action


def test_somebody_takes_the_keys_she_knows_from_elsewhere(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    browser.submit(CHOOSE, chosen() | {"preset": "coral"})
    assert (in_force(browser)["approve"], in_force(browser)["undo"]) == ("f", "u")
    browser.submit(CHOOSE, {"reset": "1"})
    assert in_force(browser) == keys.keys_of(None)


def test_somebody_changes_one_key_and_takes_it_back_by_undo(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    browser.submit(CHOOSE, chosen(approve="ö"))
    assert in_force(browser)["approve"] == "ö" and in_force(browser)["ticked.approve"] == "Ö"


def test_somebody_wants_no_keys_at_all(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    browser.submit(CHOOSE, {**chosen(), "off": "1"})
    assert in_force(browser) == {}
    assert 'name="key_approve" value="a"' in browser.get(PROFILE).text


def test_a_refused_form_keeps_what_was_typed(app: Flask, sign_in: SignIn) -> None:
    answer = sign_in("mo").submit(CHOOSE, chosen(approve="d"))
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text
    assert re.search(r'name="key_approve" value="d"', answer.text)


def test_keys_are_for_staff_and_posted_nonsense_is_no_fault(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    assert browser.submit(CHOOSE, {"preset": "nonsense"}).status_code in (302, 422)
    assert 'id="keys"' not in sign_in("nobody").get(PROFILE).text
