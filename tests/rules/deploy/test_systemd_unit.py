"""The service's unit is one that systemd understands and that leaves little open."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[3] / "deploy" / "systemd" / "yuanzhen.service"
MOST_EXPOSED = 2.0  # of 10, as systemd-analyze reckons

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with this checkout's program."""
    text = UNIT.read_text().replace("/opt/yuanzhen/.venv/bin", str(Path(sys.executable).parent))
    here = tmp_path / UNIT.name
    here.write_text(text)
    return here


def test_systemd_understands_every_line(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_little_is_open(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", unit], capture_output=True, text=True
    )
    if "offline" in done.stderr:
        pytest.skip("this systemd-analyze judges running services only")
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found and float(found[1]) <= MOST_EXPOSED, done.stdout
