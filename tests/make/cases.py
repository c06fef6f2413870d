"""A township's patient, a city department, and everybody who has, or has not, a part in one case.

Actors are values: nobody logs in. What they do goes through the product's own verbs on the real database.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pydicom
from pydicom.data import get_testdata_file

from yuanzhen.applications.administration import publish as directory
from yuanzhen.applications.consultation import consent_texts, service
from yuanzhen.applications.consultation.model import Case, Consent, Given, Mode, Urgency
from yuanzhen.applications.consultation.opinion import Signed, Texts
from yuanzhen.applications.consultation.opinions import views
from yuanzhen.data.exchange.facts import Identifier, Name, PatientSeen, Sender
from yuanzhen.data.intake.sink import Intake
from yuanzhen.infrastructure.blobs import Blobs, open_blobs
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity import people
from yuanzhen.security.identity.fresh import FreshFactor, fresh
from yuanzhen.security.identity.session import Session
from yuanzhen.security.keys.objects import Objects
from yuanzhen.security.keys.root import Root
from yuanzhen.security.keys.vault import Vault

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
NAME, NUMBER, BORN = "刘淑英", "610100195903210017", "1959-03-21"
QUESTION = "右侧肢体无力 50 分钟，是否溶栓？"
OPINION = Texts("左侧低密度影", "考虑急性脑梗死", "符合条件者静脉溶栓")
CONSENT = Consent(consent_texts.CURRENT, "patient", "signed")

# What comes with an act that wants something.
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "decline": {"reason": "在手术台上"},
    "need-more": {"what": "请补传发病时的血压"},
    "supply": {"text": "血压 168/95"},
    "hand-over": {"department": "neurosurgery"},
    "invite": {"person": "fangwei"},
    "reschedule": {"slot": "s"},
    "cancel": {"reason": "因故"},
    "did-not-take-place": {"reason": "因故"},
    "rate": {"score": 5},
    "withdraw-consent": {"reason": "因故"},
}

HIS = Sender("his-liuhe", "liuhe")


def person(id: str, role: str, institution: str = "city", patient: str = "") -> Actor:
    """Somebody who is logged in."""
    return Actor("person", id, role, institution, patient, origin="10.1.2.3", request="r")


ASKER = person("xujing", "clinician", "liuhe")
COLLEAGUE = person("songqin", "clinician", "liuhe")
STRANGER = person("wanglei", "clinician", "baishi")
EXPERT = person("chenyuan", "expert")
SECOND = person("gaoming", "expert")  # of the same department
OUTSIDER = person("limin", "expert")  # of another department
QUALITY = person("qinbo", "quality")
INVITED = person("fangwei", "expert")  # of a third, whom an expert may ask in
MACHINE = Actor("machine", "robot", "machine-rw", "city")

# Somebody who could log in: only such are asked in.
ENROLLED = (
    "INSERT INTO security.person (id, name, display, role, institution, created) "
    "VALUES ($1, $1, $1, 'expert', 'city', now())"
)
HOUSES = (("city", "市中心医院", "city"), ("liuhe", "柳河镇卫生院", "township"), ("baishi", "白石镇卫生院", "township"))
DEPARTMENTS = (("neurology", "神经内科"), ("cardiology", "心内科"), ("neurosurgery", "神经外科"))
MEMBERS = ((EXPERT, "neurology"), (SECOND, "neurology"), (OUTSIDER, "cardiology"), (INVITED, "neurosurgery"))


def factor(actor: Actor, at: datetime = NOW) -> FreshFactor:
    """A second factor shown at a moment."""
    return fresh(Session("s", actor.id, actor.id, actor.role, actor.institution, "", at, "csrf", False), at)


def seen(number: str = NUMBER, *, message: str = "A1", **more: Any) -> PatientSeen:
    """What the township's HIS tells of the patient."""
    told: dict[str, Any] = {
        "identifiers": (Identifier(number, "LIUHE", "MR"),),
        "name": Name("刘", "淑英", NAME),
        "sex": "female",
        "birth_date": BORN,
        "phone": "13800000000",
        "address": "柳河镇中街 3 号",
        "event": "A04",
        "sent_at": NOW,
        "message": message,
        "digest": f"digest of {message}",
    }
    return PatientSeen(**told | more)


def image(sop: str = "2.25.4711.1", *, number: str = NUMBER, **more: Any) -> bytes:
    """One CT image of the patient as a file; `more` names attributes."""
    file = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    told = {
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientName": "刘^淑英",
        "PatientID": number,
        "IssuerOfPatientID": "LIUHE",
        "PatientBirthDate": BORN.replace("-", ""),
        "PatientSex": "F",
        "SOPInstanceUID": sop,
    }
    for keyword, value in (told | more).items():
        setattr(file, keyword, value)
    file.file_meta.MediaStorageSOPInstanceUID = sop
    written = io.BytesIO()
    file.save_as(written)
    return written.getvalue()


async def in_pieces(file: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(file), 10_000):
        yield file[at : at + 10_000]


@dataclass
class Ward:
    """The region in an empty database, with one patient; `patient` is the id of her record."""

    db: Database
    vault: Vault
    objects: Objects
    blobs: Blobs
    patient: str = ""
    keys: int = field(default=0)

    @classmethod
    async def of(cls, db: Database, folder: Path) -> Ward:
        """Houses, departments, their members, and the patient as her HIS announced her."""
        root = Root(bytes(range(32)), sealed=False)
        blobs = open_blobs(None, folder)
        ward = cls(db, Vault(root), Objects(root, blobs), blobs)
        async with db.verb(system("setup")) as tx:
            for id, name, level in HOUSES:
                await people.add_institution(tx, name, level, None if id == "city" else "city", id=id)
                await directory.organization(tx, id, name, kind="prov", parent=None)
            for id, name in DEPARTMENTS:
                await people.add_department(tx, name, "city", id=id)
            for member, department in MEMBERS:
                await tx.run("INSERT INTO security.membership VALUES ($1, $2)", member.id, department)
                await directory.practitioner(tx, member.id, member.id)
            await tx.run(ENROLLED, INVITED.id)
        await ward.intake.patient_seen(HIS, seen())
        rows = await db.once(MACHINE, "SELECT id FROM records.resource WHERE type = 'Patient'")
        ward.patient = rows[0]["id"]
        return ward

    @property
    def herself(self) -> Actor:
        """The patient, logged in."""
        return person(self.patient, "patient", "liuhe", self.patient)

    @property
    def intake(self) -> Intake:
        """What takes in what systems send."""
        return Intake(self.db, self.objects)

    async def study(self, sop: str = "2.25.4711.1") -> None:
        """An image of the patient arrives."""
        await self.sends(HIS, image(sop))

    async def sends(self, sender: Sender, file: bytes) -> None:
        """A system stores an image."""
        await self.intake.instance_received(sender, in_pieces(file))

    async def ask(
        self,
        by: Actor = ASKER,
        *,
        mode: Mode = "live",
        urgency: Urgency = "emergency",
        idempotency: str | None = None,
        **more: Any,
    ) -> Case:
        """A case for neurology."""
        told = {"patient": self.patient, "department": "neurology", "question": QUESTION, "consent": CONSENT} | more
        async with self.db.verb(by) as tx:
            return await service.ask(
                tx, service.Request(urgency=urgency, mode=mode, **told), idempotency=idempotency, now=NOW
            )

    async def act(
        self, by: Actor, act: str, case: Case | str, reason: str | None = None, *, now: datetime = NOW, **more: Any
    ) -> Case:
        """One act on it, with what it wants (`GIVEN`) unless something else is given."""
        told = {**GIVEN.get(act, {}), **more} | ({} if reason is None else {"reason": reason})
        async with self.db.verb(by) as tx:
            return await service.act(tx, act, _id(case), Given(**told), now=now)

    async def write(self, by: Actor, case: Case | str, texts: Texts = OPINION) -> None:
        """A draft."""
        async with self.db.verb(by) as tx:
            await service.write(tx, _id(case), texts, now=NOW)

    async def sign(
        self, by: Actor, case: Case | str, *, name: str = NAME, birth_date: str = BORN, shown: datetime = NOW
    ) -> Signed:
        """The draft is signed, with a factor shown at `shown`."""
        async with self.db.verb(by) as tx:
            return await service.sign(
                tx, self.vault, factor(by, shown), _id(case), name=name, birth_date=birth_date, now=NOW
            )

    async def accepted(self, **more: Any) -> Case:
        """A case that the expert has taken."""
        return await self.act(EXPERT, "accept", await self.ask(**more))

    async def signed(self, **more: Any) -> Case:
        """A case with a signed opinion."""
        case = await self.accepted(**more)
        await self.write(EXPERT, case)
        await self.sign(EXPERT, case)
        return replace(case, state="signed")

    async def opinions(self, by: Actor, case: Case | str) -> dict[str, Any]:
        """The opinion as its reader is told it."""
        whole = await views.whole(self.db, self.vault, by, _id(case), now=NOW)
        told: dict[str, Any] = msgspec.to_builtins(whole)
        return told

    async def sees_record(self, by: Actor) -> bool:
        """Whether the patient's record opens to somebody."""
        rows = await self.db.once(by, "SELECT id FROM records.resource WHERE type = 'Patient'")
        return [row["id"] for row in rows] == [self.patient]


def later(**by: float) -> datetime:
    """A moment after NOW."""
    return NOW + timedelta(**by)


def _id(case: Case | str) -> str:
    return case if isinstance(case, str) else case.id
