"""The page on the health of moderation and its file, for each kind of person; and its panel on the first page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import event, select

from backoffice.comments.models import CommentStatus
from backoffice.comments.operations import approve, reject, spam
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Post
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser
from tests.house.spreadsheets import csv_rows, xlsx_rows
from tests.people import person

SignIn = Callable[[str], Browser]
PAGE = "/admin/moderation/health/"


def some_work(who: str = "mo", post: Post | None = None) -> None:
    """Three decisions, one of them changed again by somebody else, and two comments that wait, one too long."""
    actor, more = person(who), _under(post)
    for number, how in enumerate((approve, reject, spam)):
        comment = factories.comment(created_at=clock.now() - timedelta(minutes=12), score=0.7, **more)
        with acting(actor=actor, request_id=f"W{comment.id}"):
            how(comment, actor=actor)
            db.session.flush()
        if number == 0:
            with acting(actor=person("ana"), request_id="ANEW"):
                reject(comment, actor=person("ana"))
                db.session.flush()
    for hours in (1, 9):
        factories.comment(created_at=clock.now() - timedelta(hours=hours), **more)


def _under(post: Post | None) -> dict[str, Any]:
    return {"post": post} if post else {}


def words(page: str) -> str:
    """The text of the main part of a page."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub("<[^>]*>", " ", main).split())


def test_a_moderator_reads_what_waits_who_decided_and_what_was_overturned(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        some_work()
    page = sign_in("mo").get(PAGE)
    assert page.status_code == 200
    told = words(page.text)
    assert "2 comments wait, the oldest since 9 hr" in told
    assert "Late The target is 4 hours." in told
    assert "4 decisions in the last 30 days." in told
    assert "Mo Hallvik 3 3 12 minutes 33%" in told
    assert "Ana Kestrin 1 1 – 0%" in told
    assert "25% of decisions were changed again" in told


def test_what_is_in_time_is_said_to_be(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.comment(created_at=clock.now() - timedelta(minutes=5))
    told = words(sign_in("mo").get(PAGE).text)
    assert "In time The target is 4 hours." in told
    assert "Late" not in told


def test_an_author_is_told_that_she_sees_only_what_concerns_her(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        some_work("mo")
        some_work("aut", factories.post(published=True, author=person("aut")))
    told = words(sign_in("aut").get(PAGE).text)
    assert "You moderate the comments on your own posts" in told
    assert "2 comments wait" in told
    assert "Auta Reyl 3 3" in told
    for others in ("Mo Hallvik", "Ana Kestrin", "By rule", "By spam score", "Rules and programs"):
        assert others not in told


@pytest.mark.parametrize("username", ["tra", "nobody", "rita"])
def test_who_does_not_moderate_does_not_get_in(sign_in: SignIn, username: str) -> None:
    browser = sign_in(username)
    for address in (PAGE, f"{PAGE}export/csv/"):
        answer = browser.get(address)
        assert answer.status_code in (302, 403), address
        assert "Median" not in answer.text


@pytest.mark.parametrize("days", [7, 30, 90])
def test_the_period_is_a_choice_and_each_day_has_its_line(app: Flask, sign_in: SignIn, days: int) -> None:
    with app.app_context(), unit_of_work():
        some_work()
    page = sign_in("mo").get(f"{PAGE}?days={days}").text
    assert re.search(rf'<a href="[^"]*days={days}" aria-current="page"', page)
    table = page[page.index("Decisions per day, last", page.index("<caption")) :]
    assert table[: table.index("</table>")].count('<th scope="row">') == days


@pytest.mark.parametrize("days", ["", "0", "-7", "31", "9" * 40, "x", "７"])
def test_a_period_that_is_none_gives_the_usual_one(sign_in: SignIn, days: str) -> None:
    page = sign_in("mo").get(PAGE, query_string={"days": days}).text
    assert re.search(r'<a href="[^"]*days=30" aria-current="page"', page)


def test_every_chart_says_what_it_is_and_has_a_table_behind_it(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        some_work()
    page = sign_in("mo").get(PAGE).text
    charts = re.findall(r'<svg [^>]*role="img".*?</svg>', page, re.DOTALL)
    assert len(charts) == 5
    assert page.count('<details class="bo-more">') == 5
    ids = set(re.findall(r' id="([^"]+)"', page))
    for chart in charts:
        drawn = ElementTree.fromstring(chart)
        title, desc = drawn.findall("title")[0], drawn.findall("desc")[0]
        assert title.text and desc.text
        assert set(drawn.attrib["aria-labelledby"].split()) == {title.attrib["id"], desc.attrib["id"]} <= ids
        width, height = (float(each) for each in drawn.attrib["viewBox"].split()[2:])
        for bar in drawn.iter("rect"):
            assert 0 <= float(bar.attrib["x"]) <= width - float(bar.attrib["width"])
            assert 0 <= float(bar.attrib["y"]) <= height - float(bar.attrib["height"])
    assert len(ids) == len(re.findall(r' id="([^"]+)"', page))


def test_the_page_is_drawn_where_nothing_ever_happened(sign_in: SignIn) -> None:
    told = words(sign_in("mo").get(PAGE).text)
    assert "Nothing waits" in told
    assert "Nobody has decided anything." in told
    assert "No rule has fitted anything that was decided." in told


@pytest.mark.both_databases
def test_the_page_asks_as_many_questions_for_much_as_for_little(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    with app.app_context(), unit_of_work():
        some_work()
    browser.get(PAGE)
    asked: list[int] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *_told: asked.append(1))
    browser.get(PAGE)
    little = len(asked)
    with app.app_context(), unit_of_work():
        some_work()
        for _each in range(3):
            actor = factories.user(roles=["moderator"])
            comment = factories.comment()
            with acting(actor=actor, request_id=f"M{comment.id}"):
                approve(comment, actor=actor)
                db.session.flush()
    asked.clear()
    browser.get(PAGE)
    assert len(asked) == little


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_has_a_line_for_each_day_and_person_and_is_noted(app: Flask, sign_in: SignIn, kind: str) -> None:
    with app.app_context(), unit_of_work():
        person("mo").name = "=1+1"
        some_work()
    answer = sign_in("mo").get(f"{PAGE}export/{kind}/?days=7")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    head, *lines = (csv_rows if kind == "csv" else xlsx_rows)(answer.data)
    assert head[:3] == ["Day", "Person", "Approved"]
    found = {line[1]: line for line in lines}
    name = next(each for each in found if "1+1" in each)
    assert kind == "xlsx" or name == "'=1+1"
    assert [round(float(number)) for number in found[name][2:]] == [1, 1, 1, 3, 12, 1]
    assert found["Ana Kestrin"][2:6] == ["0", "1", "0", "1"]
    assert len(lines) == 2
    with app.app_context():
        noted = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "comment.export")).one()
        assert noted.changes["kind"] == [None, kind]


def test_a_file_of_another_kind_is_not_there(sign_in: SignIn) -> None:
    assert sign_in("mo").get(f"{PAGE}export/exe/").status_code == 404


def test_the_button_for_the_file_is_for_who_may_export(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={"comment.view": "all", "comment.moderate": "all"})
        name = factories.user(roles=[role]).username
    browser = sign_in(name)
    assert "/export/" not in browser.get(PAGE).text
    assert browser.get(f"{PAGE}export/csv/").status_code == 403
    assert f"{PAGE}export/csv/" in sign_in("mo").get(PAGE).text


def test_the_page_speaks_the_language_of_the_reader(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        some_work()
    page = sign_in("mo").get(f"{PAGE}?lang=ar")
    assert page.status_code == 200
    assert 'dir="rtl"' in page.text


def test_the_desk_leads_to_health_and_health_to_the_desk(sign_in: SignIn) -> None:
    browser = sign_in("mo")
    assert f'href="{PAGE}"' in browser.get("/admin/moderation/").text
    assert 'href="/admin/moderation/"' in browser.get(PAGE).text


def test_the_first_page_tells_how_moderation_stands(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        some_work()
    told = words(sign_in("mo").get("/admin/").text)
    assert "Moderation Health Waiting at the desk 2 Oldest Late 9 hr, target 4 hours Decided today 4" in told
    assert "Median time to decision 12 minutes" in told


def test_the_first_page_tells_nobody_else(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        some_work()
        factories.comment(status=CommentStatus.APPROVED)
    assert "Waiting at the desk" not in sign_in("rita").get("/admin/").text
