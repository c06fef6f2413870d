"""Starts the server of a home, watches it, stops it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from yuanzhen.infrastructure.db.embedded import cluster, locks, logfile, postmaster
from yuanzhen.infrastructure.db.embedded.binaries import programs_for
from yuanzhen.infrastructure.db.embedded.options import options
from yuanzhen.infrastructure.db.embedded.places import PORT, Places, clear_stale_socket
from yuanzhen.infrastructure.errors import Forbidden, Unauthenticated, Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.processes import child
from yuanzhen.infrastructure.processes.account import account_for
from yuanzhen.infrastructure.processes.child import Child
from yuanzhen.infrastructure.processes.runtime import drop_runtime_folder, runtime_folder

# A server that lost its starter shuts down by itself, unless that meets its recovery from a crash, in which PostgreSQL
# 18.4 stops and never ends. Its home is ours by then, and an immediate shutdown loses nothing that was committed.
OLD_SERVER_STEPS: tuple[tuple[signal.Signals | None, float], ...] = (
    (None, 20.0),  # a fast shutdown whose checkpoint meets a slow disk
    (signal.SIGQUIT, 20.0),
    (signal.SIGKILL, 20.0),
)
READY_BOUND_S = 300.0  # replaying a full max_wal_size on a slow disk
POLL_S = 0.01
LOG_LOOK_S = 10.0
UNKNOWN_STATUS = -1


@dataclass(frozen=True)
class Server:
    """The running embedded server of one home; the port only names the socket file."""

    socket_dir: Path
    port: int
    pid: int
    _ours: Child | None = field(default=None, repr=False, compare=False)
    _kept: asyncio.Task[int] | None = field(default=None, repr=False, compare=False)

    async def stop(self) -> None:
        """Ends the server: SIGINT rolls open transactions back and writes a checkpoint; harder steps follow, bounded.

        Unavailable `program.does_not_stop` when even the last does not help.
        """
        await (self._ours.end() if self._ours else child.end(self.pid))
        await self.wait()

    async def wait(self) -> int:
        """Returns the exit status (negative: the signal) when the server has ended, and its home is free again.

        -1 for a server that `running` found: the system tells a status to the parent only.
        """
        if self._kept is None:
            await child.gone(self.pid)
            return UNKNOWN_STATUS
        return await asyncio.shield(self._kept)


async def start(home: Path, *, superuser: str = "yuanzhen_super", password: str) -> Server:
    """Starts the home's server, after making its database when there is none, and returns once it answers.

    It dies with this process, and with the thread of the running loop. Conflict `home.in_use` when another process
    has started it, `home.other_database` for a foreign version, Unauthenticated `database.password_refused`,
    Unavailable `database.did_not_start` (`place`: its log). The password is set in a new database, else checked.
    """
    began = time.monotonic()
    places = Places.of(home)
    async with AsyncExitStack() as undo:
        held = undo.enter_context(ExitStack())
        held.callback(os.close, _entered(places))
        ours, socket_dir = await _launched(places, superuser, password)
        held.callback(drop_runtime_folder, socket_dir)
        undo.push_async_callback(ours.end)
        await _until_ready(places, ours)
        await _greet(places, socket_dir, superuser, password)
        undo.pop_all()  # from here on _keep looks after them
    kept = asyncio.get_running_loop().create_task(_keep(ours, places, held))
    log.info("database_started", pid=ours.pid, took_ms=round((time.monotonic() - began) * 1000))
    return Server(socket_dir, PORT, ours.pid, ours, kept)


def running(home: Path) -> Server | None:
    """The home's server that another process of ours has started and that takes connections, or None.

    Forbidden `home.not_yours` when the caller may not look into the home.
    """
    places = Places.of(home)
    try:
        found = postmaster.read(places.data) if locks.is_held(places.server_lock) else None
    except PermissionError as refused:
        raise Forbidden("home.not_yours", place=str(home), you=os.geteuid()) from refused
    if found is None or not found.is_ready or not postmaster.serves(found.pid):
        return None
    return Server(found.socket_dir, found.port, found.pid)


def check_free(home: Path) -> None:
    """Raises Conflict `home.in_use` when another process has started the home's server; touches nothing."""
    try:
        locks.check_free(Places.of(home).lock)
    except PermissionError as refused:
        raise Forbidden("home.not_yours", place=str(home), you=os.geteuid()) from refused


def _entered(places: Places) -> int:
    """Makes the home's folders, and locks it for this process; the descriptor to close in the end."""
    try:
        places.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        places.server_lock.parent.mkdir(mode=0o700, exist_ok=True)
        return locks.take(places.lock)
    except PermissionError as refused:
        raise Forbidden("home.not_yours", place=str(places.home), you=os.geteuid()) from refused


async def _launched(places: Places, superuser: str, password: str) -> tuple[Child, Path]:
    """Starts the server in its whole and tidy cluster, made when there was none; the folder of its socket with it."""
    account = account_for(places.data)
    with ExitStack() as brief:  # descriptors that only the children keep
        lock = await _taken_over(places)
        brief.callback(os.close, lock)
        words = logfile.opened(places.log)
        brief.callback(os.close, words)
        programs = await asyncio.to_thread(programs_for, account)
        if not cluster.is_there(places.data):
            await cluster.make(places, programs, account, superuser, password, lock=lock, log=words)
        await asyncio.to_thread(cluster.tidy, places.data, account)
        socket_dir = runtime_folder(places.home, account)
        clear_stale_socket(socket_dir)
        folder, data = brief.enter_context(cluster.handed_down(places.data))
        command = [str(programs / "postgres"), "-D", data, *options(socket_dir, PORT)]
        return child.spawn(command, account, keep=(folder, lock), stderr=words), socket_dir


async def _taken_over(places: Places) -> int:
    """The server's lock, when every process of an older server is gone; one that does not end by itself is ended.

    Unavailable `database.old_server_lives` when even that does not help.
    """
    *gentler, last = OLD_SERVER_STEPS
    for step, bound_s in gentler:
        _urge(places, step)
        try:
            return await locks.take_when_free(places.server_lock, bound_s)
        except Unavailable:
            log.warning("old_server_lives", waited_s=bound_s)
    _urge(places, last[0])
    return await locks.take_when_free(places.server_lock, last[1])


def _urge(places: Places, step: signal.Signals | None) -> None:
    old = postmaster.read(places.data) if step is not None else None
    if old is not None and step is not None and postmaster.works_in(old.pid, places.data):
        with suppress(ProcessLookupError):
            os.kill(old.pid, step)


async def _until_ready(places: Places, ours: Child) -> None:
    """Waits for the server's own word: a stale file, or another process's, does not count."""
    until = time.monotonic() + READY_BOUND_S
    while not _says_ready(places.data, ours.pid):
        await asyncio.wait({ours.ended}, timeout=POLL_S)
        if ours.ended.done():
            raise Unavailable("database.did_not_start", place=str(places.log), exit=ours.ended.result())
        if time.monotonic() > until:
            raise Unavailable("database.did_not_start", place=str(places.log), waited_s=READY_BOUND_S)


def _says_ready(data: Path, pid: int) -> bool:
    said = postmaster.read(data)
    return said is not None and said.pid == pid and said.is_ready


async def _greet(places: Places, socket_dir: Path, superuser: str, password: str) -> None:
    """Connects once: the proof that it answers. It also keeps the values in a client's errors out of the log."""
    try:
        connection = await asyncpg.connect(
            host=str(socket_dir), port=PORT, user=superuser, password=password, database="postgres", ssl=False
        )
    except asyncpg.InvalidAuthorizationSpecificationError as refused:
        raise Unauthenticated("database.password_refused", user=superuser) from refused
    except (OSError, asyncpg.PostgresError) as failed:  # a TimeoutError is an OSError
        raise Unavailable("database.does_not_answer", place=str(places.log)) from failed
    try:
        # The message of an error quotes the value that was wrong ('invalid input syntax for type date: ...'). Clients
        # get it as their answer; only what the server itself reports belongs in its log.
        await connection.execute("ALTER ROLE ALL SET log_min_messages = 'log'")
    finally:
        await connection.close()


async def _keep(ours: Child, places: Places, held: ExitStack) -> int:
    """Bounds the log while the server runs; then frees the home."""
    with held:
        while not ours.ended.done():
            await asyncio.wait({ours.ended}, timeout=LOG_LOOK_S)
            _turn_log(places.log)
    code = ours.ended.result()
    log.info("database_ended", pid=ours.pid, exit=code)
    return code


def _turn_log(path: Path) -> None:
    try:
        logfile.bound(path)
    except OSError as failed:  # a full disk must not end the watch over the server
        log.warning("database_log_not_turned", errno=failed.errno)
