"""Files and folders that other accounts of the machine could read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from backoffice.deployment.findings import Finding, Installation
from backoffice.foundation.i18n import _
from config import PREFIX, SECRETS


def instance(installation: Installation) -> Iterator[Finding]:
    """Nobody else reads the folder with the key, the database and the mail."""
    folder = installation.settings["INSTANCE"]
    if _is_open(folder):
        yield Finding(
            "BACKOFFICE_INSTANCE", _("Others can read %(path)s. Run: chmod -R o= %(path)s", path=_quoted(folder))
        )


def outside(installation: Installation) -> Iterator[Finding]:
    """Nor the files with secrets that lie elsewhere."""
    found: list[tuple[str, Path]] = [(".env", installation.root / ".env")]
    for name in SECRETS:
        if given := installation.environment.get(f"{PREFIX}{name}_FILE"):
            found.append((f"{PREFIX}{name}_FILE", Path(given).expanduser()))
    url = make_url(installation.settings["DATABASE_URL"])
    if url.get_backend_name() == "sqlite" and url.database:
        found.append((f"{PREFIX}DATABASE_URL", Path(url.database)))
    route = installation.settings["MAIL_ROUTE"]
    if route.kind == "file":
        found.append((f"{PREFIX}MAIL_URL", route.folder))
    inside = installation.settings["INSTANCE"]
    for about, path in found:
        if not path.resolve().is_relative_to(inside) and _is_open(path):
            yield Finding(about, _("Others can read %(path)s. Run: chmod -R o= %(path)s", path=_quoted(path)))


def _is_open(path: Path) -> bool:
    """Whether other accounts get at it: the thing itself is open to them, and every folder on the way to it."""
    path = path.resolve()
    try:
        mode = path.stat().st_mode
        on_the_way = [folder.stat().st_mode for folder in path.parents]
    except OSError:
        return False
    wanted = stat.S_IRWXO if stat.S_ISDIR(mode) else stat.S_IROTH | stat.S_IWOTH
    return os.name == "posix" and bool(mode & wanted) and all(each & stat.S_IXOTH for each in on_the_way)


def _quoted(path: Path) -> str:
    text = str(path)
    return f"'{text}'" if " " in text else text
