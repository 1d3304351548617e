"""What the tests of subscribers share: time that can be set, and people who said yes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from backoffice.foundation import clock


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Puts the clock to a moment."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)
