"""Every call of the API by everybody, against one case with patient, images, draft and signed opinion."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pyotp
import pytest
from litestar.di import Provide

from tests.conftest import Home
from tests.features.access.matrix import API, CALLERS, LOG_IN, ROWS, STAGES, UNRELATED, Row
from tests.make.browser import Browser
from tests.make.cases import (
    ASKER,
    COLLEAGUE,
    CONSENT,
    EXPERT,
    HIS,
    NAME,
    NUMBER,
    OPINION,
    OUTSIDER,
    QUESTION,
    SECOND,
    STRANGER,
    Ward,
    person,
    seen,
)
from tests.make.people import MASTER, PASSWORD
from yuanzhen.applications.consultation.service import ACTS
from yuanzhen.data.exchange.facts import Name
from yuanzhen.data.intake import dicom
from yuanzhen.doors.app import build
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.programs.site import DEPENDENCIES, ROUTERS
from yuanzhen.security.identity import clients
from yuanzhen.security.identity.people import NewPerson, add_person
from yuanzhen.security.identity.service import Identity

OTHER = Name("张", "建国", "张建国")
SAFE = ("GET", "HEAD")
SECRETS = (NAME, NUMBER, "13800000000", QUESTION, OPINION.findings, OPINION.conclusion, OPINION.advice)
# Refused before there is an actor to be refused anything: a machine has no session, such an act has no door.
NOT_IN_TRAIL = {("GET", "/api/me"), ("POST", "/api/consultations/{case}/opinion/sign"),
                ("POST", "/api/consultations/{case}/write"), ("GET", "/fhir/R4/Observation/x")}  # fmt: skip


@dataclass
class House:
    """The doors over a ward, everybody logged in, and what stands in the paths."""

    ward: Ward
    home: Home
    app: Any
    browsers: dict[str, Browser] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)  # a stage's case for calls that change nothing

    async def case(self, stage: str) -> str:
        """A case of another patient at a stage, to be changed; where it is taken, with a draft."""
        case = await self.ward.ask(patient=self.given["other"])
        if stage != "rings":
            await self.ward.act(EXPERT, "accept", case)
            await self.ward.write(EXPERT, case)
        if stage == "signed":
            await self.ward.sign(EXPERT, case, name=OTHER.full)
        return case.id

    async def at(self, stage: str) -> None:
        """The one case whose patient, images and opinion everybody tries, brought to a stage."""
        for earlier in STAGES[: STAGES.index(stage) + 1]:
            if earlier not in self.shared:
                one = self.given.get("case")
                if earlier == "rings":
                    one = (await self.ward.ask()).id
                elif earlier == "taken":
                    await self.ward.act(EXPERT, "accept", str(one))
                    await self.ward.write(EXPERT, str(one))
                else:
                    await self.ward.sign(EXPERT, str(one))
                self.given["case"] = self.shared[earlier] = str(one)
        rows = await self.home.rows("SELECT report FROM consultation.case WHERE id = $1", self.given["case"])
        self.given["report"] = rows[0]["report"]
        rows = await self.home.rows(
            "SELECT id FROM security.trail WHERE patient = $1 ORDER BY id LIMIT 1", self.ward.patient
        )
        self.given["event"] = str(rows[0]["id"])


def everybody(ward: Ward) -> dict[str, Actor]:
    roles = ("nurse", "manager", "dispatcher", "quality", "officer", "interpreter")
    return {
        "patient": person(ward.patient, "patient", "liuhe", ward.patient),
        "carer": person("carer", "carer", "liuhe", ward.patient),
        "stranger": STRANGER,
        "outsider": OUTSIDER,
        **{role: person(role, role) for role in roles},
        "asker": ASKER,
        "colleague": COLLEAGUE,
        "second": SECOND,
        "expert": EXPERT,
    }


@pytest.fixture(scope="module")
async def house(db: Database, home: Home, tmp_path_factory: pytest.TempPathFactory) -> House:
    ward = await Ward.of(db, tmp_path_factory.mktemp("objects"))
    await ward.study()
    await home.run("UPDATE records.instance SET received = received - interval '1 minute'")
    (image,) = await home.rows("SELECT study, series, sop FROM records.instance")
    async with db.verb(system("relay")) as tx:
        await dicom.describe(tx, image["study"])
    (study,) = await home.rows("SELECT resource FROM records.study")
    await ward.intake.patient_seen(HIS, seen("00018", message="A2", name=OTHER, phone="", address=""))
    (other,) = await home.rows("SELECT id FROM records.token WHERE type = 'Patient' AND code = '00018'")
    identity = Identity(db, MASTER, frozenset({"localhost"}))
    parts = {"vault": ward.vault, "objects": ward.objects}
    assert set(parts) == set(DEPENDENCIES)
    app = build(db, identity, ROUTERS, {name: given(part) for name, part in parts.items()})
    house = House(ward, home, app)
    house.given = {"patient": ward.patient, "study": study["resource"], "uid": image["study"],
                   "series": image["series"], "sop": image["sop"], "number": NUMBER,
                   "other": other["id"]}  # fmt: skip
    house.browsers["anonymous"] = Browser(app)
    for name, actor in everybody(ward).items():
        house.browsers[name] = await logged_in(house, identity, name, actor)
        house.ids[name] = actor.id
    house.browsers["machine"] = await narrow_machine(house, identity)
    return house


def given(part: object) -> Provide:
    return Provide(lambda: part, sync_to_thread=False)


async def logged_in(house: House, identity: Identity, name: str, actor: Actor) -> Browser:
    new = NewPerson(name, actor.role, actor.institution, (), actor.patient, password=PASSWORD, id=actor.id)
    async with house.ward.db.verb(system("setup")) as tx:
        added = await add_person(tx, identity, new)
    browser = Browser(house.app)
    await browser.post("/auth/login", {"name": name, "password": PASSWORD})
    code = pyotp.TOTP(added.totp_secret or "").at(datetime.now(UTC))
    answer = await browser.post("/auth/factor", {"kind": "totp", "code": code})
    browser.csrf = answer.json()["csrf"]
    return browser


async def narrow_machine(house: House, identity: Identity) -> Browser:
    """A machine client that may read practitioners and nothing else."""
    scope = "system/Practitioner.read"
    async with house.ward.db.verb(system("setup")) as tx:
        added = await clients.add_client(tx, identity, "narrow", scope, "liuhe")
    house.ids["machine"] = added.client_id
    browser = Browser(house.app)
    basic = base64.b64encode(f"{added.client_id}:{added.client_secret}".encode()).decode()
    answer = await browser.http.post(
        "/auth/token",
        data={"grant_type": "client_credentials", "scope": scope},
        headers={"Authorization": f"Basic {basic}"},
    )
    browser.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return browser


def body(row: Row, ward: Ward, name: str) -> dict[str, Any] | None:
    """What is sent: valid, so that a refusal is about the caller."""
    if row.method in SAFE:
        return None
    if row.path == "/api/consultations":
        consent = {"version": CONSENT.version, "given_by": "patient", "how": "signed"}
        return {"patient": ward.patient, "department": "neurology", "urgency": "emergency", "question": QUESTION,
                "consent": consent}  # fmt: skip
    if row.path.endswith("/opinion"):
        return {"findings": OPINION.findings, "conclusion": OPINION.conclusion, "advice": OPINION.advice}
    if row.path.endswith("/sign"):
        return {"patient": {"name": name, "birth_date": "1959-03-21"}}
    if row.path.startswith("/fhir"):
        kind, _, id = row.path.removeprefix("/fhir/R4/").partition("/")
        return {"resourceType": kind, "id": id.format(patient=ward.patient), "name": [{"text": "改"}]}
    return {"reason": "因故"}


async def called(house: House, row: Row, stage: str, name: str, expected: int) -> httpx.Response:
    """One call; where it is to change a case, on a case of its own at the same stage."""
    fills, whose = dict(house.given), NAME
    if "{case}" in row.path and row.method not in SAFE and expected < 300:
        fills["case"], whose = await house.case(stage), OTHER.full
    browser, sent = house.browsers[name], body(row, house.ward, whose)
    headers = {"X-CSRF-Token": browser.csrf}
    return await browser.http.request(row.method, row.path.format(**fills), json=sent, headers=headers)


CALLS = [pytest.param(row, stage, id=f"{stage} {row.method} {row.path}") for row in ROWS for stage in row.stages]
CALLS.sort(key=lambda call: STAGES.index(str(call.values[1])))  # the one case goes through its stages in this order


@pytest.mark.parametrize(("row", "stage"), CALLS)
async def test_each_caller_gets_the_answer_of_the_table(house: House, row: Row, stage: str) -> None:
    await house.at(stage)
    got, told, silent = {}, [], []
    for name, expected in zip(CALLERS, row.answers, strict=True):
        before = await newest(house.home)
        answer = await called(house, row, stage, name, expected)
        got[name] = answer.status_code
        asked = row.path.format(**house.given)  # what the caller said is no secret to them
        told += [(name, secret) for secret in hidden_from(name) if secret in answer.text and secret not in asked]
        if answer.status_code in (403, 404, 409) and name != "anonymous" and (row.method, row.path) not in NOT_IN_TRAIL:
            kept = await refusals(house.home, before)
            silent += [] if house.ids[name] in kept else [name]
    assert got == dict(zip(CALLERS, row.answers, strict=True))
    assert told == [], "an answer holds what its reader may not know"
    assert silent == [], "a refusal that is not in the trail"


def hidden_from(name: str) -> tuple[str, ...]:
    """What may stand in no answer: nothing of the case to who has no relation, not who it is to a whole department."""
    if name in UNRELATED or name == "anonymous":
        return SECRETS
    return (NAME, NUMBER, "13800000000") if name == "second" else ()


async def newest(home: Home) -> int:
    rows = await home.rows("SELECT coalesce(max(id), 0) AS id FROM security.trail")
    return int(rows[0]["id"])


async def refusals(home: Home, after: int) -> set[str]:
    rows = await home.rows("SELECT actor FROM security.trail WHERE id > $1 AND outcome = 4", after)
    return {row["actor"] for row in rows}


async def test_a_list_holds_no_case_of_others(house: House) -> None:
    await house.at("signed")
    for name in CALLERS[1:]:
        items = (await house.browsers[name].get("/api/consultations")).json()["items"]
        assert bool(items) is (name not in UNRELATED), name
        found = (await house.browsers[name].get("/fhir/R4/Patient", params={"name": "刘"})).json()
        assert bool(found.get("entry")) is (name in ("patient", "asker", "colleague")), name


@pytest.mark.parametrize("call", LOG_IN)
async def test_log_in_tells_nothing_to_who_has_no_session(house: House, call: str) -> None:
    method, path = call.split()
    sent, expected = LOG_IN[call]
    answer = await Browser(house.app).http.request(method, path, json=sent)
    assert answer.status_code == expected, answer.text


def described(house: House) -> set[tuple[str, str]]:
    paths = house.app.openapi_schema.to_schema()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def shape(path: str) -> str:
    """A path of the table as the OpenAPI writes it."""
    bare = path.partition("?")[0].replace("{case}", "{consultation}")
    known = "/api/consultations/{consultation}/"
    is_act = bare.startswith(known) and not bare.startswith(known + "opinion")
    return known + "{act}" if is_act else bare


async def test_every_route_of_the_openapi_has_its_rows(house: House) -> None:
    """A new route without a row in the table fails here."""
    rows = {(row.method, shape(row.path)) for row in API} | {tuple(call.split()) for call in LOG_IN}
    assert described(house) == rows


async def test_every_act_has_its_rows_at_every_stage(house: House) -> None:
    for act in ACTS:
        assert {stage for row in API if row.path.endswith(f"/{act}") for stage in row.stages} == set(STAGES), act


async def test_every_route_that_is_not_in_the_openapi_is_known_here(house: House) -> None:
    hidden = {route.path.replace(":str", "") for route in house.app.routes} - {path for _, path in described(house)}
    assert {path.split("/")[1] for path in hidden} == {"fhir", "dicom-web", "healthz", "schema"}
