"""What the house does with the shared files by itself."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

from flask import current_app

from backoffice.files.shared import shared_files
from backoffice.jobs.schedule import job


@job(daily_at=time(3, 40), may=())
def sweep_files(actor: Any) -> None:
    """Remove what uploads and deletions left behind when the machine stopped in the middle."""
    if swept := shared_files(Path(current_app.config["INSTANCE"])).sweep():
        current_app.logger.info("%s left-over files swept away", swept)
