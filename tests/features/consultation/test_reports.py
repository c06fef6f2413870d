"""A signed opinion on its way to the asking house's system: exactly what was signed, or nothing."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home
from tests.make.cases import NOW, OPINION, Ward
from tests.make.center import free_ports
from tests.make.his import His
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.programs import reports


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
    return {"peer": "his", "consultation": case.id, "report": case.report, "version": 1, "order_key": "his:r"}


async def test_what_was_signed_arrives_and_again_under_the_same_control_id(ward: Ward, home: Home, his: His) -> None:
    deliver = reports.sender(ward.db, ward.vault, ssl.create_default_context(), lambda: NOW)
    body = await due(ward, home, his)
    await deliver(body)
    await deliver(body)
    first, again = his.messages()
    assert first["texts"] == [OPINION.findings, OPINION.conclusion, OPINION.advice]
    assert again["control"] == first["control"]
    told = await home.rows("SELECT actor, reason FROM security.trail WHERE verb = 'report.delivered'")
    assert [tuple(row) for row in told] == [("system:relay", "his")] * 2


async def test_what_nobody_signed_is_sent_to_nobody(ward: Ward, home: Home, his: His) -> None:
    deliver = reports.sender(ward.db, ward.vault, ssl.create_default_context(), lambda: NOW)
    body = await due(ward, home, his)
    await home.run("UPDATE consultation.opinion SET advice = '无需治疗'")
    with pytest.raises(Conflict, match=r"report\.signature_broken"):
        await deliver(body)
    assert his.messages() == []


async def test_a_refusal_is_no_delivery(ward: Ward, home: Home, his: His) -> None:
    deliver = reports.sender(ward.db, ward.vault, ssl.create_default_context(), lambda: NOW)
    body = await due(ward, home, his)
    (his.folder / "refuse").touch()
    with pytest.raises(reports.Refused, match=r"hl7\.refused"):
        await deliver(body)
    assert await home.rows("SELECT FROM security.trail WHERE verb = 'report.delivered'") == []
