"""Strangers speak to our own listeners: hl7's client by MLLP, DCMTK and pynetdicom by DICOM."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.wire.demo.conftest import AT
from yuanzhen.data.exchange.dicom.codec import received
from yuanzhen.data.exchange.dicom.listener import serve_dicom
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.exchange.hl7v2.handler import handle
from yuanzhen.data.exchange.hl7v2.mllp import serve_mllp
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.infrastructure.errors import Forbidden, Invalid, Unavailable
from yuanzhen.programs.demo import material, send
from yuanzhen.programs.demo.cast import PATIENT, SCANNER
from yuanzhen.programs.demo.messages import admission

SENDER = Sender("peer-1", "town-1")
with_dcmtk = pytest.mark.skipif(send.dcmtk() is None, reason="dcmtk is not here: one way of sending not tried")
WAYS = [pytest.param("DCMTK", marks=with_dcmtk), "pynetdicom"]


@dataclass
class Kept:
    """A sink in memory; `refuses` is the time of the study that it does not take."""

    patients: list = field(default_factory=list)
    images: list = field(default_factory=list)
    refuses: str = ""

    async def message_received(self, sender, fact):
        self.patients += [about.patient for about in fact.about]

    async def message_unread(self, sender, fact):
        assert not fact.waits

    async def instance_received(self, sender, file):
        fact = received(b"".join([piece async for piece in file]))
        if fact.study_time == self.refuses:
            raise Invalid("test.refused")
        self.images.append(fact)


@pytest.fixture
def kept():
    return Kept()


@asynccontextmanager
async def mllp(kept):
    sock = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(
        serve_mllp(sock, lambda data, _: handle(data, SENDER, kept, Setting(SENDER.institution)))
    )
    try:
        yield sock.getsockname()[1]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def dicom(kept):
    async def resolve(ae, address, tls):
        if ae != SCANNER:
            raise Forbidden("peer.not_enrolled")
        return SENDER

    sock = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(serve_dicom(sock, kept, resolve))
    try:
        yield sock.getsockname()[1]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    if request.param == "pynetdicom":
        monkeypatch.setattr(send, "dcmtk", lambda: None)
    return request.param


@pytest.fixture
def files(tmp_path):
    """Five images: the same slice under five names."""
    return [
        path
        for minute in range(5)
        for path in material.write(tmp_path / str(minute), PATIENT, AT.replace(minute=minute), None).files
    ]


async def test_the_admission_reaches_our_sink(kept):
    async with mllp(kept) as port:
        assert await send.by_mllp("127.0.0.1", port, [admission(PATIENT, AT)] * 2) == ["AA", "AA"]
    assert [fact.name.full for fact in kept.patients] == ["刘淑英"] * 2


async def test_a_refused_message_is_told_as_such(kept):
    async with mllp(kept) as port:
        unknown = admission(PATIENT, AT).replace(b"ADT^A04", b"ADT^A99")
        assert await send.by_mllp("127.0.0.1", port, [unknown]) == ["AR"]


async def test_nobody_there_is_unavailable(kept):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable, match=r"^demo[.]mllp"):
        await send.by_mllp("127.0.0.1", port, [admission(PATIENT, AT)])


async def test_images_arrive_in_order_and_are_counted(kept, way, files):
    counted = []
    async with dicom(kept) as port:
        used = await send.by_dicom("127.0.0.1", port, files, lambda done, of: counted.append((done, of)))
        await asyncio.sleep(0)
    assert used == way
    assert [fact.study_time for fact in kept.images] == [f"10:0{n}:00" for n in range(5)]
    assert counted == [(n, 5) for n in range(1, 6)]


async def test_a_refused_image_is_not_taken_for_sent(kept, way, files):
    kept.refuses = "10:02:00"
    async with dicom(kept) as port:
        with pytest.raises(Invalid, match=r"^demo[.]dicom_refused") as refused:
            await send.by_dicom("127.0.0.1", port, files, lambda done, of: None)
    assert refused.value.facts == {"sent": 2, "of": 5}
    assert len(kept.images) == 2


async def test_no_scanner_service_is_unavailable(way, files):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable, match=r"^demo[.]dicom"):
        await send.by_dicom("127.0.0.1", port, files, lambda done, of: None)


def test_a_script_of_the_same_name_is_not_taken_for_dcmtk(tmp_path, monkeypatch):
    script = tmp_path / "storescu"
    script.write_text("#!/bin/sh\necho 'storescu.py v0.3.0'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{Path(sys.executable).parent}")
    assert send.dcmtk() is None
    script.write_text("#!/bin/sh\necho '$dcmtk: storescu v3.6.7 2022-04-22 $'\n")
    assert send.dcmtk() == str(script)
