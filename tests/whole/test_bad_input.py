"""What comes to a running centre as nobody should send it, and ends as nobody should end it: refused early, in clear
words, and nothing half of it is kept.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.make import inside
from tests.make.center import Person
from tests.make.yard import OPINION, Yard, until

pytestmark = pytest.mark.slow
UPLOAD_MB = 64
TWO_GIGABYTES = 2 * 2**30
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"
PIECE = bytes(2**20)


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    yard = Yard.of(Path(tmp_path_factory.mktemp("bad")), YUANZHEN_UPLOAD_MB=str(UPLOAD_MB))
    yield yard
    yard.close()


@pytest.fixture(scope="module")
def officer(yard: Yard) -> Person:
    """The system's officer, who sees what goes to other systems."""
    return yard.center.user("zhouqi", "officer", yard.clinician.http.get("/api/me").json()["institution"])


def upload(yard: Yard) -> str:
    return f"/api/uploads?patient={yard.patient}&name=x.mp4"


def begun(yard: Yard, who: Person, method: str, path: str, *headers: str) -> socket.socket:
    """A connection on which a request has begun: its head is sent, of its body nothing."""
    cookies = "; ".join(f"{name}={value}" for name, value in who.http.cookies.items())
    port = yard.center.settings["YUANZHEN_PORT"]
    lines = [
        f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Cookie: {cookies}",
        f"X-CSRF-Token: {who.http.headers['X-CSRF-Token']}", *headers,
    ]  # fmt: skip
    connection = socket.create_connection(("127.0.0.1", int(port)), 30)
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


def kept(yard: Yard) -> tuple[int, int]:
    """How many documents the record has, and how many files lie on the disk."""
    documents = inside.value(yard.center.home, "SELECT count(*) FROM records.resource WHERE type = 'DocumentReference'")
    return documents, sum(one.is_file() for one in yard.center.home.rglob("documents/**/*"))


def memory_mb(yard: Yard, line: str) -> int:
    """What the process holds now (`VmRSS`), or held at most since it was told to forget that (`VmHWM`)."""
    assert yard.center.process is not None
    status = Path(f"/proc/{yard.center.process.pid}/status").read_text()
    return int(next(one for one in status.splitlines() if one.startswith(line)).split()[1]) // 1024


def test_two_gigabytes_that_say_so_are_refused_before_they_come(yard: Yard) -> None:
    before, size = kept(yard), f"Content-Length: {TWO_GIGABYTES}"
    with begun(yard, yard.clinician, "POST", upload(yard), size, "Content-Type: video/mp4") as connection:
        answer = connection.recv(65536)
    assert b" 413 " in answer.partition(b"\r\n")[0]
    assert b"request.too_large" in answer
    assert kept(yard) == before


def test_two_gigabytes_that_do_not_say_so_are_counted_and_never_in_memory(yard: Yard) -> None:
    before, sent = kept(yard), 0
    assert yard.center.process is not None
    Path(f"/proc/{yard.center.process.pid}/clear_refs").write_text("5")  # proc(5): VmHWM is VmRSS again
    was_mb = memory_mb(yard, "VmRSS")

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        yield MP4
        while sent < TWO_GIGABYTES:
            sent += len(PIECE)
            yield PIECE

    answer = yard.clinician.http.post(upload(yard), content=pieces(), headers={"Content-Type": "video/mp4"})
    most_mb = memory_mb(yard, "VmHWM") - was_mb
    sys.stderr.write(f"\nendless upload: {sent / 2**20:.0f} MB sent, {most_mb} MB of memory more at most\n")
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    assert UPLOAD_MB <= sent / 2**20 < 2 * UPLOAD_MB  # the door is shut soon after the answer
    assert most_mb < UPLOAD_MB / 2
    until(lambda: kept(yard) == before, "something of it is left")


def test_a_tab_that_is_closed_in_the_middle_leaves_nothing_half(yard: Yard) -> None:
    """An upload that breaks off is none; a draft that breaks off leaves the one that was saved before."""
    before = kept(yard)
    with begun(yard, yard.clinician, "POST", upload(yard), "Content-Length: 5000000", "Content-Type: video/mp4") as tab:
        tab.sendall(MP4 + PIECE)
        until(lambda: kept(yard)[1] >= before[1], "it did not begin")
    until(lambda: kept(yard) == before, "something of it is left")

    case = yard.ask("tab closed")
    assert case
    yard.write(case)
    path = f"/api/consultations/{case}/opinion"
    saved = yard.expert.http.get(path).json()["draft"]
    with begun(yard, yard.expert, "PUT", path, "Content-Length: 400", "Content-Type: application/json") as tab:
        tab.sendall(b'{"findings": "half of a wo')
    assert yard.expert.http.get(path).json()["draft"] == saved
    assert yard.expert.http.put(path, json={**OPINION, "version": saved["version"]}).status_code == 204
    assert yard.act(case, "cancel", reason="转院")
    yard.hold()


def test_who_goes_off_shift_while_it_rings_is_called_no_more_and_the_next_one_is(yard: Yard) -> None:
    house = yard.expert.http.get("/api/me").json()["institution"]
    manager = yard.center.user("sunjie", "manager", house).http
    second = yard.center.user("gaoming", "expert", house, "--department", yard.department)
    shifts = "/api/calendar/shifts"
    made = []
    for circle, one in enumerate((yard.expert, second), 1):
        assert one.http.put("/api/me/presence", json={"state": "here"}).status_code == 204
        start, end = ((datetime.now(UTC) + timedelta(hours=hours)).isoformat() for hours in (-1, 8))
        shift = {"person": one.id, "department": yard.department, "circle": circle, "start": start, "end": end}
        made.append(manager.post(shifts, json=shift).json()["id"])
    case = yard.ask("off shift")

    def ring() -> dict[str, Any]:
        found: dict[str, Any] = yard.clinician.http.get(f"/api/consultations/{case}").json()["ring"]
        return found

    def called() -> list[str]:
        return [one["person"]["id"] for one in ring()["called"]]

    until(lambda: called() == [yard.expert.id], "the first circle was not called")
    assert manager.delete(f"{shifts}/{made[0]}").status_code == 204
    until(lambda: called() == [second.id], "the next one was not called", seconds=40)
    assert [(one["person"]["id"], one["why"]) for one in ring()["failed"]] == [(yard.expert.id, "off-shift")]
    # Whoever is of the department may answer all the same: the patient waits.
    assert case and yard.act(case, "accept")
    assert (ring()["answered_by"]["id"], called()) == (yard.expert.id, [])
    assert manager.delete(f"{shifts}/{made[1]}").status_code == 204
    assert yard.act(case, "cancel", reason="转院")
    yard.hold()


def refused(officer: Person, state: str) -> list[dict[str, Any]]:
    """What the officer's console shows of messages that their system refused."""
    items = officer.http.get("/api/exchange/outgoing", params={"state": state}).json()["items"]
    return [one for one in items if one["code"] == "hl7.refused"]


@pytest.mark.parametrize("verdict", ["AE", "AR"])
def test_a_report_that_the_his_refuses_waits_at_the_officers_and_goes_out_by_itself(
    yard: Yard, officer: Person, verdict: str
) -> None:
    """HL7 table 0008. The opinion stands, both sides read it; what the HIS said is at the officer's console."""
    (yard.his.folder / "refuse").write_text(verdict)
    case = yard.ask(f"refused {verdict}")
    assert case
    yard.write(case)
    assert yard.sign(case)
    until(lambda: refused(officer, "waiting"), "nobody sees that it was refused")
    [line] = refused(officer, "waiting")
    assert (line["kind"], line["answer"]) == ("ORU", verdict)
    assert case not in yard.reported()
    assert yard.clinician.http.get(f"/api/consultations/{case}/opinion").json()["items"][0]["signature"] == "valid"
    for other in (yard.clinician, yard.expert):  # a system's messages are the officer's
        assert other.http.get("/api/exchange/outgoing").status_code == 403
    (yard.his.folder / "refuse").unlink()
    yard.hold_reports()


@pytest.mark.long  # a minute and a half lies between the first try and the last
def test_a_report_that_was_given_up_is_sent_again_by_the_officer(yard: Yard, officer: Person) -> None:
    (yard.his.folder / "refuse").touch()
    case = yard.ask("given up")
    assert case
    yard.write(case)
    assert yard.sign(case)
    until(lambda: refused(officer, "dead"), "it is not given up", seconds=150)
    [line] = refused(officer, "dead")
    assert line["tries"] == 5
    (yard.his.folder / "refuse").unlink()
    resend = f"/api/exchange/outgoing/{line['id']}/resend"
    assert yard.clinician.http.post(resend).status_code == 403
    assert officer.http.post(resend).status_code == 202
    until(lambda: case in yard.reported(), "it was not sent again")
    assert refused(officer, "dead") == []
    yard.hold_reports()
