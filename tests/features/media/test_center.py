"""The centre starts the media server and the relay, ends them, and does without where none is installed."""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import pytest

from tests.make.center import Center, free_ports
from yuanzhen.network.media.shell import turn

pytestmark = pytest.mark.slow
PATIENCE_S = 30


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Not there yet."""
    return tmp_path / "home"


def figure(center: Center, name: str, wanted: float) -> None:
    """Waits until a figure has a value."""
    until = time.monotonic() + PATIENCE_S
    while (found := _figure(center, name)) != wanted:
        assert time.monotonic() < until, f"{name} is {found}"


def _figure(center: Center, name: str) -> float:
    text = httpx.get(f"{center.url}/metrics", timeout=10).text
    found = re.search(rf"^yuanzhen_{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def _doctor(center: Center) -> dict[str, str]:
    said = center.run("doctor", "--lang", "en").stdout.splitlines()
    return {line.split(" ", 1)[1].split(":")[0]: line for line in said}


@pytest.mark.skipif(not turn.available(), reason="coturn is not here")
def test_both_run_with_the_centre_and_end_with_it(home: Path) -> None:
    (port,) = free_ports(1)
    center = Center.at(home, YUANZHEN_TURN_PORT=str(port)).start()
    try:
        figure(center, "media_up", 1)
        figure(center, "turn_up", 1)
        said = _doctor(center)
        assert said["janus"] == "ok janus: is there"
        assert said["coturn"] == "ok coturn: is there"
        assert said["turn-port"] == f"ok turn-port: {port} is used by this home, which serves"
    finally:
        assert center.stop() == 0
    log = (home.parent / "home.log").read_text()
    assert "program_ended" not in log
    assert "program_failed" not in log


@pytest.mark.skipif(not turn.available(), reason="coturn is not here")
def test_both_die_with_a_centre_that_is_killed(home: Path) -> None:
    (port,) = free_ports(1)
    center = Center.at(home, YUANZHEN_TURN_PORT=str(port)).start()
    figure(center, "media_up", 1)
    figure(center, "turn_up", 1)
    assert center.process is not None
    children = _children(center.process.pid)
    assert {"janus", "turnserver"} <= set(children.values())
    center.kill()
    until = time.monotonic() + PATIENCE_S
    while left := [name for pid, name in children.items() if _name(pid) == name]:
        assert time.monotonic() < until, left


def _children(pid: int) -> dict[int, str]:
    """What a process has started itself, by pid."""
    tasks = Path("/proc", str(pid), "task").iterdir()
    found = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return {child: _name(child) for child in found}


def _name(pid: int) -> str:
    try:
        return Path("/proc", str(pid), "comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_a_centre_without_them_serves_and_says_what_lacks(home: Path, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    center = Center.at(home, PATH=str(tmp_path / "bare"), YUANZHEN_TURN_PORT="3478").start()
    try:
        assert httpx.get(f"{center.url}/healthz", timeout=10).status_code == 200
        assert _figure(center, "media_up") == 0
        said = _doctor(center)
        assert "turn-port" not in said
        assert said["janus"].startswith("warn janus: lacks: a room is for two alone without it")
        assert said["coturn"].startswith("warn coturn: lacks: who is behind a firewall has no media without it")
    finally:
        assert center.stop() == 0
    log = (home.parent / "home.log").read_text()
    assert '"event": "media_absent"' in log
    assert '"event": "turn_absent"' in log
