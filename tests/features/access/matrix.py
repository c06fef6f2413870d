"""Who may call what of one case: the expected status of each call for each caller, written by hand.

`CALLERS` are the columns. A row may name its stages; without them it holds in all three: `rings`, `taken`, `signed`.
"""

from __future__ import annotations

from typing import NamedTuple

CALLERS = ("anonymous", "patient", "carer", "stranger", "outsider", "nurse", "manager", "dispatcher", "quality",
           "officer", "interpreter", "machine", "asker", "colleague", "second", "expert")  # fmt: skip
STAGES = ("rings", "taken", "signed")

# No relation to the case or its patient: nothing that is theirs may be in any answer.
UNRELATED = CALLERS[2:12]


class Row(NamedTuple):
    """A call and its answers, in the order of `CALLERS`."""

    method: str
    path: str  # {case} {patient} {study} {uid} {series} {sop} {report} {event} are filled in
    answers: tuple[int, ...]
    stages: tuple[str, ...] = STAGES


def row(method: str, path: str, answers: str, *stages: str) -> Row:
    """`answers` as `anonymous patient | others without a relation, or one for all | asker colleague second expert`."""
    own, others, parts = (tuple(map(int, part.split())) for part in answers.split("|"))
    return Row(method, path, (*own, *(others * 10 if len(others) == 1 else others), *parts), stages or STAGES)


def act(name: str, answers: str, *stages: str) -> Row:
    """An act: nobody without a part finds the case, and to the patient it is not theirs to do."""
    return row("POST", "/api/consultations/{case}/" + name, f"401 403 | 404 | {answers}", *stages)


#                                                                          anonymous patient | without a relation
#                                                                          | asker colleague second expert
API = [
    row("GET", "/api/me",                        "401 200 | 200 200 200 200 200 200 200 200 200 403 | 200 200 200 200"),
    row("GET", "/api/consent-texts/current",     "401 200 | 200 | 200 200 200 200"),
    row("GET", "/api/departments",               "401 200 | 200 | 200 200 200 200"),
    row("GET", "/api/institutions",              "401 200 | 200 | 200 200 200 200"),
    row("GET", "/api/users",                     "401 403 | 403 403 403 403 403 403 403 200 403 403 | 403 403 403 403"),
    row("GET", "/api/consultations",             "401 200 | 200 | 200 200 200 200"),
    row("GET", "/api/consultations?department=neurology", "401 200 | 200 | 200 200 200 200"),
    row("POST", "/api/consultations",            "401 403 | 403 404 403 403 403 403 403 403 403 403 | 201 201 403 403"),
    row("GET", "/api/consultations/{case}",      "401 200 | 404 | 200 200 200 200"),
    row("GET", "/api/consultations/{case}/opinion", "401 200 | 404 | 200 200 200 200"),
    row("PUT", "/api/consultations/{case}/opinion", "401 403 | 404 | 403 403 403 403", "rings"),
    row("PUT", "/api/consultations/{case}/opinion", "401 403 | 404 | 403 403 403 204", "taken"),
    row("PUT", "/api/consultations/{case}/opinion", "401 403 | 404 | 403 403 403 409", "signed"),
    row("POST", "/api/consultations/{case}/opinion/sign",
        "401 403 | 404 404 404 404 404 404 404 404 404 403 | 403 403 403 403", "rings"),
    row("POST", "/api/consultations/{case}/opinion/sign",
        "401 403 | 404 404 404 404 404 404 404 404 404 403 | 403 403 403 200", "taken"),
    row("POST", "/api/consultations/{case}/opinion/sign",
        "401 403 | 404 404 404 404 404 404 404 404 404 403 | 403 403 403 409", "signed"),
    act("accept",             "403 403 200 200", "rings"),
    act("accept",             "403 403 409 409", "taken", "signed"),
    act("claim",              "403 403 409 409"),
    act("release",            "403 403 403 403", "rings"),
    act("release",            "403 403 403 200", "taken"),
    act("release",            "403 403 403 409", "signed"),
    act("close",              "409 409 403 403", "rings", "taken"),
    act("close",              "200 200 403 403", "signed"),
    act("cancel",             "200 200 403 403", "rings", "taken"),
    act("cancel",             "409 409 403 403", "signed"),
    act("withdraw-consent",   "200 200 403 403", "rings", "taken"),
    act("withdraw-consent",   "409 409 403 403", "signed"),
    act("did-not-take-place", "409 403 403 403", "rings"),
    act("did-not-take-place", "200 403 403 200", "taken"),
    act("did-not-take-place", "409 403 403 409", "signed"),
    row("POST", "/api/consultations/{case}/write", "401 404 | 404 | 404 404 404 404"),  # an act, but not by this door
]  # fmt: skip

OWN = "401 200 | 404 404 404 404 404 404 404 404 404 403 | 200 200 404 404"  # a patient's record
ENTRUSTED = OWN[:-3] + "200"
NONE_YET = "401 404 | 404 404 404 404 404 404 404 404 404 403 | 404 404 404 404"
READ_ONLY = "401 403 | 403 | 403 403 403 403"
LOG = "401 200 | 403 403 403 403 403 403 200 200 403 403 | 403 403 403 403"


def record(path: str) -> list[Row]:
    """A piece of the patient's record: the expert sees it while the case is in their hands."""
    return [row("GET", path, OWN, "rings", "signed"), row("GET", path, ENTRUSTED, "taken")]


FHIR = [
    row("GET", "/fhir/R4/metadata", "200 200 | 200 | 200 200 200 200"),
    *record("/fhir/R4/Patient/{patient}"),
    *record("/fhir/R4/Patient/{patient}/_history/1"),
    *record("/fhir/R4/ImagingStudy/{study}"),
    *record("/fhir/R4/Consent/{case}"),
    row("GET", "/fhir/R4/DiagnosticReport/{report}", NONE_YET, "rings", "taken"),
    row("GET", "/fhir/R4/DiagnosticReport/{report}", OWN, "signed"),
    *(row("GET", f"/fhir/R4/{kind}", "401 200 | 200 200 200 200 200 200 200 200 200 403 | 200 200 200 200")
      for kind in ("Patient?name=刘", "Patient?identifier={number}", "ImagingStudy?patient={patient}",
                   "Consent?patient={patient}", "DiagnosticReport?patient={patient}", "Organization/city")),
    row("GET", "/fhir/R4/Practitioner?name=x", "401 200 | 200 | 200 200 200 200"),  # the machine's only scope
    row("POST", "/fhir/R4/Patient", READ_ONLY),
    row("PUT", "/fhir/R4/Patient/{patient}", READ_ONLY),
    row("PUT", "/fhir/R4/Practitioner/chenyuan", READ_ONLY),
    row("GET", "/fhir/R4/AuditEvent?patient={patient}", LOG),
    row("GET", "/fhir/R4/AuditEvent/{event}", LOG),
    row("GET", "/fhir/R4/Observation/x", "401 404 | 404 | 404 404 404 404"),  # a type that is not served
]  # fmt: skip

DICOM = [
    *record("/dicom-web/studies/{uid}/series"),
    *record("/dicom-web/studies/{uid}/series/{series}/instances"),
    *record("/dicom-web/studies/{uid}/series/{series}/instances/{sop}/rendered"),
]

ROWS = [*API, *FHIR, *DICOM]

# Log-in is about the caller alone: what somebody without a session is told, to a body that is as it should be.
LOG_IN: dict[str, tuple[object, int]] = {
    "POST /auth/login": ({"name": "nobody", "password": "a long enough passphrase"}, 401),
    "POST /auth/factor": ({"kind": "totp", "code": "123456"}, 401),
    "POST /auth/factor/webauthn/options": ({}, 401),
    "POST /auth/enrol": ({"kind": "totp"}, 401),
    "POST /auth/enrol/webauthn/options": ({}, 401),
    "POST /auth/password": ({"old": "a long enough passphrase", "new": "another long passphrase"}, 401),
    "POST /auth/recovery": ({"name": "nobody", "code": "0", "password": "another long passphrase"}, 401),
    "POST /auth/logout": ({}, 401),
    "POST /auth/token": ({}, 400),  # a form is expected (RFC 6749 5.2)
}
