"""What searches find a resource by: a table from search parameter to path, read once into closures. Pure."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from yuanzhen.infrastructure.errors import Invalid

Kind = Literal["token", "word", "link", "moment"]


class Parameter(NamedTuple):
    """One search parameter of a type: how it is compared and where its values stand."""

    kind: Kind
    path: str


# FHIR R4 search parameters of the types that are served, as their definitions name them.
PARAMETERS: dict[str, dict[str, Parameter]] = {
    "Patient": {
        "identifier": Parameter("token", "identifier"),
        "name": Parameter("word", "name"),
        "gender": Parameter("token", "gender"),
        "birthdate": Parameter("moment", "birthDate"),
        "organization": Parameter("link", "managingOrganization"),
    },
    "Organization": {
        "identifier": Parameter("token", "identifier"),
        "name": Parameter("word", "name"),
        "partof": Parameter("link", "partOf"),
        "type": Parameter("token", "type"),
    },
    "Practitioner": {
        "identifier": Parameter("token", "identifier"),
        "name": Parameter("word", "name"),
    },
    "ImagingStudy": {
        "identifier": Parameter("token", "identifier"),
        "patient": Parameter("link", "subject"),
        "subject": Parameter("link", "subject"),
        "status": Parameter("token", "status"),
        "started": Parameter("moment", "started"),
        "modality": Parameter("token", "modality"),
    },
    "Consent": {
        "patient": Parameter("link", "patient"),
        "status": Parameter("token", "status"),
        "date": Parameter("moment", "dateTime"),
    },
    "DiagnosticReport": {
        "identifier": Parameter("token", "identifier"),
        "patient": Parameter("link", "subject"),
        "subject": Parameter("link", "subject"),
        "status": Parameter("token", "status"),
        "code": Parameter("token", "code"),
        "issued": Parameter("moment", "issued"),
    },
}

Row = dict[str, str]


def rows(resource: dict[str, Any]) -> dict[Kind, list[Row]]:
    """The index rows of a resource, by table; keys as `records.put` reads them."""
    found: dict[Kind, list[Row]] = {"token": [], "word": [], "link": [], "moment": []}
    for name, (kind, path) in PARAMETERS.get(resource["resourceType"], {}).items():
        for value in _at(resource, path.split(".")):
            found[kind].extend({"n": name, **row} for row in READ[kind](value))
    return found


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _tokens(value: Any) -> Iterator[Row]:
    """Identifier, CodeableConcept, Coding or code (R4 3.1.1.4.10)."""
    if isinstance(value, str):
        yield {"s": "", "c": value}
    elif isinstance(value, dict):
        for coding in value.get("coding", [value]):
            code = coding.get("value", coding.get("code"))
            if isinstance(code, str):
                yield {"s": str(coding.get("system", "")), "c": code}


def _words(value: Any) -> Iterator[Row]:
    """A string, or a HumanName by its whole text and by each part."""
    if isinstance(value, str):
        yield {"v": folded(value)}
    elif isinstance(value, dict):
        parts = [value.get("text"), value.get("family"), *value.get("given", [])]
        for part in dict.fromkeys(p for p in parts if isinstance(p, str)):
            yield {"v": folded(part)}


def _links(value: Any) -> Iterator[Row]:
    text = value.get("reference", "") if isinstance(value, dict) else ""
    kind, _, target = str(text).partition("/")
    if target:
        yield {"k": kind, "v": target}


def _moments(value: Any) -> Iterator[Row]:
    if isinstance(value, str):
        starts, ends = span(value)
        yield {"a": starts.isoformat(), "z": ends.isoformat()}


READ: dict[Kind, Callable[[Any], Iterator[Row]]] = {
    "token": _tokens,
    "word": _words,
    "link": _links,
    "moment": _moments,
}


def folded(text: str) -> str:
    """Case and width folded, as searches compare strings."""
    return unicodedata.normalize("NFKC", text).casefold()


_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)  # R4 2.24.0.1, date and dateTime

LAST = datetime.max.replace(tzinfo=UTC)


def span(text: str) -> tuple[datetime, datetime]:
    """The time that a date or dateTime covers, [starts, ends), as far as it is precise; without a zone it is UTC.

    Raises `Invalid` for what is no date, 31 February among it.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise Invalid("fhir.not_a_date", found=text[:32])
    year, month, day, hour, minute, second, fraction, _ = match.groups()
    try:
        zone = datetime.fromisoformat(f"2000-01-01T00:00{match[8]}").tzinfo if match[8] else UTC
        starts = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone
        ).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("fhir.not_a_date", found=text[:32]) from error
    if fraction:
        starts = starts.replace(microsecond=int(fraction[:6].ljust(6, "0")))
        return starts, _after(starts, timedelta(milliseconds=1))
    if second:
        return starts, _after(starts, timedelta(seconds=1))
    if hour:
        return starts, _after(starts, timedelta(minutes=1))
    if day:
        return starts, _after(starts, timedelta(days=1))
    if month:
        return starts, _after(starts, timedelta(days=calendar.monthrange(starts.year, starts.month)[1]))
    return starts, starts.replace(year=starts.year + 1) if starts.year < 9999 else LAST


def _after(starts: datetime, length: timedelta) -> datetime:
    """The end of a span; 9999-12-31, which people write for 'without an end', ends with the calendar."""
    return starts + length if starts <= LAST - length else LAST
