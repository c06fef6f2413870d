"""A Bundle that is to be performed: its entries as calls, in R4's order, and the references between them. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from yuanzhen.data.records import asked, patch
from yuanzhen.data.records.asked import BASE, PATCH_JSON, Call, Conditions, Form
from yuanzhen.data.records.model import Json
from yuanzhen.infrastructure.errors import Invalid

# R4 3.1.0.11.2: in which order a transaction is performed
ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}
PLACEHOLDER = re.compile(r"urn:(uuid|oid):.+")
CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?(.+)", re.DOTALL)
# Members that hold such a name and refer to nothing by it: an Identifier's value and system, a resource's own id.
_NAMES = frozenset({"value", "system", "id"})


@dataclass(slots=True)
class Entry:
    """One entry: what it asks, under which name others refer to it, and what it brings."""

    number: int
    call: Call
    full_url: str = ""
    resource: Json = field(default_factory=dict)
    changes: list[Json] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where it stands in the Bundle."""
        return self.call.place

    @property
    def writes(self) -> bool:
        return self.call.method not in ("GET", "HEAD")


class Spot(NamedTuple):
    """Where a text stands that may refer to another resource."""

    owner: Any
    key: Any
    text: str

    def put(self, text: str) -> None:
        """Writes another text there."""
        self.owner[self.key] = text


def entry(number: int, told: Json, form: Form) -> Entry:
    """One entry of a Bundle. Raises `Invalid` where it asks nothing, or lacks what its request is about."""
    place = f"Bundle.entry[{number}]"
    request = told.get("request")
    if not isinstance(request, dict):
        raise Invalid("fhir.required", place=f"{place}.request")
    path, query = _split(str(request["url"]), form)
    call = Call(str(request["method"]), path, query, _conditions(request, place), form, place).at_home()
    resource = told.get("resource")
    made = Entry(number, call, str(told.get("fullUrl", "")))
    if call.method in ("POST", "PUT", "PATCH") and path[-1:] != ("_search",):
        if not isinstance(resource, dict):
            raise Invalid("fhir.required", place=f"{place}.resource")
        if call.method == "PATCH":
            made.changes = _patch(resource, place)
        else:
            made.resource = resource
    return made


def _split(url: str, form: Form) -> tuple[tuple[str, ...], asked.Pairs]:
    """Path and parameters of a request's URL, which is relative to the base or, from some clients, is not."""
    for before in (form.base, BASE):
        url = url.removeprefix(before)
    path, _, query = url.partition("?")
    return tuple(part for part in path.split("/") if part), asked.pairs(query)


def _conditions(request: Json, place: str) -> Conditions:
    return Conditions(
        asked.version_of(str(request.get("ifMatch", "")), f"{place}.request.ifMatch"),
        str(request.get("ifNoneMatch", "")),
        _since(request.get("ifModifiedSince"), f"{place}.request.ifModifiedSince"),
        request.get("ifNoneExist"),
    )


def _since(told: str | None, place: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if told else None
    except ValueError:  # a leap second, which R4 allows
        raise Invalid("fhir.not_a_date", place=place) from None


def _patch(resource: Json, place: str) -> list[Json]:
    """The operations that a Binary holds (R4 3.1.0.11.8)."""
    kind = str(resource.get("contentType", "")).partition(";")[0].strip()
    if resource.get("resourceType") != "Binary" or kind != PATCH_JSON:
        raise Invalid("fhir.patch_in_bundle", place=f"{place}.resource", rule=f"a Binary of {PATCH_JSON}")
    try:
        return patch.operations(base64.b64decode(str(resource.get("data", "")), validate=True))
    except binascii.Error:
        raise Invalid("fhir.format", place=f"{place}.resource.data", expected="base64Binary") from None


def in_order(found: list[Entry]) -> list[Entry]:
    """DELETE, POST, PUT and PATCH, GET; as they stand within each."""
    return sorted(found, key=lambda entry: ORDER[entry.call.method])


# ---- references


def spots(entry: Entry) -> list[Spot]:
    """Every place of an entry's resource, or of its patch, that may refer to something else in the Bundle."""
    found: list[Spot] = []
    waiting: list[Any] = [entry.resource or entry.changes]
    for node in waiting:  # it grows while it is walked
        for key, value in node.items() if type(node) is dict else enumerate(node):
            kind = type(value)
            if kind is str:  # most are, and refer nowhere
                if key == "reference" or ("urn:" in value and _may_refer(key, value)):
                    found.append(Spot(node, key, value))
            elif kind is dict or kind is list:
                waiting.append(value)
    return found


def _may_refer(key: Any, text: str) -> bool:
    return key == "div" or (text.startswith("urn:") and key not in _NAMES)


def conditional(spot: Spot) -> tuple[str, str] | None:
    """Type and criteria of a reference that is a search: `Patient?identifier=urn:x|1`."""
    match = CONDITIONAL.fullmatch(spot.text) if spot.key == "reference" else None
    return (match[1], match[2]) if match else None


def resolved(spot: Spot, entry: Entry, links: Mapping[str, str]) -> str | None:
    """What a text becomes by `links`, from names in the Bundle to addresses; None where it is no such name.

    Raises `Invalid` for a reference to a placeholder that nothing in the Bundle bears.
    """
    if spot.key == "div":
        return _narrative(spot.text, links)
    found = links.get(spot.text) or links.get(_base(entry.full_url) + spot.text)
    if found is None and spot.key == "reference" and PLACEHOLDER.fullmatch(spot.text):
        raise Invalid("fhir.unresolved_reference", place=entry.place, found=spot.text[:64])
    return found


def _base(full_url: str) -> str:
    """`https://a/fhir/` of `https://a/fhir/Patient/1`: what relative references in it begin with (R4 2.36.4.1)."""
    parts = full_url.rsplit("/", 2)
    return f"{parts[0]}/" if len(parts) == 3 and "://" in parts[0] else "-"


def _narrative(text: str, links: Mapping[str, str]) -> str:
    """A narrative whose links and images name resources of the Bundle."""

    def put(match: re.Match[str]) -> str:
        return f"{match[1]}{links.get(match[2], match[2])}{match[3]}"

    return re.sub(r"""((?:href|src)=["'])(urn:[^"']+)(["'])""", put, text)
