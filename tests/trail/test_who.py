"""The trail names the house's own actors in the reader's language."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import force_locale

from backoffice.records.actors import SYSTEMS, who_said


@pytest.mark.parametrize("name", SYSTEMS)
def test_an_actor_that_is_no_person_is_named_in_words(app: Flask, name: str) -> None:
    with app.test_request_context(), force_locale("en"):
        assert who_said(None, name) == str(SYSTEMS[name])


def test_a_person_keeps_her_name_even_if_it_is_that_of_an_actor(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert who_said(7, "visitor") == "visitor"
        assert who_said(None, "job:purge-trash") == "Job purge-trash"
        assert who_said(None, "Ana") == "Ana"
