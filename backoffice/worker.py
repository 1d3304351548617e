"""What `celery -A backoffice.worker worker` and `celery -A backoffice.worker beat` start."""

from __future__ import annotations

import sys
from typing import Any

from backoffice.app import create_app
from backoffice.jobs.workers import equip
from config import SettingError


def _equipped() -> Any:
    try:
        house = create_app()
        if not house.config["BROKER_URL"]:
            raise SettingError(
                "BACKOFFICE_BROKER_URL is not set, so the server runs the jobs itself and needs no worker."
            )
        return equip(house)
    except SettingError as refusal:
        print(refusal.message, file=sys.stderr)  # noqa: T201  a command refuses in one line
        raise SystemExit(1) from None


app = _equipped()
