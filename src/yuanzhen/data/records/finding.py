"""Finding studies, series and instances by what their headers say: a Query becomes one statement, for DICOM and web.

Conditions are fixed texts from tables; what was asked for goes in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from yuanzhen.data.exchange.dicom.archive import Held, Query, QueryLevel
from yuanzhen.data.exchange.dicom.attributes import Attributes
from yuanzhen.data.records.terms import folded
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Invalid

UNLIMITED = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Match:
    """One study, series or instance: its attributes, and of whom it is."""

    found: Attributes
    study: str
    series: str
    sop: str
    patient: str
    resource: str


def _text(tag: str, of: str = "s") -> str:
    return f"{of}.header #>> '{{{tag},Value,0}}'"


# Tag -> what is compared, and how (PS3.4 C.2.2.2)
COLUMNS: dict[str, tuple[str, str]] = {
    "0020000D": ("s.uid", "uid"),
    "00080020": ("s.date", "range"),
    "00080030": (_text("00080030"), "range"),
    "00080050": ("s.accession", "text"),
    "00080061": ("s.modalities", "list"),
    "00080090": (f"lower({_text('00080090')})", "folded"),
    "00081030": (_text("00081030"), "text"),
    "00100010": ("s.names", "names"),
    "00100020": ("s.number", "text"),
    "00100021": (_text("00100021"), "text"),
    "00100030": (_text("00100030"), "range"),
    "00100040": (_text("00100040"), "text"),
    "00200010": (_text("00200010"), "text"),
}
SERIES_COLUMNS: dict[str, tuple[str, str]] = {
    "0020000E": ("i.series", "uid"),
    **{tag: (_text(tag, "i"), "text") for tag in ("00080060", "0008103E", "00180015", "00200011", "00081010")},
    **{tag: (_text(tag, "i"), "range") for tag in ("00080021", "00080031", "00400244", "00400245")},
}
INSTANCE_COLUMNS: dict[str, tuple[str, str]] = {
    "00080018": ("i.sop", "uid"),
    "00080016": ("i.sop_class", "uid"),
    "00200013": ("i.number::text", "text"),
    **{tag: (_text(tag, "i"), "text") for tag in ("00280008", "00280010", "00280011", "0040A493")},
}
KNOWN: dict[QueryLevel, dict[str, tuple[str, str]]] = {
    "PATIENT": COLUMNS,
    "STUDY": COLUMNS,
    "SERIES": COLUMNS | SERIES_COLUMNS,
    "IMAGE": COLUMNS | SERIES_COLUMNS | INSTANCE_COLUMNS,
}

# (condition, with {0} for what is compared and {1} for the argument's number; the argument)
Condition = tuple[str, Any]


def _uids(values: tuple[str, ...]) -> Condition:
    return "{0} = ANY (${1}::text[])", [one for value in values for one in value.split("\\")]


def _range(values: tuple[str, ...]) -> Condition:
    """A day, a time, or a span of them: `A-B`, `A-`, `-B`."""
    start, dash, end = values[0].replace(":", "").partition("-")
    if not dash:
        return "starts_with({0}, ${1}::text)", start.strip()
    return "{0} <> '' AND {0} BETWEEN (${1}::text[])[1] AND (${1}::text[])[2]", [start.strip(), end.strip() + "~"]


def _listed(values: tuple[str, ...]) -> Condition:
    return "{0} && ${1}::text[]", [one for value in values for one in value.split("\\")]


def _pattern(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%").replace("?", "_")


def _plain(values: tuple[str, ...]) -> Condition:
    if any(letter in value for value in values for letter in "*?"):
        return "{0} LIKE ANY (${1}::text[])", [_pattern(value) for value in values]
    return "{0} = ANY (${1}::text[])", list(values)


def _folded(values: tuple[str, ...]) -> Condition:
    return _plain(tuple(folded(value.rstrip("^")) for value in values))


def _names(values: tuple[str, ...]) -> Condition:
    """A name by any of its groups, whatever the case; with or without the carets that part it."""
    written = [_pattern(folded(value.rstrip("^"))) for value in values]
    return (
        "EXISTS (SELECT FROM unnest({0}) AS one WHERE one LIKE ANY (${1}::text[]) "
        "OR replace(one, '^', '') LIKE ANY (${1}::text[]))",
        written,
    )


HOW: dict[str, Callable[[tuple[str, ...]], Condition]] = {
    "uid": _uids,
    "range": _range,
    "list": _listed,
    "text": _plain,
    "folded": _folded,
    "names": _names,
}

STATEMENTS: dict[QueryLevel, str] = {
    "PATIENT": (
        "SELECT DISTINCT ON (s.patient) s.uid, s.patient, s.resource, s.header, "
        "(SELECT count(*) FROM records.study o WHERE o.patient = s.patient) AS studies "
        "FROM records.study s WHERE {0} ORDER BY s.patient, s.date DESC"
    ),
    "STUDY": (
        "SELECT s.uid, s.patient, s.resource, s.header, s.modalities, "
        "(SELECT count(*) FROM records.instance c WHERE c.study = s.uid) AS instances, "
        "(SELECT count(DISTINCT c.series) FROM records.instance c WHERE c.study = s.uid) AS series "
        "FROM records.study s WHERE {0} ORDER BY s.date DESC, s.uid"
    ),
    "SERIES": (
        "SELECT s.uid, s.patient, s.resource, i.header, i.series, i.instances FROM records.study s "
        "CROSS JOIN LATERAL (SELECT DISTINCT ON (f.series) f.series, f.header, "
        "count(*) OVER (PARTITION BY f.series) AS instances FROM records.instance f WHERE f.study = s.uid "
        "ORDER BY f.series, f.number, f.sop) AS i WHERE {0} "
        "ORDER BY s.date DESC, s.uid, (i.header #>> '{{00200011,Value,0}}'), i.series"
    ),
    "IMAGE": (
        "SELECT s.uid, s.patient, s.resource, i.header, i.series, i.sop FROM records.study s "
        "JOIN records.instance i ON i.study = s.uid WHERE {0} ORDER BY s.date DESC, s.uid, i.series, i.number, i.sop"
    ),
}
_HELD = (
    "SELECT i.study, i.series, i.sop, coalesce(nullif(i.sop_class, ''), i.header #>> '{{00080016,Value,0}}', ''), "
    "i.transfer_syntax, i.blob, i.bytes, s.patient, s.resource FROM records.study s "
    "JOIN records.instance i ON i.study = s.uid WHERE {0} ORDER BY i.study, i.series, i.number, i.sop"
)


def known(level: QueryLevel, tag: str) -> bool:
    """Whether a level can be searched by an attribute."""
    return tag in KNOWN[level]


async def find(reads: Reads, query: Query) -> list[Match]:
    """What matches, newest study first. Keys that are not searched by are passed over (PS3.4 C.2.2.1.3)."""
    where, arguments = _where(query)
    limit, offset = query.limit if query.limit is not None else UNLIMITED, query.offset
    statement = f"{STATEMENTS[query.level].format(where)} LIMIT {limit:d} OFFSET {offset:d}"
    return [_match(row, query.level) for row in await reads.rows(statement, *arguments)]


async def held(reads: Reads, query: Query) -> tuple[list[Held], dict[str, str]]:
    """The instances below what matches, as they can be sent; and whose they are (ImagingStudy -> patient)."""
    where, arguments = _where(query)
    rows = await reads.rows(_HELD.format(where), *arguments)
    whose = {row["resource"]: row["patient"] for row in rows}
    return [Held(*list(row.values())[:7]) for row in rows], whose


def _where(query: Query) -> tuple[str, list[Any]]:
    conditions, arguments = [], []
    for tag, values in query.match.items():
        if tag not in KNOWN[query.level]:
            continue
        compared, how = KNOWN[query.level][tag]
        if any("\0" in value or len(value) > 1024 for value in values):
            raise Invalid("dicom.query", place=tag, rule="at most 1024 letters")
        condition, argument = HOW[how](values)
        arguments.append(argument)
        conditions.append(condition.format(compared, len(arguments)))
    return " AND ".join(conditions) or "true", arguments


def _match(row: asyncpg.Record, level: QueryLevel) -> Match:
    found: Attributes = msgspec.json.decode(row["header"])
    found["0020000D"] = _value("UI", row["uid"])
    found["00080056"] = _value("CS", "ONLINE")
    if level == "PATIENT":
        found = {tag: element for tag, element in found.items() if tag.startswith("0010") or tag == "00080005"}
        found["00201200"] = _value("IS", row["studies"])
    elif level == "STUDY":
        found["00080061"] = {"vr": "CS", "Value": list(row["modalities"])}
        found["00201206"], found["00201208"] = _value("IS", row["series"]), _value("IS", row["instances"])
    elif level == "SERIES":
        found["00201209"] = _value("IS", row["instances"])
    series = row["series"] if level in ("SERIES", "IMAGE") else ""
    sop = row["sop"] if level == "IMAGE" else ""
    return Match(found, row["uid"], series, sop, row["patient"], row["resource"])


def _value(vr: str, value: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": [value]}
