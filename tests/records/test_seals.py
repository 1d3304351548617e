"""The chain over the trail: what was altered or removed by hand is named, what is still waiting is only counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Tag
from backoffice.records import audit, digests, retention, seals
from backoffice.records.audit import AuditEntry
from backoffice.records.seals import AuditSeal
from backoffice.records.verifying import Verdict, verify
from tests import factories

pytestmark = pytest.mark.both_databases
#: That of the application under test.
KEY = seals.signing_key("a key for the tests, long enough to be taken for a good one")


def write(count: int = 3) -> list[int]:
    """So many changes, each with its entry; their numbers."""
    before = db.session.scalar(select(func.max(AuditEntry.id))) or 0
    with unit_of_work():
        for _time in range(count):
            factories.tag()
    return list(db.session.scalars(select(AuditEntry.id).where(AuditEntry.id > before).order_by(AuditEntry.id)))


def seal() -> int:
    with unit_of_work():
        return seals.seal(KEY)


def check(**how: Any) -> Verdict:
    db.session.expire_all()
    found = verify(KEY, **how)
    db.session.rollback()
    return found


def by_hand(statement: Any) -> None:
    """What somebody does who has the database and not the house."""
    with db.engine.begin() as connection:
        connection.execute(statement)


@pytest.fixture
def house(app: Flask) -> Any:
    with app.app_context():
        write()
        while seal():
            pass
        yield


def test_an_untouched_trail_is_found_whole(house: None) -> None:
    write(2)
    verdict = check()
    assert verdict.fault == ""
    assert verdict.checked == db.session.scalar(select(func.sum(AuditSeal.count)))
    assert verdict.unsealed == 2


def test_entries_are_sealed_once(house: None) -> None:
    write(5)
    assert seals.is_waiting()
    assert seal() == 5
    assert not seals.is_waiting()
    assert seal() == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor_name", "somebody else"),
        ("actor_id", 4711),
        ("at", "2026-01-01 00:00:00"),
        ("action", "tag.delete"),
        ("changes", "{}"),
        ("exact", "{}"),
        ("target_id", 99),
        ("target_title", "Another"),
        ("request_id", "X"),
        ("salt", None),
        ("digest", b"0" * 32),
    ],
)
def test_the_first_entry_that_was_altered_by_hand_is_named(house: None, column: str, value: Any) -> None:
    first, second, *_rest = write(4)
    seal()
    if column == "at":
        value = clock.now() - timedelta(days=3)
    table: Any = AuditEntry.__table__
    given = text(f"'{value}'") if column in ("changes", "exact") else value
    by_hand(update(table).where(table.c.id.in_([first, second])).values({column: given}))
    assert check().fault == f"Entry {first} was altered by hand."


def test_an_entry_that_was_removed_by_hand_is_named(house: None) -> None:
    numbers = write(4)
    seal()
    by_hand(delete(AuditEntry).where(AuditEntry.id.in_(numbers[1:3])))
    assert check().fault == f"Entry {numbers[1]} was removed by hand."


def test_the_last_entry_of_a_seal_is_missed_too(house: None) -> None:
    numbers = write(4)
    seal()
    by_hand(delete(AuditEntry).where(AuditEntry.id == numbers[-1]))
    assert check().fault == f"Entry {numbers[-1]} was removed by hand."


def test_an_entry_altered_together_with_its_digest_by_whoever_has_the_key_breaks_the_chain(house: None) -> None:
    (number,) = write(1)
    seal()
    entry: Any = db.session.get(AuditEntry, number)
    row = {name: getattr(entry, name) for name in (*digests.KNOWN, *digests.VALUES)} | {"actor_name": "nobody"}
    forged = digests.sealed(row, KEY)
    table: Any = AuditEntry.__table__
    values = {name: forged[name] for name in ("actor_name", "salt", "digest", "mac")}
    db.session.rollback()
    by_hand(update(table).where(table.c.id == number).values(values))
    last = db.session.scalar(select(func.max(AuditSeal.id)))
    assert check().fault == f"Seal {last} does not follow from the one before it."


def test_a_seal_that_was_made_anew_without_the_key_is_named(house: None) -> None:
    write(1)
    seal()
    last: Any = db.session.scalar(select(func.max(AuditSeal.id)))
    db.session.rollback()
    by_hand(update(AuditSeal.__table__).where(AuditSeal.__table__.c.id == last).values(count=2))  # type: ignore[arg-type]
    assert check().fault == f"Seal {last} was altered, or made with another secret key."


def test_a_chain_begun_under_another_key_can_be_checked_without_signatures(house: None) -> None:
    other = seals.signing_key("another secret")
    first = db.session.scalar(select(func.min(AuditSeal.id)))
    assert verify(other).fault == f"Seal {first} was altered, or made with another secret key."
    assert verify(other, any_key=True).fault == ""


def test_a_chain_whose_end_was_cut_off_does_not_hold_the_link_noted_before(house: None) -> None:
    numbers = write(2)
    seal()
    noted = check().link
    last: Any = db.session.scalar(select(func.max(AuditSeal.id)))
    db.session.rollback()
    by_hand(delete(AuditSeal).where(AuditSeal.id == last))
    by_hand(delete(AuditEntry).where(AuditEntry.id.in_(numbers)))
    assert check().fault == ""
    assert check(head=noted).fault == "The chain does not hold the link that was noted: its end was cut off."


def test_an_entry_committed_later_than_its_neighbours_is_sealed_later(house: None) -> None:
    table: Any = AuditEntry.__table__
    numbers = write(3)
    late = db.session.execute(select(table).where(table.c.id == numbers[1])).mappings().one()
    db.session.rollback()
    by_hand(delete(AuditEntry).where(AuditEntry.id == numbers[1]))
    assert seal() == 2
    by_hand(insert(table).values(**late))
    assert seal() == 1
    assert check().fault == ""


def test_an_entry_put_into_a_gap_long_after_is_named(house: None) -> None:
    table: Any = AuditEntry.__table__
    numbers = write(3)
    held = db.session.execute(select(table).where(table.c.id == numbers[1])).mappings().one()
    db.session.rollback()
    by_hand(delete(AuditEntry).where(AuditEntry.id == numbers[1]))
    seal()
    by_hand(insert(table).values(**{**held, "at": clock.now() - timedelta(hours=3)}))
    assert check().fault == f"Entry {numbers[1]} was put in by hand: no seal knows it."


def test_two_sealers_at_once_cannot_fork_the_chain(house: None) -> None:
    write(1)
    seal()
    last: Any = db.session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc())).first()
    twin = {column.name: getattr(last, column.key) for column in AuditSeal.__table__.columns if column.name != "id"}
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.add(AuditSeal(**twin))


def test_values_that_were_erased_are_gone_and_the_chain_still_holds(house: None) -> None:
    with unit_of_work():
        comment = factories.comment(text="My telephone number is 0170 1234")
    seal()
    about = (AuditEntry.target_type == "comment", AuditEntry.target_id == comment.id)
    with unit_of_work():
        assert retention.erase(about[0] & about[1], "asked for by letter") == 1
    entry: Any = db.session.scalars(select(AuditEntry).where(*about)).one()
    assert (entry.changes, entry.exact, entry.salt, entry.target_title) == ({}, None, None, "")
    telling: Any = db.session.get(AuditEntry, entry.erased_by)
    assert (telling.action, telling.changes["reason"]) == ("audit.erase", [None, "asked for by letter"])
    seal()
    verdict = check()
    assert (verdict.fault, verdict.erased) == ("", 1)


def test_an_entry_emptied_by_hand_is_not_taken_for_erased(house: None) -> None:
    (number,) = write(1)
    seal()
    table: Any = AuditEntry.__table__
    empty = {"changes": text("'{}'"), "salt": None, "erased_by": 1, "values_digest": b"0" * 32}
    by_hand(update(table).where(table.c.id == number).values(empty))
    assert check().fault == f"Entry {number} lost its values, and entry 1 does not say so."


def test_what_is_left_of_an_erased_entry_cannot_be_altered_either(house: None) -> None:
    (number,) = write(1)
    seal()
    with unit_of_work():
        retention.erase(AuditEntry.id == number, "asked for")
    seal()
    by_hand(update(AuditEntry.__table__).where(AuditEntry.__table__.c.id == number).values(actor_name="x"))  # type: ignore[arg-type]
    assert check().fault == f"Entry {number} was altered by hand."


def test_an_entry_erased_before_it_was_sealed_is_sealed_all_the_same(house: None) -> None:
    (number,) = write(1)
    with unit_of_work():
        assert retention.erase(AuditEntry.id == number, "asked for") == 1
    seal()
    assert (check().fault, check().erased) == ("", 1)


def test_pruning_leaves_a_signed_checkpoint_and_the_rest_still_holds(house: None) -> None:
    before = clock.now() + timedelta(seconds=1)
    old = db.session.scalar(select(func.count(AuditEntry.id)))
    db.session.rollback()
    clock_moved = clock.now() + timedelta(days=2)
    table: Any = AuditEntry.__table__
    young = {"at": clock_moved, "actor_name": "ana", "surface": "admin", "request_id": "R", "action": "tag.edit"}
    with unit_of_work():
        db.session.add(AuditEntry(**young, target_type="tag", changes={}))
    seal()
    with unit_of_work():
        assert retention.prune(before, KEY) == old
    seal()
    verdict = check()
    assert (verdict.fault, verdict.checked) == ("", 2)
    checkpoint: Any = db.session.scalars(select(AuditSeal).order_by(AuditSeal.id)).first()
    assert checkpoint.is_checkpoint
    db.session.rollback()
    by_hand(
        insert(table).values(
            id=1, target_title="", effect="note", changes=text("'{}'"), **{**young, "target_type": "tag"}
        )
    )
    assert check().fault == "Entry 1 was put in by hand: no seal knows it."


def test_nothing_is_pruned_while_a_seal_holds_a_younger_entry(house: None) -> None:
    with unit_of_work():
        assert retention.prune(clock.now() - timedelta(days=1), KEY) == 0


def test_a_checkpoint_cannot_be_forged(house: None) -> None:
    with unit_of_work():
        retention.prune(clock.now() + timedelta(seconds=1), seals.signing_key("not ours"), any_key=True)
    assert "was altered, or made with another secret key" in check().fault


def test_the_job_seals_and_the_command_tells_what_it_found(app: Flask, make_app: Callable[..., Flask]) -> None:
    from backoffice.jobs.running import run

    with app.app_context():
        write(2)
        assert run(app.extensions["jobs"]["seal-audit"]) == ""
        (number,) = write(1)
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 0, result.output
    assert "1 entry is not sealed yet." in result.output
    with app.app_context():
        by_hand(update(AuditEntry).where(AuditEntry.id == number - 1).values(actor_name="x"))
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 1
    assert result.output.strip() == f"Error: Entry {number - 1} was altered by hand."


def test_very_many_entries_at_once_are_written_and_sealed_like_any(house: None) -> None:
    with unit_of_work():
        for number in range(audit.MANY + 20):
            db.session.add(Tag(name=f"Tag \\ {number}\t\n é 💥", slug=f"many-{number}"))
    assert seal() == audit.MANY + 20
    verdict = check()
    assert (verdict.fault, verdict.unsealed) == ("", 0)
    last: Any = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (last.effect, last.target_version, last.exact) == ("create", 1, None)
    assert last.changes["slug"][1].startswith("many-")


def test_notes_and_what_statements_write_carry_digests_too(house: None) -> None:
    with unit_of_work():
        audit.note("user.sign_in", title="ana")
    entry: Any = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.digest is not None
    assert entry.shape_id is not None
