"""The Python half of set-up: the environment, the pinned wheels, the project itself."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from scripts.setup.ground import ROOT, VENV, VENV_PYTHON, SetupFailed, Took, digest, run, say, stamp, stamped

OLDEST = (3, 11)
WHEELS = ROOT / "requirements" / "dev.txt"  # holds all of runtime.txt and what the checks need on top
PIP_INSTALL: list[str | Path] = [VENV_PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "-q"]


def environment() -> None:
    """Makes `.venv`; one made elsewhere or by another Python is made anew, one that works is kept."""
    if sys.version_info < OLDEST:
        raise SetupFailed(f"Python {'.'.join(map(str, OLDEST))} or newer is needed, this is {sys.version.split()[0]}")
    wanted = digest(str(ROOT), sys.version, sys.base_prefix)
    if VENV_PYTHON.exists() and stamped("venv", wanted):
        return
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupFailed("Python cannot make environments here; as root: apt-get install python3-venv")
    say("python", f"making .venv with Python {sys.version.split()[0]}")
    run("python", [sys.executable, "-m", "venv", "--clear", VENV])
    stamp("venv", wanted)


def wheels() -> None:
    """Installs the pinned wheels, each checked against its hash; nothing is compiled."""
    wanted = digest(WHEELS, VENV / "pyvenv.cfg")
    if stamped("wheels", wanted):
        return
    count = sum("==" in line for line in WHEELS.read_text().splitlines())
    say("wheels", f"installing {count} pinned packages into .venv (a minute or two)")
    took = Took()
    run("wheels", [*PIP_INSTALL, "--require-hashes", "--only-binary=:all:", "-r", WHEELS])
    stamp("wheels", wanted)
    say("wheels", f"installed ({took})")


def project() -> None:
    """Installs the project itself, editable, so that `.venv/bin/yuanzhen` is there; needs no network."""
    script = VENV / "bin" / "yuanzhen"
    wanted = digest(ROOT / "pyproject.toml", WHEELS, VENV / "pyvenv.cfg")
    if script.exists() and stamped("project", wanted):
        return
    say("project", "installing yuanzhen itself (editable)")
    run("project", [*PIP_INSTALL, "--no-index", "--no-deps", "--no-build-isolation", "--editable", ROOT])
    stamp("project", wanted)
