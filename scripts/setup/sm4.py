"""SM4 in C, ours: for the pages to WebAssembly, for the server to the processor's own instructions.

The compiler comes as a wheel and is thrown away afterwards.
"""

from __future__ import annotations

import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.setup.ground import ROOT, STATE, SetupFailed, Took, digest, run, say, stamp, stamped
from scripts.setup.python import PIP_INSTALL

COMPILER = ROOT / "requirements" / "compiler.txt"
CRYPTO = ROOT / "src" / "yuanzhen" / "security" / "crypto"


@dataclass(frozen=True, slots=True)
class Half:
    """What is compiled, how, into what; what takes its place where there is no compiler, and what that means."""

    step: str
    whose: str
    source: Path
    made: Path
    flags: tuple[str, ...]
    instead: bytes
    lack: str


OPTIMISED = ("-O3", "-Wall", "-Wextra", "-Werror", "-s", "-nostdlib")
PAGES = Half(
    "wasm", "the pages'", ROOT / "web" / "wasm" / "sm4gcm.c", ROOT / "web" / "src" / "generated" / "sm4gcm.wasm",
    ("--target=wasm32-freestanding", "-mcpu=generic+simd128", *OPTIMISED,
     "-Wl,--no-entry", "-Wl,--export-memory", "-Wl,--export=__heap_base"),
    b"\0asm\1\0\0\0", "faces and voices are sealed by a script, ten times slower",
)  # fmt: skip
SERVER = Half(
    "sm4", "the server's", CRYPTO / "native" / "sm4gcm.c", CRYPTO / "compiled" / "sm4gcm.so",
    ("--target=x86_64-linux-gnu.2.17", "-mcpu=x86_64", *OPTIMISED,
     "-shared", "-fPIC", "-ffreestanding", "-fvisibility=hidden"),
    b"", "images and documents are sealed by libgcrypt, several times slower",
)  # fmt: skip


def ciphers() -> None:
    """Compiles what has changed; where no compiler is to be had an empty file takes its place."""
    halves = [PAGES, SERVER] if platform.machine() == "x86_64" else [PAGES]
    if stale := [half for half in halves if not half.made.exists() or not stamped(half.step, _wanted(half))]:
        _compile(stale)


def _wanted(half: Half) -> str:
    return digest(half.source.parent.glob("*.[ch]"), COMPILER, " ".join(half.flags), sys.version)


def _compile(halves: Sequence[Half]) -> None:
    whose = " and ".join(half.whose for half in halves)
    say("sm4", f"compiling {whose} SM4 (fetches a compiler of 100 MB, unpacks it for the moment)")
    took = Took()
    for half in halves:
        stamp(half.step, "")
        half.made.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="sm4-", dir=STATE) as name:
            folder = Path(name)
            pinned: list[str | Path] = ["--require-hashes", "--only-binary=:all:", "--no-deps", "-r", COMPILER]
            run("sm4", [*PIP_INSTALL, "--target", folder / "wheel", *pinned])
            for half in halves:
                _compile_one(half, folder)
        say("sm4", f"compiled ({took})")
    except SetupFailed as failure:
        for half in (half for half in halves if stamped(half.step, "")):
            half.made.unlink(missing_ok=True)  # a server that runs keeps the one that it has open
            half.made.write_bytes(half.instead)
            say("sm4", f"LACKS the compiler: {half.lack} ({failure})")


def _compile_one(half: Half, folder: Path) -> None:
    caches = {"ZIG_GLOBAL_CACHE_DIR": str(folder / "cache"), "ZIG_LOCAL_CACHE_DIR": str(folder / "cache")}
    made = folder / half.made.name
    run("sm4", [folder / "wheel" / "ziglang" / "zig", "cc", *half.flags, half.source, "-o", made], env=caches)
    made.replace(half.made)
    stamp(half.step, _wanted(half))
