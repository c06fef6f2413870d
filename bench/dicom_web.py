"""DICOMweb beside Orthanc's plugin: STOW-RS, WADO-RS frames, and QIDO-RS of a series with 300 instances.

Both hold the same 300 CT images of 526 KB and answer the same client over eight connections, rounds alternating. Frames
are asked for once, and then again, as several who read a study together do: both hold in memory what they read last.
Orthanc seals nothing, checks nobody and keeps no trail. JSON lines, in MB/s or answers a second; beside them what an
image or an answer costs in CPU, here and in PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import dicom_peers as peers
from dicom_peers import Cost, Meter

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 300
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
CONNECTIONS, STUDY, PARTS = 8, 7, 20
JSON = "application/dicom+json"
ASKED = 16  # the list of a series, for which Orthanc takes half a second of CPU time
GOAL = 2.0


@dataclass(frozen=True)
class Door:
    """One DICOMweb server, and what its requests carry."""

    url: str
    meter: Meter
    headers: str = ""


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """The body of one answer over a connection that stays open."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    if " 200 " not in head.partition("\r\n")[0]:
        raise RuntimeError(head)
    told = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])}
    if "content-length" in told:
        return await reader.readexactly(int(told["content-length"]))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)


async def all_of(door: Door, requests: Sequence[bytes]) -> tuple[float, int]:
    """Seconds for all requests over `CONNECTIONS` connections, and the bytes of their answers."""
    where = urlsplit(door.url)
    left, size = iter(requests), 0

    async def hand() -> None:
        nonlocal size
        reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=1 << 20)
        for request in left:
            size += len(await answer(reader, writer, request))
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(hand() for _ in range(CONNECTIONS)))
    return time.perf_counter() - started, size


def get(door: Door, path: str, accept: str) -> bytes:
    return f"GET /dicom-web{path} HTTP/1.1\r\nHost: bench\r\nAccept: {accept}\r\n{door.headers}\r\n".encode()


def post(door: Door, files: Sequence[bytes]) -> bytes:
    parts = b"".join(b"\r\n--of-the-bench\r\nContent-Type: application/dicom\r\n\r\n" + file for file in files)
    body = parts + b"\r\n--of-the-bench--\r\n"
    kind = 'multipart/related; type="application/dicom"; boundary=of-the-bench'
    head = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nAccept: application/dicom+json\r\n{door.headers}"
    return f"POST /dicom-web/studies HTTP/1.1\r\nHost: bench\r\n{head}\r\n".encode() + body


def main() -> None:
    if not peers.has_orthanc() or not peers.DICOMWEB.exists():
        print('{"figure": "dicom_web", "skipped": "Orthanc with its DICOMweb plugin is not here"}')
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("YUANZHEN_BENCH_DIR")) as name:
        folder = Path(name)
        with peers.center(folder) as center, peers.orthanc(folder / "orthanc") as other:
            token = center.machine().headers["Authorization"]
            ours = Door(center.url, Meter.of(center), f"Authorization: {token}\r\n")
            measure(folder, ours, Door(other.url, Meter.of(other)))


def measure(folder: Path, ours: Door, theirs: Door) -> None:
    """Fills both by STOW-RS, which is a figure itself, and asks them."""
    stows: list[tuple[Cost, Cost]] = []
    for number in range(ROUNDS):
        paths = peers.study(folder / "study", COUNT, first=1 + number * COUNT, study=STUDY + number)
        files = [path.read_bytes() for path in paths]
        shares = [files[at : at + PARTS] for at in range(0, COUNT, PARTS)]
        stows.append(pair(ours, theirs, lambda door, shares=shares: [post(door, share) for share in shares]))
    tell("dicom_web_stow", "MB/s", stows, COUNT, COUNT * len(peers.template()) / 1e6)
    octets = 'multipart/related; type="application/octet-stream"'
    each = [frames_of(number) for number in range(ROUNDS)]  # for the first time: a study's in each round
    asked("dicom_web_frames", "frames/s", ours, theirs, each, octets)
    asked("dicom_web_frames_again", "frames/s", ours, theirs, each[-1:] * ROUNDS, octets)
    asked("dicom_web_qido", "answers/s", ours, theirs, [[f"{series_of(0)}/instances"] * ASKED] * ROUNDS, JSON)


def series_of(number: int) -> str:
    """The series of a round's study."""
    study = STUDY + number
    return f"/studies/1.2.826.0.2.1{study:05d}.9/series/1.2.826.0.3.1{study:05d}.9"


def frames_of(number: int) -> list[str]:
    """The frames of a round's study."""
    first = 1 + number * COUNT
    return [f"{series_of(number)}/instances/1.2.826.0.1.1{one:05d}.9/frames/1" for one in range(first, first + COUNT)]


def pair(ours: Door, theirs: Door, requests: Callable[[Door], Sequence[bytes]]) -> tuple[Cost, Cost]:
    """What the same requests cost with both, in turn."""

    def cost(door: Door) -> Cost:
        made = requests(door)
        return door.meter.cost(lambda: asyncio.run(all_of(door, made))[0])

    return cost(ours), cost(theirs)


def asked(figure: str, unit: str, ours: Door, theirs: Door, rounds: Sequence[Sequence[str]], accept: str) -> None:
    """The same questions to both, in turns."""
    pairs = [
        pair(ours, theirs, lambda door, paths=paths: [get(door, path, accept) for path in paths]) for paths in rounds
    ]
    tell(figure, unit, pairs, len(rounds[0]), len(rounds[0]))


def tell(figure: str, unit: str, pairs: Sequence[tuple[Cost, Cost]], count: int, amount: float) -> None:
    """A line: `amount` of `unit` for `count` pieces."""
    ours, theirs = (peers.middle(column) for column in zip(*pairs, strict=True))
    cpu = peers.per_piece_ms(ours, count) | {"orthanc_cpu_ms": peers.per_piece_ms(theirs, count)["cpu_ms"]}
    reference = "Orthanc with SyncStorageArea and its DICOMweb plugin"
    peers.line(figure, amount / ours.clock, amount / theirs.clock, unit, reference, GOAL, **cpu)


if __name__ == "__main__":
    main()
