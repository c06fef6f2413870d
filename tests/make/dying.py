"""`yuanzhen` that kills itself: `python -m tests.make.dying POINT FILE COMMAND ...`.

The command runs as it is, but at the named point, while FILE exists, the process dies as by `kill -9`.

The product has no hooks for this: the function at the point is replaced before the command starts.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import os
import signal
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple


class Point(NamedTuple):
    """Before or after which function; with `kind` only where an actor of that kind is at work."""

    where: Literal["before", "after"]
    function: str
    kind: str = ""


CASES = "yuanzhen.applications.consultation.store"
INTAKE = "yuanzhen.data.intake"
TX = "yuanzhen.infrastructure.db.tx:Tx"
DATABASE = "yuanzhen.infrastructure.db.database:Database"
HTTP = "uvicorn.protocols.http.httptools_impl:RequestResponseCycle"

POINTS: dict[str, Point] = {
    # a person asks: the case is written, committed, answered
    "ask before write": Point("before", f"{CASES}:add"),
    "ask after write": Point("after", f"{CASES}:add"),
    "ask before commit": Point("after", f"{TX}.settle", "person"),
    "ask at commit": Point("before", "commit", "person"),
    "ask after commit": Point("after", f"{DATABASE}.verb", "person"),
    "ask before answer": Point("before", f"{HTTP}.send"),
    # a system sends a message
    "message before write": Point("before", f"{INTAKE}.messages:taken"),
    "message after write": Point("after", f"{INTAKE}.messages:taken"),
    "message before commit": Point("after", f"{TX}.settle", "peer"),
    "message at commit": Point("before", "commit", "peer"),
    "message after commit": Point("after", f"{DATABASE}.verb", "peer"),
    "message before answer": Point("before", "yuanzhen.data.exchange.hl7v2.mllp:framed"),
    # a scanner stores an image
    "image before file": Point("before", "yuanzhen.security.keys.objects:Objects.put_stream"),
    "image after file": Point("after", "yuanzhen.security.keys.objects:Objects.put_stream"),
    "image after row": Point("after", "yuanzhen.data.records.studies:add_instance"),
    "image at commit": Point("before", "commit", "peer"),
    "image after commit": Point("after", f"{DATABASE}.verb", "peer"),
    "image before answer": Point("after", "yuanzhen.data.exchange.dicom.association:_Conversation._stored"),
    # an expert signs, and the report goes out
    "signature made": Point("after", "yuanzhen.security.keys.vault:Vault.sign"),
    "signature before commit": Point("after", f"{TX}.settle", "person"),
    "signature after commit": Point("after", f"{DATABASE}.verb", "person"),
    "report before routing": Point("before", "yuanzhen.programs.reports:route"),
    "report after routing": Point("after", "yuanzhen.programs.reports:route"),
    "report before delivery": Point("before", "yuanzhen.programs.sending:_sent"),
    "report after delivery": Point("after", "yuanzhen.programs.sending:_sent"),
    "report marked": Point("before", "yuanzhen.infrastructure.db.relay:_Crew._succeeded"),
    # a person claims, hands over, rates, answers what rings: its step is written, the case saved, committed, answered
    **{
        f"{act} {when}": point
        for act in ("claim", "hand-over", "rate", "answer")
        for when, point in {
            "before step": Point("before", f"{CASES}:add_step"),
            "after step": Point("after", f"{CASES}:add_step"),
            "before commit": Point("after", f"{TX}.settle", "person"),
            "at commit": Point("before", "commit", "person"),
            "after commit": Point("after", f"{DATABASE}.verb", "person"),
        }.items()
    },
    "answer before ring": Point("before", "yuanzhen.collaboration.ring.store:save"),
    "answer after ring": Point("after", "yuanzhen.collaboration.ring.store:save"),
    # a person asks for an hour: the slot is taken with the case or not at all
    "book before slot": Point("before", "yuanzhen.collaboration.calendar.store:add_booking"),
    "book after slot": Point("after", "yuanzhen.collaboration.calendar.store:add_booking"),
    "book at commit": Point("before", "commit", "person"),
    "book after commit": Point("after", f"{DATABASE}.verb", "person"),
}


# A command changes the root key's passphrase: its file is written beside, put in place, and its folder synced.
PASSPHRASE: dict[str, Point] = {
    "passphrase before the file": Point("before", "yuanzhen.security.files:replace"),
    "passphrase beside the file": Point("after", "yuanzhen.security.files:_written_beside"),
    "passphrase in its place": Point("before", "yuanzhen.security.files:sync_folder"),
    "passphrase after the file": Point("after", "yuanzhen.security.files:replace"),
}


def found(point: Point) -> tuple[Any, str]:
    """The module or class that holds the function at a point, and the function's name there."""
    module, _, path = point.function.partition(":")
    *inner, name = path.split(".")
    return functools.reduce(getattr, inner, importlib.import_module(module)), name


class Dying:
    """Dies at a point while a file says so."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._committing = False

    def now(self) -> None:
        """The end, if it is time."""
        if self._file.exists():
            os.kill(os.getpid(), signal.SIGKILL)

    def patch(self, point: Point) -> None:
        """Puts a death before or after the function at the point."""
        if point.function == "commit":
            self._patch_commit(point.kind)
            return
        owner, name = found(point)
        setattr(owner, name, self._deadly(getattr(owner, name), point))

    def _deadly(self, real: Callable[..., Any], point: Point) -> Callable[..., Any]:
        def due(args: tuple[Any, ...]) -> bool:
            actors = [getattr(one, "actor", one) for one in args[:2]]
            return not point.kind or any(getattr(one, "kind", "") == point.kind for one in actors)

        if point.function.endswith(".verb"):
            return self._deadly_verb(real, due)

        @functools.wraps(real)
        def plain(*args: Any, **more: Any) -> Any:
            if point.where == "before" and due(args):
                self.now()
            result = real(*args, **more)
            if point.where == "after" and due(args):
                self.now()
            return result

        @functools.wraps(real)
        async def waiting(*args: Any, **more: Any) -> Any:
            if point.where == "before" and due(args):
                self.now()
            result = await real(*args, **more)
            if point.where == "after" and due(args):
                self.now()
            return result

        return waiting if inspect.iscoroutinefunction(real) else plain

    def _deadly_verb(self, real: Callable[..., Any], due: Callable[[tuple[Any, ...]], bool]) -> Callable[..., Any]:
        @asynccontextmanager
        async def verb(db: Any, actor: Any) -> Any:
            async with real(db, actor) as tx:
                yield tx
            if due((actor,)):
                self.now()

        return verb

    def _patch_commit(self, kind: str) -> None:
        """COMMIT is on its way to the database when the process dies: nobody knows whether it counts."""
        from asyncpg import Connection

        from yuanzhen.infrastructure.db.tx import Tx

        settle, execute = Tx.settle, Connection.execute

        async def settled(tx: Any) -> None:
            await settle(tx)
            self._committing = tx.actor.kind == kind

        async def executed(connection: Any, query: str, *args: Any, **more: Any) -> Any:
            if query == "COMMIT" and self._committing:
                asyncio.get_running_loop().call_soon(self.now)
            return await execute(connection, query, *args, **more)

        Tx.settle = settled  # type: ignore[method-assign]
        Connection.execute = executed


def main() -> int:
    from yuanzhen.programs import cli

    point, file, *command = sys.argv[1:]
    Dying(Path(file)).patch((POINTS | PASSPHRASE)[point])
    return cli.main(command)


if __name__ == "__main__":
    sys.exit(main())
