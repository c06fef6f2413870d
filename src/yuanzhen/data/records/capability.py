"""The CapabilityStatement, made from what is really there: types, the acts on them, the parameters of their search."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from yuanzhen.data.exchange.fhir import definitions
from yuanzhen.data.records import parameters
from yuanzhen.data.records.acts import PATHS
from yuanzhen.data.records.asked import FHIR_JSON, PATCH_JSON
from yuanzhen.data.records.audit_events import SEARCHED_BY
from yuanzhen.data.records.model import LOGGED_ONLY, Json, types

# R4 value sets type-restful-interaction and system-restful-interaction, by our names of acts
OF_A_TYPE = {
    "read": "read",
    "vread": "vread",
    "update": "update",
    "patch": "patch",
    "delete": "delete",
    "history": "history-instance",
    "history-type": "history-type",
    "create": "create",
    "search": "search-type",
}
OF_ALL = {"history-system": "history-system"}
OF_THE_LOG = ("read", "search-type")
OAUTH = {"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "OAuth"}


def statement(now: datetime, base: str) -> Json:
    """R4 CapabilityStatement of this server, as it is reached at `base`."""
    implementation = {"description": "远诊 Yuanzhen", **({"url": base} if "://" in base else {})}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "yuanzhen"},
        "implementation": implementation,
        "fhirVersion": "4.0.1",
        "format": [FHIR_JSON, "json"],
        "patchFormat": [PATCH_JSON],
        "rest": [_rest()],
    }


@cache
def _rest() -> Json:
    acts = {act for path in PATHS for act in path.acts.values()}
    told = {
        "service": [{"coding": [OAUTH]}],
        "description": "OAuth 2 client credentials at /auth/token, with scopes as SMART v1 names them",
    }
    whole = [*(code for act, code in OF_ALL.items() if act in acts), "transaction", "batch"]
    return {
        "mode": "server",
        "security": told,
        "resource": [*(_resource(kind, acts) for kind in sorted(types())), _log()],
        "interaction": [{"code": code} for code in whole],
    }


def _resource(kind: str, acts: set[str]) -> Json:
    known = sorted(parameters.of(kind).values())
    told: Json = {
        "type": kind,
        "interaction": [{"code": code} for act, code in OF_A_TYPE.items() if act in acts],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": "update-matching" in acts,
        "conditionalDelete": "single" if "delete-matching" in acts else "not-supported",
        "searchInclude": [f"{kind}:{one.name}" for one in known if one.kind == "reference"],
        "searchRevInclude": _pointing().get(kind, []),
        "searchParam": [{"name": one.name, "definition": one.definition, "type": one.kind} for one in known],
    }
    return {name: value for name, value in told.items() if value != []}


def _log() -> Json:
    """The trail, which is read and searched alone."""
    known = definitions.search().parameters[LOGGED_ONLY]
    found = [(name, known[name]) for name in sorted(SEARCHED_BY)]
    return {
        "type": LOGGED_ONLY,
        "interaction": [{"code": code} for code in OF_THE_LOG],
        "versioning": "no-version",
        "searchParam": [{"name": name, "definition": one.definition, "type": one.kind} for name, one in found],
    }


@cache
def _pointing() -> dict[str, list[str]]:
    """What may point to each type: `Observation:subject` to Patient."""
    found: dict[str, list[str]] = {}
    for source in sorted(types()):
        for one in sorted(parameters.of(source).values()):
            if one.kind == "reference":
                for target in types() if "Resource" in one.targets else one.targets:
                    found.setdefault(target, []).append(f"{source}:{one.name}")
    return found
