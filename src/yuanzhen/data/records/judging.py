"""What a client sends, judged before the database is asked: JSON without loss, R4, and the type it claims."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from yuanzhen.data.exchange.fhir import text, validate
from yuanzhen.data.exchange.fhir.outcome import Faulty
from yuanzhen.data.records.model import Json
from yuanzhen.infrastructure.errors import Invalid

LARGE = 64 * 1024  # bytes; more is judged beside everybody else's work, which would wait some milliseconds
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # R4 2.24.0.1, id


async def read(body: bytes, kind: str = "", base: str = "") -> Json:
    """The resource of a request's body, one by R4 and of the type `kind` where one is named.

    References that begin with `base`, the address by which the client reached us, become relative: they are to what is
    here. Raises `Malformed`, `TooLarge` or `Faulty` with all that is wrong, each with its place.
    """
    if len(body) > LARGE:
        return await asyncio.to_thread(_read, body, kind, base)
    return _read(body, kind, base)


def _read(body: bytes, kind: str, base: str) -> Json:
    resource = _parsed(body, base)
    if kind and resource.get("resourceType") != kind:
        raise Invalid("fhir.type_differs", place="resourceType", rule="the type of the path")
    judge(resource)
    return resource


async def read_bundle(body: bytes, base: str = "") -> Json:
    """A Bundle to be performed. Of a batch only what stands around the resources is judged: each is for itself.

    Raises as `read`, and `Invalid` for a Bundle of another type.
    """
    return await asyncio.to_thread(_read_bundle, body, base) if len(body) > LARGE else _read_bundle(body, base)


def _read_bundle(body: bytes, base: str) -> Json:
    bundle = _parsed(body, base)
    if bundle.get("resourceType") != "Bundle":
        raise Invalid("fhir.type_differs", place="resourceType", rule="a Bundle")
    if bundle.get("type") not in ("batch", "transaction"):
        raise Invalid("fhir.bundle_type", place="Bundle.type", allowed=["batch", "transaction"])
    entries = bundle.get("entry")
    if bundle["type"] == "batch" and isinstance(entries, list):
        bare = [{k: v for k, v in one.items() if k != "resource"} if isinstance(one, dict) else one for one in entries]
        judge({**bundle, "entry": bare})
    else:
        judge(bundle)
    return bundle


def _parsed(body: bytes, base: str) -> Json:
    resource = text.parse(body)
    if "://" in base and base.encode() in body:
        _localize(resource, f"{base}/")
    return resource


def _localize(resource: Json, ours: str) -> None:
    waiting: list[Any] = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            told = node.get("reference")
            if isinstance(told, str) and told.startswith(ours):
                node["reference"] = told.removeprefix(ours)
        inner = node.values() if isinstance(node, dict) else node
        waiting += [each for each in inner if isinstance(each, dict | list)]


def judge(resource: Json, place: str = "") -> None:
    """Passes what R4 allows; else raises `Faulty`. `place`: where in a Bundle the resource stands."""
    faults = validate.problems_of(resource)
    if faults:
        raise Faulty([_under(place, fault) for fault in faults] if place else faults)


def identified(kind: str, id: str) -> str:
    """The id, where it is one that R4 allows (a path may hold anything); else raises `Invalid`."""
    if not _ID.fullmatch(id):
        raise Invalid("fhir.bad_id", place=f"{kind}.id", rule="[A-Za-z0-9-.]{1,64}")
    return id


def _under(place: str, fault: Invalid) -> Invalid:
    return Invalid(fault.code, place=f"{place}.{fault.place}" if fault.place else place, **fault.facts)
