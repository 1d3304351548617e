"""The files an administrator copies: units, compose file, image and the handbook name only what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from backoffice.jobs.broker import QUEUES
from config import DEFAULTS, NOT_OURS, SECRETS
from tests.workers import ROOT

DEPLOY = ROOT / "docs" / "deploy"
HANDBOOK = ROOT / "docs" / "operations.md"
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
FILES = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()]
KNOWN = {*DEFAULTS, *(f"{name}_FILE" for name in SECRETS), *NOT_OURS}


@pytest.mark.parametrize("path", [*FILES, HANDBOOK], ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(r"BACKOFFICE_([A-Z][A-Z_]*[A-Z])\b(?!…)", path.read_text()))
    assert named <= KNOWN


def test_the_handbook_has_every_setting() -> None:
    rows = set(re.findall(r"^\| `BACKOFFICE_([A-Z_]+)`", HANDBOOK.read_text(), re.MULTILINE))
    assert rows == set(DEFAULTS)


def test_the_handbook_names_the_files_that_there_are() -> None:
    linked = re.findall(r"\]\((deploy/[^)]*)\)", HANDBOOK.read_text())
    assert linked and all((ROOT / "docs" / link).exists() for link in linked)
    named = {Path(link).name for link in linked}
    assert {path.name for path in UNITS} <= named
    assert all(queue in HANDBOOK.read_text() for queue in QUEUES)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_each_unit(path: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / path.name
    # The programs have to exist where it looks.
    copy.write_text(path.read_text().replace("/srv/backoffice", str(ROOT)))
    done = subprocess.run(
        [program, "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )
    assert [line for line in done.stderr.splitlines() if path.stem in line] == []


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_each_unit_runs_without_rights_and_starts_something_of_ours(path: Path) -> None:
    unit = path.read_text()
    assert "User=backoffice" in unit and "NoNewPrivileges=yes" in unit and "ProtectSystem=strict" in unit
    program = re.search(r"^ExecStart=/srv/backoffice/\.venv/bin/(\w+) (.*)$", unit, re.MULTILINE)
    assert program and (ROOT / ".venv" / "bin" / program[1]).exists()
    assert any(word in program[2] for word in ("run.py", "run:app", "-A backoffice.worker"))


def services() -> dict[str, Any]:
    """The services of the compose file, with what they share put in."""
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"])


def test_the_compose_file_has_all_that_is_needed_and_refers_to_nothing_else() -> None:
    content = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert set(content["services"]) == {"database", "broker", "prepare", "web", "worker", "beat", "proxy"}
    for name, service in content["services"].items():
        assert set(service.get("depends_on", {})) <= set(content["services"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in content["volumes"] or (DEPLOY / source).is_file(), volume
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in content["services"][other], other


def test_our_services_run_without_rights_on_settings_that_there_are() -> None:
    ours = {name: service for name, service in services().items() if service.get("image") == "backoffice"}
    assert set(ours) == {"prepare", "web", "worker", "beat"}
    for name, service in ours.items():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert {key.removeprefix("BACKOFFICE_") for key in service["environment"]} <= KNOWN
        assert "house:/var/lib/backoffice" in service["volumes"]


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in services().items() if service.get("ports")] == ["proxy"]


def test_what_the_compose_file_asks_for_stands_in_its_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    offered = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "compose.env.example").read_text(), re.MULTILINE))
    assert asked == offered


def test_the_image_is_made_of_what_there_is_and_leaves_out_what_belongs_to_an_installation() -> None:
    recipe = (DEPLOY / "Dockerfile").read_text()
    for copied in re.findall(r"^COPY (\S+) ", recipe, re.MULTILINE):
        assert (ROOT / copied).exists()
    assert "USER backoffice" in recipe
    left_out = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert {".env", ".git", "instance", ".venv"} <= set(left_out)
