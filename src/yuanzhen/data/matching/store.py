"""The match index, pairs and merges in the database: one statement a function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from yuanzhen.data.matching.model import Score, Traits
from yuanzhen.data.matching.names import named
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import COLUMNS, stored
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.ids import new_id

Json = dict[str, Any]

MOST_IN_A_BLOCK = 500  # what so many share (a hospital's own telephone) tells nobody apart
PAIR = "id, low, high, bits, verdict, reasons::text, state, settled_by, settled_at, reason, survivor, problem, made"


# ---- the index


async def alone(tx: Tx) -> bool:
    """Whether no other process is looking; none begins to until this transaction ends."""
    return bool(await tx.value("SELECT pg_try_advisory_xact_lock(hashtextextended('matching', 0))"))


async def due(reads: Reads, most: int) -> list[asyncpg.Record]:
    """Patients that were written since they were looked at, the longest waiting first."""
    return await reads.rows("SELECT patient, since FROM matching.due ORDER BY since, patient LIMIT $1", most)


async def looked_at(tx: Tx, rows: Sequence[asyncpg.Record]) -> None:
    """Takes marks away, but of who was written again meanwhile."""
    await tx.run(
        "DELETE FROM matching.due d USING unnest($1::text[], $2::timestamptz[]) AS w(patient, since) "
        "WHERE d.patient = w.patient AND d.since = w.since",
        [row["patient"] for row in rows],
        [row["since"] for row in rows],
    )


async def put(
    tx: Tx, one: Traits, *, version: int, replaced_by: str, name: str, blocks: list[str], shown: Json
) -> None:
    """A Patient's row in the index."""
    await tx.run(
        "INSERT INTO matching.patient (patient, version, institution, replaced_by, name, birth_date, sex, cards, "
        "numbers, phones, blocks, shown) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb) "
        "ON CONFLICT (patient) DO UPDATE SET version = excluded.version, institution = excluded.institution, "
        "replaced_by = excluded.replaced_by, name = excluded.name, birth_date = excluded.birth_date, "
        "sex = excluded.sex, cards = excluded.cards, numbers = excluded.numbers, phones = excluded.phones, "
        "blocks = excluded.blocks, shown = excluded.shown",
        one.patient,
        version,
        one.institution,
        replaced_by,
        name,
        one.birth_date,
        one.sex,
        sorted(one.cards),
        sorted(one.numbers),
        sorted(one.phones),
        blocks,
        msgspec.json.encode(shown).decode(),
    )


async def drop(tx: Tx, patient: str) -> None:
    """A Patient that is deleted is nobody's double."""
    await tx.run("DELETE FROM matching.patient WHERE patient = $1", patient)


async def candidates(reads: Reads, patient: str) -> list[Traits]:
    """Who shares a block with a Patient, in one statement; blocks that too many share are passed over."""
    rows = await reads.rows(
        "SELECT DISTINCT ON (p.patient) p.patient, p.institution, p.name, p.birth_date, p.sex, p.cards, "
        "p.numbers, p.phones FROM matching.patient me CROSS JOIN LATERAL unnest(me.blocks) AS b(block) "
        "CROSS JOIN LATERAL (SELECT o.*, count(*) OVER () AS shared FROM (SELECT q.* FROM matching.patient q WHERE "
        "q.blocks @> ARRAY[b.block] AND q.patient <> me.patient LIMIT $2 + 1) AS o) AS p "
        "WHERE me.patient = $1 AND p.shared <= $2 AND p.replaced_by = '' ORDER BY p.patient",
        patient,
        MOST_IN_A_BLOCK,
    )
    return [_traits(row) for row in rows]


async def of(reads: Reads, patients: Iterable[str]) -> dict[str, Traits]:
    """The traits of these Patients, as far as they are in the index."""
    rows = await reads.rows(
        "SELECT patient, institution, name, birth_date, sex, cards, numbers, phones FROM matching.patient "
        "WHERE patient = ANY ($1)",
        list(patients),
    )
    return {row["patient"]: _traits(row) for row in rows}


def _traits(row: asyncpg.Record) -> Traits:
    return Traits(
        row["patient"],
        row["institution"],
        named(row["name"]),
        row["birth_date"],
        row["sex"],
        frozenset(row["cards"]),
        frozenset(row["numbers"]),
        frozenset(row["phones"]),
    )


async def sides(reads: Reads, patients: Iterable[str]) -> dict[str, Json]:
    """How these Patients are shown to whoever reviews: masked, with the house that answers for them."""
    rows = await reads.rows(
        "SELECT patient, institution, shown::text FROM matching.patient WHERE patient = ANY ($1)", list(patients)
    )
    return {
        row["patient"]: {
            "patient": row["patient"],
            "institution": row["institution"],
            **msgspec.json.decode(row["shown"]),
        }
        for row in rows
    }


# ---- pairs


async def found(tx: Tx, one: str, other: str, score: Score) -> asyncpg.Record | None:
    """Keeps what was reckoned of two Patients while nobody has settled it; None when somebody has."""
    low, high = sorted((one, other))
    reasons = msgspec.json.encode(score.reasons).decode()
    return await tx.row(
        "INSERT INTO matching.pair AS p (id, low, high, bits, verdict, reasons, state) "  # noqa: S608
        "VALUES ($1, $2, $3, $4, $5, $6::jsonb, 'open') ON CONFLICT (low, high) DO UPDATE SET bits = excluded.bits, "
        f"verdict = excluded.verdict, reasons = excluded.reasons WHERE p.state IN ('open', 'later') RETURNING {PAIR}",
        new_id(),
        low,
        high,
        score.bits,
        score.verdict,
        reasons,
    )


async def forget(tx: Tx, patient: str, but: Iterable[str]) -> None:
    """Open pairs of a Patient with others than `but`: they no longer resemble each other."""
    await tx.run(
        "DELETE FROM matching.pair WHERE state IN ('open', 'later') AND settled_by = '' AND "
        "((low = $1 AND NOT high = ANY ($2)) OR (high = $1 AND NOT low = ANY ($2)))",
        patient,
        list(but),
    )


async def pair(reads: Reads, id: str) -> asyncpg.Record | None:
    """One pair."""
    return await reads.row(f"SELECT {PAIR} FROM matching.pair WHERE id = $1", id)  # noqa: S608


async def pair_of(reads: Reads, one: str, other: str) -> asyncpg.Record | None:
    """The pair of two Patients."""
    low, high = sorted((one, other))
    return await reads.row(f"SELECT {PAIR} FROM matching.pair WHERE low = $1 AND high = $2", low, high)  # noqa: S608


async def pairs(reads: Reads, states: Sequence[str], after: str, most: int) -> list[asyncpg.Record]:
    """Pairs in these states, the likeliest first; `after` is the last of the page before."""
    return await reads.rows(
        f"SELECT {PAIR} FROM matching.pair p WHERE state = ANY ($1) AND ($2 = '' OR (-bits, id) > "  # noqa: S608
        "(SELECT -l.bits, l.id FROM matching.pair l WHERE l.id = $2)) ORDER BY -bits, id LIMIT $3",
        list(states),
        after,
        most,
    )


async def counts(reads: Reads) -> dict[str, int]:
    """How many pairs are in each state."""
    rows = await reads.rows("SELECT state, count(*) AS many FROM matching.pair GROUP BY state")
    return {row["state"]: row["many"] for row in rows}


async def settle(tx: Tx, id: str, state: str, *, before: Sequence[str], reason: str, survivor: str = "") -> bool:
    """A person's word on a pair; False when it is in none of the states `before` by now."""
    return (
        await tx.run(
            "UPDATE matching.pair SET state = $2, reason = $4, survivor = $5, problem = '', settled_by = $6, "
            "settled_at = clock_timestamp() WHERE id = $1 AND state = ANY ($3)",
            id,
            state,
            list(before),
            reason,
            survivor,
            tx.actor.id,
        )
        == 1
    )


async def done(tx: Tx, id: str, state: str, *, problem: str = "") -> None:
    """What became of a pair; the word of the person who wanted it stays."""
    await tx.run("UPDATE matching.pair SET state = $2, problem = $3 WHERE id = $1", id, state, problem)


async def by_machine(tx: Tx, one: str, other: str, state: str) -> str:
    """A pair that no person has settled: linked because it is certain, or merged because its house said so."""
    low, high = sorted((one, other))
    id: str = await tx.value(
        "INSERT INTO matching.pair (id, low, high, bits, verdict, reasons, state, settled_by, settled_at) "
        "VALUES ($1, $2, $3, 0, 'none', '[]', $4, $5, clock_timestamp()) ON CONFLICT (low, high) DO UPDATE "
        "SET state = excluded.state, settled_by = excluded.settled_by, settled_at = excluded.settled_at RETURNING id",
        new_id(),
        low,
        high,
        state,
        tx.actor.id,
    )
    return id


async def wanted(reads: Reads) -> list[str]:
    """Pairs on which a person's word has not been done yet."""
    rows = await reads.rows(
        "SELECT id FROM matching.pair WHERE state IN ('joining', 'parting') ORDER BY settled_at, id"
    )
    return [row["id"] for row in rows]


async def links(reads: Reads, patient: str) -> list[asyncpg.Record]:
    """The pairs by which a Patient is linked."""
    return await reads.rows(
        f"SELECT {PAIR} FROM matching.pair WHERE state = 'linked' AND (low = $1 OR high = $1)",  # noqa: S608
        patient,
    )


async def linked(reads: Reads, patient: str) -> list[str]:
    """Everybody who is the same person by links, the Patient first."""
    rows = await reads.rows(
        "WITH RECURSIVE them(id) AS (SELECT $1::text UNION SELECT CASE WHEN p.low = t.id THEN p.high ELSE p.low END "
        "FROM them t JOIN matching.pair p ON t.id IN (p.low, p.high) AND p.state = 'linked') SELECT id FROM them",
        patient,
    )
    return [row["id"] for row in rows]


# ---- merges


async def lock(tx: Tx, patients: Iterable[str]) -> None:
    """Whoever else joins or parts one of these waits; in one order for everybody."""
    for patient in sorted(set(patients)):
        await tx.value("SELECT pg_advisory_xact_lock(hashtextextended('patient|' || $1, 0))", patient)


async def merge(reads: Reads, survivor: str, other: str) -> asyncpg.Record | None:
    """The merge of one Patient into another that stands."""
    return await reads.row(
        "SELECT id, survivor, other, survivor_before, other_before, at FROM matching.merge "
        "WHERE survivor = $1 AND other = $2 AND undone_at IS NULL",
        survivor,
        other,
    )


async def merges(reads: Reads) -> list[asyncpg.Record]:
    """Merges that stand, for those whose given-up Patient still has something."""
    return await reads.rows(
        "SELECT m.id, m.survivor, m.other FROM matching.merge m WHERE m.undone_at IS NULL AND EXISTS ("
        "SELECT FROM records.resource r WHERE r.patient = m.other AND r.patient <> '' AND r.type <> 'Patient' "
        "AND NOT r.deleted) ORDER BY m.at"
    )


async def add_merge(tx: Tx, survivor: str, other: str, *, survivor_before: int, other_before: int) -> str:
    """A merge, as the two were before it."""
    id: str = await tx.value(
        "INSERT INTO matching.merge (id, survivor, other, survivor_before, other_before) VALUES ($1, $2, $3, $4, $5) "
        "RETURNING id",
        new_id(),
        survivor,
        other,
        survivor_before,
        other_before,
    )
    return id


async def end_merge(tx: Tx, id: str) -> None:
    """Marks a merge as undone."""
    await tx.run("UPDATE matching.merge SET undone_at = clock_timestamp() WHERE id = $1", id)


async def version_with_link(reads: Reads, patient: str, reference: str, type: str) -> int:
    """The first of a Patient's latest versions that carry a link; 0 when the present one does not."""
    found: int | None = await reads.value(
        "SELECT min(version) AS first FROM records.version v WHERE v.type = 'Patient' AND v.id = $1 AND v.version > "
        "coalesce((SELECT max(o.version) FROM records.version o WHERE o.type = 'Patient' AND o.id = $1 "
        "AND NOT (o.content::jsonb -> 'link') @> $2::jsonb IS TRUE), 0)",
        patient,
        msgspec.json.encode([{"other": {"reference": reference}, "type": type}]).decode(),
    )
    return found or 0


async def referring(reads: Reads, patient: str, most: int) -> list[Stored]:
    """Resources of a Patient's compartment, and those of several people or of nobody that name the Patient.

    What another patient's resource says of this one stays: it leads to who says by whom it is replaced.
    """
    rows = await reads.rows(
        f"SELECT {COLUMNS} FROM records.resource r WHERE type <> 'Patient' AND NOT deleted "  # noqa: S608
        "AND ((patient = $1 AND patient <> '') OR (patient = '' AND strpos(content, '\"Patient/' || $1 || '\"') > 0)) "
        "ORDER BY type, id LIMIT $2",
        patient,
        most,
    )
    return [stored(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a merge took along: a type of FHIR with the places of its references, or one of `carry`'s kinds."""

    kind: str
    id: str
    house: str = ""
    places: Sequence[Json] = ()


async def told_by(reads: Reads, patient: str, theirs: Sequence[str], mine: Sequence[str]) -> list[Stored]:
    """Resources of a Patient that a message told by numbers (sealed) of `theirs` and none of `mine`."""
    rows = await reads.rows(
        f"SELECT {COLUMNS} FROM records.resource r WHERE patient = $1 AND patient <> '' AND type <> 'Patient' "  # noqa: S608
        "AND NOT deleted AND EXISTS (SELECT FROM intake.told t WHERE t.type = r.type AND t.id = r.id "
        "AND t.numbers && $2 AND NOT t.numbers && $3) ORDER BY type, id",
        patient,
        list(theirs),
        list(mine),
    )
    return [stored(row) for row in rows]


async def imaged_by(reads: Reads, patient: str, theirs: Sequence[str], mine: Sequence[str]) -> list[tuple[str, str]]:
    """Studies of a Patient whose images name a number of `theirs` and none of `mine`: UID and ImagingStudy."""
    rows = await reads.rows(
        "SELECT uid, resource FROM records.study WHERE patient = $1 AND number = ANY ($2) AND NOT number = ANY ($3) "
        "ORDER BY uid",
        patient,
        list(theirs),
        list(mine),
    )
    return [(row["uid"], row["resource"]) for row in rows]


async def note_moved(tx: Tx, merge: str, moved: Sequence[Moved]) -> None:
    """Keeps what a merge took along."""
    await tx.run(
        "INSERT INTO matching.moved (merge, kind, id, house, places) SELECT $1, kind, id, house, places::jsonb "
        "FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS w(kind, id, house, places) "
        "ON CONFLICT DO NOTHING",
        merge,
        [one.kind for one in moved],
        [one.id for one in moved],
        [one.house for one in moved],
        [msgspec.json.encode(one.places).decode() for one in moved],
    )


async def moved(reads: Reads, merge: str) -> list[Moved]:
    """What a merge took along."""
    rows = await reads.rows(
        "SELECT kind, id, house, places::text FROM matching.moved WHERE merge = $1 ORDER BY kind, id", merge
    )
    return [Moved(row["kind"], row["id"], row["house"], msgspec.json.decode(row["places"])) for row in rows]


async def carry(tx: Tx, whose: str, to_whom: str, only: Sequence[Moved] | None = None) -> list[Moved]:
    """Images, relations, cases and accounts of one Patient become another's; answers what went."""
    wanted = None if only is None else [f"{one.kind}:{one.id}" for one in only]
    rows = await tx.rows("SELECT carried FROM matching.carry($1, $2, $3) AS carried", whose, to_whom, wanted)
    return [Moved(*row["carried"].split(":", 1)) for row in rows]
