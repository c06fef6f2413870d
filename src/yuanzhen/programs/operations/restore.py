"""`yuanzhen restore FROM`: makes a home from a backup; whole, or plainly unfinished.

The root key comes last: until then no program can start on the home, and the mark in it says why.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from yuanzhen.infrastructure.blobs import Blobs, open_blobs
from yuanzhen.infrastructure.db import migrate, provision
from yuanzhen.infrastructure.db.copying import back, catalogue, out
from yuanzhen.infrastructure.db.copying.rows import RowSum
from yuanzhen.infrastructure.db.migrate import Migration
from yuanzhen.infrastructure.db.provision import Admin
from yuanzhen.infrastructure.disk import sync_folder
from yuanzhen.infrastructure.errors import Conflict, Invalid, Unsupported
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs import home as homes
from yuanzhen.programs.operations import reach, store
from yuanzhen.programs.operations.folder import told
from yuanzhen.programs.operations.manifest import OBJECTS, ROOT, Manifest, Rows
from yuanzhen.programs.operations.sealed import opened, plain
from yuanzhen.programs.operations.verify import Report, objects, verify
from yuanzhen.security import files
from yuanzhen.security.crypto import sm3
from yuanzhen.security.crypto.sm3 import Hasher
from yuanzhen.security.keys.root import Root

Say = Callable[[str], None]

MARK = "unfinished-restore"
_WORDS = "A restore into this folder has not ended. Remove the folder and restore again.\n"


async def restore(settings: Settings, source: Path, say: Say) -> Report:
    """Verifies the backup in `source`, makes the home from it, and compares every table with what was backed up.

    Conflict `home.not_empty` or `home.unfinished_restore`, `database.not_empty`; Invalid `backup.not_whole` with each
    fault; Unsupported `backup.newer_schema` for a backup of a later program; InsufficientStorage when a disk is full.
    """
    check_empty(settings.home)
    report = verify(source, passphrase(settings), say)
    if report.faults or report.manifest is None or report.root is None:
        raise Invalid("backup.not_whole", place=str(source), faults=report.faults)
    manifest, root = report.manifest, report.root
    steps = steps_of(manifest, migrate.read(homes.MIGRATIONS))
    with told(settings.home):
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.create(settings.home / MARK, _WORDS.encode())
        async with homes.database_server(settings, root) as server:
            admin = homes.administrator(settings, root, server)
            await _check_fresh(admin)
            await _load(admin, settings, root, steps, source, manifest, say)
            await _objects(source, open_blobs(settings.blobs_url, settings.home), say)
            dsn = await homes.provisioned(settings, root, server)
            async with reach.application(reach.Reached(admin, server, dsn), root) as db:
                await reach.noted(db, "center.restore")
        _own_files(source, settings.home, manifest, root)
        files.create(settings.home / ROOT, (source / ROOT).read_bytes())
        (settings.home / MARK).unlink()
        sync_folder(settings.home)
    return report


def passphrase(settings: Settings) -> bytes | None:
    """What opens the backup's root key."""
    return settings.passphrase_file.read_bytes().strip() if settings.passphrase_file else None


def check_empty(home: Path) -> None:
    """Conflict unless a home can be made here."""
    check_finished(home)
    if home.exists() and any(home.iterdir()):
        raise Conflict("home.not_empty", place=str(home), rule="restore goes into a home that is not there yet")


def check_finished(home: Path) -> None:
    """Conflict `home.unfinished_restore` for a home whose restore did not come to its end."""
    if (home / MARK).exists():
        raise Conflict("home.unfinished_restore", place=str(home), rule="remove the folder and restore again")


def steps_of(manifest: Manifest, known: list[Migration]) -> list[Migration]:
    """The migrations that the backup's schema went through; its rows fit no other.

    Unsupported `backup.newer_schema` when we do not know them all, Conflict `migration.changed_after_release`.
    """
    if len(manifest.steps) > len(known):
        raise Unsupported(
            "backup.newer_schema", place=manifest.steps[len(known)].name, rule="the program of the backup"
        )
    for step, ours in zip(manifest.steps, known, strict=False):
        if (step.number, step.checksum) != (ours.number, ours.checksum):
            raise Conflict("migration.changed_after_release", place=step.name)
    return known[: len(manifest.steps)]


async def _check_fresh(admin: Admin) -> None:
    """A server of one's own may hold a database of that name: rows that are there are never touched."""
    async with reach.connected(reach.elsewhere(admin)) as server:
        if not await store.has_database(server, admin.database):
            return
    async with reach.connected(admin) as connection:
        if await catalogue.steps(connection):
            raise Conflict("database.not_empty", place=admin.database, rule="a database that is not there yet")


async def _load(
    admin: Admin, settings: Settings, root: Root, steps: list[Migration], source: Path, manifest: Manifest, say: Say
) -> None:
    """The schema as it was, and all rows in one transaction, which commits when every table compares."""
    with TemporaryDirectory() as folder:
        for step in steps:
            (Path(folder) / step.name).write_text(step.sql, encoding="utf-8")
        await provision.provision(
            admin, database=admin.database, password=root.derive_text("database application"),
            context_key=root.derive("context"), migrations=Path(folder),
        )  # fmt: skip
    async with reach.connected(admin) as connection:
        tables = [rows.table for rows in manifest.tables]
        async with back.refilled(connection, tables):
            for rows in manifest.tables:
                await back.copy_in(connection, rows.table, _text(source, rows, root))
            for rows in manifest.tables:
                await _compare(connection, rows)
                say(f"table {rows.table}: {rows.rows} rows")
            await back.set_sequences(connection, manifest.sequences)


async def _text(source: Path, rows: Rows, root: Root) -> AsyncIterator[bytes]:
    for piece in opened(source, rows.path, root):
        yield piece


async def _compare(connection: asyncpg.Connection, rows: Rows) -> None:
    """Reads a table back; Conflict `restore.rows_differ` unless it holds what was backed up."""
    total = RowSum(sm3.digest)

    async def take(text: bytes) -> None:
        total.feed(text)

    await out.copy_out(connection, rows.table, take)
    if (total.rows, total.value) != (rows.rows, rows.sum):
        raise Conflict("restore.rows_differ", place=str(rows.table), found=total.rows, wanted=rows.rows)


async def _objects(source: Path, blobs: Blobs, say: Say) -> None:
    count = 0
    for file in objects(source):
        hasher = Hasher()
        await blobs.put_stream(file.path.removeprefix(f"{OBJECTS}/"), _hashed(plain(source, file.path), hasher))
        if hasher.digest().hex() != file.sm3:
            raise Invalid("backup.not_whole", place=file.path, rule="as it was when it was verified")
        count += 1
    say(f"objects: {count}")


async def _hashed(pieces: Iterator[bytes], hasher: Hasher) -> AsyncIterator[bytes]:
    for piece in pieces:
        hasher.update(piece)
        yield piece


def _own_files(source: Path, home: Path, manifest: Manifest, root: Root) -> None:
    for file in manifest.files:
        if file.path.startswith("home/"):
            content = b"".join(opened(source, file.path, root))
            files.replace(home / file.path.removeprefix("home/"), content, file.mode)
