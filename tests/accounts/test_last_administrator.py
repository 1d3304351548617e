"""Somebody always holds every permission, even when two people take it from each other at the same moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from backoffice.accounts import queries
from backoffice.accounts.giving import give_role, take_role
from backoffice.accounts.models import User
from backoffice.accounts.operations import deactivate, set_roles
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.people.erasing import erase
from tests import factories, people


def demote(user: User, actor: User) -> None:
    set_roles(user, actor=actor, roles=[factories.find_role("default")])


def send_away(user: User, actor: User) -> None:
    deactivate(user, actor=actor)


def limit(user: User, actor: User) -> None:
    give_role(user, actor=actor, role="administrator", until=clock.now() + timedelta(days=1))


def take(user: User, actor: User) -> None:
    take_role(user, actor=actor, role="administrator")


def forget(user: User, actor: User) -> None:
    erase(user, actor=actor, reason="She asked")


@pytest.mark.both_databases
@pytest.mark.parametrize("change", [demote, send_away, limit, take, forget])
def test_two_administrators_cannot_end_each_other(app: Flask, change: Callable[[User, User], None]) -> None:
    with app.app_context(), unit_of_work():
        numbers = [db.session.scalar(select(User.id).where(User.username == "admin")), people.person("ana").id]
    ready = threading.Barrier(2, timeout=10)
    done: list[bool] = []

    def act(actor_id: int, user_id: int) -> None:
        with app.app_context():
            actor, user = db.session.get_one(User, actor_id), db.session.get_one(User, user_id)
            ready.wait()
            try:
                with unit_of_work():
                    change(user, actor)
                    time.sleep(0.3)  # The other is at it now.
            except (DomainError, OperationalError):
                done.append(False)
            else:
                done.append(True)

    threads = [threading.Thread(target=act, args=pair) for pair in (numbers, numbers[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
    with app.app_context():
        assert len(db.session.scalars(queries.holders_of_everything()).all()) == 1
