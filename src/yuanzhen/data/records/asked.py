"""What a request of FHIR's REST asks, by HTTP or in an entry of a Bundle: path, conditions, form of answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal, cast, get_args
from urllib.parse import parse_qsl

import msgspec

from yuanzhen.data.records import parameters
from yuanzhen.infrastructure.errors import Invalid, Malformed, NotAcceptable, Unsupported

BASE = "/fhir/R4"
FHIR_JSON = "application/fhir+json"
PATCH_JSON = "application/json-patch+json"
# R4 3.1.0.1.11: the forms of JSON that clients name
JSON_NAMES = frozenset({"json", "text/json", "application/json", FHIR_JSON})
ANY = frozenset({"*/*", "application/*", "*"})

Returns = Literal["representation", "minimal", "OperationOutcome"]
RETURNS: tuple[str, ...] = get_args(Returns)
Pairs = tuple[tuple[str, str], ...]

_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+")  # RFC 3986 3.2.2, with its port
_ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')


class Form(msgspec.Struct, frozen=True):
    """How the answer is to look."""

    returns: Returns = "representation"
    said: bool = False  # the client named what shall be returned
    lenient: bool = False
    pretty: bool = False
    base: str = BASE  # what addresses begin with, as the client reached us
    content: str = ""  # the media types in which a Binary's own content is wanted


class Conditions(msgspec.Struct, frozen=True):
    """On what the act depends: versions, times, and that nothing of the kind is there."""

    if_match: int | None = None
    if_none_match: str = ""
    if_modified_since: datetime | None = None
    if_none_exist: str | None = None


NONE = Conditions()


class Call(msgspec.Struct, frozen=True):
    """One request; `path`: its segments below the base, `place`: where in a Bundle it stands."""

    method: str
    path: tuple[str, ...]
    query: Pairs = ()
    conditions: Conditions = NONE
    form: Form = Form()
    place: str = ""

    @property
    def kind(self) -> str:
        """The resource type that the path begins with; '' for the system as a whole."""
        return self.path[0] if self.path and not self.path[0].startswith("_") else ""

    @property
    def id(self) -> str:
        """The id of the resource that the path names; '' for none."""
        return self.path[1] if len(self.path) > 1 and not self.path[1].startswith("_") else ""

    @property
    def address(self) -> str:
        """What the path names: `Patient/1`."""
        return "/".join(self.path)

    @property
    def none_exist(self) -> Pairs | None:
        """What shall not be there yet for a create to make it."""
        text = self.conditions.if_none_exist
        return None if text is None else _at_home(self.kind, pairs(text.removeprefix("?")), self.form.base)

    def at_home(self) -> Call:
        """The same, what it asks for by the address that the client reached us at made relative."""
        query = _at_home(self.kind, self.query, self.form.base)
        return self if query is self.query else msgspec.structs.replace(self, query=query)


def pairs(query: str) -> Pairs:
    """The parameters of a query string, in their order. Raises `Malformed` for what is no text."""
    try:
        return tuple(parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=200))
    except ValueError:
        raise Malformed("fhir.bad_query", place="query") from None


def _at_home(kind: str, query: Pairs, base: str) -> Pairs:
    """Criteria whose references are by our own address, with relative ones: they are to what is here."""
    ours = f"{base}/"
    if "://" not in base or not any(ours in value for _, value in query):
        return query
    return tuple(
        (name, value.replace(ours, "") if ours in value and parameters.refers(kind, name) else value)
        for name, value in query
    )


def without_form(query: Pairs) -> Pairs:
    """The parameters but those that say how the answer is to look."""
    return tuple(pair for pair in query if pair[0] not in ("_format", "_pretty"))


def nothing_else(query: Pairs, *also: str, code: str = "fhir.unknown_parameter") -> None:
    """Passes a query that only says how the answer is to look, or what `also` names. Raises `Invalid` with the code."""
    for name, _ in without_form(query):
        if name not in also:
            raise Invalid(code, place=name, known=["_format", "_pretty", *also])


def form(headers: Mapping[str, str], query: Pairs, base: str = BASE) -> Form:
    """How the answer is to look, by `Accept`, `_format` (which goes first), `_pretty` and `Prefer`.

    Raises `NotAcceptable` where that is no JSON, `Invalid` for words that R4 does not know.
    """
    asked = dict(query)
    named = asked.get("_format", "").replace(" ", "+") or headers.get("accept", "")
    if not _takes_json(named):
        raise NotAcceptable("fhir.only_json", place="_format" if asked.get("_format") else "Accept", spoken=FHIR_JSON)
    preferred = _preferences(headers["prefer"]) if "prefer" in headers else {}
    returns = preferred.get("return", "representation")
    if returns not in RETURNS:
        raise Invalid("fhir.bad_preference", place="Prefer", allowed=list(RETURNS))
    pretty = asked.get("_pretty", "false")
    if pretty not in ("true", "false"):
        raise Invalid("fhir.bad_pretty", place="_pretty", allowed=["true", "false"])
    return Form(
        cast("Returns", returns), "return" in preferred, preferred.get("handling") == "lenient", pretty == "true", base
    )


def base_of(scheme: str, host: str) -> str:
    """What addresses begin with for a client who reached us at a host; relative to it where that is no name."""
    return f"{scheme}://{host}{BASE}" if _HOST.fullmatch(host) else BASE


def conditions(headers: Mapping[str, str]) -> Conditions:
    """The conditions of a request's headers. Raises `Invalid` for an If-Match that names no version."""
    return Conditions(
        version_of(headers.get("if-match", ""), "If-Match"),
        headers.get("if-none-match", "").strip(),
        _moment(headers.get("if-modified-since", "")),
        headers.get("if-none-exist"),
    )


def version_of(tag: str, place: str) -> int | None:
    """The version in `W/"3"`; None where there is no tag."""
    if not tag:
        return None
    match = _ETAG.fullmatch(tag.strip())
    if match is None:
        raise Invalid("fhir.bad_etag", place=place, rule='W/"version"')
    return int(match[1])


def is_unchanged(asked: Conditions, version: int, updated: datetime) -> bool:
    """Whether the client holds this version already (R4 3.1.0.1.4): If-None-Match goes first."""
    if asked.if_none_match:
        tags = [tag.strip() for tag in asked.if_none_match.split(",")]
        return "*" in tags or any((found := _ETAG.fullmatch(tag)) and int(found[1]) == version for tag in tags)
    since = asked.if_modified_since
    return since is not None and updated.replace(microsecond=0) <= since


def sends_json(content_type: str, *, patch: bool) -> None:
    """Passes a body whose media type is JSON (a patch's its own); raises `Unsupported` for another one."""
    named = content_type.partition(";")[0].strip().lower()
    allowed = {PATCH_JSON} if patch else {*JSON_NAMES, ""}
    if named not in allowed:
        raise Unsupported("fhir.media_type", place="Content-Type", spoken=PATCH_JSON if patch else FHIR_JSON)


@lru_cache(maxsize=256)  # clients say the same thing each time
def media_ranges(accept: str) -> frozenset[str]:
    """What an Accept header names but what it rules out, without parameters."""
    found = set()
    for one in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in one.split(";"))
        if kind and not any(re.fullmatch(r"q=0(\.0*)?", part) for part in parameters):
            found.add(kind)
    return frozenset(found)


def _takes_json(named: str) -> bool:
    return not named.strip() or not media_ranges(named).isdisjoint(JSON_NAMES | ANY)


def _preferences(header: str) -> dict[str, str]:
    """`return=minimal; handling=strict` (RFC 7240), names in lower case."""
    named = (one.partition("=") for one in re.split(r"[;,]", header))
    return {name.strip().lower(): value.strip().strip('"') for name, mark, value in named if mark}


def _moment(text: str) -> datetime | None:
    """An HTTP date; what is none asks for nothing (RFC 9110 13.1.3)."""
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
