"""Reads outside a transaction: each statement one round trip, the trail kept before the answer leaves."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import asyncpg

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Problem

if TYPE_CHECKING:
    from yuanzhen.infrastructure.db.database import Database


class Reads(Protocol):
    """What a loader needs: a transaction (`Tx`) has it, and so has a `Look`."""

    @property
    def actor(self) -> Actor: ...

    async def rows(self, sql: str, *args: Any) -> list[asyncpg.Record]: ...
    async def row(self, sql: str, *args: Any) -> asyncpg.Record | None: ...
    async def row_of(self, sql: str, *key: str) -> asyncpg.Record | None: ...
    async def rows_beside(self, sql: str, *args: Any) -> list[asyncpg.Record]: ...
    async def value(self, sql: str, *args: Any) -> Any: ...
    def note(self, row: Mapping[str, Any]) -> None: ...
    def refuse(self, row: Mapping[str, Any]) -> None: ...


class Look:
    """One caller's reads, as a block; each sees what was committed when it ran."""

    def __init__(self, db: Database, actor: Actor) -> None:
        self._db = db
        self.actor = actor
        self._noted: list[dict[str, Any]] = []
        self._refused: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commits what was noted, or after a refusal what was refused; the answer may leave then."""
        if error is None and self._noted:
            await self._db.keep(self._noted)
        elif isinstance(error, Problem) and self._refused:
            await self._db.keep(self._refused)

    async def rows(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of one read."""
        return await self._db.once(self.actor, sql, *args)

    async def row(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row of one read, or None."""
        rows = await self._db.once(self.actor, sql, *args)
        return rows[0] if rows else None

    async def row_of(self, sql: str, *key: str) -> asyncpg.Record | None:
        """The row of one key, read with those that others ask for (see `Database.row_of`)."""
        return await self._db.row_of(self.actor, sql, *key)

    async def rows_beside(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of one read, asked in one message with others' (see `Database.beside`)."""
        return await self._db.beside(self.actor, sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        row = await self.row(sql, *args)
        return row[0] if row else None

    def note(self, row: Mapping[str, Any]) -> None:
        """A trail row, committed before the answer leaves."""
        self._noted.append(dict(row))

    def refuse(self, row: Mapping[str, Any]) -> None:
        """A trail row of a refusal, committed before the answer leaves."""
        self._refused.append(dict(row))

    def handed(self) -> list[dict[str, Any]]:
        """What was noted so far, for a write that keeps it among its own; the look itself keeps it no more."""
        noted, self._noted = self._noted, []
        return noted
