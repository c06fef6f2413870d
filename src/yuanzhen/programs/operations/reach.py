"""The database of a home that is there already, as its administrator: beside a running `serve` or without one.

Other than `home.opened` this migrates nothing: a backup is taken with the schema as it stands.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg

from yuanzhen.infrastructure.db import database, embedded
from yuanzhen.infrastructure.db.actor import Signer
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.embedded import Server
from yuanzhen.infrastructure.db.provision import Admin
from yuanzhen.infrastructure.errors import NotFound, Unavailable
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs import home as homes
from yuanzhen.security.audit import trail
from yuanzhen.security.keys.root import Root


@dataclass(frozen=True, slots=True)
class Reached:
    """A home's database: its administrator, the application's role, the embedded server if there is one."""

    admin: Admin
    server: Server | None
    dsn: str = field(repr=False)


def known_root(settings: Settings) -> Root:
    """The root of a home that is there; NotFound `home.not_there` instead of making one."""
    root_file(settings)
    return homes.open_root(settings)


def root_file(settings: Settings) -> Path:
    """The root key's file; NotFound `home.not_there` without one."""
    path = settings.home / "root.key"
    if not path.exists():
        raise NotFound("home.not_there", place=str(settings.home), rule="a home is made by its first `yuanzhen serve`")
    return path


@asynccontextmanager
async def reached(settings: Settings, root: Root) -> AsyncIterator[Reached]:
    """The home's database. Where no server of it runs, one is started and stopped again at the end."""
    if settings.database_url is None and not (settings.home / "postgresql" / "data").exists():
        raise NotFound("home.no_database", place=str(settings.home))
    async with homes.database_server(settings, root) as server:
        admin = homes.administrator(settings, root, server)
        yield Reached(admin, server, homes.application_dsn(settings, root, server))


def is_serving(settings: Settings) -> bool:
    """Whether a `serve` of ours runs on this home now, as far as this machine can tell."""
    if settings.database_url is None:
        return embedded.running(settings.home) is not None
    try:
        socket.create_connection((settings.host, settings.port), timeout=2).close()
    except OSError:
        return False
    return True


def elsewhere(admin: Admin) -> Admin:
    """The same server's administrator in the database that every server has."""
    return replace(admin, database="postgres")


@asynccontextmanager
async def connected(admin: Admin) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the administrator; what the database says is told as the problem that it means."""
    try:
        connection = await asyncpg.connect(admin.dsn(), timeout=10)
    except (asyncpg.PostgresError, OSError) as error:
        raise database.translated(error) or Unavailable("database.refused", rule=type(error).__name__) from error
    try:
        yield connection
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        problem = database.translated(error)
        if problem is None:
            raise
        raise problem from error
    finally:
        await connection.close(timeout=10)


@asynccontextmanager
async def application(reached: Reached, root: Root) -> AsyncIterator[Database]:
    """The way in of the application's role, for what needs an actor."""
    db = await database.connect(reached.dsn, Signer(root.derive("context")), {}, size=2)
    try:
        yield db
    finally:
        await db.close()


async def noted(db: Database, verb: str) -> None:
    """One row in the trail: that somebody who owns the home copied it, or brought it back."""
    async with db.verb(homes.CHECK) as tx:
        trail.noted(tx, verb, "E", entity_type="center", entity=new_id())
