"""What is said to clamd and what it answers (clamd(8), clamd.conf(5)). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

LARGEST = 256 * 2**20  # bytes of a file that the engine looks at; it keeps one in clear while it does
STREAM, VERSION = b"zINSTREAM\0", b"zVERSION\0"
END = bytes(4)
SOCKET, FILE = "clamd.sock", "clamd.conf"
SIGNATURES = frozenset({".cvd", ".cld", ".cud", ".hdb", ".hsb", ".mdb", ".msb", ".ndb", ".ldb", ".yar", ".yara"})
LIMITS = re.compile(r"Heuristics\.(Limits\.Exceeded|Encrypted)\b")

State = Literal["clean", "infected", "unscanned"]
# Why a file was not looked at, or not all of it.
Why = Literal["no-engine", "no-signatures", "too-large", "beyond", "no-answer"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look came to; `found`: the virus, or why (`Why`) nothing can be said. `engine`: which looked."""

    state: State
    found: str = ""
    engine: str = ""


def unscanned(why: Why, engine: str = "") -> Verdict:
    """Nothing can be said of a file."""
    return Verdict("unscanned", why, engine)


def framed(some: bytes) -> bytes:
    """Some bytes of a stream; `END` ends it."""
    return len(some).to_bytes(4) + some


def verdict(reply: bytes, engine: str) -> Verdict:
    """What its answer to a stream says. What its limits or a password kept it from is not clean."""
    said = reply.rstrip(b"\0\n").decode("utf-8", "replace").removeprefix("stream: ")
    if said == "OK":
        return Verdict("clean", engine=engine)
    if not said.endswith(" FOUND"):
        return unscanned("beyond" if "size limit exceeded" in said else "no-answer", engine)
    name = said.removesuffix(" FOUND")[:200]
    return unscanned("beyond", engine) if LIMITS.match(name) else Verdict("infected", name, engine)


def has_signatures(names: Iterable[str]) -> bool:
    """Whether there are signatures among the files of a folder."""
    return any(Path(name).suffix in SIGNATURES for name in names)


def configuration(folder: Path, signatures: Path) -> str:
    """The engine's settings: one socket of our own, nothing of a file or its name in any log, limits that are told."""
    return "\n".join((
        "Foreground yes",
        f"LocalSocket {folder / SOCKET}",
        "LocalSocketMode 600",
        f"TemporaryDirectory {folder}",
        f"DatabaseDirectory {signatures}",
        "MaxThreads 4",
        f"StreamMaxLength {LARGEST + 1}",
        f"MaxFileSize {LARGEST + 1}",
        f"MaxScanSize {4 * LARGEST}",
        "AlertExceedsMax yes",
        "AlertEncryptedArchive yes",
        "AlertEncryptedDoc yes",
        "ExitOnOOM yes",
        "",
    ))  # fmt: skip
