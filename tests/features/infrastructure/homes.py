"""Databases for tests: provisioned once, cloned for each test that commits, dropped afterwards."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from yuanzhen.infrastructure.db import database, provision
from yuanzhen.infrastructure.db.actor import Signer
from yuanzhen.infrastructure.db.database import Database

MIGRATIONS = Path(provision.__file__).parents[2] / "programs" / "migrations"
KEY = b"k" * 32
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Home:
    """A database as the application reaches it, and as its administrator does."""

    dsn: str
    admin: provision.Admin

    async def open(self, listeners: dict[str, tuple[str, ...]], size: int = 10) -> Database:
        return await database.connect(self.dsn, Signer(KEY), listeners, size=size)

    async def as_admin(self, sql: str, *args: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.admin.dsn())
        try:
            rows: list[asyncpg.Record] = await connection.fetch(sql, *args)
            return rows
        finally:
            await connection.close()

    async def kill_connections(self) -> int:
        """What a server's restart does to everybody who is connected."""
        rows = await self.as_admin(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return len(rows)

    async def until(self, sql: str, holds: Callable[[list[asyncpg.Record]], Any]) -> list[asyncpg.Record]:
        """The rows of a statement as soon as they are as wanted."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(rows := await self.as_admin(sql)):  # noqa: ASYNC110 - a table tells nobody that it changed
                await asyncio.sleep(0.01)
        return rows


@asynccontextmanager
async def provisioned(folder: Path) -> AsyncIterator[Home]:
    """A database with the ground and the relay's step; `folder` takes a copy of these two, numbered without a gap."""
    for number, name in enumerate(("0001_ground.sql", "0006_relay.sql"), start=1):
        shutil.copy(MIGRATIONS / name, folder / f"{number:04}{name[4:]}")
    admin = provision.Admin("postgres", "x", os.environ.get("TEST_DATABASE_HOST", "/tmp/pgtry"), 5499)
    name = f"relay_template_{uuid4().hex[:8]}"
    dsn = await provision.provision(admin, database=name, password="relay", context_key=KEY, migrations=folder)
    yield Home(dsn, replace(admin, database=name))
    await _dropped(admin, name)


@asynccontextmanager
async def cloned(original: Home) -> AsyncIterator[Home]:
    """A copy of a provisioned database that nobody is connected to."""
    name = f"relay_{uuid4().hex[:8]}"
    server = replace(original.admin, database="postgres")
    await Home("", server).as_admin(f'CREATE DATABASE "{name}" TEMPLATE "{original.admin.database}"')
    yield Home(original.dsn.replace(original.admin.database, name), replace(server, database=name))
    await _dropped(server, name)


async def _dropped(server: provision.Admin, name: str) -> None:
    await Home("", server).as_admin(f'DROP DATABASE "{name}" WITH (FORCE)')
