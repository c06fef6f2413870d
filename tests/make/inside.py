"""A running home's database as its administrator sees it, for tests that hold the product from outside."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg

from yuanzhen.infrastructure.db import embedded
from yuanzhen.infrastructure.db.provision import Admin
from yuanzhen.programs.home import DATABASE, SUPERUSER, superuser_password
from yuanzhen.security.keys.root import Root


def rows(home: Path, sql: str, *args: Any) -> list[asyncpg.Record]:
    """Rows past all policies. In a thread of its own: the test's may have a loop."""

    async def fetched() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(_admin(home).dsn(database=DATABASE), timeout=10)
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, fetched()).result()


def value(home: Path, sql: str, *args: Any) -> Any:
    """The first column of the first row."""
    return rows(home, sql, *args)[0][0]


def postmaster(home: Path) -> int:
    """The database server's process."""
    return int((home / "postgresql" / "data" / "postmaster.pid").read_text().split("\n")[0])


def administrator(home: Path) -> str:
    """The DSN of the home's database for its server's administrator."""
    return _admin(home).dsn(database=DATABASE)


def _admin(home: Path) -> Admin:
    server = embedded.running(home)
    assert server is not None, "the home's database does not run"
    root = Root.open(home / "root.key", None, may_create=False)
    return Admin(SUPERUSER, superuser_password(root), str(server.socket_dir), server.port)
