"""The pages' SM4: our C, compiled to WebAssembly by a compiler that comes as a wheel and is thrown away afterwards."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from scripts.setup.ground import ROOT, STATE, SetupFailed, Took, digest, run, say, stamp, stamped
from scripts.setup.python import PIP_INSTALL

SOURCES = ROOT / "web" / "wasm"
COMPILER = ROOT / "requirements" / "wasm.txt"
MODULE = ROOT / "web" / "src" / "generated" / "sm4gcm.wasm"
EMPTY = b"\0asm\1\0\0\0"  # a module without a function: the pages then seal by a script, and say so
FLAGS = [
    "--target=wasm32-freestanding", "-mcpu=generic+simd128", "-O3", "-Wall", "-Wextra", "-Werror", "-s", "-nostdlib",
    "-Wl,--no-entry", "-Wl,--export-memory", "-Wl,--export=__heap_base",
]  # fmt: skip


def ciphers() -> None:
    """Compiles what has changed; where no compiler is to be had the pages get an empty module in its place."""
    wanted = digest(SOURCES.glob("*.[ch]"), COMPILER, " ".join(FLAGS), sys.version)
    if MODULE.exists() and stamped("wasm", wanted):
        return
    say("wasm", "compiling the pages' SM4 (fetches a compiler of 100 MB, unpacks it for the moment)")
    took = Took()
    MODULE.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="wasm-", dir=STATE) as folder:
            _compile(Path(folder))
        stamp("wasm", wanted)
        say("wasm", f"compiled ({took})")
    except SetupFailed as failure:
        MODULE.write_bytes(EMPTY)
        say("wasm", f"LACKS the compiler: faces and voices are sealed by a script, ten times slower ({failure})")


def _compile(folder: Path) -> None:
    pinned: list[str | Path] = ["--require-hashes", "--only-binary=:all:", "--no-deps", "-r", COMPILER]
    run("wasm", [*PIP_INSTALL, "--target", folder / "wheel", *pinned])
    caches = {"ZIG_GLOBAL_CACHE_DIR": str(folder / "cache"), "ZIG_LOCAL_CACHE_DIR": str(folder / "cache")}
    made = folder / "sm4gcm.wasm"
    run("wasm", [folder / "wheel" / "ziglang" / "zig", "cc", *FLAGS, SOURCES / "sm4gcm.c", "-o", made], env=caches)
    made.replace(MODULE)
