"""A centre that is killed and comes back, and a book of what was asked of it and what it acknowledged.

After each restart the record is held against the book: what was acknowledged is there, once; nothing is there by half.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.make import inside
from tests.make.center import Center, Person, free_ports
from tests.make.halves import HALVES
from tests.make.his import END, START, His
from tests.make.images import SUCCESS, ct, sent
from yuanzhen.applications.consultation.consent_texts import CURRENT

ADT = (
    "MSH|^~\\&|HIS|LIUHE|YUANZHEN|CITY|20260318091200+0800||ADT^A04^ADT_A01|{control}|P|2.5.1|||||CHN|UNICODE UTF-8\r"
    "EVN|A04|20260318091200+0800\rPID|1||{number}^^^LIUHE^MR||刘^淑英||19590321|F\rPV1|1|O\r"
)
OPINION = {"findings": "左侧低密度影", "conclusion": "考虑急性脑梗死", "advice": "静脉溶栓"}
SIGNING = {"patient": {"name": "刘淑英", "birth_date": "1959-03-21"}}
BY_ASKER = ("rate", "cancel")  # all else is the expert's


@dataclass
class Book:
    """What was asked of the centre, and whether it said yes: by Idempotency-Key, patient number, image, case, act."""

    asked: dict[str, str | None] = field(default_factory=dict)  # key -> the case's id, None without an answer
    patients: dict[str, bool] = field(default_factory=dict)
    images: dict[int, bool] = field(default_factory=dict)
    signed: dict[str, bool] = field(default_factory=dict)
    acts: dict[tuple[str, str], bool] = field(default_factory=dict)  # (case, act) -> whether it was answered
    kills: Counter[str] = field(default_factory=Counter)


@dataclass
class Yard:
    """A centre that dies and comes back, its people, the HIS that hears of it, and the book."""

    center: Center
    his: His
    clinician: Person
    expert: Person
    machine: httpx.Client
    department: str
    elsewhere: str  # another department
    patient: str
    flag: Path
    book: Book = field(default_factory=Book)
    count: int = 0

    @classmethod
    def of(cls, folder: Path, **settings: str) -> Yard:
        """A started centre with one patient, and the HIS of her township."""
        center = Center.at(folder / "home", **settings).start()
        (port,) = free_ports(1)
        his = His(folder, port).start()
        township = center.told("institution", "add", "柳河镇卫生院", "--level", "township")["id"]
        city = center.told("institution", "add", "市中心医院东院", "--level", "branch")["id"]
        department = center.told("department", "add", "神经内科", "--institution", city)["id"]
        elsewhere = center.told("department", "add", "心内科", "--institution", city)["id"]
        center.told(
            "peer", "add", "柳河镇 HIS", "--institution", township, "--hl7-facility", "LIUHE",
            "--hl7-to", f"127.0.0.1:{port}", "--send", "ORU", "--ae", "LIUHE_CT",
        )  # fmt: skip
        yard = cls(
            center=center,
            his=his,
            clinician=center.user("xujing", "clinician", township),
            expert=center.user("chenyuan", "expert", city, "--department", department),
            machine=center.machine(),
            department=department,
            elsewhere=elsewhere,
            patient="",
            flag=folder / "now",
        )
        assert yard.announce("00017")
        found = yard.clinician.http.get("/fhir/R4/Patient", params={"identifier": "00017"}).json()
        yard.patient = found["entry"][0]["resource"]["id"]
        return yard

    def close(self) -> None:
        """Ends what still runs."""
        if self.center.process is not None:
            self.center.stop()
        if self.his.process is not None:
            self.his.kill()

    def next(self) -> int:
        self.count += 1
        return self.count

    # ---- what is asked of it; a broken connection is no answer

    def ask(self, key: str, **more: str) -> str | None:
        """A case, known by its key; None when no answer came."""
        self.book.asked.setdefault(key, None)
        body = {
            "patient": self.patient, "department": self.department, "urgency": "emergency", "question": f"问 {key}",
            "consent": {"version": CURRENT, "given_by": "patient", "how": "signed"}, **more,
        }  # fmt: skip
        with contextlib.suppress(httpx.TransportError):
            answer = self.clinician.http.post("/api/consultations", json=body, headers={"Idempotency-Key": key})
            if answer.status_code == 201:
                self.book.asked[key] = answer.json()["id"]
        return self.book.asked[key]

    def act(self, case: str, act: str, **given: object) -> bool:
        """One act, unless the case shows already that it was done; False when no answer came."""
        self.book.acts.setdefault((case, act), False)
        http, path = (self.clinician if act in BY_ASKER else self.expert).http, f"/api/consultations/{case}"
        with contextlib.suppress(httpx.TransportError):
            done = act in [step["what"] for step in http.get(path).json()["timeline"]]
            self.book.acts[case, act] |= done or http.post(f"{path}/{act}", json=given).status_code == 200
        return self.book.acts[case, act]

    def slot(self, number: int) -> str:
        """An hour of the expert's that can be booked."""
        start = datetime.now(UTC) + timedelta(days=2, hours=number)
        times = {"start": start.isoformat(), "end": (start + timedelta(minutes=20)).isoformat()}
        answer = self.expert.http.post("/api/calendar/slots", json={"expert": self.expert.id, **times})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def announce(self, number: str) -> bool:
        """A patient by ADT; False when no AA came."""
        self.book.patients.setdefault(number, False)
        message = ADT.format(control=f"C{number}", number=number).encode()
        with contextlib.suppress(OSError):
            self.book.patients[number] |= b"MSA|AA|" in mllp(self.center.port("mllp"), message)
        return self.book.patients[number]

    def store(self, number: int) -> bool:
        """An image by C-STORE; False when no success came."""
        self.book.images.setdefault(number, False)
        self.book.images[number] |= sent(self.center.port("dicom"), ct(number), title="LIUHE_CT") == [SUCCESS]
        return self.book.images[number]

    def write(self, case: str) -> None:
        """The expert takes what rings, writes, and has shown a factor that will do for the signature."""
        self.act(case, "accept")
        with contextlib.suppress(httpx.TransportError):
            self.expert.http.put(f"/api/consultations/{case}/opinion", json=OPINION)
            self.expert.show_factor()

    def sign(self, case: str) -> bool:
        """Signs what is written, unless it is signed; False when no answer came."""
        self.book.signed.setdefault(case, False)
        path = f"/api/consultations/{case}"
        with contextlib.suppress(httpx.TransportError):
            signed = self.expert.http.get(path).json()["state"] == "signed"
            answer = None if signed else self.expert.http.post(f"{path}/opinion/sign", json=SIGNING)
            self.book.signed[case] |= signed or (answer is not None and answer.status_code == 200)
        return self.book.signed[case]

    # ---- what dies on the way

    def ready(self, what: str, number: int) -> str:
        """What has to be there before it is done: a case, a slot, or nothing."""
        if what in ("ask", "message", "image"):
            return ""
        if what == "book":
            return self.slot(number)
        case = self.ask(f"before {number}", mode="written" if what in ("claim", "hand-over") else "live")
        assert case
        if what == "hand-over":
            assert self.act(case, "claim")
        elif what in ("rate", "signature", "report"):
            self.write(case)
        if what == "rate":
            assert self.sign(case)
        return case

    def does(self, what: str, number: int, thing: str) -> bool:
        """It is done, or done again by whoever heard nothing; False when no answer came."""
        match what:
            case "ask":
                return self.ask(f"k{number}") is not None
            case "book":
                return self.ask(f"k{number}", urgency="scheduled", slot=thing) is not None
            case "message":
                return self.announce(f"9{number}")
            case "image":
                return self.store(number)
            case "claim":
                return self.act(thing, "claim")
            case "answer":
                return self.act(thing, "accept")
            case "hand-over":
                return self.act(thing, "hand-over", department=self.elsewhere)
            case "rate":
                return self.act(thing, "rate", score=4)
        return self.sign(thing)

    # ---- dying and coming back

    def dying_at(self, point: str) -> None:
        """The centre runs again, and is to die at a point."""
        self.center.stop()
        self.center.start(program=(sys.executable, "-m", "tests.make.dying", point, self.flag))
        self.flag.touch()

    def died(self) -> None:
        """It did; it is started again as it is."""
        assert self.center.ended() == -signal.SIGKILL
        self.flag.unlink()
        self.center.start()

    # ---- the record against the book

    def hold(self) -> None:
        """Fails when something acknowledged is missing, something is there twice, or something is there by half."""
        self._hold_asked()
        self._hold_acts()
        self._hold_patients()
        self._hold_images()
        self._hold_halves()

    def _hold_asked(self) -> None:
        for key, case in self.book.asked.items():
            known = inside.rows(self.center.home, "SELECT id FROM consultation.case WHERE question = $1", f"问 {key}")
            assert len(known) <= 1, key
            if case is not None:
                assert [row["id"] for row in known] == [case], f"an acknowledged case is lost: {key}"
                assert self.clinician.http.get(f"/api/consultations/{case}").status_code == 200

    def _hold_acts(self) -> None:
        """What was answered is on the time line once; what was not is there once or not at all."""
        sql = "SELECT consultation, what, count(*) AS times FROM consultation.step GROUP BY 1, 2"
        times = {(row["consultation"], row["what"]): row["times"] for row in inside.rows(self.center.home, sql)}
        for act, acknowledged in self.book.acts.items():
            assert acknowledged <= times.get(act, 0) <= 1, f"an act that was lost, or done twice: {act}"

    def _hold_patients(self) -> None:
        numbers = list(self.book.patients)
        for some in (numbers[at : at + 100] for at in range(0, len(numbers), 100)):
            asked = {"identifier": ",".join(some), "_count": "200"}
            entries = self.machine.get("/fhir/R4/Patient", params=asked).json().get("entry", [])
            found = [number["value"] for entry in entries for number in entry["resource"]["identifier"]]
            assert len(found) == len(set(found)), "a patient is there twice"
            for number in some:
                assert number in found or not self.book.patients[number], f"an acknowledged patient is lost: {number}"

    def hold_no_more_than_one(self, number: str) -> None:
        """However often a number was announced, there is one patient of it."""
        found = self.machine.get("/fhir/R4/Patient", params={"identifier": number}).json().get("entry", [])
        assert len(found) <= 1

    def _hold_images(self) -> None:
        for number, acknowledged in self.book.images.items():
            image = ct(number)
            path = f"/dicom-web/studies/{image.StudyInstanceUID}/series/{image.SeriesInstanceUID}/instances"
            answer = self.clinician.http.get(f"{path}/{image.SOPInstanceUID}/rendered")
            assert answer.status_code in (200, 404), answer.text
            assert answer.status_code == 200 or not acknowledged, f"an acknowledged image is lost: {number}"
            if answer.status_code == 200:
                assert answer.content.startswith(b"\x89PNG")

    def _hold_halves(self) -> None:
        for what, sql in HALVES.items():
            found = [tuple(row) for row in inside.rows(self.center.home, sql)]
            assert found == [], what

    def hold_reports(self) -> None:
        """The HIS has each signed version once by control id, with exactly its texts, and none that was not signed."""
        wanted = {
            row["consultation"]
            for row in inside.rows(self.center.home, "SELECT consultation FROM consultation.opinion")
        }
        assert {case for case, signed in self.book.signed.items() if signed} <= wanted
        until(lambda: wanted <= self.reported().keys(), f"reports of {wanted - self.reported().keys()}")
        assert set(self.reported()) == wanted
        for case, messages in self.reported().items():
            assert len({one["control"] for one in messages}) == 1, case
            assert all(one["texts"] == list(OPINION.values()) for one in messages), case

    def reported(self) -> dict[str, list[dict[str, Any]]]:
        """What the HIS received, by case."""
        told: dict[str, list[dict[str, Any]]] = {}
        for message in self.his.messages():
            told.setdefault(message["order"].split("^")[0], []).append(message)
        return told

    def counts(self) -> dict[str, Any]:
        """For whoever reads the run."""
        book = self.book
        return {
            "kills": sum(book.kills.values()),
            "asked": len(book.asked), "asked acknowledged": sum(case is not None for case in book.asked.values()),
            "patients": len(book.patients), "patients acknowledged": sum(book.patients.values()),
            "images": len(book.images), "images acknowledged": sum(book.images.values()),
            "acts": len(book.acts), "acts acknowledged": sum(book.acts.values()),
            "signed": sum(book.signed.values()), "messages at the HIS": len(self.his.messages()), "lost": 0,
        }  # fmt: skip


def mllp(port: int, message: bytes) -> bytes:
    """The answer to a message; fewer bytes when the other side died."""
    with socket.create_connection(("127.0.0.1", port), 20) as peer:
        peer.sendall(START + message + END)
        data = b""
        while END not in data and (more := peer.recv(65536)):
            data += more
        return data


def until(look: Callable[[], object], what: str, *, seconds: float = 60) -> None:
    """Waits until something is true."""
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
