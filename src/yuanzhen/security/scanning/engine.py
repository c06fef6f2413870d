"""Our own clamd: kept running where it is installed and has signatures, told files, asked which it is."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from yuanzhen.infrastructure.db.embedded.places import Places
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.infrastructure.processes import runtime
from yuanzhen.infrastructure.processes.account import account_for
from yuanzhen.infrastructure.processes.child import Child, spawn
from yuanzhen.infrastructure.processes.kept import keep
from yuanzhen.security.scanning import clamd
from yuanzhen.security.scanning.clamd import Verdict, unscanned

PROGRAM, SBIN = "clamd", Path("/usr/sbin/clamd")
FOLDER = "scan"
LOOK_S, READY_S, STEP_S = 10.0, 120.0, 0.1  # a whole set of signatures is loaded in half a minute
ANSWER_S = 300.0  # that a file of the largest size may take
FRAME_BYTES = 1 << 20


def program() -> str | None:
    """Where the engine is; None where it is not installed."""
    return shutil.which(PROGRAM) or (str(SBIN) if SBIN.is_file() else None)


def signatures_of(folder: Path) -> datetime | None:
    """When the newest signatures were written; None where there are none."""
    try:
        found = [one for one in folder.iterdir() if clamd.has_signatures([one.name])]
    except OSError:
        return None
    return max((datetime.fromtimestamp(one.stat().st_mtime, UTC) for one in found), default=None)


class Engine:
    """One engine, or none: then every file is `unscanned`."""

    def __init__(self, home: Path, signatures: Path, metrics: Metrics) -> None:
        self._home = home
        self._signatures = signatures
        self._metrics = metrics
        self._name = ""  # its version, while it answers
        self._answers = asyncio.Event()

    async def scan(self, file: AsyncIterator[bytes], size: int) -> Verdict:
        """Looks at a file of `size` bytes; one that is too large is not read."""
        if program() is None:
            return unscanned("no-engine")
        if signatures_of(self._signatures) is None:
            return unscanned("no-signatures")
        if size > clamd.LARGEST:
            return unscanned("too-large")
        try:
            async with asyncio.timeout(READY_S):
                await self._answers.wait()
            async with asyncio.timeout(ANSWER_S):
                reply = await self._told(file)
        except (OSError, TimeoutError):
            return unscanned("no-answer")
        return clamd.verdict(reply, self._name)

    async def run(self) -> None:
        """Keeps it running until cancelled; where it cannot run, waits until it can."""
        if program() is None:
            log.info("scanner_absent")
            await asyncio.Event().wait()
        if signatures_of(self._signatures) is None:
            log.warning("scanner_without_signatures")
        while signatures_of(self._signatures) is None:  # noqa: ASYNC110 - a file's coming wakes nobody
            await asyncio.sleep(LOOK_S)
        try:
            await keep("clamd", self._start, self._serve, self._metrics)
        finally:
            runtime.clear(self._folder())

    def _folder(self) -> Path:
        return runtime.runtime_folder(self._home, account_for(Places.of(self._home).data)) / FOLDER

    async def _start(self) -> Child:
        found = program()
        if found is None:
            raise Unavailable("scan.no_engine")
        folder, account = self._folder(), account_for(Places.of(self._home).data)
        runtime.furnish(folder, account, {clamd.FILE: clamd.configuration(folder, self._signatures)})
        with open("/dev/null", "wb") as nothing:  # noqa: PTH123, ASYNC230 - a device, not a file
            return spawn([found, "-c", str(folder / clamd.FILE)], account, stderr=nothing.fileno())

    async def _serve(self) -> None:
        for _ in range(int(READY_S / STEP_S)):
            with suppress(OSError):
                self._name = await self._version()
                break
            await asyncio.sleep(STEP_S)
        else:
            raise Unavailable("scan.no_engine", waited_s=READY_S)
        log.info("scanner_started")
        self._answers.set()
        self._metrics.set("scanner_up", 1)
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                try:
                    self._name = await self._version()
                except OSError:
                    raise Unavailable("scan.no_engine") from None
        finally:
            self._answers.clear()
            self._metrics.set("scanner_up", 0)

    async def _version(self) -> str:
        reader, writer = await asyncio.open_unix_connection(self._folder() / clamd.SOCKET)
        try:
            writer.write(clamd.VERSION)
            async with asyncio.timeout(LOOK_S):
                said = await reader.read(1000)
        finally:
            writer.close()
        return "/".join(said.rstrip(b"\0").decode("ascii", "replace").split("/")[:2])

    async def _told(self, file: AsyncIterator[bytes]) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self._folder() / clamd.SOCKET)
        try:
            writer.write(clamd.STREAM)
            with suppress(ConnectionError):  # it has said enough before the end
                async for some in file:
                    for at in range(0, len(some), FRAME_BYTES):
                        writer.write(clamd.framed(some[at : at + FRAME_BYTES]))
                        await writer.drain()
                writer.write(clamd.END)
                await writer.drain()
            return await reader.read(10_000)
        finally:
            writer.close()
