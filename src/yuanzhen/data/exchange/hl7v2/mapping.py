"""A message becomes a fact: whose it is, and what it tells of which resources. Which types and events are taken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from yuanzhen.data.exchange.facts import About, MessageReceived, Told
from yuanzhen.data.exchange.hl7v2 import adt, appointments, documents, orders, results, visits
from yuanzhen.data.exchange.hl7v2.groups import Part, parts
from yuanzhen.data.exchange.hl7v2.message import Message, parse
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.exchange.hl7v2.times import moment_of
from yuanzhen.infrastructure.errors import Invalid, Problem, Unsupported


class Unmapped(Problem):
    """A message that names its patient and itself, of which the rest cannot be taken: it waits for a person."""

    status = 422


@dataclass(frozen=True, slots=True)
class Read:
    """A message being mapped."""

    message: Message
    event: str
    sender: str
    digest: str
    setting: Setting


Map = Callable[[Read, Part], list[Told]]

# Message type, event -> what it tells beside its patient
MAPS: dict[tuple[str, str], Map] = (
    {("ADT", event): lambda read, part: visits.told(part, read.event, read.setting) for event in adt.VISIT_EVENTS}
    | {("ADT", event): lambda _read, _part: [] for event in adt.PERSON_EVENTS}
    | {("ORU", "R01"): lambda read, part: results.told(part, read.setting, read.sender, read.digest)}
    | {pair: lambda read, part: orders.told(part, read.setting) for pair in (("ORM", "O01"), ("OML", "O21"))}
    | {
        ("SIU", event): lambda read, part: appointments.told(part, read.event, read.setting)
        for event in appointments.EVENTS
    }
    | {("MDM", "T02"): lambda read, part: documents.told(read.message, part, read.setting)}
)
# Where older messages leave the event out, the type has only one
ONLY_EVENT = {"ORU": "R01", "ORM": "O01"}


def kind_of(message: Message) -> tuple[str, str]:
    """Type and event. Raises Unsupported with the place in the header for what is not taken here."""
    version = message.get("MSH-12")
    if version and not version.startswith("2."):
        raise Unsupported("hl7.unsupported_version", place="MSH-12")
    kind = message.need("MSH-9.1")
    event = adt.event(message) or ONLY_EVENT.get(kind, "")
    if (kind, event) not in MAPS:
        known = any(kind == other for other, _ in MAPS)
        where, code = ("MSH-9.2", "hl7.unsupported_event") if known else ("MSH-9.1", "hl7.unsupported_type")
        raise Unsupported(code, place=where)
    return kind, event


def received(data: bytes, setting: Setting) -> MessageReceived:
    """What a message tells.

    Raises a Problem for what is to be refused: what is no message, what is not taken here, what names no patient or
    itself not; `Unmapped` for what is to wait: a body that cannot be understood, or bytes that are no text.
    """
    digest = hashlib.sha256(data).hexdigest()
    message = _parsed(data, setting)
    kind, event = kind_of(message)
    control = adt.control_id(message)
    found = parts(message)
    people = [adt.patient_seen(message, digest, setting.zone, part.person) for part in found]
    sender = f"{message.get('MSH-3')}^{message.get('MSH-4')}"
    read = Read(message, event, sender, digest, setting)
    try:
        about = tuple(
            About(person, tuple(MAPS[kind, event](read, part)), adt.merged(part, event))
            for person, part in zip(people, found, strict=True)
        )
    except Invalid as problem:
        raise Unmapped(problem.code, place=problem.place, **problem.facts) from None
    sent = _sent(message, setting)
    names = tuple(message.get(f"MSH-{field}.{part}") for field in (3, 4) for part in (1, 2))
    return MessageReceived(f"{kind}^{event}", control, digest, sent, message.codec, data, about, names)


def _parsed(data: bytes, setting: Setting) -> Message:
    """Bytes that are no text in any character set that was agreed wait for a person, who says which it is."""
    try:
        return parse(data, charset=setting.charset or None)
    except Problem as problem:
        if problem.code in ("hl7.not_in_charset", "hl7.charset"):
            raise Unmapped(problem.code, place=problem.place, **problem.facts) from None
        raise


def _sent(message: Message, setting: Setting) -> datetime | None:
    """MSH-7, else when the event was recorded (EVN-2)."""
    return moment_of(message.get("MSH-7"), "MSH-7", setting.zone) or moment_of(
        message.get("EVN-2"), "EVN-2", setting.zone
    )
