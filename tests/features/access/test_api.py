"""Every call of the product by everybody, against one case with patient, images, draft and signed opinion."""

from __future__ import annotations

from typing import get_args

import pytest
from litestar import Router, delete, get, post

from tests.conftest import Home
from tests.features.access import calls, referrals
from tests.features.access.calls import Route
from tests.features.access.house import OPEN, PHONE, SAFE, House, in_order, unlisted
from tests.features.access.matrix import API, IN_HAND, LOG_IN, ROWS, TYPES
from tests.features.access.rows import CALLERS, STAGES, UNRELATED, Row
from tests.make.browser import Browser
from tests.make.cases import NAME, NUMBER, OPINION, QUESTION
from yuanzhen.applications.consultation.model import BY, State
from yuanzhen.applications.consultation.service import ACTS
from yuanzhen.applications.referral.service import ACTS as REFERRAL_ACTS
from yuanzhen.data.records.model import types
from yuanzhen.doors.app import build

pytestmark = pytest.mark.slow

IDENTITY = (NAME, NUMBER, PHONE)
SAID = (OPINION.findings, OPINION.conclusion, OPINION.advice)
# Refused before there is an actor to be refused anything: a machine has no session, who is logged in is
# no guest, such an act has no door.
NOT_IN_TRAIL = {
    ("GET", "/api/me"),
    ("GET", "/api/guest"),
    ("POST", "/api/consultations/{case}/opinion/sign"),
    *(("POST", "/api/consultations/{case}/opinion/" + step) for step in ("addendum", "amend", "withdraw", "cosign")),
    *(("POST", "/api/approvals/x/" + act) for act in ("approve", "reject")),
    ("POST", "/api/consultations/{case}/write"),
    ("POST", "/api/matching/pairs/x/same"),
    ("POST", "/api/matching/pairs/x/undo"),
    ("GET", "/fhir/R4/Parameters/x"),
    ("GET", "/api/calendar/feeds/x.ics"),  # the trail has it, as nobody's
    ("GET", "/schema/x"),
}
RINGS = ("/api/rings", "me")
LIVE = {Route("LIVE", "/live")}  # its channels are in test_live_channels.py
OTHERS = LIVE | {Route(*call.split()) for call in LOG_IN}


def hidden_from(caller: str, stage: str, asked: str) -> tuple[str, ...]:
    """What may stand in no answer: nothing of the case to who has no relation, not who it is to a whole department,

    nothing of the opinion to anybody but its writer before it is signed, and of the process nothing to machines. What
    a dispatcher is told of a ring is its question.
    """
    if caller == "dispatcher" and asked in RINGS:
        return (*IDENTITY, *SAID)
    if caller == "anonymous" or caller in UNRELATED:
        return (*IDENTITY, QUESTION, *SAID)
    draft = SAID if stage in OPEN and (caller != "expert" or stage not in IN_HAND) else ()
    if caller == "second" or (caller == "expert" and stage not in IN_HAND):
        return (*IDENTITY, *draft)
    return (QUESTION, *draft) if caller == "robot" else draft


@pytest.mark.parametrize(
    ("row", "stage"), [pytest.param(*call, id=f"{call[1]} {call[0].method} {call[0].path}") for call in in_order(ROWS)]
)
async def test_each_caller_gets_the_answer_of_the_table(house: House, row: Row, stage: str) -> None:
    await house.at(stage)
    before = await newest(house.home)
    got, told, cached = {}, [], []
    for caller, expected in zip(CALLERS, row.answers, strict=True):
        answer = await house.call(row, caller, changes=row.method not in SAFE and expected < 300)
        got[caller] = answer.status_code
        asked = row.path.format(**house.given)  # what the caller said is no secret to them
        whole = answer.text + str(answer.headers)
        told += [(caller, one) for one in hidden_from(caller, stage, row.path) if one in whole and one not in asked]
        if row.path.startswith(("/api", "/fhir", "/dicom-web")) and answer.headers.get("cache-control") != "no-store":
            cached.append(caller)
    assert got == dict(zip(CALLERS, row.answers, strict=True))
    assert told == [], "an answer holds what its reader may not know"
    assert cached == [], "an answer that the browser keeps for whoever comes next"
    if (row.method, row.path) not in NOT_IN_TRAIL:
        refused = {caller for caller, status in got.items() if status in (403, 404, 409)}
        kept = await refusals(house.home, before)
        assert {caller for caller in refused if house.ids[caller] not in kept} == set(), "a refusal not in the trail"


async def newest(home: Home) -> int:
    rows = await home.rows("SELECT coalesce(max(id), 0) AS id FROM security.trail")
    return int(rows[0]["id"])


async def refusals(home: Home, after: int) -> set[str]:
    rows = await home.rows("SELECT actor FROM security.trail WHERE id > $1 AND outcome = 4", after)
    return {row["actor"] for row in rows}


@pytest.mark.parametrize("call", LOG_IN)
async def test_log_in_tells_nothing_to_who_has_no_session(house: House, call: str) -> None:
    route = Route(*call.split())
    known = {"name": "nobody", "password": "a long enough passphrase", "code": "123456"}
    sent = calls.body(calls.described(house.app), route, known)
    answer = await Browser(house.app).http.request(*route, json=sent)
    assert answer.status_code == LOG_IN[call], answer.text


# ---- the table is whole


async def test_every_route_of_the_product_has_its_rows(house: House) -> None:
    """Described in the OpenAPI or not: a new one without a row in the table fails here."""
    assert unlisted(house.app, ROWS, OTHERS) == set()
    assert {route for route in OTHERS if route not in calls.routes(house.app)} == set()


async def test_a_new_route_without_a_row_would_be_named(house: House) -> None:
    @get("/api/consultations/{consultation:str}/notes")
    async def notes(consultation: str) -> None: ...

    @post("/api/consultations/{consultation:str}")
    async def whole(consultation: str) -> None: ...

    @delete("/fhir/R4/{kind:str}/{id:str}/_history", include_in_schema=False)
    async def removed(kind: str, id: str) -> None: ...

    @get("/dicom-web/patients", include_in_schema=False)
    async def studies() -> None: ...

    new = Router("/", route_handlers=[notes, whole, removed, studies])
    grown = build(house.ward.db, house.opened.identity, [new])
    assert unlisted(grown, ROWS, OTHERS) == {
        Route("GET", "/api/consultations/{consultation}/notes"),
        Route("POST", "/api/consultations/{consultation}"),
        Route("DELETE", "/fhir/R4/{kind}/{id}/_history"),
        Route("GET", "/dicom-web/patients"),
    }


async def test_no_row_of_the_table_calls_what_is_not_there(house: House) -> None:
    known = calls.routes(house.app)
    assert [row.path for row in ROWS if calls.routed(row.method, row.path, known) is None] == []


def test_every_act_has_its_rows_at_every_stage() -> None:
    assert set(STAGES) == set(get_args(State))
    for act in ACTS:
        path = "/api/consultations/{case}/" + act
        stages = [stage for row in API if row.path == path for stage in row.stages]
        assert sorted(stages) == sorted(STAGES), act
    assert set(BY) - set(ACTS) == {"write", "sign"}  # by doors of their own
    for door in ("opinion", "opinion/sign"):
        stages = [
            stage for row in API if row.method != "GET" and row.path.endswith(f"}}/{door}") for stage in row.stages
        ]
        assert sorted(stages) == sorted(STAGES), door


def test_every_act_of_a_referral_has_its_row() -> None:
    rows = {row.path.rpartition("}/")[2] for row in API if row.path.startswith(referrals.REFERRAL + "/")}
    assert rows == set(REFERRAL_ACTS) == set(referrals.ACTS)


def test_every_type_that_we_publish_has_its_rows() -> None:
    """All types go through the same code; these hold something in the case."""
    assert set(TYPES) <= types()
    there = {(row.method, row.path.partition("?")[0]) for row in ROWS}
    for kind in (*TYPES, "AuditEvent"):
        for method, path in (("GET", f"{kind}"), ("POST", f"{kind}"), ("GET", f"{kind}/"), ("PUT", f"{kind}/")):
            found = [one for one in there if one[0] == method and one[1].startswith(f"/fhir/R4/{path}")]
            assert found, (method, path)
