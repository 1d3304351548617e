"""Fixtures for tests that need a broker: one of each kind for the process, started when the first test asks."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.services import BROKERS, Broker, Unavailable

_running: dict[str, Broker] = {}


@pytest.fixture(scope="session")
def brokers() -> Iterator[dict[str, Broker]]:
    """Those that run by now."""
    yield _running
    for each in _running.values():
        each.close()
    _running.clear()


@pytest.fixture(params=list(BROKERS))
def broker(request: pytest.FixtureRequest, brokers: dict[str, Broker]) -> Broker:
    """Redis, and again RabbitMQ; skipped where it is not installed, failed with REQUIRE_SERVICES=1."""
    if request.param not in brokers:
        try:
            brokers[request.param] = BROKERS[request.param]()
        except Unavailable as error:
            if os.environ.get("REQUIRE_SERVICES") == "1":
                pytest.fail(str(error))
            pytest.skip(str(error))
    return brokers[request.param]
