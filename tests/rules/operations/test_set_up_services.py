"""Set-up brings programs, and starts no service of theirs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.setup import debian


def test_the_service_of_a_package_that_is_about_to_come_is_masked(tmp_path: Path) -> None:
    mask = tmp_path / "etc" / "systemd" / "system" / "orthanc.service"
    debian.no_service([], mask)
    debian.no_service([], mask)  # once more does no harm
    assert mask.is_symlink()
    assert str(mask.readlink()) == "/dev/null"


@pytest.mark.skipif(shutil.which("systemctl") is None, reason="systemd is not here")
def test_systemd_understands_it(tmp_path: Path) -> None:
    debian.no_service([], tmp_path / "etc" / "systemd" / "system" / "orthanc.service")
    unit = tmp_path / "lib" / "systemd" / "system" / "orthanc.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n")
    asked = subprocess.run(
        ["systemctl", f"--root={tmp_path}", "is-enabled", unit.name], capture_output=True, text=True, check=False
    )
    assert asked.stdout.strip() == "masked"


def test_a_unit_that_is_there_already_is_left_alone(tmp_path: Path) -> None:
    unit = tmp_path / "orthanc.service"
    unit.write_text("[Service]\n")
    debian.no_service([], unit)
    assert unit.read_text() == "[Service]\n"


def test_only_units_of_packages_that_set_up_brings_are_masked() -> None:
    listed = {package.name: package.when for package in debian._listed()}
    assert {name: listed[name] for name in debian.PROGRAMS_ALONE} == {
        "orthanc": "long",
        "janus": "always",
        "coturn": "always",
        "clamav-daemon": "always",
    }
