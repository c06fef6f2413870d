"""The pages' half of set-up: the server's description, npm's packages, the build. Node comes with the wheels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from scripts.setup.ground import ROOT, VENV, VENV_PYTHON, SetupFailed, Took, digest, npm, run, say, stamp, stamped
from scripts.setup.sm4 import PAGES

FOLDERS = ("web", "patient")  # each a package.json with a script `build`, perhaps `generate`
OPENAPI = ROOT / "build" / "openapi.json"
OPENAPI_PROGRAM = ROOT / "src" / "yuanzhen" / "programs" / "openapi.py"
MADE = {"node_modules", "dist", "generated", ".cache", "test-results"}  # not sources


def description() -> None:
    """Writes the server's OpenAPI, from which the pages' types are generated, when the server has changed."""
    if not OPENAPI_PROGRAM.exists():
        return
    wanted = digest((ROOT / "src").rglob("*.py"))
    if OPENAPI.exists() and stamped("openapi", wanted):
        return
    say("openapi", f"writing {OPENAPI.relative_to(ROOT)}")
    OPENAPI.parent.mkdir(exist_ok=True)
    run("openapi", [VENV_PYTHON, "-m", "yuanzhen.programs.openapi", OPENAPI])
    stamp("openapi", wanted)


def pages() -> None:
    """Installs npm's packages from the lock and builds each folder of pages whose sources have changed."""
    for name in FOLDERS:
        folder = ROOT / name
        if (folder / "package.json").exists():
            _packages(folder)
            _build(folder)


def _packages(folder: Path) -> None:
    lock = folder / "package-lock.json"
    if not lock.exists():
        raise SetupFailed(f"{folder.name}/package-lock.json is missing, so its packages are not pinned")
    wanted = digest(lock, folder / "package.json", VENV / "pyvenv.cfg")
    if (folder / "node_modules").is_dir() and stamped(f"{folder.name}-packages", wanted):
        return
    say(folder.name, "installing npm's packages from the lock (a minute or two)")
    took = Took()
    npm(folder.name, folder, "ci", "--no-audit", "--no-fund")
    stamp(f"{folder.name}-packages", wanted)
    say(folder.name, f"packages installed ({took})")


def _build(folder: Path) -> None:
    wanted = digest(_sources(folder), OPENAPI, PAGES.made)
    if (folder / "dist").is_dir() and stamped(f"{folder.name}-build", wanted):
        return
    say(folder.name, "building the pages")
    took = Took()
    if OPENAPI.exists():
        npm(folder.name, folder, "run", "generate", "--if-present")
    npm(folder.name, folder, "run", "build")
    stamp(f"{folder.name}-build", wanted)
    say(folder.name, f"built ({took})")


def _sources(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in MADE]
        yield from (Path(here, name) for name in files)
