"""What happens to languages by itself: translators hear of new texts."""

from __future__ import annotations

from typing import Any

from backoffice.foundation.database import unit_of_work
from backoffice.jobs.schedule import job
from backoffice.languages import arrivals, digest, exchange


@job(may=())
def tell_new_texts(actor: Any) -> None:
    """Tell translators by mail which texts are new in their languages, and forget old downloads."""
    with unit_of_work():
        arrivals.take_in()
    with unit_of_work():
        digest.tell()
    with unit_of_work():
        exchange.forget_old()
