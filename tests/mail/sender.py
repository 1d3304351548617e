"""A process of its own that delivers what is due: `python -m tests.mail.sender DATABASE_URL INSTANCE MAIL_URL`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from flask import Flask

from backoffice import create_app
from backoffice.mail.delivering import deliver_due
from tests.databases import settings
from tests.house.source import ROOT


def started(app: Flask, mail_url: str) -> subprocess.Popen[bytes]:
    """Begin delivering from the database of this application, in another process."""
    url, folder = app.config["DATABASE_URL"], str(app.config["INSTANCE"])
    return subprocess.Popen([sys.executable, "-m", "tests.mail.sender", url, folder, mail_url], cwd=ROOT)


if __name__ == "__main__":
    url, folder, mail_url = sys.argv[1:]
    deliver_due(create_app(settings(url, Path(folder), MAIL_URL=mail_url)))
