"""Yes or no, and why: the same chain of reasons on the page, from a refusal, from a record, and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from backoffice.accounts.models import RoleTerm, User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.permissions import ALL, OWN, Can, is_allowed
from backoffice.roles.explaining import explain
from tests import factories, people
from tests.browser import Browser
from tests.terminal import refusal, run

SignIn = Callable[..., Browser]
PAGE = "/admin/explain/"


@pytest.mark.both_databases
def test_the_answer_is_the_one_that_the_guards_give(app: Flask) -> None:
    with app.app_context():
        for name in people.STAFF:
            person = people.person(name)
            own, strange = factories.post(author=person), factories.post()
            for can in Can:
                assert explain(person, can).may is is_allowed(person, can)
                if can.resource == "post":
                    for post in (own, strange):
                        assert explain(person, can, post).may is is_allowed(person, can, post), (name, can)


def test_a_reach_of_ones_own_is_told_by_whose_the_record_is(app: Flask) -> None:
    with app.app_context():
        author = people.person("aut")
        told = explain(author, Can.POST_EDIT, factories.post(author=author))
        assert told.may
        assert "This one belongs to aut." in [reason.text for reason in told.reasons]
        told = explain(author, Can.POST_EDIT, factories.post())
        assert not told.may
        assert [reason.text for reason in told.reasons if reason.holds is False] == ["This one does not belong to aut."]


def test_what_applies_to_the_record_now_is_told(app: Flask) -> None:
    with app.app_context():
        texts = [each.text for each in explain(people.person("ed"), Can.POST_PUBLISH, factories.post()).reasons]
        assert "Publish applies to it now." in texts
        assert "Withdraw does not apply to it as it is now." in texts


@pytest.mark.both_databases
def test_a_role_that_ends_is_told_with_its_end_and_no_longer_counts_after_it(app: Flask) -> None:
    with app.app_context():
        role = factories.role(name="helper", permissions={"tag.view": ALL})
        person = factories.user(roles=[role])
        person.terms.append(RoleTerm(role_id=role.id, until=clock.now() + timedelta(days=2)))
        db.session.flush()
        told = explain(person, Can.TAG_VIEW)
        assert told.may
        assert "It ends on" in told.reasons[0].text
        person.terms[0].until = clock.now() - timedelta(seconds=5)
        db.session.flush()
        db.session.expire(person)
        told = explain(person, Can.TAG_VIEW)
        assert not told.may
        assert told.reasons[0].text == "helper has ended and counts no longer."


def test_rules_that_no_permission_overrides_are_reasons_too(app: Flask) -> None:
    with app.app_context():
        held = {"user.edit": ALL, "user.deactivate": ALL, "user.view": ALL, "role.delete": ALL, "role.edit": ALL}
        clerk = factories.user(roles=[factories.role(permissions=held)])
        above, below = factories.user(roles=["editor"]), factories.user(roles=[])
        assert explain(clerk, Can.USER_VIEW, above).may
        assert not explain(clerk, Can.USER_EDIT, above).may
        assert explain(clerk, Can.USER_EDIT, below).may
        assert not explain(clerk, Can.USER_DEACTIVATE, clerk).may
        assert not explain(clerk, Can.ROLE_EDIT, factories.find_role("administrator")).may
        assert not explain(clerk, Can.ROLE_DELETE, factories.role(permissions={"post.view": ALL})).may
        assert explain(clerk, Can.ROLE_DELETE, factories.role()).may


def test_a_permission_for_other_records_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(InvalidInput):
        explain(people.person("ed"), Can.USER_EDIT, factories.post())


def test_the_page_tells_who_may_know_about_anybody(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        people.person("mo")
    page = sign_in("ana").get(f"{PAGE}?person=mo@example.org&action=post.edit")
    assert page.status_code == 200
    assert 'data-may="no"' in page.text
    assert "Roles that grant it: administrator, editor, author." in page.text
    assert 'data-id="comment.moderate"' in sign_in("ana").get(f"{PAGE}?person=mo").text


def test_everybody_may_ask_about_himself_and_is_told_of_no_other_role(sign_in: SignIn) -> None:
    browser = sign_in("mo")
    page = browser.get(f"{PAGE}?person=mo&action=post.edit").text
    assert "No: mo may not do post.edit." in page
    assert "editor" not in page.split("<main")[1].split("bo-chain")[1].split("</ol>")[0]
    assert browser.get(f"{PAGE}?person=ana&action=post.edit").status_code == 403


def test_who_sees_no_people_does_not_learn_which_there_are(sign_in: SignIn) -> None:
    browser = sign_in("mo")
    assert (
        browser.get(f"{PAGE}?person=admin").status_code == browser.get(f"{PAGE}?person=nobody.here").status_code == 403
    )


def test_a_record_that_one_may_not_see_is_not_told_of(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.post(title="Quiet words").id
    for name, status in (("ana", 200), ("aut", 404), ("mo", 404)):
        page = sign_in(name).get(f"{PAGE}?record=post:{id}&action=post.edit")
        assert page.status_code == status, name
        assert ("Quiet words" in page.text) is (status == 200)


@pytest.mark.parametrize(
    "question",
    [
        "action=post.fly",
        "record=post",
        "record=post:0",
        "record=nothing:1",
        "record=session:1",
        "record=post:9999999999",
    ],
)
def test_what_does_not_exist_is_not_here(sign_in: SignIn, question: str) -> None:
    assert sign_in("ana").get(f"{PAGE}?{question}").status_code == 404


def test_an_unknown_person_is_said_beside_the_field(sign_in: SignIn) -> None:
    page = sign_in("ana").get(f"{PAGE}?person=no<b>body&action=post.edit")
    assert page.status_code == 404
    assert "There is no account no&lt;b&gt;body." in page.text


def test_a_refusal_leads_to_its_reasons(sign_in: SignIn) -> None:
    browser = sign_in("mo")
    page = browser.get("/admin/post/")
    assert page.status_code == 403
    address = "/admin/explain/?person=mo&amp;action=post.view"
    assert address in page.text
    assert "No: mo may not do post.view." in browser.get(address.replace("&amp;", "&")).text


def test_the_page_of_a_record_leads_to_who_may(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.post().id
    link = f"/admin/explain/?record=post:{id}&amp;action=post.edit"
    assert link in sign_in("ana").get(f"/admin/post/details/?id={id}").text.replace("%3A", ":")
    assert "/admin/explain/" not in sign_in("ed").get(f"/admin/post/details/?id={id}").text


def test_the_command_line_tells_the_same_about_a_record(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        author = people.person("aut")
        own, strange = factories.post(author=author).id, factories.post().id
        chain = [each.text for each in explain(author, Can.POST_EDIT, factories.post()).reasons]
    assert run(app, "accounts", "explain", "aut", "post.edit", "--on", f"post:{own}").exit_code == 0
    result = run(app, "accounts", "explain", "aut", "post.edit", "--on", f"post:{strange}")
    assert result.exit_code == 1
    assert [line.strip() for line in result.stdout.splitlines()[1:]] == chain
    for wrong in ("post", "post:x", "post:999999", "nothing:1"):
        assert "There is no record" in refusal(run(app, "accounts", "explain", "aut", "post.edit", "--on", wrong))


def test_the_page_breaks_for_no_member_of_staff(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        assert isinstance(people.person("nobody"), User)
        factories.user(username="solo", roles=[factories.role(permissions={"tag.view": OWN})])
    assert sign_in("solo").get(PAGE).status_code == 200
    assert sign_in("nobody").get(PAGE).status_code == 403
