"""ORU^R01 of five results from 16 senders at once: over MLLP, into the record, acknowledged after the commit.

One JSON line. `value` is messages/s in which each is one report and five observations with their versions, search rows
and trail, of a patient who is known; every process has its share of the machine, the senders too. `reference` is
parsing alone: `hl7apy` reading the same messages one after the other on one core, without a socket or a database.
`cpu_ms` is what a message costs in CPU: of this process, the senders in it, and of PostgreSQL; parsing beside it.
`hl7_per_s` is `hl7` doing so, which splits a message and judges nothing, `mapped_per_s` our own reading and mapping to
FHIR. All stand in the same run, in turn.
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import hl7
from hl7apy.parser import parse_message

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.make import inside
from tests.make.spent import postgres_s
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.exchange.hl7v2 import dialects, mllp
from yuanzhen.data.exchange.hl7v2.handler import handle
from yuanzhen.data.exchange.hl7v2.mapping import received
from yuanzhen.data.exchange.hl7v2.mllp import Connection, framed, serve_mllp
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.intake.sink import Intake
from yuanzhen.infrastructure import log
from yuanzhen.infrastructure.blobs import open_blobs
from yuanzhen.infrastructure.db import database, embedded, provision
from yuanzhen.infrastructure.db.actor import Signer, system
from yuanzhen.security.identity import people
from yuanzhen.security.keys.objects import Objects
from yuanzhen.security.keys.root import Root

MIGRATIONS = Path(provision.__file__).parents[2] / "programs" / "migrations"
KEY = bytes(32)
SENDERS, EACH, ROUNDS = 16, 40, 3
GOAL = 0.5
HEAD = "MSH|^~\\&|LIS|T01|YUANZHEN|CITY|20260102030405||{kind}|{control}|P|2.5.1||||||UNICODE UTF-8\r"
PERSON = "PID|1||{number}^^^T01^MR||王^小明||19800215|M\r"
LINES = "".join(
    f"OBX|{n}|NM|{code}^{name}^L||{value}|{unit}|{low}-{high}|N|||F|||20260102021500\r"
    for n, (code, name, value, unit, low, high) in enumerate(
        [("WBC", "白细胞计数", "6.1", "10*9/L", "3.5", "9.5"), ("RBC", "红细胞计数", "4.60", "10*12/L", "3.8", "5.1"),
         ("HGB", "血红蛋白", "132", "g/L", "115", "150"), ("PLT", "血小板计数", "210", "10*9/L", "125", "350"),
         ("CRP", "C反应蛋白", "3.2", "mg/L", "0", "10")], 1)
)  # fmt: skip
ORDER = "OBR|1|P{n}^HIS|F{n}^LIS|CBC^血常规^L|||20260102020000|||||||||||||||20260102030000||HM|F\r"


def result(sender: int, n: int) -> bytes:
    """One report on the sender's own patient."""
    number = f"{sender}-{n}"
    head = HEAD.format(kind="ORU^R01^ORU_R01", control=f"C{number}")
    return (head + PERSON.format(number=sender) + ORDER.format(n=number) + LINES).encode()


async def talk(port: int, messages: list[bytes]) -> None:
    """A sender: each message after the answer to the last."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for message in messages:
        writer.write(framed(message))
        answer = await reader.readuntil(b"\x1c\r")
        if b"MSA|AA|" not in answer:
            raise SystemExit(f"not accepted: {answer!r}")
    writer.close()


class Spent(NamedTuple):
    """Of one round: messages/s, and CPU milliseconds of a message, in this process and in PostgreSQL."""

    per_s: float
    process_ms: float
    postgres_ms: float


async def ours(intake: Intake, round_: int, postmaster: int) -> Spent:
    """All senders together."""
    setting = Setting("home", maps=dialects.of("zh-his"))

    async def answer(data: bytes, _: Connection) -> bytes:
        return await handle(data, Sender("lis", "home"), intake, setting)

    sock = socket.create_server(("127.0.0.1", 0))
    server = asyncio.create_task(serve_mllp(sock, answer, limits=mllp.Limits()))
    port = sock.getsockname()[1]
    work = [[result(sender, round_ * EACH + n) for n in range(EACH)] for sender in range(SENDERS)]
    process, postgres, started = time.process_time(), postgres_s(postmaster), time.perf_counter()
    await asyncio.gather(*(talk(port, messages) for messages in work))
    took, count = time.perf_counter() - started, SENDERS * EACH
    process, postgres = time.process_time() - process, postgres_s(postmaster) - postgres
    server.cancel()
    await asyncio.gather(server, return_exceptions=True)
    return Spent(count / took, process / count * 1e3, postgres / count * 1e3)


def alone(read: Callable[[bytes], Any], count: int) -> Spent:
    """One reader on one core."""
    messages = [result(0, n) for n in range(count)]
    process, started = time.process_time(), time.perf_counter()
    for message in messages:
        read(message)
    took, process = time.perf_counter() - started, time.process_time() - process
    return Spent(count / took, process / count * 1e3, 0)


async def measure(dsn: str, folder: Path, postmaster: int) -> dict[str, Any]:
    """Our figure and its references, in turn."""
    db = await database.connect(dsn, Signer(KEY, KEY), {})
    intake = Intake(db, Objects(Root(KEY, sealed=False), open_blobs(None, folder)))
    async with db.verb(system("setup")) as tx:
        await people.add_institution(tx, "home", "city", None, id="home")
    setting = Setting("home", maps=dialects.of("zh-his"))
    for sender in range(SENDERS):
        known = HEAD.format(kind="ADT^A04", control=f"A{sender}") + PERSON.format(number=sender)
        await handle(known.encode(), Sender("lis", "home"), intake, setting)
    taken, parsed, split, mapped = [], [], [], []
    for round_ in range(ROUNDS):
        taken.append(await ours(intake, round_, postmaster))
        parsed.append(alone(lambda data: parse_message(data.decode(), find_groups=True).children, 30))
        split.append(alone(lambda data: [str(segment) for segment in hl7.parse(data.decode())], 200))
        mapped.append(alone(lambda data: received(data, setting), 200))
    await db.close()

    def middle(spent: list[Spent], read: Callable[[Spent], float]) -> float:
        return statistics.median(map(read, spent))

    value, reference = middle(taken, lambda one: one.per_s), middle(parsed, lambda one: one.per_s)
    return {
        "figure": f"HL7 in: ORU^R01 of five results, {SENDERS} senders, into the record",
        "value": round(value),
        "unit": "messages/s",
        "reference": round(reference),
        "reference_is": "hl7apy parsing the same messages, one core",
        "ratio": round(value / reference, 2),
        "goal": GOAL,
        "cpu_ms": round(middle(taken, lambda one: one.process_ms), 1),
        "postgres_cpu_ms": round(middle(taken, lambda one: one.postgres_ms), 1),
        "reference_cpu_ms": round(middle(parsed, lambda one: one.process_ms), 1),
        "hl7_per_s": round(middle(split, lambda one: one.per_s)),
        "mapped_per_s": round(middle(mapped, lambda one: one.per_s)),
    }


async def main() -> None:
    """An embedded server of its own, provisioned as a home's is."""
    log.configure("WARNING")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        server = await embedded.start(home, superuser="postgres", password="bench")
        try:
            admin = provision.Admin("postgres", "bench", str(server.socket_dir), server.port)
            dsn = await provision.provision(
                admin, database="bench", password="bench", context_key=KEY, migrations=MIGRATIONS
            )
            told = await measure(dsn, Path(folder) / "objects", inside.postmaster(home))
            print(json.dumps(told, ensure_ascii=False), flush=True)
        finally:
            await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
