"""Migrations: up, down and up again on both databases, no difference from the models, and nothing half done."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect, text

from backoffice import create_app
from backoffice.foundation.database import Model, db
from tests import databases as dbs
from tests import factories
from tests.house.source import ROOT

MIGRATIONS = ROOT / "migrations"
VERSIONS = sorted((MIGRATIONS / "versions").glob("*.py"))
#: A step that has changed half of what it wanted when it ends like this.
HALF_DONE = '''"""half done"""
import os
import sqlalchemy as sa
from alembic import op

revision = "29990101_0000"
down_revision = {before!r}
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("half_done", sa.Column("id", sa.Integer(), primary_key=True))
    with op.batch_alter_table("tags") as batch:
        batch.add_column(sa.Column("half", sa.String(10)))
    op.execute("UPDATE tags SET name = 'half done'")
    {end}


def downgrade():
    pass
'''


@pytest.fixture
def bare(databases: dbs.Databases, database_kind: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on an empty database."""
    url = databases.empty(database_kind)
    app = create_app(dbs.settings(url, tmp_path))
    yield app
    dbs.close(app)
    databases.drop(url)


def schema() -> dict[str, list[str]]:
    """The tables and their columns, as the database has them."""
    found = inspect(db.engine)
    return {name: sorted(column["name"] for column in found.get_columns(name)) for name in found.get_table_names()}


def rows() -> list[str]:
    """The names of the tags."""
    with db.engine.connect() as connection:
        return list(connection.execute(text("SELECT name FROM tags ORDER BY id")).scalars())


def copied_with(folder: Path, end: str) -> str:
    """The migrations with one more that ends in a bad way."""
    target = folder / "migrations"
    shutil.copytree(MIGRATIONS, target, ignore=shutil.ignore_patterns("__pycache__"))
    before = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    (target / "versions" / "29990101_0000_half_done.py").write_text(HALF_DONE.format(before=before, end=end))
    return str(target)


@pytest.mark.both_databases
def test_up_down_and_up_again(bare: Flask) -> None:
    with bare.app_context():
        upgrade()
        above = schema()
        assert {table.name for table in Model.metadata.tables.values()} <= set(above)
        downgrade(revision="base")
        assert set(schema()) <= {"alembic_version"}, "something stays behind"
        upgrade()
        assert schema() == above


@pytest.mark.both_databases
def test_every_single_step_can_be_taken_back(bare: Flask) -> None:
    steps = [step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    with bare.app_context():
        for step in steps:
            before = schema()
            upgrade(revision=step)
            above = schema()
            downgrade(revision="-1")
            assert {name: columns for name, columns in schema().items() if name != "alembic_version"} == {
                name: columns for name, columns in before.items() if name != "alembic_version"
            }, step
            upgrade(revision=step)
            assert schema() == above, step


@pytest.mark.both_databases
def test_the_models_ask_for_nothing_that_no_migration_makes(bare: Flask) -> None:
    with bare.app_context():
        upgrade()
        check()


@pytest.mark.both_databases
def test_a_database_with_content_goes_down_and_up(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    with app.app_context():
        factories.comment()
        factories.reminder()
        db.session.commit()
        steps = [step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
        downgrade(revision=steps[0])
        upgrade()
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM comments")).scalar() == 1


@pytest.mark.both_databases
def test_a_step_that_fails_leaves_the_database_as_it_was(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = make_app()
    with app.app_context():
        factories.tag(name="Ferries")
        db.session.commit()
        before = schema()
        with pytest.raises(ZeroDivisionError):
            upgrade(directory=copied_with(tmp_path, "1 / 0"))
        db.session.rollback()
        assert schema() == before
        assert rows() == ["Ferries"]
        upgrade()


def test_a_step_that_is_killed_leaves_the_database_as_it_was(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = make_app()
    with app.app_context():
        factories.tag(name="Ferries")
        db.session.commit()
        before = schema()
    dbs.close(app)
    program = (
        "import sys\nfrom flask_migrate import upgrade\nfrom backoffice import create_app\n"
        "with create_app().app_context():\n    upgrade(directory=sys.argv[1])\n"
    )
    environment = {**os.environ, "BACKOFFICE_DATABASE_URL": app.config["DATABASE_URL"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program, copied_with(tmp_path, "os._exit(9)")],
        cwd=tmp_path,
        env={**environment, "BACKOFFICE_INSTANCE": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 9, done.stderr[-2000:]
    with app.app_context():
        assert schema() == before
        assert rows() == ["Ferries"]


def test_there_is_one_way_up() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


@pytest.mark.parametrize("path", VERSIONS, ids=[path.stem for path in VERSIONS])
def test_a_migration_stands_by_itself(path: Path) -> None:
    assert re.fullmatch(r"\d{8}_\d{4}_[a-z0-9_]+", path.stem), "the name begins with day and time"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert not [name for name in imported if name.split(".")[0] in ("backoffice", "config")], (
        "models change, steps stay"
    )
