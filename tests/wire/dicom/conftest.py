"""A real storage listener on loopback, before a sink that keeps what it is given."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from yuanzhen.data.exchange.dicom.association import Limits
from yuanzhen.data.exchange.dicom.codec import received
from yuanzhen.data.exchange.dicom.listener import serve_dicom
from yuanzhen.data.exchange.facts import InstanceReceived, PatientSeen, Sender
from yuanzhen.infrastructure.errors import Forbidden

SENDER = Sender("ct-1", "town-1")


@dataclass
class Kept:
    """A sink in memory: `refuses` makes it refuse, `waits` makes it wait for ever."""

    facts: list[InstanceReceived] = field(default_factory=list)
    callers: list[tuple[str, str, bool]] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    refuses: Exception | None = None
    waits: bool = False

    async def patient_seen(self, sender: Sender, fact: PatientSeen) -> None:
        raise AssertionError("no messages come by DICOM")

    async def instance_received(self, sender: Sender, file: AsyncIterator[bytes]) -> None:
        assert sender == SENDER
        if self.refuses:
            raise self.refuses
        whole = b"".join([piece async for piece in file])
        if self.waits:
            await asyncio.Event().wait()
        self.facts.append(received(whole))
        self.files.append(whole)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def serve(kept: Kept) -> Callable[..., Any]:
    @asynccontextmanager
    async def running(tls: Any = None, **limits: Any) -> AsyncIterator[int]:
        async def resolve(calling_ae: str, address: str, secure: bool) -> Sender:
            kept.callers.append((calling_ae, address, secure))
            if calling_ae == "BROKEN":
                raise OSError("the enrolments cannot be asked")
            if calling_ae not in ("CT1", "STORESCU", "ECHOSCU"):
                raise Forbidden("peer.not_enrolled")
            return SENDER

        sock = socket.create_server(("127.0.0.1", 0))
        task = asyncio.create_task(serve_dicom(sock, kept, resolve, tls=tls, limits=Limits(**limits)))
        try:
            yield sock.getsockname()[1]
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return running
