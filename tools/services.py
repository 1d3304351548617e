"""Install, on Debian, the programs some tests talk to: a browser, PostgreSQL and the brokers. None of them is started.

The product needs none of this; tests whose program is missing are skipped unless REQUIRE_SERVICES=1.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("chromium", "chromium-driver", "postgresql", "redis-server", "rabbitmq-server")
#: Debian's switch against daemons that start by being installed.
POLICY = Path("/usr/sbin/policy-rc.d")


def main() -> int:
    """Install what is missing; 0 if everything is there afterwards, else 1 and one plain sentence."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-query"):
        return refuse(f"This installs Debian packages. Install these by hand: {', '.join(PACKAGES)}.")
    wanted = missing()
    if not wanted:
        return 0
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            return refuse(f"Only root can install packages. As root: apt-get install {' '.join(wanted)}")
        return subprocess.run(["sudo", sys.executable, __file__]).returncode
    print(f"Installing {', '.join(wanted)} ...", flush=True)
    try:
        with nothing_starts():
            apt("update")
            apt("install", "--yes", "--no-install-recommends", *wanted)
    except subprocess.CalledProcessError as error:
        return refuse(f"{error.stdout}{error.stderr}\napt-get failed with exit code {error.returncode}; see above why.")
    return 0


def missing() -> list[str]:
    """Return those of PACKAGES that are not installed."""
    return [name for name in PACKAGES if not is_installed(name)]


def is_installed(name: str) -> bool:
    """Tell whether dpkg has this package completely installed."""
    answer = subprocess.run(["dpkg-query", "-W", "-f=${Status}", name], capture_output=True, text=True)
    return answer.stdout == "install ok installed"


def apt(*words: str) -> None:
    """Run apt-get without questions and, unless it fails, without a word; CalledProcessError if it does."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o=Dpkg::Use-Pty=0", "-o=DPkg::Lock::Timeout=300", "-o=Acquire::Retries=3"]
    subprocess.run(["apt-get", *options, *words], env=environment, check=True, capture_output=True, text=True)


@contextlib.contextmanager
def nothing_starts() -> Iterator[None]:
    """Keep freshly installed daemons from starting; the machine's own policy is there again afterwards."""
    before = POLICY.read_bytes() if POLICY.exists() else None
    mode = POLICY.stat().st_mode if before is not None else 0o755
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            POLICY.unlink(missing_ok=True)
        else:
            POLICY.write_bytes(before)
            POLICY.chmod(mode)


def refuse(sentence: str) -> int:
    """Print one plain sentence to standard error and return the exit code of a failure."""
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
