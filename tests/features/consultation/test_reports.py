"""A signed opinion on its way to the asking house's system: exactly what was signed, or nothing."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home
from tests.make.cases import EXPERT, NOW, OPINION, QUALITY, Ward
from tests.make.center import free_ports
from tests.make.his import His
from tests.make.signing import BETTER, added, amended, approved, withdrawn
from yuanzhen.data.exchange.hl7v2.written import Envelope, Receiver
from yuanzhen.data.intake import outgoing_store as outgoing
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.programs import reports, sending

ENVELOPE = Envelope("柳河镇卫生院", Receiver("HIS", "LIUHE"), NOW, "1")


@pytest.fixture
def his(tmp_path: Path) -> Iterator[His]:
    (port,) = free_ports(1)
    his = His(tmp_path, port).start()
    yield his
    his.kill()


async def due(ward: Ward, home: Home, his: His) -> dict[str, Any]:
    """A signed case, and its report due at the township's HIS."""
    case = await ward.signed()
    await home.run(
        "INSERT INTO security.peer (id, name, institution, hl7_to, sends) "
        f"VALUES ('his', 'HIS', 'liuhe', '127.0.0.1:{his.port}', '{{ORU}}')"
    )
    body = {"consultation": case.id, "report": case.report, "version": 1, "institution": "liuhe"}
    async with ward.db.verb(system("relay")) as tx:
        await reports.route(tx, body)
    (row,) = await home.rows("SELECT id FROM intake.outgoing")
    return {"id": row["id"], "order_key": "his"}


async def queue(home: Home) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await home.rows("SELECT state, tries, code, answer FROM intake.outgoing")]


async def test_what_was_signed_arrives_once_and_when_sent_again_under_the_same_control_id(
    ward: Ward, home: Home, his: His
) -> None:
    deliver = sending.sender(ward.db, ward.vault, ssl.create_default_context(), lambda: NOW)
    body = await due(ward, home, his)
    await deliver(body)
    await deliver(body)
    assert await queue(home) == [("sent", 1, "", "AA")]
    async with ward.db.verb(system("relay")) as tx:
        await outgoing.again(tx, body["id"])
    await deliver(body)
    first, again = his.messages()
    assert first["texts"] == [OPINION.findings, OPINION.conclusion, OPINION.advice]
    assert again["control"] == first["control"]
    told = await home.rows("SELECT actor, reason FROM security.trail WHERE verb = 'exchange.sent'")
    assert [tuple(row) for row in told] == [("system:relay", "ORU his")] * 2


async def test_what_nobody_signed_is_sent_to_nobody(ward: Ward, home: Home, his: His) -> None:
    deliver = sending.sender(ward.db, ward.vault, ssl.create_default_context(), lambda: NOW)
    body = await due(ward, home, his)
    await home.run("UPDATE consultation.opinion SET advice = '无需治疗'")
    await deliver(body)
    assert his.messages() == []
    assert await queue(home) == [("dead", 1, "report.signature_broken", "")]


async def test_a_refusal_is_no_delivery_and_the_fifth_is_set_aside(ward: Ward, home: Home, his: His) -> None:
    deliver = sending.sender(ward.db, ward.vault, ssl.create_default_context(), lambda: NOW)
    body = await due(ward, home, his)
    (his.folder / "refuse").touch()
    for tries in range(1, sending.REFUSALS):
        with pytest.raises(sending.Refused, match=r"hl7\.refused"):
            await deliver(body)
        assert await queue(home) == [("waiting", tries, "hl7.refused", "AE")]
    await deliver(body)
    assert await queue(home) == [("dead", sending.REFUSALS, "hl7.refused", "AE")]
    assert await home.rows("SELECT FROM security.trail WHERE verb = 'exchange.sent'") == []


async def test_who_cannot_be_reached_is_waited_for(ward: Ward, home: Home, his: His) -> None:
    deliver = sending.sender(ward.db, ward.vault, ssl.create_default_context(), lambda: NOW)
    body = await due(ward, home, his)
    his.kill()
    for _ in range(sending.SILENCES + 1):
        with pytest.raises(Exception, match=r"hl7\.unreachable"):
            await deliver(body)
    assert await queue(home) == [("waiting", 0, "hl7.unreachable", "")]
    his.start()
    await deliver(body)
    assert len(his.messages()) == 1


async def test_each_version_goes_out_with_its_status_and_a_withdrawn_one_without_words(ward: Ward) -> None:
    """HL7 2.5.1 table 0123: final, corrected for what was added or amended, then no results available."""
    case = await ward.signed()
    await added(ward, EXPERT, case, "复查未见出血")
    await approved(ward, QUALITY, (await amended(ward, EXPERT, case)).id)
    await approved(ward, QUALITY, (await withdrawn(ward, EXPERT, case)).id)
    told = []
    for version in (1, 2, 3, 4):
        about = {"consultation": case.id, "report": case.report, "version": version}
        async with ward.db.look(system("relay")) as look:
            message = (await reports.make(look, ward.vault, about, ENVELOPE)).decode()
        (obr,) = [line.split("|") for line in message.split("\r") if line.startswith("OBR")]
        told.append((obr[25], obr[20], "复查未见出血" in message, BETTER.conclusion in message))
    assert told == [
        ("F", "1", False, False),
        ("C", "2", True, False),
        ("C", "3", False, True),
        ("X", "4", False, False),
    ]
