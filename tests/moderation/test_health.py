"""How moderation fares, in numbers checked by hand: decisions, waits, what was changed again, rules and scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.comments.disputes import dispute
from backoffice.comments.judging import RULES
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import approve, reject, restore, spam
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs.running import run
from backoffice.moderation import health, history
from backoffice.moderation.health import Health, health_for
from backoffice.moderation.history import NOBODY, Tally
from backoffice.moderation.jobs import keep_moderation_days, sweep_desk
from backoffice.moderation.models import Claim, ModerationDay, Snooze
from backoffice.records import audit, undoing
from backoffice.records.policies import MODERATION_TARGET_HOURS, value_of
from tests import factories
from tests.people import person

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
DAY = NOON.date()
AtTime = Callable[[datetime], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> AtTime:
    """Sets the clock; it begins at noon of a Wednesday."""

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(NOON)
    return set_clock


@pytest.fixture
def at_work(app: Flask, at: AtTime) -> Iterator[None]:
    """One unit of work."""
    with app.app_context(), unit_of_work():
        yield


def waiting(minutes: float = 30, **changes: Any) -> Comment:
    """A comment that came so long ago."""
    return factories.comment(created_at=clock.now() - timedelta(minutes=minutes), **changes)


def decide(how: Any, comment: Comment, who: str, request: str = "") -> None:
    """A decision of a person, in a request of its own."""
    actor = person(who)
    with acting(actor=actor, request_id=request or f"R{comment.id}{how.name}{who}"[:20]):
        how(comment, actor=actor)
        db.session.flush()


def seen_by(who: str, days: int = 7, zone: str = "UTC") -> Health:
    return health_for(person(who), ZoneInfo(zone), days)


def tally_of(found: Health, who: str) -> Tally:
    return next(each.period for each in found.people if each.id == person(who).id)


@pytest.mark.usefixtures("at_work")
def test_decisions_count_for_who_made_them_with_their_waits() -> None:
    for minutes, how in ((10, approve), (30, reject), (80, spam)):
        decide(how, waiting(minutes), "mo")
    decide(approve, waiting(300), "ana")
    found = seen_by("mo")
    mo = tally_of(found, "mo")
    assert (mo.approved, mo.rejected, mo.spam, mo.decided) == (1, 1, 1, 3)
    assert timedelta(minutes=25) <= (mo.median or timedelta()) <= timedelta(minutes=30)
    assert found.today.decided == found.period.decided == 4
    assert found.days[-1].tally.decided == 4
    assert sum(day.tally.decided for day in found.days[:-1]) == 0


@pytest.mark.usefixtures("at_work")
def test_a_decision_that_was_taken_back_is_overturned_and_the_undo_is_no_decision() -> None:
    comment = waiting()
    decide(approve, comment, "mo", "FIRST")
    with acting(actor=person("ana"), request_id="BACK"):
        assert undoing.undo("FIRST", actor=person("ana")).skipped == []
    found = seen_by("ana")
    assert (tally_of(found, "mo").decided, tally_of(found, "mo").overturned) == (1, 1)
    assert [each.name for each in found.people] == ["Mo Hallvik"]


@pytest.mark.usefixtures("at_work")
def test_deciding_again_overturns_for_the_first_and_counts_for_the_second_without_a_wait() -> None:
    comment = waiting(20)
    decide(approve, comment, "mo")
    decide(reject, comment, "ana")
    found = seen_by("mo")
    mo, ana = tally_of(found, "mo"), tally_of(found, "ana")
    assert (mo.decided, mo.overturned, mo.share_overturned) == (1, 1, 1.0)
    assert (ana.decided, ana.overturned, ana.median) == (1, 0, None)
    assert sum(mo.waits) == 1


@pytest.mark.usefixtures("at_work")
def test_changing_ones_own_mind_counts_as_overturned_for_oneself() -> None:
    comment = waiting()
    decide(approve, comment, "mo")
    decide(spam, comment, "mo", "AGAIN")
    assert tally_of(seen_by("mo"), "mo").overturned == 1
    with acting(actor=person("ana"), request_id="BACK"):
        assert undoing.undo("AGAIN", actor=person("ana")).skipped == []
    found = seen_by("mo")
    assert (tally_of(found, "mo").decided, tally_of(found, "mo").overturned) == (2, 2)
    assert len(found.people) == 1


@pytest.mark.usefixtures("at_work")
def test_restoring_overturns_without_deciding() -> None:
    comment = waiting()
    decide(spam, comment, "mo")
    decide(restore, comment, "ana")
    found = seen_by("mo")
    assert [(each.name, each.period.decided, each.period.overturned) for each in found.people] == [("Mo Hallvik", 1, 1)]


@pytest.mark.usefixtures("at_work")
def test_rules_and_programs_are_counted_apart() -> None:
    comment = waiting(0, status=CommentStatus.SPAM)
    with acting(actor=RULES, request_id="RULE"):
        audit.note("comment.decide", comment, rule="Words", status=CommentStatus.SPAM)
        db.session.flush()
    decide(restore, comment, "mo")
    found = seen_by("mo")
    assert (found.programs.spam, found.programs.overturned) == (1, 1)
    assert found.period.decided == 0
    assert found.people == []


@pytest.mark.usefixtures("at_work")
def test_comments_that_staff_write_or_imports_bring_are_no_decisions() -> None:
    with acting(actor=person("mo"), request_id="NEW"):
        factories.comment(status=CommentStatus.APPROVED, decided_at=clock.now(), decided_by_id=person("mo").id)
    assert (seen_by("mo").period.decided, seen_by("mo").programs.decided) == (0, 0)


@pytest.mark.usefixtures("at_work")
def test_rules_are_judged_by_what_people_decided() -> None:
    one, two, three = waiting(), waiting(), waiting()
    rule = factories.rule(name="Insults")
    for comment in (one, two):
        factories.finding(comment=comment, rule_id=rule.id, rule_name="Insults")
    factories.finding(comment=three, rule_name="Gone", is_decisive=True)
    with acting(actor=person("mo"), request_id="WRONG"):
        dispute(one, actor=person("mo"))
    decide(approve, one, "mo")
    decide(reject, two, "mo")
    decide(reject, three, "mo")
    decide(approve, three, "ana")
    told = [(each.name, each.fitted, each.approved, each.refused, each.disputed) for each in seen_by("mo").rules]
    assert told == [("Insults", 2, 1, 1, 1), ("Gone", 1, 0, 1, 0)]


@pytest.mark.usefixtures("at_work")
def test_scores_are_told_by_fifths_and_comments_without_one_are_left_out() -> None:
    for score, how in ((0.0, spam), (0.1, approve), (0.19, reject), (0.2, approve), (0.99, spam), (1.0, reject)):
        decide(how, waiting(score=score), "mo")
    assert seen_by("mo").scores == [[2, 1], [1, 0], [0, 0], [0, 0], [2, 2]]


def test_finished_days_are_worked_out_once_and_stay(app: Flask, at: AtTime) -> None:
    with app.app_context():
        for back in (3, 1):
            at(NOON - timedelta(days=back))
            with unit_of_work():
                comment = waiting(50)
                factories.finding(comment=comment, rule_name="Words")
                comment.score = 0.9
                db.session.flush()
                decide(reject, comment, "mo")
        at(NOON)
        with unit_of_work():
            before = seen_by("mo").days[-2].tally
        assert run(keep_moderation_days) == ""
        assert history.missing_days() == []
        kept = {day.day: day.tally for day in _seen(7).days if day.tally.decided}
        assert list(kept) == [DAY - timedelta(days=3), DAY - timedelta(days=1)]
        assert kept[DAY - timedelta(days=1)] == before
        assert _seen(7).rules[0].refused == 2
        assert _seen(7).scores[-1] == [2, 2]
        assert tally_of(_seen(7), "mo").median is not None
        rows = _rows()
        assert run(keep_moderation_days) == ""
        assert _rows() == rows
        with unit_of_work():
            history.work_out(DAY - timedelta(days=1))
        assert _rows() == rows


def _seen(days: int) -> Health:
    return seen_by("mo", days)


def _rows() -> dict[tuple[date, int], tuple[int, int, int, int]]:
    with unit_of_work():
        return {
            (row.day, row.person_id): (row.approved, row.rejected, row.spam, row.overturned)
            for row in db.session.scalars(select(ModerationDay).order_by(ModerationDay.day, ModerationDay.person_id))
        }


def test_a_change_on_a_later_day_counts_then_for_who_had_decided(app: Flask, at: AtTime) -> None:
    with app.app_context():
        at(NOON - timedelta(days=1))
        with unit_of_work():
            comment = waiting()
            id = comment.id
            decide(approve, comment, "mo")
        at(NOON)
        assert run(keep_moderation_days) == ""
        with unit_of_work():
            decide(reject, db.session.get_one(Comment, id), "ana")
        found = _seen(7)
        assert (found.days[-2].tally.overturned, found.days[-1].tally.overturned) == (0, 1)
        assert tally_of(found, "mo").overturned == 1
        assert tally_of(found, "ana").overturned == 0


def test_days_that_were_missed_are_made_up_for(app: Flask, at: AtTime) -> None:
    with app.app_context():
        at(NOON - timedelta(days=5))
        with unit_of_work():
            decide(approve, waiting(), "mo")
        at(NOON)
        assert len(history.missing_days()) == 5
        with unit_of_work():
            history.work_out(DAY - timedelta(days=3))
        assert DAY - timedelta(days=3) not in history.missing_days()
        run(keep_moderation_days)
        assert db.session.scalar(select(func.count()).where(ModerationDay.person_id == NOBODY)) == 5
        assert _seen(7).unknown == 1  # the day before anything was written


def test_a_day_is_finished_only_when_everything_of_it_is_written(app: Flask, at: AtTime) -> None:
    with app.app_context():
        at(NOON)
        with unit_of_work():
            decide(approve, waiting(), "mo")
        midnight = datetime(2026, 6, 11, tzinfo=UTC)
        at(midnight + timedelta(minutes=5))
        assert history.missing_days() == []
        # Until then what was read live stands for it.
        assert [day.tally.decided for day in _seen(7).days[-2:]] == [1, 0]
        at(midnight + timedelta(minutes=11))
        assert history.missing_days() == [DAY]
        run(keep_moderation_days)
        assert [day.tally.decided for day in _seen(7).days[-2:]] == [1, 0]
        assert _seen(7).period.decided == 1


def test_today_is_the_day_of_the_reader_and_finished_days_are_of_utc(app: Flask, at: AtTime) -> None:
    with app.app_context():
        at(datetime(2026, 6, 9, 23, 30, tzinfo=UTC))  # half past eight on the 10th in Tokyo
        with unit_of_work():
            decide(approve, waiting(), "mo")
        at(datetime(2026, 6, 10, 1, tzinfo=UTC))
        run(keep_moderation_days)
        here, tokyo = seen_by("mo"), seen_by("mo", zone="Asia/Tokyo")
        assert (here.today.decided, tokyo.today.decided) == (0, 1)
        assert tokyo.per_hour[8] == 1
        assert len(tokyo.hours) == 11
        for found in (here, tokyo):
            assert [day.day.day for day in found.days if day.tally.decided] == [9]
            assert found.period.decided == 1


def test_the_day_the_clocks_go_back_has_an_hour_more(app: Flask, at: AtTime) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with app.app_context():
        for hour in (0, 1):  # two o'clock in the night, twice
            at(datetime(2026, 10, 25, hour, 15, tzinfo=UTC))
            with unit_of_work():
                decide(approve, waiting(), "mo")
        at(datetime(2026, 10, 25, 22, 30, tzinfo=UTC))
        found = health_for(person("mo"), berlin, 7)
        assert len(found.hours) == 25
        assert found.per_hour[2:4] == [1, 1]
        assert [hour.astimezone(berlin).hour for hour in found.hours[1:5]] == [1, 2, 2, 3]
        assert found.today.decided == 2


@pytest.mark.usefixtures("at_work")
def test_the_hours_of_a_zone_with_half_an_hour_begin_at_its_midnight() -> None:
    decide(approve, waiting(), "mo")
    found = seen_by("mo", zone="Asia/Kolkata")  # noon is half past five there
    assert found.per_hour == [0] * 17 + [1]


@pytest.mark.usefixtures("at_work")
def test_an_author_sees_her_own_posts_and_her_own_decisions_alone() -> None:
    mine = factories.post(published=True, author=person("aut"))
    waiting(600)
    waiting(90, post=mine)
    decided = waiting(post=mine)
    decide(approve, decided, "aut")
    decide(reject, waiting(), "mo")
    decide(reject, decided, "mo")
    found = seen_by("aut")
    assert (found.is_all, found.waiting.count, found.waiting.is_late) == (False, 1, False)
    assert [each.name for each in found.people] == ["Auta Reyl"]
    assert (found.period.decided, found.today.decided, found.period.overturned) == (1, 1, 1)
    assert sum(found.per_hour) == 1
    assert (list(found.rules), list(found.scores), found.programs.decided) == ([], [], 0)


@pytest.mark.usefixtures("at_work")
def test_what_waits_too_long_is_late() -> None:
    target = timedelta(hours=value_of(MODERATION_TARGET_HOURS))
    waiting(target.total_seconds() / 60 - 1)
    assert not health.waiting_for(person("mo")).is_late
    waiting(target.total_seconds() / 60 + 1)
    assert health.waiting_for(person("mo")).is_late


def test_very_many_deeds_are_read_once_a_minute(app: Flask, at: AtTime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MANY", 0)
    with app.app_context(), unit_of_work():
        decide(approve, waiting(), "mo")
        assert seen_by("mo").today.decided == 1
        decide(approve, waiting(), "mo")
        assert seen_by("mo").today.decided == 1
        at(NOON + timedelta(minutes=2))
        assert seen_by("mo").today.decided == 2


def test_the_median_of_a_histogram_lies_within_its_step() -> None:
    assert history.median_of(Tally().waits) is None
    waits = Tally().waits
    for minutes in (2, 2, 9, 50, 50):
        waits[next(n for n, step in enumerate(history.STEPS) if minutes * 60 <= step)] += 1
    assert timedelta(minutes=7) <= (history.median_of(waits) or timedelta()) <= timedelta(minutes=10)
    beyond = Tally().waits
    beyond[-1] = 3
    assert history.median_of(beyond) == timedelta(days=90)


def test_steps_rise() -> None:
    assert sorted(set(history.STEPS)) == list(history.STEPS)


def test_sweeping_forgets_what_no_desk_shows(app: Flask, at: AtTime) -> None:
    with app.app_context():
        with unit_of_work():
            mo = person("mo")
            of = {name: waiting().id for name in ("asleep", "awake", "long", "claimed", "left")}
            of["decided"] = waiting(status=CommentStatus.APPROVED).id
            hours = {"asleep": 5, "awake": -5, "long": -24 * 8, "decided": 5}
            for name, hour in hours.items():
                until = NOON + timedelta(hours=hour)
                db.session.add(Snooze(id=of[name], user_id=mo.id, who="Mo", until=until, set_at=NOON))
            for name, seconds in (("claimed", 60), ("left", -60)):
                ends = NOON + timedelta(seconds=seconds)
                claim = Claim(id=of[name], user_id=mo.id, who="Mo", is_firm=True, taken_at=NOON, expires_at=ends)
                db.session.add(claim)
        assert run(sweep_desk) == ""
        assert set(db.session.scalars(select(Snooze.id))) == {of["asleep"], of["awake"]}
        assert list(db.session.scalars(select(Claim.id))) == [of["claimed"]]
