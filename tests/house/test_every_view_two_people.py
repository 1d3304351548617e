"""Two browsers on one record, in the form of every view and in every button for many: nothing of either is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import String, inspect

from backoffice.admin.columns import Column
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.operations import Operation
from tests.browser import Browser, fields_in
from tests.house.every_view import entries, every_view, last_entry_id, made, record, text_field, url
from tests.house.test_every_operation import _typed, every_operation, in_state, inputs_of
from tests.house.test_every_view_forms import changed, opened, save

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


def texts(view: Any) -> list[str]:
    """The columns of the edit form that take words; of several that no two records share only the first."""
    attributes = inspect(view.model).column_attrs
    names = [name for name in view.form_columns if name in attributes and name not in view.form_create_only]
    return [name for name in names if isinstance(Column(view.model, name).type, String)]


def seen(browser: Browser, view: Any) -> str:
    """What the list says about when it was read."""
    found = re.search(r'name="seen" value="([^"]+)"', browser.get(url(view)).text)
    assert found, "the list does not say when it was read"
    return unescape(found.group(1))


def told(page: str) -> dict[str, str]:
    """The three texts of the merge page, by the words above them, as a reader sees them."""
    section = page.split('class="bo-merge"')[1].split("</section>")[0]
    found = re.findall(r'class="bo-version">(.*?)</div>\s*</div>', section, flags=re.S)
    heads = {}
    for part in found:
        head, _tag, text = part.partition("<div")
        text = re.sub("<del>.*?</del>", "", text.partition(">")[2])
        heads[_plain(head)] = _plain(text)
    return heads


def _plain(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", "", html)).split())


@every_view("edit", where=lambda view: len(texts(view)) > 1)
def test_fields_that_only_one_of_them_changed_are_both_kept(app: Flask, sign_in: SignIn, view: Any) -> None:
    first, second, (id,) = sign_in("ana"), sign_in("admin"), made(app, view)
    one, other = texts(view)[:2]
    mine, theirs = opened(first, view, id), opened(second, view, id)
    my_word, their_word = changed(mine[one][0]), changed(theirs[other][0] or "Words")
    with app.app_context():
        last = last_entry_id()
    assert save(second, view, id, theirs, **{other: their_word}).status_code == 302
    answer = save(first, view, id, mine, **{one: my_word})
    assert answer.status_code == 302, "asked, though nothing is to be decided"
    assert "Kept what admin changed meanwhile" in first.get(answer.location).text
    with app.app_context():
        saved = record(view, id)
        assert (getattr(saved, one), getattr(saved, other)) == (my_word, their_word)
        new = [(entry.actor_name, one in entry.changes) for entry in entries(view, id) if entry.id > last]
        assert new == [("admin", False), ("ana", True)], "an entry tells of what its person did not do"


@every_view("edit")
def test_a_field_that_both_changed_is_shown_as_it_was_theirs_and_mine(app: Flask, sign_in: SignIn, view: Any) -> None:
    first, second, (id,) = sign_in("ana"), sign_in("admin"), made(app, view)
    name = text_field(view)
    mine, theirs = opened(first, view, id), opened(second, view, id)
    old = mine[name][0]
    my_word, their_word = changed(old), changed(changed(old))
    assert save(second, view, id, theirs, **{name: their_word}).status_code == 302
    answer = save(first, view, id, mine, **{name: my_word})
    assert answer.status_code == 409
    shown = told(answer.text)
    (who,) = [head for head in shown if head.startswith("admin")]
    assert shown == {"Original": _plain(old), who: _plain(their_word), "Mine, not saved": _plain(my_word)}
    assert who.startswith("admin, "), "it does not say when"


@every_view("edit", where=lambda view: len(texts(view)) > 1)
def test_theirs_is_chosen_for_one_field_and_the_rest_of_what_was_typed_is_saved(
    app: Flask, sign_in: SignIn, view: Any
) -> None:
    first, second, (id,) = sign_in("ana"), sign_in("admin"), made(app, view)
    name, other = texts(view)[:2]
    mine, theirs = opened(first, view, id), opened(second, view, id)
    their_word, my_other = changed(changed(theirs[name][0])), changed(mine[other][0] or "Words")
    assert save(second, view, id, theirs, **{name: their_word}).status_code == 302
    answer = save(first, view, id, mine, **{name: changed(mine[name][0]), other: my_other})
    assert answer.status_code == 409
    asked = fields_in(answer.text, holding=name)
    assert asked[other] == [my_other], "what was typed is lost"
    assert save(first, view, id, asked, **{f"keep.{name}": "theirs"}).status_code == 302
    with app.app_context():
        saved = record(view, id)
        assert (getattr(saved, name), getattr(saved, other)) == (their_word, my_other)


@every_operation(lambda view, each: each.in_lists and "edit" in view.verbs and each in view.operations)
@pytest.mark.parametrize("many", [1, 2])
def test_what_somebody_changed_after_the_list_was_read_is_left_out_and_named(
    app: Flask, sign_in: SignIn, view: Any, each: Operation, many: int
) -> None:
    first, second = sign_in("ana"), sign_in("admin")
    with app.app_context(), unit_of_work():
        ids = [in_state(view, each, fitting=True).id for _ in range(many + 1)]
        typed = {name: _typed(value) for name, value in inputs_of(each).items()}
    sight, name = seen(first, view), text_field(view)
    for id in ids[:many]:
        fields = opened(second, view, id)
        assert save(second, view, id, fields, **{name: changed(fields[name][0])}).status_code == 302
    with app.app_context():
        last, titles = last_entry_id(), [str(record(view, id).title_text) for id in ids[:many]]
    form = {"action": each.name, "rowid": [str(id) for id in ids], "seen": sight, **typed}
    page = _plain(first.submit(url(view, "action/"), form, follow_redirects=True).text)
    assert "admin was faster" in page
    for title in titles:
        assert f"{title}: admin was" in page or f"{title} (admin was" in page, f"{title} is not named"
    with app.app_context():
        acted = {id: [entry.action for entry in entries(view, id) if entry.id > last] for id in ids}
    assert [each.action in acted[id] for id in ids] == [False] * many + [True]
