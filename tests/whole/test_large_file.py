"""Ten gigabytes from one side of a case to the other: in pieces, past a killed server, and back in parts."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.whole.conftest import Region
from tests.whole.test_after_pages import accepted, patient
from tests.whole.test_thread import until

__all__ = ["patient"]
pytestmark = pytest.mark.long
SIZE, PIECE = 10 * 10**9, 16 * 2**20
FREE = 3 * 10**9  # beyond the file itself
GROWS = 300 * 2**20  # bytes of memory, whatever the size of the file


def pieces() -> Iterator[tuple[int, bytes]]:
    """The file, piece by piece: none is like another."""
    for at in range(0, SIZE, PIECE):
        yield at, (at.to_bytes(8) * (PIECE // 8))[: SIZE - at]


def digest() -> str:
    found = hashlib.sha256()
    for _, piece in pieces():
        found.update(piece)
    return found.hexdigest()


def memory(region: Region) -> int:
    """The most that the centre has held since it started, bytes."""
    assert region.center.process is not None
    told = Path(f"/proc/{region.center.process.pid}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM"))


def test_ten_gigabytes_arrive_whole_though_the_server_dies_twice(region: Region, patient: str) -> None:
    if shutil.disk_usage(region.center.home).free < SIZE + FREE:
        pytest.skip("the disk has no room for ten gigabytes")
    case = accepted(region, patient)
    files, asker = f"/api/consultations/{case}/files", region.clinician.http
    id = asker.post(files, json={"name": "手术录像.mp4", "bytes": SIZE, "mark": "m"}).json()["id"]
    sent(region, files, id)
    file = until(lambda: looked_at(region, files), "nobody looked", seconds=300)
    assert file["state"] == "unscanned", "more than the scanner looks into"
    path = f"/api/patients/{patient}/documents/DocumentReference/{id}/0"
    assert region.expert.http.get(path).status_code == 404
    region.expert.http.post(f"/api/files/{id}/open").raise_for_status()
    before = memory(region)
    assert read(region, path) == digest()
    assert memory(region) - before < GROWS


def sent(region: Region, files: str, id: str) -> None:
    """All pieces, in order; half-way the server is killed, and has all that it acknowledged."""
    http, killed = region.clinician.http, False
    before = memory(region)
    for at, piece in pieces():
        answer = http.post(f"/api/pieces/{id}", params={"at": at}, content=piece)
        assert answer.json() == {"got": at + len(piece)}, answer.text
        if at > SIZE // 2 and not killed:
            assert memory(region) - before < GROWS
            killed = True
            region.center.kill()
            region.center.start()
            assert file_of(region, files)["got"] == at + len(piece)


def read(region: Region, path: str) -> str:
    """The digest of what the expert gets: the first half of it before the server is killed, the rest after."""
    http, found, got = region.expert.http, hashlib.sha256(), 0
    with http.stream("GET", path) as answer:
        assert (answer.status_code, int(answer.headers["Content-Length"])) == (200, SIZE)
        for some in answer.iter_bytes():
            found.update(some)
            if (got := got + len(some)) > SIZE // 2:
                region.center.kill()
                break
    region.center.start()
    with http.stream("GET", path, headers={"Range": f"bytes={got}-"}) as answer:
        assert (answer.status_code, answer.headers["Content-Range"]) == (206, f"bytes {got}-{SIZE - 1}/{SIZE}")
        for some in answer.iter_bytes():
            found.update(some)
    return found.hexdigest()


def file_of(region: Region, files: str) -> dict[str, Any]:
    [file] = region.clinician.http.get(files).json()["items"]
    return dict(file)


def looked_at(region: Region, files: str) -> dict[str, Any]:
    """The file, once somebody has looked at it; until then nothing of it."""
    file = file_of(region, files)
    return file if file["state"] not in ("coming", "whole") else {}
