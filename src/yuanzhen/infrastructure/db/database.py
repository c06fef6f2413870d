"""The connections and their ways in: `look` (reads), `call` (one function), `verb` (one transaction).

All carry a signed actor; without one every table answers with no rows. Nothing outside this folder commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from typing import Any

import asyncpg
import msgspec

from yuanzhen.infrastructure.db.actor import Actor, Signer, system
from yuanzhen.infrastructure.db.gather import Gather
from yuanzhen.infrastructure.db.lent import Connections
from yuanzhen.infrastructure.db.look import Look
from yuanzhen.infrastructure.db.tx import KEEP, Tx
from yuanzhen.infrastructure.errors import Conflict, InsufficientStorage, Invalid, Problem, Unavailable

Listeners = Mapping[str, tuple[str, ...]]
Row = dict[str, Any]  # of the trail
Key = tuple[str, ...]
Rows = Awaitable[list[asyncpg.Record]]

_LANES = 2  # messages of reads in the same words that are under way at once
_IN_A_MESSAGE = 16

# What is the server's to answer for: gone, in need of something, ended by its administrator, on a broken disk, or not
# letting us in or write. Every part of the product waits for its end; none may end with it.
_DOWN = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError,
         asyncpg.InsufficientResourcesError, asyncpg.OperatorInterventionError, asyncpg.PostgresSystemError,
         asyncpg.InvalidAuthorizationSpecificationError, asyncpg.ReadOnlySQLTransactionError)  # fmt: skip
DOWN = "database.down"  # whether what was sent was done, nobody knows
_UNFIT = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)
_UNSENT = asyncpg.InterfaceError  # as a ValueError too: an argument that cannot be sent


@lru_cache(maxsize=512)
def _with_context(sql: str, arguments: int, *, numbered: bool = False) -> str:
    """The read `sql` behind a lateral join on the context, so that the context is set before its first row is sought.

    The lateral reference fixes the order: the planner cannot seek the inner rows before the outer row (the
    context) exists, and `OFFSET 0` keeps the inner query from being pulled up. With `numbered` the argument behind the
    context stands in every row, last.
    """
    number = f", ${arguments + 2}::int" if numbered else ""
    return (
        f"SELECT answer.*{number} FROM set_config('yuanzhen.context', ${arguments + 1}, true) AS context(token) "  # noqa: S608
        f"CROSS JOIN LATERAL (SELECT * FROM ({sql}) AS asked WHERE context.token <> '' OFFSET 0) AS answer"
    )


def translated(error: BaseException) -> Problem | None:
    """The problem that a database error means to a caller; None for what is a fault of ours."""
    if isinstance(error, asyncpg.DiskFullError):
        return InsufficientStorage("database.disk_full")
    if isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError):
        return Conflict("database.try_again")
    if isinstance(error, _UNFIT) or (isinstance(error, _UNSENT) and isinstance(error, ValueError)):
        return Invalid("database.value", rule="no NUL in a text, no number out of range, nothing too long for an index")
    if isinstance(error, _DOWN):
        return Unavailable(DOWN, retry_after_s=2)
    return None


class Database:
    """Connections of the application's role; every use names an actor."""

    def __init__(self, connections: Connections, signer: Signer, listeners: Listeners) -> None:
        self._connections = connections
        self._signer = signer
        self._listeners = listeners
        self._trail: Gather[list[Row], None] = Gather(self._keep)
        self._groups: dict[tuple[str, ...], Gather[Any, Any]] = {}

    async def once(self, actor: Actor, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Rows of one read with the actor's rights: one round trip, a transaction of its own, no trail."""
        text = _with_context(sql, len(args))
        return await self._sent(actor, lambda connection, context: connection.fetch(text, *args, context))

    async def row_of(self, actor: Actor, sql: str, *key: str) -> asyncpg.Record | None:
        """The row of a key, or None, read together with those that others ask for with the same rights.

        `sql` takes a text[] for each part of the key, and answers at most one row for each, with its number last.
        """
        return await self.together(sql, actor, partial(self._rows_of, sql), key)

    async def beside(self, actor: Actor, sql: str, *args: Any) -> list[asyncpg.Record]:
        """As `once`, in one message with what others ask in the same words with the same rights.

        Behind the columns of each row stands a number, which is of this module's own use.
        """
        rows: list[asyncpg.Record] = await self.together(
            sql, actor, partial(self._each, sql), args, lanes=_LANES, largest=_IN_A_MESSAGE
        )
        return rows

    async def together(
        self,
        what: str,
        actor: Actor,
        act: Callable[[Actor, list[Any]], Awaitable[Sequence[Any]]],
        one: Any,
        *,
        lanes: int = 1,
        largest: int = 500,
    ) -> Any:
        """The answer to `one` of `act`, done once for all who ask for `what` with the same rights in this moment."""
        who = (what, actor.kind, actor.id, actor.role, actor.institution, actor.patient, actor.purpose)
        gather = self._groups.get(who)
        if gather is None:
            gather = self._groups[who] = Gather(partial(act, actor), lanes=lanes, largest=largest)
        try:
            return await gather.ask(one)
        finally:
            if gather.is_idle and self._groups.get(who) is gather:
                del self._groups[who]

    async def call(self, actor: Actor, sql: str, *args: Any) -> list[asyncpg.Record]:
        """One call of a database function whose argument `$1` is the context: a write in one round trip."""
        return await self._sent(actor, lambda connection, context: connection.fetch(sql, context, *args))

    async def call_after(
        self, begun: Sequence[asyncio.Future[Any]], actor: Actor, sql: str, *args: Any
    ) -> list[asyncpg.Record]:
        """As `call` while what has `begun` is under way; committed when it has ended, not at all if it fails."""
        if all(one.done() for one in begun):
            await asyncio.gather(*begun)
            return await self.call(actor, sql, *args)
        try:
            async with self._connections.one() as connection:
                await connection.execute("BEGIN")
                try:
                    context = self._signer.context(actor, connection.get_server_pid())
                    rows: list[asyncpg.Record] = await connection.fetch(sql, context, *args)
                    await asyncio.gather(*begun)
                except BaseException:
                    await asyncio.shield(_rolled_back(connection))
                    raise
                await connection.execute("COMMIT")
                return rows
        except Exception as error:
            _raise_translated(error)
            raise

    async def answers(self) -> None:
        """Returns when the server has answered a statement; Unavailable `database.down` whatever else it does."""
        try:
            await self.once(_DOOR, "SELECT 1")
        except (Problem, asyncpg.PostgresError) as error:
            raise Unavailable(DOWN, retry_after_s=2) from error

    def look(self, actor: Actor) -> Look:
        """Reads of one caller, as a block: what they note, or what refused them, is committed before it is left."""
        return Look(self, actor)

    async def keep(self, rows: list[Row]) -> None:
        """Trail rows of reads and refusals, with those of other callers; committed when this returns."""
        await self._trail.ask(rows)

    @asynccontextmanager
    async def verb(self, actor: Actor) -> AsyncIterator[Tx]:
        """One transaction of one actor: what it changed, its trail and its facts, committed together or not at all."""
        try:
            async with self._connections.one() as connection:
                tx = Tx(connection, actor, self._signer, self._listeners)
                await tx.begin()
                try:
                    yield tx
                    await tx.settle()
                except BaseException:
                    await asyncio.shield(_rolled_back(connection, tx))
                    raise
                await connection.execute("COMMIT")
        except Exception as error:
            _raise_translated(error)
            raise

    async def _sent(self, actor: Actor, send: Callable[[asyncpg.Connection, str], Rows]) -> list[asyncpg.Record]:
        """What comes of one message, sent over any connection with the context of an actor on it."""
        try:
            connection = await self._connections.take()
            try:
                return await send(connection, self._signer.context(actor, connection.get_server_pid()))
            finally:
                self._connections.give(connection)
        except Exception as error:
            _raise_translated(error)
            raise

    async def _each(self, sql: str, actor: Actor, group: list[tuple[Any, ...]]) -> list[list[asyncpg.Record]]:
        text = _with_context(sql, len(group[0]), numbered=True)
        rows = await self._sent(
            actor,
            lambda connection, context: connection.fetchmany(
                text, [(*args, context, nth) for nth, args in enumerate(group)]
            ),
        )
        told: list[list[asyncpg.Record]] = [[] for _ in group]
        for row in rows:
            told[row[-1]].append(row)
        return told

    async def _rows_of(self, sql: str, actor: Actor, keys: list[Key]) -> list[asyncpg.Record | None]:
        rows = await self.once(actor, sql, *map(list, zip(*keys, strict=True)))
        found = {row[-1]: row for row in rows}
        return [found.get(nth) for nth in range(1, len(keys) + 1)]

    async def _keep(self, group: list[list[Row]]) -> list[None]:
        rows = [row for each in group for row in each]
        await self.call(_DOOR, KEEP, msgspec.json.encode(rows).decode())
        return [None] * len(group)

    async def close(self) -> None:
        """Ends all connections; waits for what is under way, at most ten seconds."""
        await self._connections.close(10)


_DOOR = system("door")


def _raise_translated(error: Exception) -> None:
    problem = translated(error)
    if problem is not None:
        raise problem from error


async def _rolled_back(connection: asyncpg.Connection, tx: Tx | None = None) -> None:
    if not connection.is_closed():
        await connection.execute("ROLLBACK")
        if tx is not None:
            await tx.keep_refusals()


async def connect(dsn: str, signer: Signer, listeners: Listeners, *, size: int = 10) -> Database:
    """A `Database` over at most `size` connections, the first opened now; `listeners` says who hears which fact."""

    async def opened() -> asyncpg.Connection:
        return await asyncpg.connect(dsn, timeout=10, command_timeout=60, statement_cache_size=500)

    connections = Connections(opened, size)
    async with connections.one():
        return Database(connections, signer, listeners)
