"""The machinery of jobs; knows no feature."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask


def init_jobs(app: Flask, jobs: Iterable[Any]) -> None:
    """Remember the jobs of this application by name."""
    app.extensions["jobs"] = {job.name: job for job in jobs}
