"""Refusals in words."""

from __future__ import annotations

import pytest

from backoffice.foundation import errors
from backoffice.foundation.i18n import _l


def kinds() -> list[type[errors.DomainError]]:
    """Every kind of refusal."""
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.DomainError)]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_status_and_a_sentence(kind: type[errors.DomainError]) -> None:
    assert 400 <= kind.status < 500
    more = {"field": "instead", "asked": ()} if kind is errors.AsksFor else {}
    assert str(kind(_l("Not like this."), **more)) == "Not like this."
    assert kind.__doc__


def test_the_statuses_are_those_of_the_contract() -> None:
    assert {kind.__name__: kind.status for kind in kinds()}.items() >= {
        "DomainError": 422, "InvalidInput": 422, "NotAllowed": 403, "NotFound": 404, "NotApplicable": 409,
        "StaleRecord": 409, "TooLarge": 413,
    }.items()  # fmt: skip


def test_a_refusal_names_its_field_or_its_permission() -> None:
    assert errors.InvalidInput("Too long.", field="title").field == "title"
    assert errors.NotAllowed(permission="post.edit").permission == "post.edit"
    assert str(errors.NotAllowed()) and str(errors.NotFound())
