"""`flask check-deploy` looks at what wakes workers and what limits are counted in, and repeats no password."""

from __future__ import annotations

from pathlib import Path

import pytest

from backoffice.deployment import broker_checks
from backoffice.deployment.findings import Installation
from tests.brokers import broker, brokers  # noqa: F401  fixtures
from tests.services import Broker, free_port

HIDDEN = "kept-to-ourselves"


def told(check: object, **settings: str) -> list[str]:
    installation = Installation({"BROKER_URL": "", "CACHE_URL": "", **settings}, {}, Path("/srv"))
    return [str(finding) for finding in check(installation)]  # type: ignore[operator]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis://127.0.0.1:6379/0",
        "amqp://guest:guest@localhost//",
        f"rediss://:{HIDDEN}@queue.paper.org/0",
        f"amqps://desk:{HIDDEN}@queue.paper.org//",
    ],
)
def test_a_broker_on_this_machine_or_behind_tls_and_a_password_is_left_alone(url: str) -> None:
    assert told(broker_checks.way, BROKER_URL=url) == []


@pytest.mark.parametrize(
    ("url", "number"),
    [
        (f"redis://:{HIDDEN}@queue.paper.org/0", 1),
        (f"amqp://desk:{HIDDEN}@10.0.0.5//", 1),
        ("rediss://queue.paper.org/0", 1),
        ("amqps://guest:guest@queue.paper.org//", 1),
        ("redis://queue.paper.org", 2),
    ],
)
def test_a_broker_that_others_can_read_or_fill_is_named(url: str, number: int) -> None:
    lines = told(broker_checks.way, BROKER_URL=url)
    assert len(lines) == number
    assert all(line.startswith("BACKOFFICE_BROKER_URL: ") and HIDDEN not in line for line in lines)


def test_a_broker_that_answers_is_left_alone(broker: Broker) -> None:  # noqa: F811
    assert told(broker_checks.broker, BROKER_URL=broker.url) == []


@pytest.mark.parametrize("kind", ["redis", "amqp"])
def test_a_broker_that_does_not_answer_is_named(kind: str) -> None:
    (line,) = told(broker_checks.broker, BROKER_URL=f"{kind}://desk:{HIDDEN}@127.0.0.1:{free_port()}")
    assert line.startswith("BACKOFFICE_BROKER_URL: ") and HIDDEN not in line


def test_a_cache_that_does_not_answer_is_named() -> None:
    (line,) = told(broker_checks.cache, CACHE_URL=f"redis://:{HIDDEN}@127.0.0.1:{free_port()}/1")
    assert line.startswith("BACKOFFICE_CACHE_URL: ") and HIDDEN not in line
    assert told(broker_checks.cache, CACHE_URL="memory://") == []
