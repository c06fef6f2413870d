"""What every step of set-up stands on: the folder, stamps, running a command, saying a line. Standard library alone."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".setup"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
TAIL_LINES = 25


class SetupFailed(Exception):
    """A step that the rest cannot do without did not succeed; the text says what to do."""


def say(step: str, words: str) -> None:
    """One line on standard output, at once: `setup: wheels   installing ...`."""
    print(f"setup: {step:<8} {words}", flush=True)


def digest(*parts: str | Path | Iterable[Path]) -> str:
    """SHA-256 over texts, files and lists of files (path and content); a file that is not there counts as such."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            total.update(f"text {part}\n".encode())
            continue
        for path in [part] if isinstance(part, Path) else sorted(part):
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "absent"
            total.update(f"file {path.relative_to(ROOT)} {content}\n".encode())
    return total.hexdigest()


def stamped(name: str, value: str) -> bool:
    """Whether the step `name` was last finished for exactly this digest."""
    path = STATE / "stamps" / name
    return path.is_file() and path.read_text() == value


def stamp(name: str, value: str) -> None:
    """Notes that the step is finished for this digest."""
    path = STATE / "stamps" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value)


def run(step: str, command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Runs a command into `.setup/log/STEP.log`; unless it exits 0, shows its last words and raises SetupFailed."""
    log = STATE / "log" / f"{step}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    with log.open("a") as out:
        out.write(f"\n$ {' '.join(words)}\n")
        out.flush()
        began = out.tell()
        try:
            code = subprocess.call(
                words, cwd=cwd, env={**os.environ, **(env or {})}, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
        except OSError as error:
            raise SetupFailed(f"{words[0]} cannot be started: {error}") from error
    if code != 0:
        said = log.read_bytes()[began:].decode(errors="replace")
        sys.stdout.write("\n".join([*said.splitlines()[-TAIL_LINES:], ""]))
        raise SetupFailed(f"`{' '.join(words)}` exited {code}; all it said is in {log.relative_to(ROOT)}")


def npm(step: str, folder: Path, *words: str) -> None:
    """Runs npm in `folder`; it comes with the wheels, and so does the node that it calls."""
    run(step, [VENV / "bin" / "npm", *words], cwd=folder, env=node_settings(os.environ))


def node_settings(before: Mapping[str, str]) -> dict[str, str]:
    """Our node first, and the machine's own authorities trusted as git, pip and apt do, unless that is set already.

    A house whose proxy opens TLS adds its authority to the machine's store; the wheel's node carries a list of its own.
    """
    node_first = f"{VENV / 'bin'}{os.pathsep}{before.get('PATH', '')}"
    return {"PATH": node_first, "NODE_USE_SYSTEM_CA": before.get("NODE_USE_SYSTEM_CA", "1")}


class Took:
    """Seconds since it was made, for the closing word of a step."""

    def __init__(self) -> None:
        self.start = time.monotonic()

    def __str__(self) -> str:
        return f"{time.monotonic() - self.start:.1f} s"
