"""The played HIS on free ports of loopback, and the messages of our own that it is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from yuanzhen.data.exchange.facts import Identifier, Name, Report
from yuanzhen.data.exchange.hl7v2.oru import oru
from yuanzhen.data.exchange.hl7v2.written import Envelope, Receiver
from yuanzhen.programs.demo.his.server import Ports, serving

AT = datetime(2026, 3, 4, 10, 0, tzinfo=timezone(timedelta(hours=8)))
REPORT = Report(
    id="0198a000-0000-7000-8000-00000000000a",
    version=1,
    consultation="0198a000-0000-7000-8000-00000000000b",
    status="final",
    identifiers=(Identifier("LS000417", "LIUSHU", "MR"), Identifier("990101196203170428", "CHN", "NNCHN")),
    name=Name("刘", "淑英", "刘淑英"),
    sex="female",
    birth_date="1962-03-17",
    observed_at=AT,
    issued_at=AT + timedelta(minutes=9),
    findings="额叶低密度区\n边界不清 | 需随访",
    conclusion="额叶低密度影,性质待定 <建议 MR & 增强>",
    advice="尽快行头颅 MR",
    signer="陈予安",
    signer_id="d-7",
    department="神经内科",
    institution="市中心医院",
)


@pytest.fixture
def message():
    """Builds the message of `REPORT` with changes; `control` and `now` are the sender's."""

    def built(control: str = "c1", now: datetime = AT, report: Report = REPORT) -> bytes:
        return oru(report, Envelope(report.institution, Receiver("LIUSHU_HIS", "LIUSHU"), now, control))

    return built


@pytest.fixture
async def his(tmp_path: Path) -> AsyncIterator[Ports]:
    async with serving(tmp_path / "reports.jsonl", 0, 0) as ports:
        yield ports
