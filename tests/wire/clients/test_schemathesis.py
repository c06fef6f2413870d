"""schemathesis asks every operation of the OpenAPI what nobody would ask: no fault of ours, and answers as described.

Seeds are fixed. Left out: `/live`, `/fhir/R4` and `/dicom-web`, which the document does not describe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.openapi.checks import RejectedPositiveData

from tests.make.center import Center, served

pytestmark = pytest.mark.slow
CALLERS = ("officer", "clinician", "anonymous")
# Of all callers and modes, which the long test asks, a sample
SAMPLE = (("officer", "valid"), ("clinician", "valid"), ("clinician", "invalid"), ("anonymous", "valid"))
MODES = {"valid": GenerationMode.POSITIVE, "invalid": GenerationMode.NEGATIVE}
ENDS_THE_SESSION = {"POST /auth/logout"}  # asked by nobody who is logged in

# What JSON Schema does not say and the rules do, by the code of the refusal: else what is described is taken.
RULES_BEYOND_THE_DOCUMENT = {
    "approval.reason": "words are not blanks alone",
    "board.update": "what Yjs writes is no language of a schema",
    "calendar.pattern": "days, people and hours that make a roster",
    "calendar.times": "a range ends after it begins, and is no longer than two months",
    "consultation.message": "words are not blanks alone",
    "consultation.reason_missing": "words are not blanks alone",
    "database.value": "the database keeps no NUL in a text",
    "glass.reason": "words are not blanks alone",
    "hl7.dialect": "the dialects are folders that a house may add",
    "identity.name": "a name holds no blanks or controls and is folded first",
    "institution.duty_phone": "a number holds a digit, and no controls",
    "invalid_scope": "what a scope may say, and whether the client has it",
    "label.reason": "words are not blanks alone",
    "opinion.addendum": "words are not blanks alone",
    "opinion.empty": "words are not blanks alone",
    "password.too_short": "counted after normalisation, and weighed against a list of common ones",
    "room.guest_name": "a name is not blanks alone",
    "room.no_interpreter": "who is an interpreter",
    "room.no_such_person": "whoever has been in the room",
    "text.unseen": "no control characters but white space, none that turn the direction of a text",
    "webauthn.none": "the person has no security key yet",
    "webauthn.refused": "a security key's answer is signed",
}


# The document's tuples do not say that they have all of their parts, its maps not what their keys and values may be,
# and what may be null not that it is nought at least (Litestar leaves a bound of nought out of a union).
LOOSE = {
    "POST /api/consultations/{consultation}/room/beat": "body.quality.",
    "POST /api/consultations/{consultation}/room/select": "body",
    "PUT /api/reading/{reading}/lead": "body",
    "PUT /api/reading/{reading}/marks/{mark}": "body",
}  # by operation, the places of which that is so


@dataclass
class Asked:
    """The document, who asks, and ids that are really there."""

    schema: schemathesis.schemas.BaseSchema
    headers: dict[str, dict[str, str]]
    ids: dict[str, str]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with served(tmp_path_factory.mktemp("schemathesis") / "home") as center:
        house = center.told("institution", "add", "柳河镇卫生院", "--level", "township")["id"]
        officer = center.user("zhoulan", "officer", house).http
        clinician = center.user("xujing", "clinician", house).http
        url = center.url.replace("127.0.0.1", "localhost")  # security keys know no addresses
        schema = schemathesis.openapi.from_dict(httpx.get(f"{url}/schema/openapi.json").json())
        schema.config.update(base_url=url)
        headers = {"officer": as_headers(officer), "clinician": as_headers(clinician), "anonymous": {}}
        yield Asked(schema, headers, ids(center, house, clinician))


def as_headers(client: httpx.Client) -> dict[str, str]:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return {"Cookie": cookies, "X-CSRF-Token": client.headers["X-CSRF-Token"]}


def ids(center: Center, house: str, clinician: httpx.Client) -> dict[str, str]:
    """A patient of the house and a case that asks for an opinion on them."""
    department = center.told("department", "add", "神经内科", "--institution", house)["id"]
    resource = {
        "resourceType": "Patient",
        "name": [{"text": "刘淑英"}],
        "managingOrganization": {"reference": f"Organization/{house}"},
    }
    patient = center.machine().post("/fhir/R4/Patient", json=resource).json()["id"]
    text = clinician.get("/api/consent-texts/current").json()
    consent = {"version": text["version"], "given_by": "patient", "how": "signed"}
    wanted = {
        "patient": patient,
        "department": department,
        "urgency": "emergency",
        "question": "是否溶栓？",
        "consent": consent,
    }
    case = clinician.post("/api/consultations", json=wanted)
    assert case.status_code == 201, case.text
    return {"patient": patient, "consultation": case.json()["id"], "version": text["version"]}


@pytest.mark.parametrize(("caller", "mode"), SAMPLE)
def test_every_operation_answers_as_it_is_described(asked: Asked, caller: str, mode: str) -> None:
    assert findings(asked, caller, mode, examples=3) == {}


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("caller", CALLERS)
def test_every_operation_answers_as_it_is_described_however_often(asked: Asked, caller: str, mode: str) -> None:
    assert findings(asked, caller, mode, examples=40) == {}


def findings(asked: Asked, caller: str, mode: str, *, examples: int) -> dict[str, str]:
    """What was not as described, by operation and kind; every operation is asked, or has nothing that can be wrong."""
    found: dict[str, str] = {}
    answered: set[int] = set()

    def ask(case: Case) -> None:
        if mode == "valid":
            case.path_parameters.update({name: asked.ids[name] for name in case.path_parameters if name in asked.ids})
        answer = case.call(headers=asked.headers[caller], timeout=30)
        answered.add(answer.status_code)
        try:
            case.validate_response(answer, headers=asked.headers[caller])
        except FailureGroup as group:
            for failure in group.exceptions:
                if not is_a_rule(failure, answer, case.operation.label):
                    found[f"{case.operation.label} {type(failure).__name__}"] = f"{answer.status_code} {answer.text}"

    for result in asked.schema.get_all_operations():
        operation = result.ok()
        if caller != "anonymous" and operation.label in ENDS_THE_SESSION:
            continue
        drawn = operation.as_strategy(generation_mode=MODES[mode])
        limits = settings(
            max_examples=examples, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        try:
            limits(given(drawn)(ask))()
        except Unsatisfiable:
            assert mode == "invalid"  # takes nothing, or an id that any text may be
    expected = {"valid": {"officer": 200, "clinician": 200, "anonymous": 401}, "invalid": dict.fromkeys(CALLERS, 422)}
    assert expected[mode][caller] in answered
    return found


def is_a_rule(failure: Failure, answer: Any, operation: str) -> bool:
    """Whether it is the refusal of what only looks valid, by one of those rules."""
    told = answer.json()
    code = told.get("code", told.get("error"))
    is_loose = operation in LOOSE and told.get("place", "").startswith(LOOSE[operation])
    return isinstance(failure, RejectedPositiveData) and (code in RULES_BEYOND_THE_DOCUMENT or is_loose)
