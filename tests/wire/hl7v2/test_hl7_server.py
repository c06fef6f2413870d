"""A server on a real socket: other people's clients, rude peers, TLS on the same port."""

import asyncio
import re
import socket
import ssl
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import hl7.client
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from yuanzhen.data.exchange.hl7v2 import handler
from yuanzhen.data.exchange.hl7v2.ack import answer
from yuanzhen.data.exchange.hl7v2.mllp import END, Limits, framed, serve_mllp
from yuanzhen.data.exchange.hl7v2.oru import ack_of
from yuanzhen.data.exchange.hl7v2.sender import send
from yuanzhen.infrastructure.errors import InsufficientStorage, Malformed, Problem, Unavailable


def numbers(kept):
    return [fact.identifiers[0].value for fact in kept.facts]


async def test_the_client_of_another_library_is_answered(serve, kept, adt):
    def talk(port):
        with hl7.client.MLLPClient("127.0.0.1", port) as client:
            return [client.send_message(adt(number)) for number in (1, 2)]

    async with serve() as port:
        answers = await asyncio.to_thread(talk, port)
    assert [hl7.parse(answer.strip(b"\x0b\x1c\r").decode()).segment("MSA")[1][0] for answer in answers] == ["AA", "AA"]
    assert (numbers(kept), kept.facts[0].name.full, kept.senders[0].institution) == (["1", "2"], "王小明", "town-1")
    assert re.fullmatch("[0-9a-f]{64}", kept.facts[0].digest)


async def test_the_command_of_another_library_is_answered(serve, kept, adt, tmp_path):
    file = tmp_path / "adt.hl7"
    file.write_bytes(adt(5))
    command = [sys.executable, "-c", "from hl7.client import mllp_send; mllp_send()", "--loose", "-f", str(file)]
    async with serve() as port:
        done = await asyncio.to_thread(
            subprocess.run, [*command, "-p", str(port), "127.0.0.1"], capture_output=True, timeout=20, check=True
        )
    assert b"MSA|AA|C5" in done.stdout
    assert numbers(kept) == ["5"]


async def test_a_batch_is_answered_by_a_batch_each_message_for_itself(serve, kept, adt, answers):
    begins, ends = b"FHS|^~\\&|HIS|TOWN\rBHS|^~\\&|HIS|TOWN||||||||B1\r", b"BTS|3\rFTS|1\r"
    async with serve() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(framed(begins + adt(1) + adt(2).replace(b"|C2|", b"||") + adt(3) + ends))
        (answer,) = await answers(reader, 1)
        writer.write(framed(begins + adt(4) + ends))
        (refused,) = await answers(reader, 1)
        writer.close()
    lines = answer.decode().strip("\r").split("\r")
    assert [line.split("|")[1:3] for line in lines if line.startswith("MSA")] == [
        ["AA", "C1"],
        ["AE", ""],
        ["AA", "C3"],
    ]
    assert (lines[0][:4], lines[-1]) == ("BHS|", "BTS|3")
    assert numbers(kept) == ["1", "3"]
    assert b"hl7.batch_count" in refused


async def test_bytes_one_by_one_and_two_messages_in_one_write_are_answered_in_order(serve, kept, adt, answers):
    async with serve() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for byte in framed(adt(1)):
            writer.write(bytes([byte]))
            await writer.drain()
        writer.write(framed(adt(2)) + b"\r\nrubbish" + framed(adt(3)))
        answered = await answers(reader, 3)
        writer.close()
    assert [ack_of(answer).control_id for answer in answered] == ["C1", "C2", "C3"]
    assert numbers(kept) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("data", "code", "error"),
    [
        (b"rubbish", "AR", "100"),
        (b"MSH|^~\\&|HIS|TOWN|||2026||ADT^A04|C1|P|2.5.1\rEVN|A04", "AE", "100"),
        (b"MSH|^~\\&|HIS|TOWN|||2026||ADT^A04|C1|P|2.5.1\rPID|1", "AE", "101"),
        (b"MSH|^~\\&|HIS|TOWN|||2026||ADT^A04||P|2.5.1\rPID|1||5", "AE", "101"),
        (b"MSH|^~\\&|HIS|TOWN|||2026||ADT^A24|C1|P|2.5.1\rPID|1||5", "AR", "201"),
        (b"MSH|^~\\&|HIS|TOWN|||2026||BAR^P01|C1|P|2.5.1\rPID|1||5", "AR", "200"),
        (b"MSH|^~\\&|HIS|TOWN|||2026||ADT^A04|C1|P|3.0\rPID|1||5", "AR", "203"),
        (b"MSH|^~\\&|HIS|TOWN|||2026|||C1|P|2.5\rPID|1||5", "AE", "101"),
        (b"MSH|^~\\&|HIS|TOWN|||2026||ADT^A04|C1|P|2.5.1|||AL|NE\rPID|1", "CE", "101"),
    ],
)
async def test_what_is_refused_is_answered_and_the_next_is_taken(serve, kept, adt, answers, data, code, error):
    async with serve() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(framed(data) + framed(adt(9)))
        refused, taken = (ack_of(answer) for answer in await answers(reader, 2))
        writer.close()
    assert (refused.code, refused.error, taken.code, numbers(kept)) == (code, error, "AA", ["9"])
    assert [(one.body, one.waits) for one in kept.unread] == [(data, False)]


@pytest.mark.parametrize(
    ("fault", "code"), [(InsufficientStorage("blobs.full"), "AR"), (ValueError("王小明 19800215"), "AR")]
)
async def test_what_the_sink_did_not_keep_is_not_acknowledged(serve, kept, adt, capfd, fault, code):
    kept.refuses = fault
    async with serve() as port:
        answer = await send("127.0.0.1", port, adt(1), timeout_s=10)
    assert ack_of(answer).code == code
    assert "王小明" not in answer.decode() + "".join(capfd.readouterr())


async def test_a_message_over_the_limit_is_refused_by_name(serve, kept, adt, answers):
    large = adt(1) + b"NTE|1||" + b"x" * (16 * 1024 * 1024)
    async with serve() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(framed(large) + framed(adt(2)))
        refused, taken = (ack_of(answer) for answer in await answers(reader, 2))
        writer.close()
    assert (refused.code, refused.control_id, taken.code, numbers(kept)) == ("AE", "C1", "AA", ["2"])


async def closed(reader: asyncio.StreamReader) -> bool:
    """Whether the server hangs up; a reset counts."""
    try:
        async with asyncio.timeout(10):
            while await reader.read(65536):
                pass
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize("data", [b"", b"\x0bMSH|half", b"\x16half a client hello", b"GET / HTTP/1.1\r\n\r\n"])
async def test_a_peer_that_stalls_is_hung_up_and_holds_nobody(serve, kept, adt, certified, data):
    async with serve(certified.server, first_s=0.4, frame_s=0.4, handshake_s=0.4) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        assert ack_of(await send("127.0.0.1", port, adt(1), timeout_s=5)).accepted
        assert await closed(reader)
        writer.close()
    assert numbers(kept) == ["1"]


async def test_a_peer_that_drips_is_hung_up_at_the_limit_of_the_frame(serve):
    async with serve(frame_s=0.4) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x0bMSH")
        hung_up = asyncio.create_task(closed(reader))
        while not hung_up.done():
            writer.write(b"|")
            await asyncio.wait({hung_up}, timeout=0.02)
        assert hung_up.result()
        writer.close()


async def test_a_peer_that_never_reads_is_cut_off_and_holds_nobody(serve, kept, adt):
    async with serve(write_s=0.5) as port:
        _, writer = await asyncio.open_connection(sock=_hardly_open("127.0.0.1", port), limit=1024)
        deaf = asyncio.create_task(_push(writer, framed(b"MSH|^~\\&|||||||BAR|1|P|2.5\r") * 100))
        assert ack_of(await send("127.0.0.1", port, adt(1), timeout_s=5)).accepted
        async with asyncio.timeout(30):
            assert await deaf == "cut off"
        assert ack_of(await send("127.0.0.1", port, adt(2), timeout_s=5)).accepted
    assert numbers(kept) == ["1", "2"]


def _hardly_open(host: str, port: int) -> socket.socket:
    """A connection whose own buffer takes few answers."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect((host, port))
    sock.setblocking(False)
    return sock


async def _push(writer: asyncio.StreamWriter, data: bytes) -> str:
    try:
        while True:
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        return "cut off"


async def test_a_large_message_is_read_beside_everybody_elses_work(serve, adt, monkeypatch):
    read, threads = handler.received, []

    def reading(data, setting):
        threads.append(threading.current_thread() is threading.main_thread())
        return read(data, setting)

    monkeypatch.setattr(handler, "received", reading)
    async with serve() as port:
        for note in (b"", b"NTE|1||" + b"x" * 100_000 + b"\r"):
            assert ack_of(await send("127.0.0.1", port, adt(1) + note, timeout_s=10)).accepted
    assert threads == [True, False]


async def test_whoever_only_holds_connections_shuts_nobody_out(serve, adt):
    async with serve(connections=2) as port:
        speaks, first = await asyncio.open_connection("127.0.0.1", port)
        mute, second = await asyncio.open_connection("127.0.0.1", port)
        first.write(framed(adt(1)))
        assert b"MSA|AA" in await speaks.readuntil(END)
        assert ack_of(await send("127.0.0.1", port, adt(2), timeout_s=5)).accepted
        assert await mute.read() == b""  # the one that was silent longest
        first.write(framed(adt(3)))
        assert b"MSA|AA" in await speaks.readuntil(END)
        first.close()
        second.close()


async def test_while_every_connection_waits_for_its_answer_a_peer_is_turned_away(adt):
    gate, asked = asyncio.Event(), asyncio.Semaphore(0)

    async def slow(data, connection):
        asked.release()
        await gate.wait()
        return answer(data, None, now=datetime.now(UTC), control_id="1")

    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    server = asyncio.create_task(serve_mllp(sock, slow, limits=Limits(connections=2)))
    waiting = [asyncio.create_task(send("127.0.0.1", port, adt(n), timeout_s=20)) for n in (1, 2)]
    async with asyncio.timeout(10):
        await asked.acquire()
        await asked.acquire()
    with pytest.raises(Unavailable):
        await send("127.0.0.1", port, adt(3), timeout_s=5)
    gate.set()
    assert all(ack_of(told).accepted for told in await asyncio.gather(*waiting))
    assert await _until_accepted(port, adt(4))
    server.cancel()
    await asyncio.gather(server, return_exceptions=True)


async def _until_accepted(port: int, message: bytes) -> bool:
    async with asyncio.timeout(5):
        while True:
            try:
                return ack_of(await send("127.0.0.1", port, message, timeout_s=5)).accepted
            except Unavailable:
                await asyncio.sleep(0.01)


async def test_tls_and_plain_share_the_port_and_the_certificate_names_the_peer(serve, kept, adt, certified):
    async with serve(certified.server) as port:
        for tls in (certified.client, certified.stranger, None):
            assert ack_of(await send("localhost", port, adt(1), tls=tls, timeout_s=10)).accepted
    seen = [(connection.tls, connection.tls_subject) for connection in kept.connections]
    assert seen == [(True, "commonName=town-his"), (True, None), (False, None)]


async def test_tls_to_a_server_without_it_is_hung_up(serve, adt, certified):
    async with serve() as port:
        with pytest.raises(Unavailable):
            await send("localhost", port, adt(1), tls=certified.client, timeout_s=5)


async def test_an_untrusted_server_gets_no_message(serve, kept, adt, certified):
    async with serve(certified.server) as port:
        with pytest.raises(Unavailable, match=r"hl7\.not_trusted"):
            await send("localhost", port, adt(1), tls=ssl.create_default_context(), timeout_s=5)
    assert kept.facts == []


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (b"", Unavailable, "hl7.no_answer"),
        (b"HTTP/1.1 400\r\n", Malformed, "hl7.garbage"),
        (b"\x0bMSH|half", Unavailable, "hl7.no_answer"),
        (None, Unavailable, "hl7.timed_out"),
    ],
)
async def test_a_sender_says_why_it_has_no_answer(adt, reply, kind, code):
    async def answer(reader, writer):
        await reader.readuntil(b"\x1c\r")
        if reply is None:
            await reader.read()
        writer.write(reply or b"")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        with pytest.raises(Problem) as refused:
            await send("127.0.0.1", server.sockets[0].getsockname()[1], adt(1), timeout_s=0.5)
    assert (type(refused.value), refused.value.code) == (kind, code)


async def test_a_closed_port_is_unreachable(adt, unused_tcp_port):
    with pytest.raises(Unavailable, match=r"hl7\.unreachable"):
        await send("127.0.0.1", unused_tcp_port, adt(1), timeout_s=5)


class Certified:
    """A certificate authority of the test's own, and contexts for the server, a known client and one without a name."""

    def __init__(self, folder):
        authority_key = ec.generate_private_key(ec.SECP256R1())
        authority = _certificate("authority", authority_key, "authority", authority_key, authority=True)
        (folder / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
        for name in ("localhost", "town-his"):
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = _certificate(name, key, "authority", authority_key)
            (folder / f"{name}.pem").write_bytes(
                key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
                + certificate.public_bytes(serialization.Encoding.PEM)
            )
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
        self.server.load_cert_chain(folder / "localhost.pem")
        self.server.verify_mode = ssl.CERT_OPTIONAL
        self.client = ssl.create_default_context(cafile=folder / "ca.pem")
        self.client.load_cert_chain(folder / "town-his.pem")
        self.stranger = ssl.create_default_context(cafile=folder / "ca.pem")


def _certificate(name, key, issuer, issuer_key, *, authority=False):
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    return Certified(tmp_path_factory.mktemp("certificates"))
