"""What a house's systems are told: patients and appointments, each system in order, and never what it said itself."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from tests.conftest import Home
from tests.features.intake.test_messages import PERSON, STRANGE, sent, text
from tests.make.cases import NOW, NUMBER, Ward
from yuanzhen.data.exchange.hl7v2 import ack
from yuanzhen.data.exchange.hl7v2.message import Message, parse
from yuanzhen.data.exchange.hl7v2.mllp import Connection, serve_mllp
from yuanzhen.data.matching import store
from yuanzhen.data.matching.matcher import MATCHER, settle
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.programs import sending, telling
from yuanzhen.programs.listeners import LISTENS

PEERS = """
INSERT INTO security.peer (id, name, institution, hl7_to, sends) VALUES
  ('his-liuhe', 'HIS', 'liuhe', '127.0.0.1:1', '{ADT,SIU}'), ('lis', 'LIS', 'liuhe', '127.0.0.1:1', '{ADT,SIU}'),
  ('pacs', 'PACS', 'liuhe', '127.0.0.1:1', '{ORU}'), ('other', 'OTHER', 'baishi', '127.0.0.1:1', '{ADT,SIU}')
"""
ROUTES = {"route-patient": telling.route_patient, "route-appointment": telling.route_appointment}


@pytest.fixture
async def town(ward: Ward, home: Home) -> AsyncIterator[Ward]:
    """The ward with facts that are heard, and the house's systems enrolled."""
    await home.run(PEERS)
    db = await home.open(dict(LISTENS))
    yield Ward(db, ward.vault, ward.objects, ward.blobs, ward.patient)
    await db.close()


async def routed(town: Ward, home: Home) -> None:
    """Hands what was announced to its listeners, as the relay does."""
    rows = await home.rows("SELECT id, listener, body FROM infrastructure.outbox WHERE done IS NULL ORDER BY id")
    for row in rows:
        if row["listener"] in ROUTES:
            async with town.db.verb(system("relay")) as tx:
                await ROUTES[row["listener"]](tx, msgspec.json.decode(row["body"]))
            await home.run(f"UPDATE infrastructure.outbox SET done = now() WHERE id = {row['id']}")


async def queued(home: Home) -> list[tuple[str, str]]:
    rows = await home.rows("SELECT peer, kind FROM intake.outgoing ORDER BY id")
    return [(row["peer"], row["kind"]) for row in rows]


async def made(town: Ward, home: Home) -> list[Message]:
    """The messages as they would leave."""
    rows = await home.rows("SELECT about, control, peer, kind FROM intake.outgoing ORDER BY id")
    found = []
    for row in rows:
        async with town.db.look(system("relay")) as look:
            _, data = await sending.made(look, town.vault, row, NOW)
            found.append(parse(data))
    return found


async def test_the_houses_other_systems_are_told_of_a_new_patient(town: Ward, home: Home) -> None:
    await sent(town, text("ADT^A04", STRANGE))
    await routed(town, home)
    assert await queued(home) == [("lis", "ADT")]
    (message,) = await made(town, home)
    assert (message.get("MSH-9.2"), message.get("PID-3.1"), message.get("PID-5.1")) == ("A28", "00099", "刘")
    assert message.get("PID-3.4") == "LIUHE"


async def test_what_changed_nothing_is_told_to_nobody(town: Ward, home: Home) -> None:
    await sent(town, text("ADT^A31", PERSON, sent="20200101000000"))
    await routed(town, home)
    assert await queued(home) == []


async def test_an_update_is_told_as_one_and_a_merge_names_both_numbers(town: Ward, home: Home) -> None:
    await sent(town, text("ADT^A04", STRANGE, control="M1"), text("ADT^A31", PERSON, control="M2"))
    await sent(town, text("ADT^A40", f"{PERSON}MRG|00099^^^LIUHE^MR\r", control="M3"))
    await routed(town, home)
    messages = await made(town, home)
    assert [one.get("MSH-9.2") for one in messages] == ["A28", "A31", "A40"]
    assert (messages[2].get("PID-3.1"), messages[2].get("MRG-1.1")) == (NUMBER, "00099")


async def test_a_merge_by_a_person_is_told_as_one_and_its_undoing_as_two_updates(town: Ward, home: Home) -> None:
    await sent(town, text("ADT^A04", STRANGE, control="M1"))
    (other,) = await home.rows("SELECT id FROM records.resource WHERE type = 'Patient' AND id <> $1", town.patient)
    for act in ("joining", "parting"):
        async with town.db.verb(MATCHER) as tx:
            pair = await store.by_machine(tx, town.patient, other["id"], act)
        await settle(town.db, pair)
    await routed(town, home)
    told = [one for one in await made(town, home) if one.get("MSH-9.2") != "A28"]
    assert [one.get("MSH-9.2") for one in told] == ["A40", "A40", "A31", "A31", "A31", "A31"]  # to HIS and LIS each
    assert (told[0].get("PID-3.1"), told[0].get("MRG-1.1")) == (NUMBER, "00099")
    assert {one.get("PID-3.1") for one in told[2:]} == {NUMBER, "00099"}


@pytest.mark.parametrize(("event", "told"), [("S12", "S12"), ("S13", "S13"), ("S15", "S15")])
async def test_an_appointment_is_told_with_its_time_and_what_happened(
    town: Ward, home: Home, event: str, told: str
) -> None:
    body = f"SCH|A1|B1|||||^复诊||30|min|^^^20260320090000\r{PERSON}AIP|1||D7^李^主任\r"
    await sent(town, text(f"SIU^{event}", body))
    await routed(town, home)
    assert await queued(home) == [("lis", "SIU")]
    (message,) = await made(town, home)
    assert (message.get("MSH-9.2"), message.get("PID-3.1")) == (told, NUMBER)
    assert message.get("SCH-11.4") == "20260320090000+0800"
    assert message.get("SCH-7.2") == "复诊"
    assert message.get("AIP-3.2") == "李主任"


@asynccontextmanager
async def listening(heard: list[bytes]) -> AsyncIterator[int]:
    """A system that accepts everything; answers its port."""

    async def handler(data: bytes, _: Connection) -> bytes:
        heard.append(data)
        return ack.answer(data, None, now=NOW, control_id="a")

    sock = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(serve_mllp(sock, handler))
    try:
        yield sock.getsockname()[1]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_is_sent_is_written_down_as_it_went_and_goes_in_order(town: Ward, home: Home) -> None:
    heard: list[bytes] = []
    async with listening(heard) as port:
        await home.run(f"UPDATE security.peer SET hl7_to = '127.0.0.1:{port}'")
        await sent(town, text("ADT^A04", STRANGE, control="M1"), text("ADT^A31", PERSON, control="M2"))
        await routed(town, home)
        deliver = sending.sender(town.db, town.vault, ssl.create_default_context(), lambda: NOW)
        sql = "SELECT body, order_key FROM infrastructure.outbox WHERE listener = 'send-message' ORDER BY id"
        due = await home.rows(sql)
        assert {row["order_key"] for row in due} == {"lis"}
        for row in due:
            await deliver(msgspec.json.decode(row["body"]))
    rows = await home.rows("SELECT state, body FROM intake.outgoing ORDER BY id")
    assert [row["state"] for row in rows] == ["sent", "sent"]
    assert [row["body"] for row in rows] == heard
    assert [parse(one).get("MSH-9.2") for one in heard] == ["A28", "A31"]
