"""Peers on this machine speak without enrolment only while nothing was ever opened beyond it."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home
from yuanzhen.data.exchange.hl7v2.mllp import Connection
from yuanzhen.infrastructure import settings
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.senders import Senders
from yuanzhen.programs.trust import Trust, Watch, is_loopback
from yuanzhen.security import files


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return settings.read({"YUANZHEN_HOME": str(tmp_path)}, {})


async def asked(trust: Trust, *headers: tuple[bytes, bytes], kind: str = "http") -> bool:
    """Whether the trust holds after a request with these headers; the request itself goes on."""
    passed: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        passed.append(scope["type"])

    await Watch(app, trust)({"type": kind, "headers": headers}, None, None)  # type: ignore[arg-type]
    assert passed == [kind]
    return trust.holds


async def test_it_holds_at_first(chosen: Settings) -> None:
    assert await asked(Trust(chosen), (b"host", b"localhost"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "10.0.0.1", "hospital.example"])
def test_a_listener_beyond_this_machine_ends_it_for_good(chosen: Settings, host: str) -> None:
    assert not Trust(replace(chosen, host=host)).holds
    assert not Trust(chosen).holds  # back on loopback: too late


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_a_listener_on_this_machine_does_not(chosen: Settings, host: str) -> None:
    assert Trust(replace(chosen, host=host)).holds


@pytest.mark.parametrize("header", [b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_forwarded_request_ends_it_for_good(chosen: Settings, header: bytes, kind: str) -> None:
    assert not await asked(Trust(chosen), (header, b"10.1.2.3"), kind=kind)
    assert not Trust(chosen).holds  # the next start too


@pytest.mark.parametrize("header", [b"via", b"x-real-ip", b"forwarded-by", b"x-forward"])
async def test_another_header_does_not(chosen: Settings, header: bytes) -> None:
    assert await asked(Trust(chosen), (header, b"10.1.2.3"))


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    assert not Trust(settings.read({"YUANZHEN_HOME": str(tmp_path), "YUANZHEN_TRUST_LOOPBACK": "0"}, {})).holds


async def test_a_forwarded_request_is_remembered_while_the_trust_is_switched_off(chosen: Settings) -> None:
    await asked(Trust(replace(chosen, trust_loopback=False)), (b"forwarded", b"for=10.1.2.3"))
    assert not Trust(chosen).holds


async def test_a_disk_that_takes_no_mark_ends_it_all_the_same_and_is_asked_again(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = Trust(chosen)

    def full(*_: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(files, "create", full)
        assert not await asked(trust, (b"forwarded", b"for=10.1.2.3"))
    assert Trust(chosen).holds
    assert not await asked(trust, (b"forwarded", b"for=10.1.2.3"))
    assert not Trust(chosen).holds


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("::ffff:127.0.0.1", False), ("127.0.0.1%lo", True),
     ("localhost", True), ("10.0.0.1", False), ("::ffff:10.0.0.1", False), ("localhost.example", False), ("", False)],
)  # fmt: skip
def test_what_is_this_machine(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


# ---- who sends


@pytest.fixture
def trust(chosen: Settings) -> Trust:
    return Trust(chosen)


@pytest.fixture
async def senders(db: Database, home: Home, trust: Trust) -> Senders:
    """A home with its own institution and one enrolled system, which must use TLS."""
    await home.run(
        "INSERT INTO security.institution VALUES ('city', 'c', 'city', NULL), ('liuhe', 'l', 'township', 'city');"
        "INSERT INTO security.peer (id, name, institution, hl7_facility, ae, charset) "
        "VALUES ('his', 'HIS', 'liuhe', 'LIUHE', 'LIUHE_CT', 'GB18030')"
    )
    return Senders(db, trust)


async def test_an_enrolled_system_speaks_for_its_institution(senders: Senders) -> None:
    sender, setting = await senders.hl7("LIUHE", Connection("10.1.2.3", tls=True))
    assert (sender.peer, setting.institution, setting.charset) == ("his", "liuhe", "GB18030")
    assert (await senders.dicom("LIUHE_CT", "10.1.2.3", True)).institution == "liuhe"


async def test_in_clear_it_speaks_from_this_machine_alone(senders: Senders, home: Home) -> None:
    assert (await senders.hl7("LIUHE", Connection("127.0.0.1")))[0].institution == "liuhe"
    for refused in (senders.hl7("LIUHE", Connection("10.1.2.3")), senders.dicom("LIUHE_CT", "10.1.2.3", False)):
        with pytest.raises(Forbidden, match=r"peer\.must_use_tls"):
            await refused
    await home.run("UPDATE security.peer SET plain = true")
    assert (await senders.dicom("LIUHE_CT", "10.1.2.3", False)).institution == "liuhe"


@pytest.mark.parametrize("name", ["LIUHE", "LIUHE^1.2.156.1^ISO", "LIUHE^^"])
async def test_a_facility_is_known_by_its_namespace_too(senders: Senders, name: str) -> None:
    assert (await senders.hl7(name, Connection("127.0.0.1")))[0].institution == "liuhe"


@pytest.mark.parametrize("name", ["", "^", "^LIUHE", "liuhe", "LIUHE ", "NOBODY"])
async def test_an_unknown_one_is_the_homes_own_from_this_machine_while_the_trust_holds(
    senders: Senders, trust: Trust, name: str
) -> None:
    sender, _ = await senders.hl7(name, Connection("127.0.0.1"))
    assert (sender.peer, sender.institution) == ("loopback", "city")
    with pytest.raises(Forbidden, match=r"peer\.not_enrolled"):
        await senders.hl7(name, Connection("10.1.2.3", tls=True))
    trust.lose("a test")
    with pytest.raises(Forbidden, match=r"peer\.not_enrolled"):
        await senders.hl7(name, Connection("127.0.0.1"))
    with pytest.raises(Forbidden, match=r"peer\.not_enrolled"):
        await senders.dicom(name, "127.0.0.1", False)
