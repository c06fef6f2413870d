"""Numbered `.sql` files applied in order under one advisory lock; what was applied is kept with its checksum."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from yuanzhen.infrastructure.errors import Conflict, Invalid

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_LOCK = 0x59756E7A  # 'Yunz'


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: its number, its file name and its text."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read(folder: Path) -> list[Migration]:
    """The migrations of a folder, numbered from 1 without a gap; raises `Invalid` that names the file."""
    steps = []
    for number, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) != number:
            raise Invalid("migration.numbering", place=path.name, expected=number)
        steps.append(Migration(number, path.name, path.read_text(encoding="utf-8")))
    return steps


async def apply(owner: asyncpg.Connection, steps: list[Migration]) -> list[str]:
    """Brings the schema up to the last step and says which were new; each step is a transaction of its own.

    Raises `Conflict` when an applied step's text has changed since, or the database is newer than the program.
    """
    await owner.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        await owner.execute(
            "CREATE SCHEMA IF NOT EXISTS infrastructure;"
            "CREATE TABLE IF NOT EXISTS infrastructure.migration (number int PRIMARY KEY, name text NOT NULL,"
            " checksum text NOT NULL, applied timestamptz NOT NULL DEFAULT now());"
            "ALTER TABLE infrastructure.migration ENABLE ROW LEVEL SECURITY"
        )
        rows = await owner.fetch("SELECT number, name, checksum FROM infrastructure.migration")
        applied = {row["number"]: row for row in rows}
        if applied and max(applied) > len(steps):
            raise Conflict("migration.database_is_newer", place=applied[max(applied)]["name"])
        new = []
        for step in steps:
            known = applied.get(step.number)
            if known is None:
                await _apply_one(owner, step)
                new.append(step.name)
            elif known["checksum"] != step.checksum:
                raise Conflict("migration.changed_after_release", place=step.name)
        return new
    finally:
        await owner.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _apply_one(owner: asyncpg.Connection, step: Migration) -> None:
    async with owner.transaction():
        await owner.execute(step.sql)
        await owner.execute(
            "INSERT INTO infrastructure.migration (number, name, checksum) VALUES ($1, $2, $3)",
            step.number,
            step.name,
            step.checksum,
        )
