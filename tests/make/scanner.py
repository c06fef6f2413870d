"""A virus scanner with one signature of our own: the real engine, on the file that all engines know (EICAR)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.security.scanning.engine import Engine

# In two halves, lest this very file be taken for one.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def signatures(folder: Path) -> Path:
    """A folder with the one signature, which the engine's own account may read."""
    folder.mkdir(exist_ok=True)
    (folder / "own.ndb").write_text(f"Own.Eicar:0:*:{EICAR.hex()}\n")
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o755)
    return folder


@asynccontextmanager
async def scanning(home: Path, folder: Path) -> AsyncIterator[Engine]:
    """The engine, running until the block is left."""
    engine = Engine(home, signatures(folder), Metrics())
    running = asyncio.create_task(engine.run())
    try:
        yield engine
    finally:
        running.cancel()
        await asyncio.wait({running})
