"""What the file reads of the record and beside it, within row-level security; no list is read without a limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from yuanzhen.data.records import parameters
from yuanzhen.data.records.model import Json, Stored, decode
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

MOST_RESULTS = 20_000  # of one patient, the latest to arrive
MOST_POINTS = 120  # of one curve


@dataclass(frozen=True, slots=True)
class Part:
    """One resource of a list: what it says without its bulk, who told it (`meta.source`), when it came last.

    `house` is the institution that answers for it.
    """

    type: str
    id: str
    source: str
    updated: datetime
    says: Json
    house: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The results of one code in one unit: the newest as it was told, and all since some day, oldest first.

    `points`: (when, as FHIR wrote it; the number as it was written; its comparator); `worded`: (when; words).
    """

    code: str
    unit: str
    newest: Part
    count: int
    points: list[tuple[str, str, str]]
    worded: list[tuple[str, str]] = field(default_factory=list)


# What a resource is dated by, in this order.
_WHEN = (
    "coalesce(c #>> '{period,start}', c ->> 'started', c ->> 'effectiveDateTime', c #>> '{effectivePeriod,start}', "
    "c ->> 'date', c ->> 'dateTime', c ->> 'authoredOn', c ->> 'dateAsserted', c ->> 'recordedDate', c ->> 'issued')"
)
# Documents go without their bytes: what they are is enough for a list.
_ATTACHMENTS = (
    "(SELECT jsonb_agg(a - 'data' || jsonb_build_object('here', a ? 'data' OR source LIKE 'yuanzhen:upload/%')) "
    "FROM jsonb_array_elements("
    "CASE type WHEN 'DocumentReference' THEN jsonb_path_query_array(c, '$.content[*].attachment') "
    "ELSE c -> 'presentedForm' END) AS a)"
)
# Each is parsed once to be dated, and a page's once more: what is sorted must not carry megabytes of documents along.
_LISTED = f"""
WITH part AS MATERIALIZED (
  SELECT r.key, r.id, records.instant({_WHEN}) AS moment FROM records.resource r
   CROSS JOIN LATERAL (SELECT r.content::jsonb AS c OFFSET 0) AS told
   WHERE r.patient = $1 AND r.patient <> '' AND r.type = ANY ($2) AND NOT r.deleted
     AND coalesce(c ->> 'status', '') <> ALL ($3)
     AND (NOT $5 OR type <> 'DiagnosticReport' OR c ? 'conclusion' OR c ? 'presentedForm')),
page AS (SELECT *, count(*) OVER () AS total FROM part ORDER BY moment DESC NULLS LAST, id LIMIT $4)
SELECT r.type, r.id, r.source, r.updated, r.institution, page.total,
       (c - ARRAY['text', 'content', 'presentedForm', 'series', 'result']
        || jsonb_build_object('attachments', coalesce({_ATTACHMENTS}, '[]')))::text AS says
  FROM page JOIN records.resource r ON r.key = page.key
 CROSS JOIN LATERAL (SELECT r.content::jsonb AS c OFFSET 0) AS told ORDER BY page.moment DESC NULLS LAST, r.id
"""  # noqa: S608
_CODE = (
    "coalesce((SELECT concat(k ->> 'system', '|', k ->> 'code') FROM jsonb_array_elements(c #> '{code,coding}') AS k "
    "ORDER BY k ->> 'system' <> 'http://loinc.org' LIMIT 1), c #>> '{code,text}', '')"
)
_WORDS = (
    "coalesce(c ->> 'valueString', c #>> '{valueCodeableConcept,text}', "
    "c #>> '{valueCodeableConcept,coding,0,display}', "
    "(c #>> '{valueRatio,numerator,value}') || ':' || (c #>> '{valueRatio,denominator,value}'), c ->> 'valueInteger')"
)
_RESULTS = f"""
WITH seen AS MATERIALIZED (
  SELECT r.id, r.source, r.updated, r.content::jsonb AS c FROM records.resource r
   WHERE r.patient = $1 AND r.patient <> '' AND r.type = 'Observation' AND NOT r.deleted
   ORDER BY r.updated DESC LIMIT $4),
told AS (
  SELECT id, source, updated, c, {_CODE} AS code, {_WHEN} AS at, records.instant({_WHEN}) AS moment,
         coalesce(nullif(c #>> '{{valueQuantity,code}}', ''), c #>> '{{valueQuantity,unit}}', '') AS unit
    FROM seen WHERE c ->> 'status' NOT IN ('entered-in-error', 'cancelled', 'registered')),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY code, unit ORDER BY moment DESC NULLS LAST, updated DESC, id) AS nth
    FROM told)
SELECT code, unit, count(*) AS count, max(id) FILTER (WHERE nth = 1) AS id,
       max(source) FILTER (WHERE nth = 1) AS source, max(updated) FILTER (WHERE nth = 1) AS updated,
       max((c - 'text')::text) FILTER (WHERE nth = 1) AS says,
       array_agg(at ORDER BY nth DESC) FILTER (WHERE curve) AS times,
       array_agg(c #>> '{{valueQuantity,value}}' ORDER BY nth DESC) FILTER (WHERE curve) AS numbers,
       array_agg(coalesce(c #>> '{{valueQuantity,comparator}}', '') ORDER BY nth DESC) FILTER (WHERE curve) AS signs,
       array_agg(at ORDER BY nth DESC) FILTER (WHERE worded) AS worded_at,
       array_agg({_WORDS} ORDER BY nth DESC) FILTER (WHERE worded) AS words
  FROM (SELECT *, moment >= $2 AND nth <= $3 AND c #>> '{{valueQuantity,value}}' IS NOT NULL AS curve,
               moment >= $2 AND nth <= $3 AND {_WORDS} IS NOT NULL AS worded FROM ranked) AS r
 GROUP BY code, unit
"""  # noqa: S608


async def listed(
    reads: Reads, patient: str, types: Sequence[str], *, without: Sequence[str], most: int, to_read: bool = False
) -> tuple[list[Part], int]:
    """A patient's resources of some types, newest first, but those of some states; and how many there are in all.

    `to_read`: of reports those alone in which something is written.
    """
    rows = await reads.rows(_LISTED, patient, list(types), list(without), most, to_read)
    parts = [
        Part(row["type"], row["id"], row["source"], row["updated"], decode(row["says"].encode()), row["institution"])
        for row in rows
    ]
    return parts, rows[0]["total"] if rows else 0


async def results(reads: Reads, patient: str, since: datetime) -> list[Series]:
    """All curves of a patient's results; their numbers since some moment."""
    rows = await reads.rows(_RESULTS, patient, since, MOST_POINTS, MOST_RESULTS)
    return [
        Series(
            row["code"],
            row["unit"],
            Part("Observation", row["id"], row["source"], row["updated"], decode(row["says"].encode())),
            row["count"],
            list(zip(row["times"] or (), row["numbers"] or (), row["signs"] or (), strict=True)),
            list(zip(row["worded_at"] or (), row["words"] or (), strict=True)),
        )
        for row in rows
    ]


async def medications(reads: Reads, ids: Iterable[str]) -> dict[str, Json]:
    """The Medications of these ids, as far as this actor may read them."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await reads.rows(
        "SELECT id, content FROM records.resource WHERE type = 'Medication' AND id = ANY ($1) AND NOT deleted", wanted
    )
    return {row["id"]: decode(row["content"].encode()) for row in rows}


async def senders(reads: Reads, peers: Iterable[str]) -> dict[str, str]:
    """The institutions for which enrolled systems speak."""
    wanted = sorted(set(peers))
    if not wanted:
        return {}
    rows = await reads.rows("SELECT peer, institution FROM records.senders($1)", wanted)
    return {row["peer"]: row["institution"] for row in rows}


@dataclass(frozen=True, slots=True)
class Relation:
    """A piece of work that opened the patient to this reader (`yuanzhen:consultation/ID`), since when, until when."""

    source: str
    sensitive: bool
    starts: datetime
    ends: datetime | None


async def relations(reads: Reads, patient: str) -> list[Relation]:
    """The reader's own open relations with a patient, newest first."""
    rows = await reads.rows(
        "SELECT source, sensitive, starts, ends FROM security.relation "
        "WHERE person = $1 AND patient = $2 AND starts <= now() AND (ends IS NULL OR ends > now()) "
        "ORDER BY starts DESC",
        reads.actor.id,
        patient,
    )
    return [Relation(*row.values()) for row in rows]


async def withheld(reads: Reads, patient: str) -> dict[str, int]:
    """How many sensitive resources of a type are closed to this reader; nothing else of them is told."""
    rows = await reads.rows("SELECT type, number FROM records.withheld($1)", patient)
    return {row["type"]: row["number"] for row in rows}


@dataclass(frozen=True, slots=True)
class Glance:
    """Somebody who looked, in one hour: how often, and when last; `departments` are those that they belong to."""

    at: datetime
    kind: str
    actor: str
    role: str
    institution: str
    purpose: str
    times: int
    departments: list[str]


async def glances(reads: Reads, patient: str, before: datetime | None, most: int) -> list[Glance]:
    """Who looked at a patient's file before some moment, newest first; about `most`, for no hour is cut in two."""
    rows = await reads.rows("SELECT * FROM records.glances($1, $2, $3)", patient, before, most)
    return sorted((Glance(*row.values()) for row in rows), key=lambda one: one.at, reverse=True)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sensitive label that a person set, and where it stands."""

    type: str
    id: str
    code: str
    person: str
    at: datetime
    why: str


async def labels(reads: Reads, patient: str) -> list[Labelled]:
    """The labels of a patient's record that this reader set, and those of what they see, newest first."""
    return [Labelled(*row.values()) for row in await reads.rows("SELECT * FROM records.labels($1)", patient)]


async def set_label(tx: Tx, found: Stored, code: str, why: str) -> int:
    """Labels what was found; its new version, 0 where a person did before, below 0 where it was changed meanwhile."""
    written: int = await tx.value(
        "SELECT records.set_label($1, $2, $3, $4, $5, $6)",
        found.type,
        found.id,
        found.version,
        code,
        why,
        _path(found.type),
    )
    return written


async def end_label(tx: Tx, patient: str, kind: str, id: str, why: str) -> bool:
    """Ends a person's label; False where there is none that this actor may end."""
    if "_security" not in parameters.of(kind):
        return False
    return bool(await tx.value("SELECT records.end_label($1, $2, $3, $4, $5)", patient, kind, id, why, _path(kind)))


def _path(kind: str) -> int:
    """Where the index has the labels of a type."""
    return parameters.of(kind)["_security"].places[0].number
