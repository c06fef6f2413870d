"""What goes wrong around a centre: a second start, a moved home, a wrong clock, wrong settings, bad peers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.make import inside
from tests.make.center import BIN, Center
from tests.make.his import END, START
from tests.make.yard import ADT, Yard, until
from yuanzhen.infrastructure import clock
from yuanzhen.security.certificates import issue

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    yard = Yard.of(Path(tmp_path_factory.mktemp("trouble")))
    yield yard
    yard.close()


def test_a_second_start_on_the_same_home_is_refused_in_clear_words(yard: Yard) -> None:
    second = Center.at(yard.center.home)  # on ports of its own: it is the home that is in use
    done = second.run("serve")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("yuanzhen: home.in_use") == 1
    assert "  The home is in use by another process" in done.stderr.splitlines()
    assert yard.center.process is not None
    assert f"pid {yard.center.process.pid}" in done.stderr
    assert "Traceback" not in done.stderr
    assert yard.ask("after the second start")


def test_a_second_start_with_the_same_settings_says_that_too_and_not_that_its_ports_are_taken(yard: Yard) -> None:
    done = replace(yard.center, process=None, said=[]).run("serve")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("yuanzhen: home.in_use")
    assert "port.taken" not in done.stderr


def test_a_start_on_ports_that_are_taken_names_each_of_them(yard: Yard, tmp_path: Path) -> None:
    other = replace(Center.at(tmp_path / "other"), settings=yard.center.settings)
    done = other.run("serve")
    assert done.returncode == 1
    assert "port.taken" in done.stderr
    for name in ("PORT", "HTTPS_PORT", "MLLP_PORT"):
        assert done.stderr.count(yard.center.settings[f"YUANZHEN_{name}"]) == 1
    assert "Traceback" not in done.stderr


def test_the_dicom_port_that_is_taken_is_named_too(tmp_path: Path) -> None:
    center = Center.at(tmp_path / "home")
    with socket.create_server(("127.0.0.1", center.port("dicom"))):
        done = center.run("serve")
    assert done.returncode == 1
    assert "port.taken" in done.stderr
    assert str(center.port("dicom")) in done.stderr
    assert "Traceback" not in done.stderr


def test_every_wrong_setting_is_told_in_one_go(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wrong = {
        "YUANZHEN_HOME": str(tmp_path / "file"),
        "YUANZHEN_HOST": "a b",
        "YUANZHEN_PORT": "0",
        "YUANZHEN_HTTPS_PORT": "70000",
        "YUANZHEN_DICOM_PORT": "x",
        "YUANZHEN_MLLP_PORT": "-1",
        "YUANZHEN_NAMES": ",",
        "YUANZHEN_IDLE_MINUTES": "0",
        "YUANZHEN_LOG_LEVEL": "loud",
        "YUANZHEN_TRUST_LOOPBACK": "maybe",
        "YUANZHEN_PASSPHRASE_FILE": str(tmp_path / "none"),
        "YUANZHEN_DATABASE_URL": "mysql://x/y",
        "YUANZHEN_BLOBS_URL": "ftp://x",
        "YUANZHEN_NO_SUCH_SETTING": "1",
    }
    center = Center(tmp_path / "file", wrong)
    done = center.run("serve")
    assert (done.returncode, done.stdout) == (1, "")
    assert {name: done.stderr.count(f"  {name}") for name in wrong} == dict.fromkeys(wrong, 1)
    assert "Traceback" not in done.stderr


def test_a_brought_certificate_for_other_names_is_refused_with_file_and_setting_and_served_under_its_own(
    tmp_path: Path,
) -> None:
    center = Center.at(tmp_path / "home", LC_ALL="zh_CN.UTF-8")
    brought = center.home / "tls" / "brought"
    bring(brought, issue.server(issue.authority(clock.now()), ["hospital.example"], clock.now()))
    done = center.run("serve")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    told = next(line for line in done.stderr.splitlines() if line.startswith("yuanzhen: "))
    assert told.startswith(f"yuanzhen: tls.brought_other_name at {brought / 'cert.pem'}, ")
    assert "found hospital.example, missing localhost" in told
    assert "YUANZHEN_NAMES" in told
    assert "  证书没有涵盖 YUANZHEN_NAMES 中的名称" in done.stderr.splitlines()
    center.settings["YUANZHEN_NAMES"] = "hospital.example"
    center.start()
    shown = ssl.get_server_certificate(("127.0.0.1", center.port("https")))
    assert shown.encode() == (brought / "cert.pem").read_bytes()
    assert center.stop() == 0


def bring(folder: Path, pair: issue.Pair) -> None:
    """Puts a certificate and its key where a hospital brings its own."""
    folder.mkdir(parents=True, mode=0o700)
    (folder / "cert.pem").write_bytes(pair.certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def test_a_home_that_was_moved_serves_from_where_it_is_now(yard: Yard) -> None:
    assert yard.ask("before the move")
    assert yard.store(1)
    yard.center.stop()
    moved = yard.center.home.with_name("moved")
    shutil.move(yard.center.home, moved)
    yard.center.home = moved
    yard.center.start()
    assert yard.ask("after the move")
    yard.hold()
    assert not yard.center.home.with_name("home").exists()


def test_a_clock_that_was_put_back_loses_nothing(yard: Yard) -> None:
    """The program's clock an hour back, the database's not: what is asked is kept, versions stay in their order."""
    assert yard.ask("at the right time")
    yard.center.stop()
    yard.center.start(program=(sys.executable, "-m", "tests.make.earlier", "3600"))
    assert yard.ask("an hour earlier")
    assert yard.announce("40001")
    assert yard.store(2)
    yard.hold()
    case = yard.ask("an hour earlier")
    assert yard.clinician.http.post(f"/api/consultations/{case}/cancel", json={"reason": "因故"}).status_code == 200
    yard.center.stop()
    yard.center.start()
    assert yard.ask("at the right time again")
    yard.hold()
    unordered = inside.rows(
        yard.center.home, "SELECT FROM records.version a JOIN records.version b USING (type, id) "
        "WHERE a.version < b.version AND a.updated > b.updated",
    )  # fmt: skip
    assert unordered == []


def test_a_database_that_hangs_is_told_by_healthz_until_it_goes_on(yard: Yard) -> None:
    with hanging(inside.postmaster(yard.center.home)):
        until(lambda: health(yard) == 503, "nobody is told that the database hangs")
    until(lambda: health(yard) == 200, "nobody is told that the database is back")
    assert yard.ask("after it hung")


@contextmanager
def hanging(postmaster: int) -> Iterator[None]:
    """For the block no process of the database server moves."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    held = [postmaster, *map(int, children)]  # first the one that would start others
    _signalled(held, signal.SIGSTOP)
    try:
        yield
    finally:
        _signalled(held, signal.SIGCONT)


def _signalled(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):  # one that was about to end when it was listed
            os.kill(process, number)


def health(yard: Yard) -> int:
    """The status of `/healthz`, which answers in time whatever the database does."""
    return httpx.get(f"{yard.center.url}/healthz", timeout=5).status_code


# ---- peers that misbehave, while others go on

WELL_FORMED = ADT.format(control="X", number="X").encode()
SENT = {
    "nothing": b"",
    "rubbish": bytes(range(256)) * 400,
    "half a message": START + WELL_FORMED[:60],
    "a frame in a frame": START + WELL_FORMED[:60] + START + WELL_FORMED[:30],
    "an endless message": START + b"MSH|" + b"x" * 2_000_000,
    "half a TLS handshake": b"\x16\x03\x01\x02\x00\x01\x00",
    "half an association": b"\x01\x00\x00\x00\x01\x00" + b"\x00" * 20,
    "an association of 4 GB": b"\x01\x00\xff\xff\xff\xff" + b"\x00" * 200,
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
}


@contextmanager
def lingering(port: int, sent: bytes, count: int) -> Iterator[list[socket.socket]]:
    """So many connections that send this, and never read nor close."""
    peers = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(count)]
    for peer in peers:
        peer.setblocking(False)
        with suppress(BlockingIOError):
            peer.send(sent)
    try:
        yield peers
    finally:
        for peer in peers:
            peer.close()


@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("door", ["mllp", "dicom"])
def test_a_peer_that_misbehaves_holds_up_nobody_else(yard: Yard, door: str, sent: str) -> None:
    number = f"5{len(yard.book.patients)}"
    with lingering(yard.center.port(door), SENT[sent], 12):
        started = time.monotonic()
        assert yard.announce(number)
        assert yard.store(100 + len(yard.book.images))
        assert yard.clinician.http.get("/api/me").status_code == 200
        assert time.monotonic() - started < 10
    assert yard.center.process is not None
    assert yard.center.process.poll() is None


def test_a_peer_that_never_reads_its_answers_holds_up_nobody_else(yard: Yard) -> None:
    many = b"".join(START + ADT.format(control=f"N{n}", number="60001").encode() + END for n in range(300))
    with socket.create_connection(("127.0.0.1", yard.center.port("mllp")), 10) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.setblocking(False)
        with suppress(BlockingIOError):
            deaf.send(many)
        for number in range(5):
            assert yard.announce(f"7000{number}")
    yard.hold_no_more_than_one("60001")


def test_rubbish_over_http_is_told_what_it_is(yard: Yard) -> None:
    with socket.create_connection(("127.0.0.1", int(yard.center.settings["YUANZHEN_PORT"])), 10) as peer:
        peer.sendall(bytes(range(256)) * 10)
        assert peer.recv(200).startswith(b"HTTP/1.1 400")
    for path in (
        "/api/consultations/%00",
        "/fhir/R4/Patient/%00",
        "/fhir/R4/Patient?name=%00",
        "/dicom-web/studies/%00/series",
    ):
        answer = yard.clinician.http.get(path)
        assert answer.status_code in (400, 404, 422), (path, answer.status_code, answer.text)
    answer = yard.clinician.http.get(f"/fhir/R4/Patient/{yard.patient}/_history/99999999999999999999")
    assert answer.status_code in (400, 404, 422), answer.text
    answer = yard.machine.post("/fhir/R4/Patient", content='{"resourceType": "Patient", "name": [{"text": "\\u0000"}]}')
    assert answer.status_code in (400, 422), answer.text


def test_a_log_that_cannot_be_written_breaks_no_answer(tmp_path: Path) -> None:
    center = Center.at(tmp_path / "home")
    with Path("/dev/full").open("w") as full:
        center.process = subprocess.Popen(
            [BIN / "yuanzhen", "serve"], env=center.environment(), stdout=subprocess.PIPE, stderr=full, text=True
        )
    assert center.process.stdout is not None
    assert any(line.startswith("ready ") for line in center.process.stdout)
    with socket.create_connection(("127.0.0.1", center.port("mllp")), 10) as peer:
        peer.sendall(START + b"MSH|^~\\&|X|NOBODY||||||C1|P|2.5.1\r" + END)
        assert b"MSA|" in peer.recv(4096)  # refused, and that would have been logged
    assert httpx.get(f"{center.url}/healthz").status_code == 200
    assert center.stop() == 0
