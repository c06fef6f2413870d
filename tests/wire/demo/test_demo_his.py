"""The played HIS takes what our sender writes, refuses what HL7 2.5.1 refuses, and shows what it has."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from tests.make.center import free_ports
from tests.wire.demo.conftest import AT, REPORT
from yuanzhen.data.exchange.hl7v2.oru import ack_of
from yuanzhen.data.exchange.hl7v2.sender import send
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.programs.demo.his import His
from yuanzhen.programs.demo.his.ledger import Ledger
from yuanzhen.programs.demo.his.server import responded, serving


async def sent(ports, data):
    return await send("127.0.0.1", ports.mllp, data, timeout_s=20)


async def reports(ports):
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://localhost:{ports.page}/reports.json")).json()


async def test_our_report_is_accepted_and_read_as_it_was_written(his, message):
    outcome = ack_of(await sent(his, message()), "c1")
    assert (outcome.accepted, outcome.code) == (True, "AA")
    (kept,) = await reports(his)
    assert [kept[name] for name in ("name", "number", "findings", "conclusion", "advice", "signer")] == [
        "刘淑英", "LS000417", REPORT.findings, REPORT.conclusion, REPORT.advice, "陈予安",
    ]  # fmt: skip
    assert (kept["report"], kept["version"], kept["status"]) == (REPORT.id, "1", "F")


@pytest.mark.parametrize("status", ["corrected", "withdrawn"])
async def test_later_versions_are_accepted_too(his, message, status):
    answer = await sent(his, message("c2", report=replace(REPORT, version=2, status=status)))
    assert ack_of(answer, "c2").accepted


@pytest.mark.parametrize(
    ("old", "new", "code", "error", "place"),
    [
        ("ORU^R01^ORU_R01", "ORU^R01", "AE", "101", "MSH^1^9"),
        ("ORU^R01^ORU_R01", "ADT^A04^ADT_A01", "AR", "200", "MSH^1^9"),
        ("ORU^R01^ORU_R01", "ORU^R30^ORU_R30", "AR", "201", "MSH^1^9"),
        ("|2.5.1|", "|9|", "AR", "203", "MSH^1^12"),
        ("|2.5.1|", "|2.5|", "AR", "203", "MSH^1^12"),
        ("|P|2.5.1", "|Q|2.5.1", "AE", "103", "MSH^1^11"),
        ("|c1|", "||", "AE", "101", "MSH^1^10"),
        ("UNICODE UTF-8", "KLINGON", "AE", "103", "MSH^1^18"),
        ("LS000417^^^LIUSHU^MR~990101196203170428^^^CHN^NNCHN", "", "AE", "101", "PID^1^3"),
        ("刘^淑英^^^^^L", "", "AE", "101", "PID^1^5"),
        ("|19620317|", "|1962317x|", "AE", "102", ""),
        ("|F\rORC", "|W\rORC", "AE", "103", "PID^1^8"),
        ("11488-4^Consult note^LN", "", "AE", "101", "OBR^1^4"),
        ("||||||F|||", "|||||||||", "AE", "101", "OBX^1^11"),
        ("||||||F|||", "||||||Q|||", "AE", "103", "OBX^1^11"),
        ("OBX|1|FT", "OBX|1|QQ", "AE", "103", "OBX^1^2"),
        ("OBX|1|FT|61149-1^Objective Narrative^LN", "OBX|1|FT|", "AE", "101", "OBX^1^3"),
    ],
)
async def test_what_the_standard_does_not_allow_is_refused_with_its_place(his, message, old, new, code, error, place):
    before = message().decode()
    broken = before.replace(old, new, 1)
    assert broken != before
    answer = await sent(his, broken.encode())
    outcome = ack_of(answer)
    assert (outcome.accepted, outcome.code, outcome.error) == (False, code, error)
    err = next(line for line in answer.decode().split("\r") if line.startswith("ERR"))
    assert err.split("|")[2] == place
    assert await reports(his) == []


async def test_a_segment_too_few_is_a_sequence_error(his, message):
    lines = [line for line in message().decode().split("\r") if not line.startswith("OBR")]
    assert ack_of(await sent(his, "\r".join(lines).encode()), "c1").error == "100"


async def test_what_is_no_message_is_rejected_and_the_next_one_taken(his, message):
    assert ack_of(await sent(his, b"hello")).code == "AR"
    assert ack_of(await sent(his, message()), "c1").accepted


async def test_bytes_of_another_character_set_are_refused(his, message):
    answer = await sent(his, message().decode().encode("gb18030"))
    assert ack_of(answer, "c1").error == "102"


@pytest.mark.parametrize("new", ["ORU^R01", "ORU^R01^ORU_R01"])
async def test_its_answers_are_strict_themselves(his, message, new):
    answer = await sent(his, message().replace(b"ORU^R01^ORU_R01", new.encode()))
    assert parse_message(answer.decode(), validation_level=VALIDATION_LEVEL.STRICT).validate()


async def test_the_same_message_sent_again_later_is_kept_once(his, message):
    for minutes in range(3):
        assert ack_of(await sent(his, message(now=AT + timedelta(minutes=minutes))), "c1").accepted
    assert len(await reports(his)) == 1


async def test_another_message_under_a_known_control_id_is_refused(his, message):
    await sent(his, message())
    outcome = ack_of(await sent(his, message(report=replace(REPORT, conclusion="另一结论"))), "c1")
    assert (outcome.accepted, outcome.error, outcome.again) == (False, "205", False)
    assert [one["conclusion"] for one in await reports(his)] == [REPORT.conclusion]


async def test_what_was_accepted_is_there_after_a_restart(tmp_path, message):
    for _ in range(2):
        async with serving(tmp_path / "reports.jsonl", 0, 0) as ports:
            assert ack_of(await sent(ports, message()), "c1").accepted
            assert [one["control"] for one in await reports(ports)] == ["c1"]


async def test_a_line_torn_by_a_crash_is_cut_off(tmp_path, message):
    path = tmp_path / "reports.jsonl"
    async with serving(path, 0, 0) as ports:
        await sent(ports, message())
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"control":"c2","dig')
    async with serving(path, 0, 0) as ports:
        assert [one["control"] for one in await reports(ports)] == ["c1"]
        assert ack_of(await sent(ports, message("c2")), "c2").accepted
    ledger = Ledger(path)
    assert [report.control for report in ledger.reports] == ["c1", "c2"]
    ledger.close()


async def test_the_page_shows_the_report_escaped_and_asks_nothing_of_others(his, message):
    async with httpx.AsyncClient() as client:
        before = await client.get(f"http://127.0.0.1:{his.page}/")
        await sent(his, message())
        after = await client.get(f"http://127.0.0.1:{his.page}/")
        missing = await client.get(f"http://127.0.0.1:{his.page}/else")
    assert "No report yet" in before.text
    told = ("刘淑英", "边界不清 | 需随访", "&lt;建议 MR &amp; 增强&gt;", "陈予安", "2026-03-04 10:09:00", "最终 final")
    for words in told:
        assert words in after.text
    assert "No report yet" not in after.text
    assert "http://" not in after.text and "https://" not in after.text and "//" not in after.text.split("</style>")[1]
    assert after.headers["content-security-policy"].startswith("default-src 'none'")
    assert missing.status_code == 404


def test_a_page_of_another_name_is_not_this_one(tmp_path):
    ledger = Ledger(tmp_path / "reports.jsonl")
    assert responded("GET / HTTP/1.1\r\nHost: evil.example:8090\r\n\r\n", ledger).startswith(b"HTTP/1.1 421")
    assert responded("POST / HTTP/1.1\r\nHost: localhost:8090\r\n\r\n", ledger).startswith(b"HTTP/1.1 405")
    assert responded("nonsense", ledger).startswith(b"HTTP/1.1 421")
    ledger.close()


async def test_it_starts_alone_and_ends_with_its_parents_input_or_a_signal(tmp_path):
    command = [sys.executable, "-m", "yuanzhen.programs.demo.his", "--port", "0", "--page-port", "0"]
    command += ["--file", str(tmp_path / "reports.jsonl"), "--with-parent"]
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    for end in ("input", "signal"):
        child = await asyncio.create_subprocess_exec(*command, **pipes)
        assert (await child.stdout.readline()).startswith(b"ready mllp 127.0.0.1:")
        if end == "input":
            child.stdin.close()
        else:
            child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await child.wait() == 0


async def test_a_taken_port_is_said(his, tmp_path):
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "yuanzhen.programs.demo.his", "--port", str(his.mllp), "--page-port", "0",
        "--file", str(tmp_path / "other.jsonl"), stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, words = await child.communicate()
    assert child.returncode == 1
    assert b"address already in use" in words


async def test_switched_off_it_takes_nothing_and_on_again_it_has_what_it_took(tmp_path, message):
    port, page_port = free_ports(2)
    with His.running(tmp_path / "reports.jsonl", port=port, page_port=page_port) as his:
        assert ack_of(await send("127.0.0.1", port, message()), "c1").accepted
        his.off()
        with pytest.raises(Unavailable, match=r"hl7[.]unreachable"):
            await send("127.0.0.1", port, message("c2"))
        his.on()
        assert ack_of(await send("127.0.0.1", port, message("c2")), "c2").accepted
        assert [(one.control, one.name) for one in his.reports()] == [("c1", "刘淑英"), ("c2", "刘淑英")]
