"""One open transaction: statements run at once, trail rows and facts are written together just before the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

import asyncpg
import msgspec

from yuanzhen.infrastructure.db.actor import Actor, Signer

KEEP = "SELECT infrastructure.keep($1, $2::jsonb)"  # trail rows, as a transaction of their own


class Fact(Protocol):
    """Something that happened, past tense; a frozen msgspec struct with a stable `kind`."""

    kind: ClassVar[str]


class Tx:
    """What a verb holds: its actor, its statements, and what it leaves behind when it commits."""

    def __init__(
        self, connection: asyncpg.Connection, actor: Actor, signer: Signer, listeners: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._connection = connection
        self._signer = signer
        self._listeners = listeners
        self.actor = actor
        self._trail: list[dict[str, Any]] = []
        self._outbox: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._refusals: list[dict[str, Any]] = []

    async def begin(self) -> None:
        """Opens the transaction and names the actor.

        In two round trips: other sessions of our role read a statement's text (pg_stat_activity), not its arguments.
        """
        await self._connection.execute("BEGIN")
        await self._connection.fetchval("SELECT set_config('yuanzhen.context', $1, true)", self._context())

    def _context(self) -> str:
        return self._signer.context(self.actor, self._connection.get_server_pid())

    async def rows(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of one statement."""
        rows: list[asyncpg.Record] = await self._connection.fetch(sql, *args)
        return rows

    async def row(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row of one statement, or None."""
        return await self._connection.fetchrow(sql, *args)

    async def row_of(self, sql: str, *key: str) -> asyncpg.Record | None:
        """The row of one key, by a statement that takes many (see `Database.row_of`)."""
        return await self._connection.fetchrow(sql, *([part] for part in key))

    async def rows_beside(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of one statement; a number may stand behind their columns (see `Database.beside`)."""
        return await self.rows(sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        return await self._connection.fetchval(sql, *args)

    async def many(self, sql: str, args: Sequence[Sequence[Any]]) -> list[asyncpg.Record]:
        """All rows of one statement run with each of `args`, in their order, in one round trip."""
        rows: list[asyncpg.Record] = await self._connection.fetchmany(sql, args) if args else []
        return rows

    async def run(self, sql: str, *args: Any) -> int:
        """Runs one statement and says how many rows it touched."""
        status: str = await self._connection.execute(sql, *args)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    def mac(self, purpose: str, body: str) -> str:
        """Our signature over what only this process may decide (see `security.signed`)."""
        return self._signer.mac(purpose, self._connection.get_server_pid(), body)

    def sealed(self, number: str) -> str:
        """What stands for a person's number where it is only compared (see `Signer.sealed`)."""
        return self._signer.sealed(number)

    def note(self, row: Mapping[str, Any]) -> None:
        """A trail row, committed with this transaction."""
        self._trail.append(dict(row))

    def refuse(self, row: Mapping[str, Any]) -> None:
        """A trail row of a refusal: kept in a transaction of its own when this one is rolled back."""
        self._refusals.append(dict(row))

    def announce(self, fact: Fact, *, due: datetime | None = None) -> None:
        """A fact for whoever listens, delivered at least once after the commit, not before `due`."""
        body = msgspec.to_builtins(fact)
        for listener in self._listeners.get(fact.kind, ()):
            self._outbox.append(
                {"kind": fact.kind, "listener": listener, "body": body, "due": due.isoformat() if due else None}
            )

    def tell(self, channel: str, event: str, data: Mapping[str, Any]) -> None:
        """An event on a live channel, numbered at the commit, seen by open pages after it."""
        self._events.append({"channel": channel, "event": event, "data": dict(data)})

    async def settle(self) -> None:
        """Writes trail, facts and events in one round trip, last, so that a channel's counter is held briefly."""
        if self._trail or self._outbox or self._events:
            await self._connection.execute(
                "SELECT infrastructure.settle($1::jsonb, $2::jsonb, $3::jsonb)",
                _json(self._trail),
                _json(self._outbox),
                # One order for everybody: two verbs that tell the same channels cannot wait for each other.
                _json(sorted(self._events, key=lambda event: str(event["channel"]))),
            )

    async def keep_refusals(self) -> None:
        """After a roll-back: commits what was refused, and nothing else."""
        if self._refusals:
            await self._connection.execute(KEEP, self._context(), _json(self._refusals))


def _json(rows: list[dict[str, Any]]) -> str | None:
    return msgspec.json.encode(rows).decode() if rows else None
