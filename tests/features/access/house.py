"""The whole web application over one ward, everybody logged in, and a case that is brought to any stage."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pyotp
from litestar import Litestar

from tests.conftest import Home, Template
from tests.features.access import calls, referrals
from tests.features.access.calls import Json, Route
from tests.features.access.rooms import MEETING
from tests.features.access.rows import STAGES, Row
from tests.make.browser import Browser
from tests.make.cases import (
    ASKER,
    BORN,
    COLLEAGUE,
    CONSENT,
    EXPERT,
    GIVEN,
    HIS,
    NAME,
    NUMBER,
    OPINION,
    OUTSIDER,
    QUESTION,
    SECOND,
    STRANGER,
    Ward,
    image,
    person,
    seen,
)
from tests.make.people import MASTER, PASSWORD
from yuanzhen.applications.consultation import meeting
from yuanzhen.applications.consultation.opinion import Texts
from yuanzhen.applications.consultation.service import ACTS
from yuanzhen.collaboration.calendar import service as calendar
from yuanzhen.collaboration.room.calls import Calls
from yuanzhen.data.exchange.facts import Name
from yuanzhen.data.intake import dicom
from yuanzhen.infrastructure import settings
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.network.media.configuration import Ground
from yuanzhen.network.media.events import RoomOptions
from yuanzhen.network.media.shell.servers import Servers
from yuanzhen.programs import home as homes
from yuanzhen.programs import site
from yuanzhen.programs.trust import Trust
from yuanzhen.security.identity import clients
from yuanzhen.security.identity.people import NewPerson, add_person
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.keys.media import MediaKeys
from yuanzhen.security.keys.root import Root

OTHER = Name("张", "建国", "张建国")  # on whose cases acts are tried that change something
OTHERS = Texts("未见异常", "未见异常", "随访")
TIMES = datetime.now(UTC) + timedelta(days=2)  # when things are entered in the calendar
PHONE = "13800000000"
# All of ours: whatever schema the next feature brings is looked at too.
SCHEMAS = (
    "SELECT n.nspname FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE r.rolname = 'yuanzhen_owner'"
)
SAFE = ("GET", "HEAD", "LIVE")
PATTERN: Json = {"kind": "weekly", "people": [EXPERT.id], "weekdays": [0], "start": "08:00", "hours": 8,
                 "first": f"{TIMES:%Y-%m-%d}", "last": f"{TIMES + timedelta(days=8):%Y-%m-%d}"}  # fmt: skip
CALENDAR: dict[str, Json] = {  # what is sent there
    "/api/calendar/rosters": {"department": "neurology", **PATTERN},
    "/api/calendar/rosters/x": PATTERN,
    "/api/calendar/resources": {"department": "neurology", "kind": "ct", "name": "CT 1"},
    "/api/calendar/waiting": {"source": "referral/x", "target": EXPERT.id},
}  # fmt: skip

# How a case comes to a stage.
WAY: dict[str, tuple[str, ...]] = {
    "ringing": (),
    "booked": (),
    "accepted": ("claim", "write"),
    "queued": ("claim", "write", "release"),
    "more-needed": ("claim", "write", "need-more"),
    "signed": ("accept", "write", "sign"),
    "closed": ("accept", "write", "sign", "close"),
    "cancelled": ("accept", "write", "cancel"),
    "did-not-take-place": ("accept", "write", "did-not-take-place"),
}
WRITTEN = ("queued", "accepted", "more-needed")
OPEN = ("ringing", "booked", *WRITTEN)
BY = {"close": ASKER, "cancel": ASKER}  # all else is the expert's


@dataclass
class House:
    """The application, its callers by name, and what stands in the paths."""

    ward: Ward
    home: Home
    opened: homes.Home
    app: Litestar
    browsers: dict[str, Browser] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    stage: str = ""
    slots: int = 0

    @classmethod
    @asynccontextmanager
    async def standing(cls, template: Template, folder: Path) -> AsyncIterator[House]:
        """A house over a database of its own, which goes with it."""
        async with template.clone() as home:
            db = await home.open()
            yield await cls.of(db, home, folder)
            await db.close()

    @classmethod
    async def of(cls, db: Database, home: Home, folder: Path) -> House:
        """A patient with images, three others, and nobody logged in yet."""
        ward = await Ward.of(db, folder)
        await ward.study()
        await ward.sends(HIS, image("2.25.4711.7", PatientSex="M"))  # kept apart
        await home.run("UPDATE records.instance SET received = received - interval '1 minute'")
        (kept,) = await home.rows("SELECT study, series, sop FROM records.instance")
        async with db.verb(system("relay")) as tx:
            await dicom.describe(tx, kept["study"])
        (study,) = await home.rows("SELECT resource FROM records.study")
        identity = Identity(db, MASTER, frozenset({"localhost"}))
        opened = _opened(ward, home, identity, folder)
        # No media server runs: what it is asked is refused before, or for that.
        calls = Calls(ward.db, Servers(folder, [Ground(range(1))], opened.metrics), RoomOptions())
        app = site.application(opened, Trust(opened.settings), site.channels(opened), None, calls)
        house = cls(ward, home, opened, app)
        for number, name in enumerate(("other", "neighbour", "spare")):
            house.patients[name] = await house.patient(f"0001{number}")
        (apart,) = await home.rows("SELECT claim FROM records.apart")
        house.given = {"apart": apart["claim"], "patient": ward.patient, "study": study["resource"],
                       "uid": kept["study"], "number": NUMBER, "series": kept["series"], "sop": kept["sop"],
                       "expert": EXPERT.id}  # fmt: skip
        house.given["referral"] = await referrals.made(ward, ward.patient, "")
        await house.everybody()
        return house

    async def patient(self, number: str) -> str:
        """One more patient of the township, by her number there."""
        told = seen(number, message=f"A{number}", name=OTHER, phone="", address="")
        await self.ward.intake.patient_seen(HIS, told)
        (row,) = await self.home.rows(
            "SELECT DISTINCT r.id FROM records.token JOIN records.resource r USING (key) "
            "WHERE r.type = 'Patient' AND code = $1",
            number,
        )
        return str(row["id"])

    async def everybody(self) -> None:
        """Each caller of the matrix, logged in as such people and machines do."""
        self.browsers["anonymous"] = Browser(self.app)
        for name, actor in people(self.ward, self.patients["neighbour"]).items():
            self.browsers[name] = await self.logged_in(name, actor)
            self.ids[name] = actor.id
        for name, scope in (("machine", "system/Practitioner.read"), ("robot", "system/*.*")):
            self.browsers[name] = await self.machine(name, scope)

    async def logged_in(self, name: str, actor: Actor) -> Browser:
        """A person with password and second factor."""
        new = NewPerson(name, actor.role, actor.institution, (), actor.patient, password=PASSWORD, id=actor.id)
        async with self.ward.db.verb(system("setup")) as tx:
            added = await add_person(tx, self.opened.identity, new)
        browser = Browser(self.app)
        await browser.post("/auth/login", {"name": name, "password": PASSWORD})
        code = pyotp.TOTP(added.totp_secret or "").at(datetime.now(UTC))
        answer = await browser.post("/auth/factor", {"kind": "totp", "code": code})
        browser.csrf = answer.json()["csrf"]
        return browser

    async def machine(self, name: str, scope: str) -> Browser:
        """A machine client with a token."""
        async with self.ward.db.verb(system("setup")) as tx:
            added = await clients.add_client(tx, self.opened.identity, name, scope, "liuhe")
        self.ids[name] = added.client_id
        browser = Browser(self.app)
        basic = base64.b64encode(f"{added.client_id}:{added.client_secret}".encode()).decode()
        form, headers = {"grant_type": "client_credentials"}, {"Authorization": f"Basic {basic}"}
        answer = await browser.http.post("/auth/token", data=form, headers=headers)
        browser.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return browser

    # ---- the case

    async def at(self, stage: str) -> None:
        """From now on `given` names a case at this stage; the one of before is over, so that it opens nothing."""
        if stage == self.stage:
            return
        if self.stage in OPEN:
            await self.ward.act(ASKER, "cancel", self.given["case"])
        await self.home.run("DELETE FROM consultation.rating")  # of cases of before, each a row that names its patient
        # Who took others' cases, one by one as the matrix went on, sees their consents no more.
        await self.home.run(f"UPDATE security.relation SET ends = now() WHERE patient = '{self.patients['other']}'")
        # On a slow machine all stages take longer than the five minutes that a factor is fresh
        await self.home.run("UPDATE security.session SET factor_at = now()")
        self.stage = stage
        self.given["case"] = case = await self.case(stage, self.ward.patient, NAME)
        (row,) = await self.home.rows("SELECT report FROM consultation.case WHERE id = $1", case)
        (event,) = await self.home.rows(
            "SELECT id FROM security.trail WHERE patient = $1 ORDER BY id LIMIT 1", self.ward.patient
        )
        self.given |= {"report": row["report"], "event": str(event["id"])}

    async def case(self, stage: str, patient: str, name: str) -> str:
        """A new case of a patient at a stage."""
        if stage == "booked":
            case = await self.ward.ask(patient=patient, urgency="scheduled", slot=await self.slot())
        else:
            case = await self.ward.ask(patient=patient, mode="written" if stage in WRITTEN else "live")
        for act in WAY[stage]:
            if act == "write":
                await self.ward.write(EXPERT, case, OPINION if patient == self.ward.patient else OTHERS)
            elif act == "sign":
                await self.ward.sign(EXPERT, case, name=name)
            else:
                await self.ward.act(BY.get(act, EXPERT), act, case)
            if act in ("accept", "claim") and stage in MEETING:
                async with self.ward.db.verb(ASKER) as tx:
                    await meeting.join(tx, case.id, datetime.now(UTC))
        return case.id

    async def slot(self) -> str:
        """One more hour of the expert's that can be booked."""
        self.slots += 1
        start = TIMES + timedelta(hours=2 + self.slots)
        async with self.ward.db.verb(EXPERT) as tx:
            made = await calendar.add_slot(
                tx, expert=EXPERT.id, start=start, end=start + timedelta(minutes=20), now=datetime.now(UTC)
            )
        return made.id

    # ---- a call

    async def call(
        self, row: Row, caller: str, *, changes: bool = False, given: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """One call of the matrix; where it `changes` something, on things of its own at the same stage."""
        fills, name = dict(given or self.given), NAME
        if changes:
            name = OTHER.full
            fills |= {"patient": self.patients["spare"], "study": "spare", "report": "spare"}
            # The patient's one act is on the case that is theirs.
            if row.path.startswith("/api") and "{case}" in row.path and caller != "patient":
                fills["case"] = await self.case(self.stage, self.patients["other"], name)
            if "{referral}" in row.path:
                act = row.path.rpartition("}/")[2] if row.method == "POST" else "write"
                fills["referral"] = await referrals.made(self.ward, self.patients["other"], act)
            if row.path.endswith(("/reschedule", "/book")):
                fills["slot"] = await self.slot()
        browser = self.browsers[caller]
        path = row.path.format(**fills)
        sent = None if row.method in SAFE else self.body(row.method, path, fills, name)
        return await browser.http.request(row.method, path, json=sent, headers={"X-CSRF-Token": browser.csrf})

    def body(self, method: str, path: str, fills: Mapping[str, str], name: str = NAME) -> Json | None:
        """What is sent: valid, so that a refusal is about the caller."""
        if path.startswith("/fhir"):
            return resource(path, fills)
        if (act := path.rpartition("/")[2]) in ACTS and path.startswith("/api/consultations/"):
            return {
                name: fills.get(name, value) if name == "slot" else value for name, value in GIVEN.get(act, {}).items()
            }
        if path.startswith("/api/referrals"):
            return referrals.body(act, fills["patient"], fills.get("slot", "s"))
        if path in CALENDAR:
            return CALENDAR[path]
        known = {"patient": fills["patient"], "department": "neurology", "question": QUESTION, "reason": "因故",
                 "version": CONSENT.version, "name": name, "birth_date": BORN, "findings": OPINION.findings,
                 "conclusion": OPINION.conclusion, "advice": OPINION.advice, "person": EXPERT.id, "expert": EXPERT.id,
                 "start": (TIMES + timedelta(hours=1)).isoformat(), "end": (TIMES + timedelta(hours=2)).isoformat(),
                 "circle": 1, "seen": 1, "sizes": {"0": 0}, "rtt_ms": 20.5, "down_kbps": 9000, "up_kbps": 9000,
                 "url": "http://127.0.0.1:1", "upto": 1, "bytes": 4, "update": "AAA=", "frame": 1, "focus": [1, 1],
                 "extent_mm": [1, 1]}  # fmt: skip
        if "/opinion" in path:
            known["version"] = None  # of the draft, not of the consent's text
        route = calls.routed(method, path, calls.routes(self.app))
        return calls.body(calls.described(self.app), route, known) if route else None


def resource(path: str, fills: Mapping[str, str]) -> Json:
    """A FHIR resource of the path's type and id."""
    if path == "/fhir/R4":
        url = f"Patient/{fills['patient']}"
        entry = {"request": {"method": "PUT", "url": url}, "resource": resource(f"/fhir/R4/{url}", fills)}
        return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    kind, _, id = path.removeprefix("/fhir/R4/").partition("/")
    patient, text = {"reference": f"Patient/{fills['patient']}"}, {"text": "x"}
    elements: dict[str, Json] = {
        "ImagingStudy": {"status": "available", "subject": patient},
        "DiagnosticReport": {"status": "final", "code": text, "subject": patient},
        "Consent": {"status": "active", "scope": text, "category": [text], "patient": patient},
    }
    return {"resourceType": kind, **elements.get(kind, {}), **({"id": id} if id else {})}


def people(ward: Ward, neighbour: str) -> dict[str, Actor]:
    """Who logs in, by their name in the matrix."""
    roles = ("nurse", "manager", "dispatcher", "quality", "officer", "interpreter")
    return {
        "patient": person(ward.patient, "patient", "liuhe", ward.patient),
        "neighbour": person(neighbour, "patient", "liuhe", neighbour),
        "carer": person("carer", "carer", "liuhe", ward.patient),
        "stranger": STRANGER,
        "outsider": OUTSIDER,
        **{role: person(role, role) for role in roles},
        "asker": ASKER,
        "colleague": COLLEAGUE,
        "second": SECOND,
        "expert": EXPERT,
    }


def _opened(ward: Ward, home: Home, identity: Identity, folder: Path) -> homes.Home:
    """What `yuanzhen serve` opens, over the tests' own database."""
    metrics, root = Metrics(), Root(bytes(range(32)), sealed=False)
    return homes.Home(
        settings=settings.read({"YUANZHEN_HOME": str(folder)}, {}), root=root,
        dsn=home.dsn, db=ward.db, bus=Bus(home.dsn, metrics), metrics=metrics, identity=identity, vault=ward.vault,
        media_keys=MediaKeys(root), objects=ward.objects, server=None, first=None,
    )  # fmt: skip


def in_order(rows: list[Row]) -> list[tuple[Row, str]]:
    """Each row with each of its stages, stage by stage."""
    return [(row, stage) for stage in STAGES for row in rows if stage in row.stages]


def unlisted(app: Litestar, rows: list[Row], others: set[Route]) -> set[Route]:
    """The routes of an application that no row of a table calls."""
    known = calls.routes(app)
    return known - others - {route for row in rows if (route := calls.routed(row.method, row.path, known))}
