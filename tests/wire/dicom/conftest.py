"""A real storage listener on loopback, before a sink that keeps what it is given."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from yuanzhen.data.exchange.dicom.listener import Limits, serve_dicom
from yuanzhen.data.exchange.facts import InstanceReceived, PatientSeen, Sender

SENDER = Sender("ct-1", "town-1")


@dataclass
class Kept:
    """A sink in memory: `refuses` makes it refuse, `waits` makes it wait for ever; `loops` is where it was called."""

    facts: list[InstanceReceived] = field(default_factory=list)
    callers: list[tuple[str, str, bool]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    refuses: Exception | None = None
    waits: bool = False

    async def patient_seen(self, sender: Sender, fact: PatientSeen) -> None:
        raise AssertionError("no messages come by DICOM")

    async def instance_received(self, sender: Sender, fact: InstanceReceived) -> None:
        assert sender == SENDER
        self.threads.add(threading.get_ident())
        if self.refuses:
            raise self.refuses
        if self.waits:
            await asyncio.Event().wait()
        self.facts.append(fact)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def serve(kept: Kept) -> Callable[..., Any]:
    @asynccontextmanager
    async def running(tls: Any = None, **limits: Any) -> AsyncIterator[int]:
        def resolve(calling_ae: str, address: str, secure: bool) -> Sender | None:
            kept.callers.append((calling_ae, address, secure))
            if calling_ae == "BROKEN":
                raise OSError("the enrolments cannot be asked")
            return SENDER if calling_ae in ("CT1", "STORESCU", "ECHOSCU") else None

        listener = serve_dicom("127.0.0.1", 0, kept, resolve, tls=tls, limits=Limits(**limits))
        try:
            yield listener.port
        finally:
            await listener.close()

    return running
