"""`yuanzhen backup TO`: everything that a home holds, as it was at one moment, while `serve` goes on.

The home's own files first; then the rows, in one snapshot; then the objects, which are named by their content and never
change, so that those of the snapshot are still the same.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.blobs import Blobs, open_blobs
from yuanzhen.infrastructure.db.copying import catalogue, out
from yuanzhen.infrastructure.db.copying.catalogue import Sequence, Step, Table
from yuanzhen.infrastructure.db.copying.rows import RowSum
from yuanzhen.infrastructure.errors import Invalid, Malformed, NotFound
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.operations import manifest as manifests
from yuanzhen.programs.operations import reach, store
from yuanzhen.programs.operations.folder import files_of, in_the_making
from yuanzhen.programs.operations.manifest import (
    FORMAT,
    LOST_LIST,
    MAC,
    MANIFEST,
    OBJECT_LIST,
    OBJECTS,
    ROOT,
    File,
    Manifest,
    Rows,
)
from yuanzhen.programs.operations.sealed import PIECE, Plain, Sealed, lines, plain
from yuanzhen.security.crypto import sm3
from yuanzhen.security.keys.objects import Objects
from yuanzhen.security.keys.root import Root

Say = Callable[[str], None]

# What of a home is copied in another way, or lives only while it runs.
NOT_COPIED = ("postgresql", "blobs", "log", "lock", ROOT)
PROGRESS = 1000  # objects between two lines

_WANTED = "wanted"  # the keys that the snapshot's rows refer to, while the backup is made


@dataclass(slots=True)
class _Rows:
    """What the snapshot gave."""

    steps: list[Step]
    tables: list[Rows]
    sequences: list[Sequence]
    files: list[File]
    release: str


@dataclass(slots=True)
class _Objects:
    """How many objects were copied, and the keys of those that could not be."""

    count: int = 0
    bytes: int = 0
    lost: set[str] = field(default_factory=set)


async def backup(settings: Settings, to: Path, say: Say) -> Manifest:
    """Writes a backup of the home to the new folder `to`, and says how it gets on.

    Objects that the store has lost are named in `objects.lost` and counted in the manifest: all else is copied all the
    same. Raises what `in_the_making` does, and Unavailable when the database or the store does not answer.
    """
    root = reach.known_root(settings)
    made = clock.now()
    with in_the_making(to, settings.home) as folder:
        # Before the rows: the log leads over the head that `log.head` names, and not over a later one.
        own = [_written(folder, ROOT, (settings.home / ROOT).read_bytes())]
        own += _own_files(settings.home, folder, root)
        async with reach.reached(settings, root) as reached:
            async with reach.application(reached, root) as db:
                await reach.noted(db, "center.backup")
            async with reach.connected(reached.admin) as connection:
                rows = await _rows(connection, folder, root, say)
        blobs = open_blobs(settings.blobs_url, settings.home)
        files, objects = await _objects(folder, blobs, Objects(root, blobs), say)
        files += [*rows.files, *own]
        manifest = Manifest(
            format=FORMAT, made=made, program=importlib.metadata.version("yuanzhen"), server=rows.release,
            home=manifests.fingerprint(root), sealed=root.sealed, steps=rows.steps, tables=rows.tables,
            sequences=rows.sequences, files=sorted(files, key=lambda file: file.path), objects=objects.count,
            object_bytes=objects.bytes, lost=len(objects.lost),
        )  # fmt: skip
        content = manifests.encode(manifest)
        _written(folder, MANIFEST, content)
        _written(folder, MAC, manifests.mac(root, content))
    return manifest


async def _rows(connection: asyncpg.Connection, folder: Path, root: Root, say: Say) -> _Rows:
    """All tables of one moment, each in a sealed file of its own."""
    async with out.snapshot(connection) as tables:
        found = _Rows(await catalogue.steps(connection), [], [], [], await store.release(connection))
        for table in tables:
            rows, file = await _table(connection, table, folder, root)
            found.tables.append(rows)
            found.files.append(file)
            say(f"table {table}: {rows.rows} rows")
        found.sequences = await catalogue.sequences(connection)
        wanted = Plain(folder, _WANTED)
        async for key in store.referenced(connection):
            wanted.write(f"{key}\n".encode())
        wanted.close()
    return found


async def _table(connection: asyncpg.Connection, table: Table, folder: Path, root: Root) -> tuple[Rows, File]:
    path = f"database/{table}"
    total, file = RowSum(sm3.digest), Sealed(folder, path, root)

    async def take(text: bytes) -> None:
        total.feed(text)
        file.write(text)

    await out.copy_out(connection, table, take)
    return Rows(table, path, total.rows, total.value), file.close()


async def _objects(folder: Path, blobs: Blobs, objects: Objects, say: Say) -> tuple[list[File], _Objects]:
    """All objects, as they lie sealed in the store; each is opened once, so that a rotten one is told now."""
    told = _Objects()
    listed, lost = Plain(folder, OBJECT_LIST), Plain(folder, LOST_LIST)

    def lose(key: str, why: str) -> None:
        told.lost.add(key)
        lost.write(f"{key} {why}\n".encode())
        say(f"LOST {OBJECTS}/{key}: {why}")

    async for key, size in blobs.list():
        try:
            await objects.get(key)
            file = await _object(folder, blobs, key, size)
        except (Malformed, Invalid) as damaged:
            lose(key, damaged.code)
            continue
        except NotFound as gone:  # since it was listed: lost only when a row refers to it
            if gone.code != "blobs.missing":
                lose(key, gone.code)
            continue
        listed.write(f"{file.sm3} {file.bytes} {key}\n".encode())
        told.count, told.bytes = told.count + 1, told.bytes + file.bytes
        if told.count % PROGRESS == 0:
            say(f"objects: {told.count}, {told.bytes >> 20} MiB")
    for key in lines(folder / _WANTED):
        if key not in told.lost and not (folder / OBJECTS / key).exists():
            lose(key, "blobs.missing")
    (folder / _WANTED).unlink()
    say(f"objects: {told.count}, {told.bytes >> 20} MiB")
    return [listed.close(), lost.close()], told


async def _object(folder: Path, blobs: Blobs, key: str, size: int) -> File:
    file = Plain(folder, f"{OBJECTS}/{key}")
    async for piece in _pieces(blobs, key, size):
        file.write(piece)
    return file.close()


async def _pieces(blobs: Blobs, key: str, size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, PIECE):
        yield await blobs.get_range(key, start, min(PIECE, size - start))


def _own_files(home: Path, folder: Path, root: Root) -> Iterator[File]:
    """The home's own files, keys and certificates among them, with their modes."""
    for path in files_of(home):
        source = home / path
        if path.split("/")[0] in NOT_COPIED or source.name.startswith(".") or not source.is_file():
            continue  # hidden ones are locks, and files in the making
        file = Sealed(folder, f"home/{path}", root)
        for piece in plain(home, path):
            file.write(piece)
        yield file.close(source.stat().st_mode & 0o777)


def _written(folder: Path, path: str, content: bytes) -> File:
    file = Plain(folder, path)
    file.write(content)
    return file.close()
