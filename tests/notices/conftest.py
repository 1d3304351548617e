"""What the tests of notices share: time that passes, and what the outbox holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from backoffice.foundation import clock


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets time pass."""
    real, passed = clock.now, timedelta()

    def on(**how_long: float) -> None:
        nonlocal passed
        passed += timedelta(**how_long)

    monkeypatch.setattr(clock, "now", lambda: real() + passed)
    return on
