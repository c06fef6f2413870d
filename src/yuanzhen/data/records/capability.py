"""The CapabilityStatement, made from what is really there: served types, their parameters, what may be written."""

from __future__ import annotations

from datetime import datetime

from yuanzhen.data.records.index import PARAMETERS, Kind
from yuanzhen.data.records.model import LOGGED_ONLY, Json

TYPE: dict[Kind, str] = {"token": "token", "word": "string", "link": "reference", "moment": "date"}
LOG_PARAMETERS = {"entity": "reference", "agent": "reference", "patient": "reference", "date": "date"}


def statement(now: datetime) -> Json:
    """R4 CapabilityStatement of this server."""
    resources = [
        _resource(kind, {name: TYPE[parameter.kind] for name, parameter in parameters.items()}, writable=True)
        for kind, parameters in PARAMETERS.items()
    ]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "yuanzhen"},
        "implementation": {"description": "远诊 Yuanzhen"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": [*resources, _resource(LOGGED_ONLY, LOG_PARAMETERS, writable=False)]}],
    }


def _resource(kind: str, parameters: dict[str, str], *, writable: bool) -> Json:
    interactions = ["read", "search-type", *(["vread", "create", "update"] if writable else [])]
    return {
        "type": kind,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "versioned-update" if writable else "no-version",
        "updateCreate": writable,
        "searchParam": [{"name": name, "type": type} for name, type in sorted(parameters.items())],
    }
