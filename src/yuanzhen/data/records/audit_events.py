"""The trail as FHIR AuditEvents: rendered when read, never stored."""

from __future__ import annotations

import asyncpg

from yuanzhen.data.records.model import Json
from yuanzhen.data.records.search.query import MOST, USUAL
from yuanzhen.data.records.search.values import prefixed
from yuanzhen.data.records.terms import span
from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.audit.log import Asked

# Our kinds of actor as resources; the rest (system, peer) are devices of ours.
AGENT = {"person": "Practitioner", "guest": "RelatedPerson", "machine": "Device", "peer": "Device", "system": "Device"}


# v3-PurposeOfUse; what is not here is told by its word alone
PURPOSES = {"treatment": "TREAT", "patient-request": "PATRQT"}
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"

SEARCHED_BY = ("agent", "date", "entity", "patient")


def asked(parameters: list[tuple[str, str]]) -> Asked:
    """What a search on AuditEvent asks of the trail: entity, agent, patient, date (repeatable), _id, paging."""
    known: Json = {}
    for name, value in parameters:
        if name == "entity":
            known["entity_type"], _, known["entity"] = value.rpartition("/")
        elif name in ("agent", "patient"):
            known[name] = value.rpartition("/")[2]
        elif name == "date":
            known |= _between(value)
        elif name in ("_id", "_after", "_count"):
            known[{"_id": "id", "_after": "before", "_count": "count"}[name]] = _whole(name, value)
        elif name != "_format":
            raise Invalid("fhir.unknown_parameter", place=name, known=list(SEARCHED_BY))
    return Asked(**{**known, "count": min(known.get("count", USUAL), MOST)})


def _between(value: str) -> Json:
    prefix, rest = prefixed(value)
    starts, ends = span(rest)
    if prefix in ("ge", "gt", "sa"):
        return {"since": starts if prefix == "ge" else ends}
    if prefix in ("le", "lt", "eb"):
        return {"until": ends if prefix == "le" else starts}
    if prefix == "eq":
        return {"since": starts, "until": ends}
    raise Invalid("fhir.unsupported_prefix", place="date", found=prefix)


def _whole(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > 18 or (name == "_count" and int(value) == 0):
        raise Invalid("fhir.bad_number", place=name, rule="a whole number, _count from 1")
    return int(value)


def rendered(row: asyncpg.Record) -> Json:
    """One row of the trail as an R4 AuditEvent (agents and entities by reference, never by name)."""
    role = "Patient" if row["role"] == "patient" else AGENT[row["kind"]]
    agent: Json = {
        "who": {"reference": f"{role}/{row['actor']}"} if row["kind"] != "system" else {"display": row["actor"]},
        "role": [{"text": row["role"]}],
        "requestor": True,
        "purposeOfUse": [_purpose(row["purpose"])],
    }
    if row["origin"]:
        agent["network"] = {"address": row["origin"], "type": "2"}
    event: Json = {
        "resourceType": "AuditEvent",
        "id": str(row["id"]),
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "subtype": [{"system": "urn:yuanzhen:verb", "code": row["verb"]}],
        "action": row["action"],
        "recorded": row["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": str(row["outcome"]),
        "agent": [agent],
        "source": {"observer": {"display": "yuanzhen"}},
        "entity": _entities(row),
    }
    if row["code"]:
        event["outcomeDesc"] = row["code"]
    return event


def _purpose(word: str) -> Json:
    coding = {"coding": [{"system": ACT_REASON, "code": PURPOSES[word]}]} if word in PURPOSES else {}
    return {**coding, "text": word}


def _entities(row: asyncpg.Record) -> list[Json]:
    named = [(row["entity_type"], row["entity"])]
    if row["patient"] and (row["entity_type"], row["entity"]) != ("Patient", row["patient"]):
        named.append(("Patient", row["patient"]))
    return [
        {"what": {"reference": f"{kind}/{id}"} if kind[:1].isupper() else _logical(kind, id)}
        for kind, id in named
        if id
    ]


def _logical(kind: str, id: str) -> Json:
    """What is no resource (a person's login, a key) by an identifier of ours."""
    return {"identifier": {"system": f"urn:yuanzhen:{kind}", "value": id}}
