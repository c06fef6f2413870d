"""The CapabilityStatement, made from what is really there: served types, their parameters, what may be written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from yuanzhen.data.records import parameters
from yuanzhen.data.records.model import LOGGED_ONLY, Json, types

LOG_PARAMETERS = {"entity": "reference", "agent": "reference", "patient": "reference", "date": "date"}


def statement(now: datetime) -> Json:
    """R4 CapabilityStatement of this server."""
    resources = [
        _resource(kind, {name: one.kind for name, one in parameters.of(kind).items()}, writable=True)
        for kind in sorted(types())
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


def _resource(kind: str, known: Mapping[str, str], *, writable: bool) -> Json:
    interactions = ["read", "search-type", *(["vread", "create", "update"] if writable else [])]
    return {
        "type": kind,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "versioned-update" if writable else "no-version",
        "updateCreate": writable,
        "searchParam": [{"name": name, "type": type} for name, type in sorted(known.items())],
    }
