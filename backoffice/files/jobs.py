"""What the house does with the shared files by itself."""

from __future__ import annotations

from typing import Any

from flask import current_app

from backoffice.files.recording import sweep_kept
from backoffice.files.shared import the_files
from backoffice.jobs.schedule import job
from backoffice.records.journal import settle_left


@job(may=())
def sweep_files(actor: Any) -> None:
    """Remove what uploads, deletions and purges left behind when the machine stopped in the middle."""
    storage = the_files()
    swept = storage.sweep() + (sweep_kept(storage.attic) if storage.attic else 0)
    if swept:
        current_app.logger.info("%s left-over files swept away", swept)


@job(may=())
def settle_files(actor: Any) -> None:
    """Find out how actions ended that were cut off, by what lies on the disk, and write it down."""
    if settled := settle_left():
        current_app.logger.warning("%s actions that were cut off are settled", settled)
