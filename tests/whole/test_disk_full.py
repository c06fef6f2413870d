"""A disk that fills up: all is refused with the reason, nothing acknowledged is lost, and it goes on by itself."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.make.center import Center, served
from tests.make.images import SUCCESS, ct, sent, shown
from tests.make.small_disk import SmallDisk, needs_root, small_disk
from yuanzhen.infrastructure import settings
from yuanzhen.programs.operations import reach

pytestmark = [needs_root, pytest.mark.slow]

FHIR = {"content-type": "application/fhir+json"}
OUT_OF_RESOURCES = 0xA700  # PS3.4 table C.4-1
LARGE = 300_000  # characters: more than the free room of the pages that are there
BACK_S = 30
JOURNAL = "SELECT pg_logical_emit_message(true, 'x', repeat(md5(random()::text), 30000))"
ADT = (
    "MSH|^~\\&|HIS|LIUHE|YUANZHEN|CITY|20260318091200+0800||ADT^A04^ADT_A01|{control}|P|2.5.1|||||CHN|UNICODE UTF-8\r"
    "EVN|A04|20260318091200+0800\rPID|1||{control}^^^LIUHE^MR||王^{text}||19590321|F\rPV1|1|O\r"
)


@dataclass
class Sender:
    """Somebody who sends by every way in, and keeps account of what was acknowledged."""

    center: Center
    machine: httpx.Client

    def patient(self, size: int = 1) -> httpx.Response:
        body = {"resourceType": "Patient", "name": [{"text": "长" * size}]}
        return self.machine.post("/fhir/R4/Patient", json=body, headers=FHIR)

    def message(self, control: str, size: int = 1) -> str:
        """The acknowledgement's code (MSA-1) and reason."""
        with socket.create_connection(("127.0.0.1", self.center.port("mllp")), timeout=30) as link:
            link.sendall(b"\x0b" + ADT.format(control=control, text="长" * size).encode() + b"\x1c\r")
            answer = b""
            while not answer.endswith(b"\x1c\r"):
                answer += link.recv(4096)
        return answer.decode().split("\rMSA|")[1].split("\r")[0]

    def image(self, number: int) -> int | None:
        """The status; None when no association is made."""
        return next(iter(sent(self.center.port("dicom"), ct(number))), None)

    def goes_on(self) -> None:
        """Within half a minute, by itself, every way in takes things again."""
        until = time.monotonic() + BACK_S
        while (answer := self.patient()).status_code != 201:
            assert time.monotonic() < until, answer.text
            time.sleep(0.2)
        assert self.message("M9").startswith("AA")
        assert self.image(9) == SUCCESS


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", "250m") as disk:
        yield disk


@pytest.fixture
def sender(disk: SmallDisk) -> Iterator[Sender]:
    with served(disk.path / "home") as center:
        yield Sender(center, center.machine())


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status and the stable code of an OperationOutcome."""
    return answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]


def test_a_full_disk_is_told_by_every_way_in_and_forgotten_when_there_is_room(disk: SmallDisk, sender: Sender) -> None:
    kept = sender.patient().json()
    assert sender.message("M1").startswith("AA") and sender.image(1) == SUCCESS
    disk.fill()

    assert problem(sender.patient(LARGE)) == (507, "database.disk_full")
    assert sender.message("M2", LARGE).split("|")[:3] == ["AR", "M2", "database.disk_full"]
    assert sender.image(2) == OUT_OF_RESOURCES
    assert sender.machine.get(f"/fhir/R4/Patient/{kept['id']}").json() == kept  # what is there can be read

    disk.free()
    sender.goes_on()
    assert sender.machine.get(f"/fhir/R4/Patient/{kept['id']}").json() == kept
    assert shown(sender.machine) == [1, 9]
    assert sender.center.run("audit", "verify").returncode == 0


def test_a_database_that_died_of_it_comes_back_by_itself(disk: SmallDisk, sender: Sender) -> None:
    """PostgreSQL ends itself when its journal finds no room, and cannot start again until there is some."""
    kept = sender.patient().json()
    disk.fill()
    asyncio.run(journal_filled(sender.center))

    assert problem(sender.patient()) == (503, "database.down")
    assert sender.message("M2").split("|")[:3] == ["AR", "M2", "database.down"]
    assert sender.image(2) != SUCCESS

    disk.free()
    sender.goes_on()
    assert sender.machine.get(f"/fhir/R4/Patient/{kept['id']}").json() == kept
    assert sender.center.run("audit", "verify").returncode == 0


async def journal_filled(center: Center) -> None:
    """Writes to the journal alone until the server is gone."""
    chosen = settings.read({**center.settings, "YUANZHEN_HOME": str(center.home)}, {})
    root = reach.known_root(chosen)
    async with reach.reached(chosen, root) as reached:
        connection: Any = await asyncpg.connect(reached.admin.dsn())
        with pytest.raises((asyncpg.PostgresError, OSError)):
            for _ in range(100):
                await connection.execute(JOURNAL)
        connection.terminate()
