"""What somebody does to the trail who has the database and not the key: each of it is named by a check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records import digests, retention, seals, shapes, verifying
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import Setting
from backoffice.records.seals import AuditSeal
from backoffice.records.shapes import AuditShape
from tests.records.test_seals import KEY, by_hand, check, seal, write

pytestmark = pytest.mark.both_databases
ENTRIES: Any = AuditEntry.__table__
SEALS: Any = AuditSeal.__table__


@pytest.fixture
def house(app: Flask) -> Any:
    with app.app_context():
        write()
        while seal():
            pass
        yield


def row_of(number: int) -> dict[str, Any]:
    with db.engine.begin() as connection:
        return dict(connection.execute(select(ENTRIES).where(ENTRIES.c.id == number)).mappings().one())


def later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """Let so many hours pass."""
    moment = clock.now() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: moment)


def put_in(number: int, like: int, **values: Any) -> None:
    """An entry made by hand, with a digest that fits its contents, for whoever has the source has that."""
    row = {**row_of(like), "id": number, "erased_by": None, "values_digest": None, **values}
    if row["digest"] is not None:
        key = seals.signing_key("a key somebody guessed")
        row = {**digests.sealed(row, key), "id": number, **{k: v for k, v in values.items() if k in ("digest", "mac")}}
    by_hand(insert(ENTRIES).values(**row))


def last_seal() -> int:
    with db.engine.begin() as connection:
        return int(connection.execute(select(func.max(SEALS.c.id))).scalar_one())


def test_contents_written_into_an_entry_whose_values_were_erased_are_named(house: None) -> None:
    (number,) = write(1)
    with unit_of_work():
        retention.erase(AuditEntry.id == number, "asked for")
    seal()
    by_hand(update(ENTRIES).where(ENTRIES.c.id == number).values(changes=text("""'{"text": ["a", "b"]}'""")))
    assert check().fault == f"Entry {number} was altered by hand."


def test_a_title_written_into_an_entry_whose_values_were_erased_is_named(house: None) -> None:
    (number,) = write(1)
    with unit_of_work():
        retention.erase(AuditEntry.id == number, "asked for")
    seal()
    by_hand(update(ENTRIES).where(ENTRIES.c.id == number).values(target_title="Somebody else"))
    assert check().fault == f"Entry {number} was altered by hand."


def emptied(number: int, by: int) -> None:
    row = row_of(number)
    inside = digests.inner(row["salt"], digests.text_of(row, digests.VALUES))
    empty = {"changes": text("'{}'"), "exact": None, "target_title": "", "salt": None}
    by_hand(update(ENTRIES).where(ENTRIES.c.id == number).values(**empty, values_digest=inside, erased_by=by))


def test_an_entry_emptied_under_somebody_elses_erasing_is_named(house: None) -> None:
    one, other = write(2)
    with unit_of_work():
        retention.erase(AuditEntry.id == one, "asked for")
    seal()
    erasing = row_of(one)["erased_by"]
    emptied(other, erasing)
    assert check().fault == f"Entry {other} lost its values, and entry {erasing} does not say so."


@pytest.mark.parametrize("is_sealed", [False, True])
def test_an_entry_emptied_under_an_erasing_made_by_hand_is_named(house: None, is_sealed: bool) -> None:
    (number,) = write(1)
    seal()
    table: Any = ENTRIES
    made = number + 1
    changes = {"entries": [None, str(number)], "reason": [None, "made up"]}
    row = {**row_of(number), "action": "audit.erase", "target_type": "audit", "changes": changes, "id": made}
    row["shape_id"] = shapes.shape_of("audit", changes)
    with unit_of_work():
        shapes.note_shapes(db.session(), [row])
    by_hand(insert(table).values(**digests.sealed(row, seals.signing_key("a guess"))))
    emptied(number, made)
    if is_sealed:
        seal()
        db.session.rollback()
    assert check().fault == f"Entry {made} was put in by hand, or written under another secret key."


def test_an_erasing_that_names_very_many_entries_does_not_hold_the_check_up(house: None) -> None:
    (number,) = write(1)
    with unit_of_work():
        retention.erase(AuditEntry.id == number, "asked for")
    seal()
    by = row_of(number)["erased_by"]
    named = text(f"""'{{"entries": [null, "1-{2**60}"], "reason": [null, "asked for"]}}'""")
    by_hand(update(ENTRIES).where(ENTRIES.c.id == by).values(changes=named))
    assert check().fault == f"Entry {by} was altered by hand."


def test_an_entry_put_in_at_the_end_is_named_before_it_is_sealed_and_after(house: None) -> None:
    (number,) = write(1)
    seal()
    put_in(number + 1, like=number)
    said = f"Entry {number + 1} was put in by hand, or written under another secret key."
    assert check().fault == said
    seal()
    assert check().fault == said


def test_an_entry_altered_before_it_is_sealed_is_named_even_with_a_new_digest(house: None) -> None:
    (number,) = write(1)
    forged = digests.sealed({**row_of(number), "actor_name": "x"}, seals.signing_key("a guess"))
    by_hand(
        update(ENTRIES).where(ENTRIES.c.id == number).values({n: forged[n] for n in ("actor_name", "salt", "digest")})
    )
    assert "put in by hand" in check().fault
    seal()
    assert "put in by hand" in check().fault


@pytest.mark.parametrize("hours", [0, -3, 24 * 365 * 20])
@pytest.mark.parametrize("has_digest", [True, False])
def test_an_entry_put_into_a_gap_that_is_old_is_named_whatever_moment_it_tells(
    house: None, monkeypatch: pytest.MonkeyPatch, hours: int, has_digest: bool
) -> None:
    numbers = write(3)
    by_hand(delete(ENTRIES).where(ENTRIES.c.id == numbers[1]))
    seal()
    later(monkeypatch, 2)
    write(1)
    seal()
    values = {"at": clock.now() + timedelta(hours=hours)} | ({} if has_digest else {"digest": None, "mac": None})
    put_in(numbers[1], like=numbers[0], **values)
    seal()
    assert check().fault == f"Entry {numbers[1]} was put in by hand: no seal knows it."


@pytest.mark.parametrize("has_digest", [True, False])
def test_an_entry_put_below_the_first_is_named(house: None, monkeypatch: pytest.MonkeyPatch, has_digest: bool) -> None:
    later(monkeypatch, 2)
    put_in(-1, like=1, **({} if has_digest else {"digest": None, "mac": None}))
    seal()
    assert check().fault == "Entry -1 was put in by hand: no seal knows it."


def test_an_entry_without_a_digest_at_the_end_is_named(house: None) -> None:
    (number,) = write(1)
    seal()
    put_in(number + 1, like=number, digest=None, mac=None)
    assert check().fault == f"Entry {number + 1} was put in by hand: no seal knows it."


@pytest.mark.parametrize("column", ["shape_id", "mac"])
def test_what_only_the_filters_read_cannot_be_altered_either(house: None, column: str) -> None:
    (number,) = write(1)
    seal()
    by_hand(update(ENTRIES).where(ENTRIES.c.id == number).values({column: None}))
    assert f"Entry {number} " in check().fault


def test_a_shape_that_was_removed_or_altered_is_missed(house: None) -> None:
    (number,) = write(1)
    seal()
    shape = row_of(number)["shape_id"]
    by_hand(update(AuditShape.__table__).where(AuditShape.__table__.c.id == shape).values(names="title"))  # type: ignore[arg-type]
    assert "does not know the fields" in check().fault
    by_hand(delete(AuditShape).where(AuditShape.id == shape))
    assert "does not know the fields" in check().fault


def test_seals_deleted_in_the_middle_or_at_the_beginning_are_missed(house: None) -> None:
    for _time in range(3):
        write(2)
        seal()
    with db.engine.begin() as connection:
        ids = list(connection.execute(select(SEALS.c.id).order_by(SEALS.c.id)).scalars())
    for gone in (ids[0], ids[1]):
        with db.engine.begin() as connection:
            held = connection.execute(select(SEALS).where(SEALS.c.id == gone)).mappings().one()
        by_hand(delete(AuditSeal).where(AuditSeal.id == gone))
        assert "does not follow from the one before it" in check().fault
        by_hand(insert(SEALS).values(**held))
    assert check().fault == ""


def test_what_is_no_range_or_no_bytes_is_named_and_not_stumbled_over(house: None) -> None:
    (number,) = write(1)
    seal()
    if db.engine.dialect.name == "sqlite":
        by_hand(text(f"UPDATE audit_entries SET salt = 'text' WHERE id = {number}"))
        assert check().fault == f"Entry {number} was altered by hand."
    by_hand(update(SEALS).where(SEALS.c.id == last_seal()).values(covers="all of them"))
    assert "was altered" in check().fault
    assert check(any_key=True).fault == f"Seal {last_seal()} does not follow from the one before it."


def test_an_empty_text_where_nothing_was_does_not_break_the_page(house: None) -> None:
    (number,) = write(1)
    by_hand(update(ENTRIES).where(ENTRIES.c.id == number).values(exact=text("''")))
    assert db.session.get_one(AuditEntry, number).exact is None


def test_moments_set_back_by_hand_do_not_let_young_entries_be_pruned(house: None) -> None:
    by_hand(update(ENTRIES).values(at=clock.now() - timedelta(days=400)))
    with unit_of_work():
        assert retention.prune(clock.now() - timedelta(days=100), KEY) == 0


def test_what_was_tampered_with_is_not_pruned_and_so_not_signed_for(house: None) -> None:
    (number,) = write(1)
    seal()
    by_hand(update(ENTRIES).where(ENTRIES.c.id == number).values(actor_name="x"))
    with pytest.raises(verifying.Tampered, match=f"Entry {number} was altered"), unit_of_work():
        retention.prune(clock.now() + timedelta(days=1), KEY)


def test_a_seal_made_by_hand_is_not_turned_into_a_checkpoint(house: None) -> None:
    old = clock.now() - timedelta(days=400)
    by_hand(update(SEALS).where(SEALS.c.id == last_seal()).values(at=old))
    by_hand(update(ENTRIES).values(at=old))
    with pytest.raises(verifying.Tampered, match="was altered, or made with another"), unit_of_work():
        retention.prune(clock.now() - timedelta(days=100), KEY)


def test_a_checkpoint_covers_numbers_that_were_never_used_in_few_words(
    house: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _time in range(3):
        numbers = write(9)
        by_hand(delete(ENTRIES).where(ENTRIES.c.id.in_(numbers[1::2])))
        seal()
    later(monkeypatch, 48)
    write(1)
    seal()
    with unit_of_work():
        retention.prune(clock.now() - timedelta(hours=24), KEY)
    checkpoint: Any = db.session.scalars(select(AuditSeal).order_by(AuditSeal.id)).first()
    assert checkpoint.is_checkpoint
    assert len(seals.read(checkpoint.covers)) == 1
    seal()
    assert check().fault == ""
    put_in(numbers[1], like=numbers[-1] + 1)
    assert check().fault == f"Entry {numbers[1]} was put in by hand: no seal knows it."


def test_a_late_entry_below_a_pruned_seal_is_no_stranger(house: None) -> None:
    numbers = write(3)
    held = row_of(numbers[1])
    by_hand(delete(ENTRIES).where(ENTRIES.c.id == numbers[1]))
    seal()
    cut = clock.now() + timedelta(milliseconds=1)
    by_hand(insert(ENTRIES).values(**held))
    while clock.now() <= cut:
        pass
    seal()
    with unit_of_work():
        assert retention.prune(cut, KEY)
    assert check().fault == ""


def test_pruning_all_there_is_leaves_a_trail_that_holds(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, 24 * 3)
    for _time in range(2):
        with unit_of_work():
            assert retention.prune(clock.now() - timedelta(days=1), KEY)
        seal()
        assert check().fault == ""
        later(monkeypatch, 24 * 3)


def test_entries_from_before_there_were_seals_are_pruned_with_the_first_of_them(
    house: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(delete(AuditSeal))
    old = row_of(1)["id"]
    by_hand(update(ENTRIES).values(digest=None, mac=None, salt=None))
    write(1)
    seal()
    assert check().undigested > 0
    later(monkeypatch, 48)
    with unit_of_work():
        assert retention.prune(clock.now() - timedelta(days=1), KEY) > 1
    assert db.session.get(AuditEntry, old) is None
    assert (check().fault, check().undigested) == ("", 0)


def test_thousands_of_gaps_do_not_make_sealing_slow(house: None) -> None:
    numbers = write(1)
    row = row_of(numbers[0])
    some = range(numbers[0] + 1, numbers[0] + 8000, 2)
    rows = []
    for number in some:
        rows.append({**row, **digests.sealed(row, seals.house_key()), "id": number})
    with db.engine.begin() as connection:
        connection.execute(insert(ENTRIES), rows)
    assert seal() == len(rows) + 1
    counted: list[str] = []
    from sqlalchemy import event

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert not seals.is_waiting()
        asked = len(counted)
        assert check().fault == ""
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert asked <= 5
    assert len(counted) - asked < 60


def test_the_command_prunes_under_another_key_only_when_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        write(3)
        with unit_of_work():
            seals.seal(seals.signing_key("the key before"))
            db.session.add(Setting(name="audit_days", value=30))
        later(monkeypatch, 31 * 24)
    refused = app.test_cli_runner().invoke(args=["audit", "prune"])
    assert refused.exit_code == 1
    assert "made with another secret key" in refused.output
    assert app.test_cli_runner().invoke(args=["audit", "prune", "--any-key"]).exit_code == 0
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "audit.prune"))
