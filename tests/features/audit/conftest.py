"""A log of a test's own: empty, or with a trail that is chained."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.conftest import Home, Template
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.audit import store, trail
from yuanzhen.security.audit.chain import ACTOR, Chain
from yuanzhen.security.audit.leaf import SignedHead
from yuanzhen.security.audit.report import Report
from yuanzhen.security.audit.verify import verify
from yuanzhen.security.keys.root import Root
from yuanzhen.security.keys.vault import Vault

NURSE = Actor("person", "nurse-1", "nurse", "county")


@dataclass(frozen=True)
class Log:
    """One database with a trail, reached as the application (`db`) and as whoever owns the server (`server`)."""

    db: Database
    server: asyncpg.Connection
    vault: Vault

    async def act(self, count: int = 1) -> None:
        """So many operations, each in a transaction of its own."""
        for number in range(count):
            async with self.db.verb(NURSE) as tx:
                trail.noted(tx, "vitals.read", "R", entity_type="Observation", entity=f"o{number}", reason="夜班")

    async def chain(self, chain: Chain | None = None) -> int:
        """All that waits is chained, by a chainer that has just started if none is given."""
        chain = chain or Chain(self.db, self.vault)
        count = await chain.step(datetime.now(UTC))
        while chain.behind:
            count += await chain.step(datetime.now(UTC))
        return count

    async def newest_head(self) -> SignedHead | None:
        async with self.db.look(ACTOR) as look:
            return await store.newest_head(look)

    async def report(self, *, later: timedelta = timedelta(), known: SignedHead | None = None) -> Report:
        """What verification says."""
        async with self.db.look(ACTOR) as look:
            return await verify(look, self.vault.home_key, datetime.now(UTC) + later, known)

    async def broken(self, *, later: timedelta = timedelta(), known: SignedHead | None = None) -> list[str]:
        """What verification finds: rule and place."""
        return [str(finding).partition(":")[0] for finding in (await self.report(later=later, known=known)).findings]


@asynccontextmanager
async def opened(home: Home) -> AsyncIterator[Log]:
    db, server = await home.open(), await asyncpg.connect(home.admin.dsn())
    yield Log(db, server, Vault(Root(bytes(range(32)), sealed=False)))
    await db.close()
    await server.close()


@pytest.fixture(scope="session")
async def chained(database_template: Template) -> AsyncIterator[Template]:
    """Thirty operations under several heads, and the row of the key that the chain made for itself."""
    async with database_template.clone() as home:
        async with opened(home) as log:
            for count in (1, 8, 1, 20):
                await log.act(count)
                await log.chain()
        yield await database_template.filled(home)


@pytest.fixture
async def empty_log(home: Home) -> AsyncIterator[Log]:
    async with opened(home) as log:
        yield log


@pytest.fixture
async def log(chained: Template) -> AsyncIterator[Log]:
    async with chained.clone() as home, opened(home) as log:
        yield log
