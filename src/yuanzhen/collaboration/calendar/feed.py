"""One person's times for another calendar program (RFC 5545), behind a secret address that can be taken back.

When, of which kind, and of duty for which department: nothing of a patient, nor of what is booked.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from yuanzhen.collaboration.calendar import access, roster_store
from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden, NotFound
from yuanzhen.security.audit.trail import Action

BACK, AHEAD = timedelta(days=31), timedelta(days=366)
WORDS = {"shift": "值班 On duty", "absence": "不在 Away", "slot": "可预约 Can be booked", "booked": "已预约 Booked"}


async def make(tx: Tx, now: datetime) -> str:
    """A new secret for the actor's address; the one before leads nowhere. Raises `Forbidden` for who is no expert."""
    _expert(tx, "C")
    secret = secrets.token_urlsafe(32)
    await roster_store.put_feed(tx, digest(secret), now)
    access.noted(tx, "feed", "C", "feed", tx.actor.id)
    return secret


async def end(tx: Tx) -> None:
    """The actor's address leads nowhere. Raises `NotFound` when there is none."""
    _expert(tx, "D")
    if not await roster_store.drop_feed(tx):
        raise access.refused(tx, NotFound("calendar.no_feed"), "feed", "D", "feed", tx.actor.id)
    access.noted(tx, "feed", "D", "feed", tx.actor.id)


async def made(reads: Reads) -> datetime | None:
    """When the actor's address was made; None without one."""
    _expert(reads, "R")
    return await roster_store.feed_made(reads)


async def read(reads: Reads, secret: str, now: datetime) -> bytes:
    """The times behind an address. Raises `NotFound` for an address that leads nowhere; kept."""
    rows = await roster_store.fed(reads, digest(secret), Span(now - BACK, now + AHEAD))
    if rows is None:
        raise access.refused(reads, NotFound("calendar.no_feed"), "feed", "R", "feed")
    calendar = Calendar()
    calendar.add("prodid", "-//Yuanzhen//calendar//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "远诊 Yuanzhen")
    for row in rows:
        event = Event()
        event.add("uid", f"{row['kind'].replace('booked', 'slot')}-{row['id']}@yuanzhen")
        event.add("dtstamp", now)
        event.add("dtstart", row["starts"])
        event.add("dtend", row["ends"])
        event.add("summary", " · ".join(filter(None, (WORDS[row["kind"]], row["place"]))))
        event.add("transp", "TRANSPARENT" if row["kind"] in ("shift", "slot") else "OPAQUE")
        calendar.add_component(event)
    access.noted(reads, "feed", "R", "feed", "")
    return bytes(calendar.to_ical())


def digest(secret: str) -> bytes:
    """What is kept of a secret; it has 256 bits, so that nobody finds it from this."""
    return hashlib.sha256(secret.encode()).digest()


def _expert(reads: Reads, action: Action) -> None:
    if reads.actor.role != "expert":
        raise access.refused(reads, Forbidden("calendar.not_yours", role=reads.actor.role), "feed", action, "feed")
