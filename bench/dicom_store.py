"""C-STORE of 300 CT images of 526 KB: file, folder and row durable before each success.

References, in the same run on the same disk, rounds alternating: DCMTK's `storescp`, which syncs nothing; the same null
receiver (`storescp --ignore`) plus the very syncs that we do (file, folder, a commit), one after another; and Orthanc
with SyncStorageArea where it is installed. The sender is DCMTK's `storescu` with TCP_NODELAY=1. JSON lines, in MB/s;
beside them what an image costs in CPU, here and in PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import asyncpg

import dicom_peers as peers
from dicom_peers import Cost, Meter
from tests.make import inside
from tests.make.center import Center
from yuanzhen.infrastructure.disk import sync_folder

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 300
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3


def synced(folder: Path, dsn: str) -> Callable[[list[Path]], float]:
    """Seconds for the syncs of each file: its bytes, its folder's entry, and a commit that names it."""

    async def commits(paths: list[Path]) -> float:
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TABLE IF NOT EXISTS public.bench (name text, header text)")
        took = 0.0
        for path in paths:
            content = path.read_bytes()
            started = time.perf_counter()
            new = folder / "incoming" / path.name
            with new.open("wb", buffering=0) as file:
                file.write(content)
                os.fdatasync(file.fileno())
            new.replace(folder / "objects" / path.name)
            sync_folder(folder / "objects")
            await connection.execute("INSERT INTO public.bench VALUES ($1, $2)", path.name, "x" * 3000)
            took += time.perf_counter() - started
        await connection.close()
        return took

    for name in ("incoming", "objects"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return lambda paths: asyncio.run(commits(paths))


def main() -> None:
    if not peers.has_dcmtk():
        print('{"figure": "dicom_store", "skipped": "DCMTK is not here"}')
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("YUANZHEN_BENCH_DIR")) as name:
        folder = Path(name)
        with (
            peers.center(folder) as center,
            peers.storescp(folder / "dcmtk") as plain,
            peers.storescp(folder / "null", "--ignore") as null,
        ):
            syncs = synced(folder / "syncs", inside.administrator(center.home))
            measure(folder, center, plain, null, syncs)


def measure(folder: Path, center: Center, plain: int, null: int, syncs: Callable[[list[Path]], float]) -> None:
    """The rounds, and the lines."""
    for associations in (1, 8):
        took: dict[str, list[Cost]] = {}
        with orthanc_or_none(folder / f"orthanc-{associations}") as other:
            for number in range(ROUNDS):
                first = 1 + (number + 10 * (associations - 1)) * COUNT
                paths = peers.study(folder / f"study-{first}", COUNT, first=first, study=first)
                ours = partial(peers.sent, center.port("dicom"), "YUANZHEN", paths, associations)
                took.setdefault("ours", []).append(Meter.of(center).cost(ours))
                if other is not None:
                    theirs = partial(peers.sent, other.dicom, "ORTHANC", paths, associations)
                    took.setdefault("orthanc", []).append(Meter.of(other).cost(theirs))
                if associations == 1:
                    took.setdefault("storescp", []).append(Cost(peers.sent(plain, "STORESCP", paths), 0, 0))
                    nothing = peers.sent(null, "STORESCP", paths)
                    took.setdefault("null and syncs", []).append(Cost(nothing + syncs(paths), 0, 0))
                for path in paths:
                    path.unlink()
        tell({name: peers.middle(costs) for name, costs in took.items()}, associations)


def tell(took: dict[str, Cost], associations: int) -> None:
    """A line for each reference."""
    size = COUNT * len(peers.template()) / 1e6
    goals = {"storescp": 0.5, "null and syncs": 1.0, "orthanc": 1.5 if associations == 1 else 2.0}
    words = {
        "storescp": "DCMTK storescp, which syncs nothing",
        "null and syncs": "storescp --ignore and the same syncs",
        "orthanc": "Orthanc with SyncStorageArea",
    }
    cpu = peers.per_piece_ms(took["ours"], COUNT)
    if "orthanc" in took:
        cpu["orthanc_cpu_ms"] = peers.per_piece_ms(took["orthanc"], COUNT)["cpu_ms"]
    for name, goal in goals.items():
        if name in took:
            figure = f"dicom_store_{associations}_associations"
            ours, theirs = size / took["ours"].clock, size / took[name].clock
            peers.line(figure, ours, theirs, "MB/s", words[name], goal, **cpu)


def orthanc_or_none(folder: Path) -> AbstractContextManager[peers.Orthanc | None]:
    """Orthanc where it is installed."""
    return peers.orthanc(folder) if peers.has_orthanc() else nullcontext()


if __name__ == "__main__":
    main()
