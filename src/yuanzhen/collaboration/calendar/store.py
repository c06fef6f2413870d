"""The calendar's own tables and their SQL: one statement a function."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from yuanzhen.collaboration.calendar.model import Absence, Booking, Kind, Link, Shift, Slot, Span
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

_ABSENT = (
    "EXISTS (SELECT FROM calendar.absence a WHERE a.person = s.expert AND a.starts < s.ends AND a.ends > s.starts) "
    "AS absent"
)
_AWAY = "id, person, institution, kind, starts, ends, cover"
_SLOT = f"s.id, s.expert, s.institution, s.starts, s.ends, s.taken, s.held_for, s.held_until, {_ABSENT}"
_BOOKING = (
    "b.id AS booking, b.source, b.institution AS asks, b.booked_by, b.rtt_ms, b.down_kbps, b.up_kbps, b.checked, "
    f"{_SLOT} FROM calendar.booking b JOIN calendar.slot s ON s.id = b.slot"
)


# ---- whose calendar it is


async def houses(reads: Reads) -> frozenset[str]:
    """The houses whose calendar the actor keeps."""
    return frozenset(await reads.value("SELECT calendar.houses()") or ())


async def house_of(reads: Reads, expert: str) -> str | None:
    """The house of an expert, or of a resource; None for what is neither."""
    found: str | None = await reads.value(
        "SELECT institution FROM calendar.experts(NULL, $1) "
        "UNION ALL SELECT institution FROM calendar.resource WHERE id = $1 LIMIT 1",
        expert,
    )
    return found


async def experts(reads: Reads, department: str) -> list[str]:
    """The experts of a department."""
    return [row["person"] for row in await reads.rows("SELECT person FROM calendar.experts($1, NULL)", department)]


async def colleagues(reads: Reads, expert: str) -> set[str]:
    """The experts who share a department with one, that one left out."""
    rows = await reads.rows(
        "SELECT DISTINCT o.person FROM calendar.experts(NULL, $1) e, calendar.experts(e.department, NULL) o "
        "WHERE o.person <> $1",
        expert,
    )
    return {row["person"] for row in rows}


async def keepers(reads: Reads, house: str) -> list[str]:
    """Who keeps the calendar of a house."""
    return [row["person"] for row in await reads.rows("SELECT calendar.keepers($1) AS person", house)]


# ---- shifts


async def add_shift(tx: Tx, one: Shift, now: datetime) -> bool:
    """Keeps a shift; False when the person has one of this department already in that time."""
    return await tx.run(
        "INSERT INTO calendar.shift (id, person, department, institution, circle, starts, ends, made_by, made, roster) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT ON CONSTRAINT shift_once DO NOTHING",
        one.id, one.person, one.department, one.institution, one.circle, one.span.start, one.span.end, tx.actor.id, now,
        one.roster,
    ) == 1  # fmt: skip


async def shift(reads: Reads, id: str) -> Shift | None:
    """One shift."""
    row = await reads.row(
        "SELECT id, person, department, institution, circle, starts, ends, roster FROM calendar.shift WHERE id = $1", id
    )
    return _shift(row) if row else None


async def shifts(reads: Reads, department: str | None, person: str | None, within: Span) -> list[Shift]:
    """The shifts of a department, or of a person, or of both, that touch a span."""
    rows = await reads.rows(
        "SELECT id, person, department, institution, circle, starts, ends, roster FROM calendar.shift "
        "WHERE ($1::text IS NULL OR department = $1) AND ($2::text IS NULL OR person = $2) "
        "AND ends > $3 AND starts < $4 ORDER BY starts, circle, id",
        department, person, within.start, within.end,
    )  # fmt: skip
    return [_shift(row) for row in rows]


async def drop_shift(tx: Tx, id: str) -> bool:
    """The shift is no more; False when it was gone."""
    return await tx.run("DELETE FROM calendar.shift WHERE id = $1", id) == 1


def _shift(row: asyncpg.Record) -> Shift:
    span = Span(row["starts"], row["ends"])
    return Shift(row["id"], row["person"], row["department"], row["institution"], row["circle"], span, row["roster"])


async def called(reads: Reads, department: str, at: datetime) -> list[tuple[int, str]]:
    """Circle and person of whoever is called for a department at a moment; of who is absent, whoever covers them.

    Without a shift at that moment all experts of the department are in circle 1.
    """
    rows = await reads.rows(
        "WITH member AS (SELECT e.person FROM calendar.experts($1, NULL) e), "
        "duty AS (SELECT d.person, d.circle FROM calendar.shift d JOIN member USING (person) "
        "WHERE d.department = $1 AND d.starts <= $2 AND d.ends > $2), "
        "away AS (SELECT a.person, a.cover FROM calendar.absence a WHERE a.starts <= $2 AND a.ends > $2), "
        "called AS (SELECT d.circle, coalesce(a.cover, d.person) AS person FROM duty d LEFT JOIN away a USING (person) "
        "UNION ALL SELECT 1, person FROM member WHERE NOT EXISTS (SELECT FROM duty)) "
        "SELECT min(c.circle) AS circle, c.person FROM called c JOIN member USING (person) "
        "WHERE NOT EXISTS (SELECT FROM away a WHERE a.person = c.person) GROUP BY c.person ORDER BY 1, 2",
        department,
        at,
    )
    return [(row["circle"], row["person"]) for row in rows]


async def has_shift(reads: Reads, department: str, at: datetime) -> bool:
    """Whether a department has a shift at a moment, of somebody who still belongs to it."""
    return bool(
        await reads.value(
            "SELECT EXISTS (SELECT FROM calendar.shift d JOIN calendar.experts($1, NULL) e ON e.person = d.person "
            "WHERE d.department = $1 AND d.starts <= $2 AND d.ends > $2)",
            department,
            at,
        )
    )


# ---- absences


async def add_absence(tx: Tx, one: Absence, now: datetime) -> bool:
    """Keeps an absence; False when the person is away in that time already."""
    return await tx.run(
        "INSERT INTO calendar.absence (id, person, institution, kind, starts, ends, cover, made_by, made) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT ON CONSTRAINT absence_once DO NOTHING",
        one.id, one.person, one.institution, one.kind, one.span.start, one.span.end, one.cover, tx.actor.id, now,
    ) == 1  # fmt: skip


async def absence(reads: Reads, id: str) -> Absence | None:
    """One absence."""
    row = await reads.row(f"SELECT {_AWAY} FROM calendar.absence WHERE id = $1", id)  # noqa: S608
    return _absence(row) if row else None


async def absences(reads: Reads, people: list[str], within: Span) -> list[Absence]:
    """When some people are away within a span."""
    rows = await reads.rows(
        f"SELECT {_AWAY} FROM calendar.absence WHERE person = ANY ($1) AND ends > $2 AND starts < $3 "  # noqa: S608
        "ORDER BY starts, id",
        people,
        within.start,
        within.end,
    )
    return [_absence(row) for row in rows]


async def covered(reads: Reads, people: list[str], within: Span) -> list[Absence]:
    """When some people stand in for others within a span: the absences of those."""
    rows = await reads.rows(
        f"SELECT {_AWAY} FROM calendar.absence WHERE cover = ANY ($1) AND ends > $2 AND starts < $3 "  # noqa: S608
        "ORDER BY starts, id",
        people,
        within.start,
        within.end,
    )
    return [_absence(row) for row in rows]


async def drop_absence(tx: Tx, id: str) -> bool:
    """They are there after all; False when it was gone."""
    return await tx.run("DELETE FROM calendar.absence WHERE id = $1", id) == 1


def _absence(row: asyncpg.Record) -> Absence:
    kind: Kind = row["kind"]
    span = Span(row["starts"], row["ends"])
    return Absence(row["id"], row["person"], row["institution"], kind, span, row["cover"])


# ---- slots


async def add_slot(tx: Tx, one: Slot, now: datetime) -> bool:
    """Offers a slot; False when the expert has one in that time already."""
    return await tx.run(
        "INSERT INTO calendar.slot (id, expert, institution, starts, ends, made_by, made) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT ON CONSTRAINT slot_once DO NOTHING",
        one.id, one.expert, one.institution, one.span.start, one.span.end, tx.actor.id, now,
    ) == 1  # fmt: skip


async def slot(reads: Reads, id: str) -> Slot | None:
    """One slot."""
    row = await reads.row(f"SELECT {_SLOT} FROM calendar.slot s WHERE s.id = $1", id)  # noqa: S608
    return _slot(row) if row else None


async def slots(
    reads: Reads, expert: str | None, department: str | None, within: Span, after: str, count: int
) -> list[Slot]:
    """The slots of an expert, or of a department's experts, that touch a span, in their order from `after` on."""
    rows = await reads.rows(
        f"SELECT {_SLOT} FROM calendar.slot s WHERE ($1::text IS NULL OR s.expert = $1) "  # noqa: S608
        "AND ($2::text IS NULL OR s.expert IN (SELECT e.person FROM calendar.experts($2, NULL) e)) "
        "AND s.ends > $3 AND s.starts < $4 "
        "AND ($5 = '' OR (s.starts, s.id) > (SELECT f.starts, f.id FROM calendar.slot f WHERE f.id = $5)) "
        "ORDER BY s.starts, s.id LIMIT $6",
        expert, department, within.start, within.end, after, count,
    )  # fmt: skip
    return [_slot(row) for row in rows]


async def slots_of(reads: Reads, people: list[str], within: Span) -> list[Slot]:
    """All slots of some people that touch a span."""
    rows = await reads.rows(
        f"SELECT {_SLOT} FROM calendar.slot s WHERE s.expert = ANY ($1) AND s.ends > $2 AND s.starts < $3 "  # noqa: S608
        "ORDER BY s.starts, s.id",
        people,
        within.start,
        within.end,
    )
    return [_slot(row) for row in rows]


async def drop_slot(tx: Tx, id: str) -> bool:
    """Withdraws a slot; False when it is booked, or gone."""
    try:
        return await tx.run("DELETE FROM calendar.slot WHERE id = $1 AND NOT taken", id) == 1
    except asyncpg.ForeignKeyViolationError:  # booked in this very moment
        return False


def _slot(row: asyncpg.Record) -> Slot:
    span = Span(row["starts"], row["ends"])
    return Slot(
        row["id"], row["expert"], row["institution"], span, row["taken"], row["absent"], row["held_for"],
        row["held_until"],
    )  # fmt: skip


# ---- bookings


async def alone(tx: Tx, expert: str) -> None:
    """Nobody else books this expert, or says that they are away, until this transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('calendar/' || $1, 0))", expert)


async def add_booking(tx: Tx, one: Booking, audience: list[str], now: datetime) -> bool:
    """Books; False when the slot is taken or gone, or its source has one."""
    try:
        return await tx.run(
            "INSERT INTO calendar.booking (id, source, slot, expert, house, institution, booked_by, booked, audience) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
            one.id, one.source, one.slot.id, one.slot.expert, one.slot.institution, one.institution, one.booked_by, now,
            audience,
        ) == 1  # fmt: skip
    except asyncpg.ForeignKeyViolationError:
        return False


async def move_booking(tx: Tx, source: str, slot: Slot, audience: list[str]) -> bool:
    """Moves a booking to a slot; False when that is taken or gone. What was measured for the old hour is forgotten."""
    try:
        return await tx.run(
            "UPDATE calendar.booking SET slot = $2, expert = $3, house = $4, audience = $5, rtt_ms = NULL, "
            "down_kbps = NULL, up_kbps = NULL, checked = NULL WHERE source = $1",
            source, slot.id, slot.expert, slot.institution, audience,
        ) == 1  # fmt: skip
    except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError):
        return False


async def drop_booking(tx: Tx, source: str) -> bool:
    """Frees what was booked; False when nothing was."""
    return await tx.run("DELETE FROM calendar.booking WHERE source = $1", source) == 1


async def booking_of(reads: Reads, source: str) -> Booking | None:
    """What is booked for a source."""
    row = await reads.row(f"SELECT {_BOOKING} WHERE b.source = $1", source)
    return _booking(row) if row else None


async def sources(reads: Reads, source: str) -> list[str]:
    """A source and its parts for which something is booked."""
    rows = await reads.rows(
        "SELECT source FROM calendar.booking WHERE source = $1 OR starts_with(source, $1 || '/') ORDER BY source",
        source,
    )
    return [row["source"] for row in rows]


async def booking(reads: Reads, id: str) -> Booking | None:
    """One booking."""
    row = await reads.row(f"SELECT {_BOOKING} WHERE b.id = $1", id)
    return _booking(row) if row else None


async def bookings(reads: Reads, within: Span, people: list[str] | None = None) -> list[Booking]:
    """Those that the actor sees within a span; of some experts, or of all."""
    rows = await reads.rows(
        f"SELECT {_BOOKING} WHERE s.ends > $1 AND s.starts < $2 AND ($3::text[] IS NULL OR s.expert = ANY ($3)) "
        "ORDER BY s.starts, b.id LIMIT 500",
        within.start,
        within.end,
        people,
    )
    return [_booking(row) for row in rows]


async def put_link(tx: Tx, booking: str, link: Link) -> None:
    """Keeps what the asking side measured last."""
    await tx.run(
        "UPDATE calendar.booking SET rtt_ms = $2, down_kbps = $3, up_kbps = $4, checked = $5 WHERE id = $1",
        booking,
        link.rtt_ms,
        link.down_kbps,
        link.up_kbps,
        link.checked,
    )


def _booking(row: asyncpg.Record) -> Booking:
    checked = row["checked"]
    link = Link(row["rtt_ms"], row["down_kbps"], row["up_kbps"], checked) if checked else None
    return Booking(row["booking"], row["source"], _slot(row), row["asks"], row["booked_by"], link)


# ---- houses that keep their own calendar


async def own_calendar(reads: Reads, institution: str) -> str | None:
    """Where a house's own calendar is asked; None for one that has none."""
    found: str | None = await reads.value("SELECT url FROM calendar.own WHERE institution = $1", institution)
    return found


async def own_calendars(reads: Reads) -> list[tuple[str, str]]:
    """Each house with a calendar of its own, and where that is asked."""
    rows = await reads.rows("SELECT institution, url FROM calendar.own ORDER BY institution")
    return [(row["institution"], row["url"]) for row in rows]


async def put_own_calendar(tx: Tx, institution: str, url: str, now: datetime) -> None:
    """From now on a house's own calendar is asked there."""
    await tx.run(
        "INSERT INTO calendar.own (institution, url, set_by, changed) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (institution) DO UPDATE SET url = excluded.url, set_by = excluded.set_by, "
        "changed = excluded.changed",
        institution,
        url,
        tx.actor.id,
        now,
    )


async def drop_own_calendar(tx: Tx, institution: str) -> bool:
    """The house's own calendar is asked no more; False when there was none."""
    return await tx.run("DELETE FROM calendar.own WHERE institution = $1", institution) == 1
