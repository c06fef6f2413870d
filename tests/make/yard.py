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
from pathlib import Path
from typing import Any

import httpx

from tests.make import inside
from tests.make.center import Center, Person, free_ports
from tests.make.his import END, START, His
from tests.make.images import SUCCESS, ct, sent
from yuanzhen.applications.consultation.consent_texts import CURRENT

ADT = (
    "MSH|^~\\&|HIS|LIUHE|YUANZHEN|CITY|20260318091200+0800||ADT^A04^ADT_A01|{control}|P|2.5.1|||||CHN|UNICODE UTF-8\r"
    "EVN|A04|20260318091200+0800\rPID|1||{number}^^^LIUHE^MR||刘^淑英||19590321|F\rPV1|1|O\r"
)
OPINION = {"findings": "左侧低密度影", "conclusion": "考虑急性脑梗死", "advice": "静脉溶栓"}
SIGNING = {"patient": {"name": "刘淑英", "birth_date": "1959-03-21"}}


@dataclass
class Book:
    """What was asked of the centre, and whether it said yes: by Idempotency-Key, patient number, image, case."""

    asked: dict[str, str | None] = field(default_factory=dict)  # key -> the case's id, None without an answer
    patients: dict[str, bool] = field(default_factory=dict)
    images: dict[int, bool] = field(default_factory=dict)
    signed: dict[str, bool] = field(default_factory=dict)
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
    patient: str
    flag: Path
    book: Book = field(default_factory=Book)
    count: int = 0

    @classmethod
    def of(cls, folder: Path) -> Yard:
        """A started centre with one patient, and the HIS of her township."""
        center = Center.at(folder / "home").start()
        (port,) = free_ports(1)
        his = His(folder, port).start()
        township = center.told("institution", "add", "柳河镇卫生院", "--level", "township")["id"]
        city = center.told("institution", "add", "市中心医院东院", "--level", "branch")["id"]
        department = center.told("department", "add", "神经内科", "--institution", city)["id"]
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

    def ask(self, key: str) -> str | None:
        """A case, known by its key; None when no answer came."""
        self.book.asked.setdefault(key, None)
        body = {
            "patient": self.patient, "department": self.department, "urgency": "emergency", "question": f"问 {key}",
            "consent": {"version": CURRENT, "given_by": "patient", "how": "signed"},
        }  # fmt: skip
        with contextlib.suppress(httpx.TransportError):
            answer = self.clinician.http.post("/api/consultations", json=body, headers={"Idempotency-Key": key})
            if answer.status_code == 201:
                self.book.asked[key] = answer.json()["id"]
        return self.book.asked[key]

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

    def sign(self, case: str) -> bool:
        """Accept, write and sign, going on from wherever it stands; False when no answer came to the signature."""
        self.book.signed.setdefault(case, False)
        http, path = self.expert.http, f"/api/consultations/{case}"
        with contextlib.suppress(httpx.TransportError):
            if http.get(path).json().get("state") == "ringing":
                http.post(f"{path}/accept")
            http.put(f"{path}/opinion", json=OPINION)
            answer = http.post(f"{path}/opinion/sign", json=SIGNING)
            if answer.status_code == 403 and answer.json().get("code") == "factor.stale":
                http.post("/auth/factor", json={"kind": "totp", "code": self.expert.code()})
                answer = http.post(f"{path}/opinion/sign", json=SIGNING)
            self.book.signed[case] |= answer.status_code == 200 or http.get(path).json().get("state") == "signed"
        return self.book.signed[case]

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
            "signed": sum(book.signed.values()), "messages at the HIS": len(self.his.messages()), "lost": 0,
        }  # fmt: skip


# What may not be: each a statement that finds it.
HALVES = {
    "a case without its first step": """
        SELECT id FROM consultation.case c WHERE NOT EXISTS
          (SELECT FROM consultation.step s WHERE s.consultation = c.id AND s.what = 'asked')""",
    "a case without its consent": """
        SELECT id FROM consultation.case c WHERE NOT EXISTS
          (SELECT FROM records.resource r WHERE r.type = 'Consent' AND r.id = c.id)""",
    "a consent without its case": """
        SELECT id FROM records.resource r WHERE type = 'Consent' AND NOT EXISTS
          (SELECT FROM consultation.case c WHERE c.id = r.id)""",
    "a case that is not in the trail": """
        SELECT id FROM consultation.case c WHERE NOT EXISTS
          (SELECT FROM security.trail t WHERE t.entity = c.id AND t.verb = 'consultation.ask')""",
    "a case that nobody was told of": """
        SELECT id FROM consultation.case c WHERE NOT EXISTS (SELECT FROM infrastructure.outbox o
           WHERE o.kind = 'ConsultationAsked' AND o.body ->> 'consultation' = c.id)""",
    "a step that is not in the trail": """
        SELECT s.consultation, s.what FROM consultation.step s WHERE s.what <> 'asked' AND NOT EXISTS
          (SELECT FROM security.trail t WHERE t.entity = s.consultation AND t.verb = 'consultation.' || s.what)""",
    "a resource without its version": """
        SELECT type, id FROM records.resource r WHERE NOT EXISTS (SELECT FROM records.version v
           WHERE v.type = r.type AND v.id = r.id AND v.version = r.version)""",
    "a version that is not in the trail": """
        SELECT v.type, v.id FROM records.version v GROUP BY v.type, v.id HAVING count(*) <>
          (SELECT count(*) FROM security.trail t
            WHERE t.verb = 'records.write' AND t.entity_type = v.type AND t.entity = v.id)""",
    "an opinion in an open case": """
        SELECT o.consultation FROM consultation.opinion o JOIN consultation.case c ON c.id = o.consultation
         WHERE c.state NOT IN ('signed', 'closed')""",
    "a signed case without opinion, report or message": """
        SELECT c.id FROM consultation.case c WHERE c.state = 'signed' AND NOT
          (EXISTS (SELECT FROM consultation.opinion o WHERE o.consultation = c.id)
           AND EXISTS (SELECT FROM records.resource r WHERE r.type = 'DiagnosticReport' AND r.id = c.report)
           AND EXISTS (SELECT FROM infrastructure.outbox o
                        WHERE o.kind = 'OpinionSigned' AND o.body ->> 'consultation' = c.id))""",
    "an expert whose access outlived the case": """
        SELECT r.source FROM security.relation r JOIN consultation.case c ON r.source = 'yuanzhen:consultation/' || c.id
         WHERE r.ends IS NULL AND c.state <> 'accepted'""",
    "an image without its study": """
        SELECT sop FROM records.instance i WHERE NOT EXISTS (SELECT FROM records.study s WHERE s.uid = i.study)""",
    "an image that is not in the trail": """
        SELECT count(*) FROM records.instance HAVING count(*) <>
          (SELECT count(*) FROM security.trail WHERE verb = 'dicom.store' AND outcome = 0)""",
    "a message that was taken without its patient": """
        SELECT control FROM intake.message m WHERE NOT EXISTS
          (SELECT FROM records.token t JOIN records.resource r USING (key)
            WHERE r.type = 'Patient' AND 'C' || t.code = m.control)""",
}


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
