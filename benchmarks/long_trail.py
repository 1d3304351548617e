"""A long trail for measuring: a part written and sealed by the house, the rest made by the database itself."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from sqlalchemy import Engine, text

from backoffice.records.shapes import shape_of
from benchmarks.serving import ROOT

#: Kind, columns, action, how many of a thousand entries, and the contents.
KINDS = (
    ("comment", ("decided_at", "status"), "comment.approve", 600, '{"status": ["pending", "approved"]}'),
    ("comment", ("text",), "comment.edit", 150, '{"text": ["Before", "After"]}'),
    ("post", ("title",), "post.edit", 150, '{"title": ["Before", "After"]}'),
    ("user", (), "user.sign_in", 99, "{}"),
    ("comment", ("author_email",), "comment.edit", 1, '{"author_email": ["a@example.org", "b@example.org"]}'),
)
PEOPLE = ("ana", "mo", "ed", "jonas", "mira", "visitor")
#: Written first, below everything else; so few of them that an index has to find them.
RARE = ("role", ("name",), "role.edit", 40, '{"name": ["Before", "After"]}')
PIECE = 500_000


def seal_some(count: int, settings: dict[str, str]) -> None:
    """So many entries, written and sealed by the house in a process of its own."""
    subprocess.run([sys.executable, "-m", "benchmarks.long_trail", str(count)], cwd=ROOT, env=settings, check=True)


def lengthen(engine: Engine, entries: int, sealed: int) -> dict[str, Any]:
    """Fill the trail up to so many entries; a record and a day to ask for."""
    made = max(entries - sealed, 1)
    with engine.begin() as connection:
        for kind, names, *_rest in (*KINDS, RARE):
            told = {"id": shape_of(kind, names), "kind": kind, "names": ",".join(names)}
            sql = "INSERT INTO audit_shapes (id, kind, names) VALUES (:id, :kind, :names) ON CONFLICT DO NOTHING"
            connection.execute(text(sql), told)
        kind, names, action, count, changes = RARE
        for _number in range(count):
            connection.execute(
                text(_one(engine)), {"kind": kind, "shape": shape_of(kind, names), "action": action, "changes": changes}
            )
    for first in range(0, made, PIECE):
        with engine.begin() as connection:
            connection.execute(text(_many(engine)), {"first": first, "last": min(first + PIECE, made)})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE audit_entries"))
        middle = (
            "SELECT at, target_id FROM audit_entries WHERE target_type = 'comment' ORDER BY id LIMIT 1 OFFSET :skip"
        )
        at, record = connection.execute(text(middle), {"skip": made // 3}).one()
    return {"day": str(at)[:10], "record": record}


def _one(engine: Engine) -> str:
    at = "'2020-01-01 00:00:00.000000'" if engine.dialect.name == "sqlite" else "timestamptz '2020-01-01 00:00:00+00'"
    return (
        "INSERT INTO audit_entries (at, actor_name, surface, request_id, action, target_type, target_id, target_title, "
        f"changes, effect, target_version, shape_id) VALUES ({at}, 'admin', 'admin', 'MEASURED', :action, :kind, 1, "
        "'A record', :changes, 'edit', 2, :shape)"
    )


def _many(engine: Engine) -> str:
    """One statement for a piece; half a second lies between two entries."""

    def chosen(index: int) -> str:
        upto, cases = 0, []
        for each in KINDS:
            upto += each[3]
            value = shape_of(each[0], each[1]) if index == 1 else f"'{each[index]}'"
            cases.append(f"WHEN n % 1000 < {upto} THEN {value}")
        return f"CASE {' '.join(cases)} END"

    people = " ".join(f"WHEN n % {len(PEOPLE)} = {number} THEN '{name}'" for number, name in enumerate(PEOPLE))
    if engine.dialect.name == "sqlite":
        numbers = "WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n + 1 < :last) "
        source, at = "s", "strftime('%Y-%m-%d %H:%M:%S', 1600000000 + n * 15, 'unixepoch') || '.000000'"
    else:
        numbers, source = "", "generate_series(CAST(:first AS bigint), CAST(:last AS bigint) - 1) AS s(n)"
        at = "to_timestamp(1600000000 + n * 15)"
    return (
        "INSERT INTO audit_entries (at, actor_name, surface, request_id, action, target_type, target_id, target_title, "
        f"changes, effect, target_version, shape_id) {numbers}SELECT {at}, CASE {people} END, 'admin', 'MEASURED', "
        f"{chosen(2)}, {chosen(0)}, n % 900000 + 1, 'A record of many', {chosen(4)}, 'edit', 2, {chosen(1)} "
        f"FROM {source}"
    )


def write_sealed(count: int) -> None:
    """Entries as a batch in the background writes them, then sealed."""
    from backoffice import create_app
    from backoffice.foundation import clock
    from backoffice.foundation.database import db, unit_of_work
    from backoffice.records import audit, seals

    app = create_app()
    with app.app_context():
        for first in range(0, count, 5000):
            with unit_of_work():
                rows = [
                    {
                        **audit.who_and_when("comment.approve", "comment"),
                        "target_id": number % 900_000 + 1,
                        "target_title": "A record of many",
                        "changes": {"status": ["pending", "approved"], "decided_at": [None, clock.now().isoformat()]},
                        "effect": audit.CHANGED,
                        "target_version": 2,
                        "exact": None,
                    }
                    for number in range(first, min(first + 5000, count))
                ]
                audit.write(db.session(), rows)
        sealed = 1
        while sealed:
            with unit_of_work():
                sealed = seals.seal(seals.house_key())
            db.session.expunge_all()


if __name__ == "__main__":
    write_sealed(int(sys.argv[1]))
