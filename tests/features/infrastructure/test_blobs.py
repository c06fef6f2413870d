"""Objects in a folder and in a bucket: the same contract, and for the folder what a disk can do to it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from yuanzhen.infrastructure.blobs import Blobs, Bucket, Folder, open_blobs
from yuanzhen.infrastructure.errors import Invalid, NotFound, Unavailable


def incoming(root: Path) -> list[Path]:
    return list((root / "incoming").iterdir())


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return Folder(tmp_path / "blobs") if request.param == "folder" else Bucket(MemoryStore())


async def pieces(*sizes: int, then: Exception | None = None) -> AsyncIterator[bytes]:
    for number, size in enumerate(sizes):
        yield bytes([number % 256]) * size
    if then:
        raise then


async def listed(blobs: Blobs, prefix: str = "") -> dict[str, int]:
    return {key: size async for key, size in blobs.list(prefix)}


async def test_what_was_put_is_got(blobs: Blobs) -> None:
    await blobs.put("studies/9f/2c", b"slice")
    assert await blobs.get("studies/9f/2c") == b"slice"
    assert await blobs.exists("studies/9f/2c")


async def test_objects_are_told_by_when_they_were_stored(blobs: Blobs) -> None:
    await blobs.put("a/b", b"slice")
    past, future = datetime(2001, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
    assert [key async for key in blobs.older(past)] == []
    assert [key async for key in blobs.older(future)] == ["a/b"]


async def test_an_empty_object_is_an_object(blobs: Blobs) -> None:
    await blobs.put("empty", b"")
    assert await blobs.get("empty") == b""
    assert await blobs.get_range("empty", 0, 0) == b""


async def test_putting_again_replaces(blobs: Blobs) -> None:
    await blobs.put("a", b"one")
    await blobs.put("a", b"three")
    assert await blobs.get("a") == b"three"


async def test_a_stream_is_stored_whole_and_its_size_told(blobs: Blobs) -> None:
    size = await blobs.put_stream("recordings/r1", pieces(3, 700_000, 2_000_000, 1))
    assert size == 2_700_004
    assert await blobs.get_range("recordings/r1", 0, 5) == b"\0\0\0\1\1"
    assert await listed(blobs) == {"recordings/r1": size}


async def test_a_stream_that_breaks_leaves_nothing_and_its_own_error(blobs: Blobs) -> None:
    with pytest.raises(ConnectionResetError):
        await blobs.put_stream("half", pieces(2_000_000, then=ConnectionResetError()))
    assert not await blobs.exists("half")
    assert await listed(blobs) == {}


async def test_a_range_is_exact_and_one_beyond_the_end_is_refused(blobs: Blobs) -> None:
    await blobs.put("a", b"0123456789")
    assert await blobs.get_range("a", 2, 3) == b"234"
    for start, length in ((8, 3), (11, 0), (-1, 2), (0, -1)):
        with pytest.raises(Invalid, match=r"blobs\.range"):
            await blobs.get_range("a", start, length)


async def test_what_is_not_there_is_not_found(blobs: Blobs) -> None:
    for asked in (blobs.get("nothing"), blobs.get_range("nothing", 0, 1)):
        with pytest.raises(NotFound, match=r"blobs\.missing"):
            await asked
    assert not await blobs.exists("nothing")


async def test_deleting_twice_is_deleting(blobs: Blobs) -> None:
    await blobs.put("a/b", b"x")
    await blobs.delete("a/b")
    await blobs.delete("a/b")
    await blobs.delete("never/was")
    assert not await blobs.exists("a/b")


async def test_a_list_is_of_whole_words(blobs: Blobs) -> None:
    for key in ("a/1", "a/2", "ab/3"):
        await blobs.put(key, b"x")
    assert set(await listed(blobs, "a")) == {"a/1", "a/2"}


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../b", "a//b", ".hidden", "a/.b", "a\0", "a b", "x" * 501]
)
async def test_a_key_that_could_leave_the_store_is_refused(blobs: Blobs, key: str) -> None:
    with pytest.raises(Invalid, match=r"blobs\.key"):
        await blobs.put(key, b"x")
    with pytest.raises(Invalid, match=r"blobs\.key"):
        await blobs.get(key)


async def test_many_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    blobs = Folder(tmp_path)
    await asyncio.gather(*(blobs.put(f"s/{n % 7}/{n}", str(n).encode() * 1000) for n in range(100)))
    assert len(await listed(blobs)) == 100
    assert incoming(tmp_path) == []


async def test_a_cancelled_stream_leaves_nothing(tmp_path: Path) -> None:
    blobs = Folder(tmp_path)
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 2_000_000
            begun.set()

    task = asyncio.create_task(blobs.put_stream("half", endless()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await listed(blobs) == {}
    assert incoming(tmp_path) == []


async def test_the_url_names_the_store(tmp_path: Path) -> None:
    await open_blobs(None, tmp_path).put("a", b"home")
    await open_blobs(f"file://{tmp_path}/else%20where", tmp_path).put("a", b"elsewhere")
    assert (tmp_path / "blobs" / "objects" / "a").read_bytes() == b"home"
    assert (tmp_path / "else where" / "objects" / "a").read_bytes() == b"elsewhere"
    assert isinstance(open_blobs("s3://bucket/prefix", tmp_path), Bucket)


async def test_a_folder_that_cannot_be_made_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"blobs\.down, error ENOTDIR"):
        Folder(tmp_path / "file" / "blobs")


FULL = """
import asyncio, pathlib, subprocess, sys
from yuanzhen.infrastructure.blobs import Folder
from yuanzhen.infrastructure.errors import InsufficientStorage
root = pathlib.Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", root], check=True)

async def three():
    for _ in range(3):
        yield bytes(1 << 20)

async def main():
    blobs = Folder(root)
    await blobs.put("before", b"kept")
    for attempt in (lambda: blobs.put("one", bytes(2 << 20)), lambda: blobs.put_stream("two", three())):
        try:
            await attempt()
        except InsufficientStorage as full:
            print(full.code)
    print(await blobs.get("before"), sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()))
    await blobs.put("after", bytes(1 << 19))
    print("room again")

asyncio.run(main())
"""


def test_a_full_disk_is_told_and_leaves_no_half_object(tmp_path: Path) -> None:
    own_mounts = ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*own_mounts, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    told = subprocess.run(
        [*own_mounts, sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines() == [
        "blobs.disk_full",
        "blobs.disk_full",
        "b'kept' ['objects/before']",
        "room again",
    ]


SYNCED = """
import asyncio, os, pathlib, sys
from yuanzhen.infrastructure.blobs import Folder

did = []
def told(name):
    real = getattr(os, name)
    def call(*args):
        did.append(name)
        return real(*args)
    setattr(os, name, call)

blobs = Folder(pathlib.Path(sys.argv[1]))
for name in ("fdatasync", "fsync", "replace"):
    told(name)
asyncio.run(blobs.put("a/b", b"x"))
print(did)
"""


def test_an_object_is_synced_before_it_is_seen_and_its_folder_before_it_is_acknowledged(tmp_path: Path) -> None:
    told = subprocess.run([sys.executable, "-c", SYNCED, str(tmp_path)], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['fdatasync', 'fsync', 'replace', 'fsync']"
