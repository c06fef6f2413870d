"""The segments that every message of ours begins with: MSH and PID of HL7 2.5.1, in UTF-8."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from yuanzhen.data.exchange.facts import Identifier, Name, Sex
from yuanzhen.data.exchange.hl7v2.escapes import escaped
from yuanzhen.data.exchange.hl7v2.times import stamp

# HL7 2.5.1 table 0001
SEXES: dict[Sex, str] = {"female": "F", "male": "M", "other": "O", "unknown": "U", "": ""}


@dataclass(frozen=True, slots=True)
class Receiver:
    """To whom a message is addressed: MSH-5 and MSH-6."""

    application: str
    facility: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """From which house, to whom, when, and under which control id (<= 20), the same whenever it is sent again."""

    institution: str
    receiver: Receiver
    now: datetime
    control_id: str


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as PID tells of one."""

    identifiers: tuple[Identifier, ...]
    name: Name
    sex: Sex
    birth_date: str
    phone: str = ""
    address: str = ""


def message(segments: Iterable[Sequence[str]]) -> bytes:
    """The bytes of segments."""
    return "".join(f"{'|'.join(fields).rstrip('|')}\r" for fields in segments).encode()


def msh(kind: str, envelope: Envelope) -> list[str]:
    """MSH; `kind` is MSH-9, `ORU^R01^ORU_R01`."""
    return [
        "MSH",
        "^~\\&",
        "YUANZHEN",
        escaped(envelope.institution),
        escaped(envelope.receiver.application),
        escaped(envelope.receiver.facility),
        stamp(envelope.now),
        "",
        kind,
        envelope.control_id,
        "P",
        "2.5.1",
        *[""] * 5,
        "UNICODE UTF-8",
    ]


def pid(person: Person) -> list[str]:
    """PID."""
    birth = person.birth_date.replace("-", "")
    fields = ["PID", "1", "", cxs(person.identifiers), "", xpn(person.name), "", birth, SEXES[person.sex], "", ""]
    address = f"{escaped(person.address)}" if person.address else ""
    return [*fields, address, "", escaped(person.phone)]


def cxs(identifiers: Iterable[Identifier]) -> str:
    """Numbers as repetitions of a CX."""
    return "~".join(_cx(identifier) for identifier in identifiers)


def _cx(identifier: Identifier) -> str:
    parts = (identifier.value, "", "", identifier.issuer, identifier.type)
    return "^".join(map(escaped, parts)).rstrip("^")


def xpn(name: Name) -> str:
    """A legal name."""
    family = name.family or ("" if name.given else name.full)
    return f"{escaped(family)}^{escaped(name.given)}^^^^^L"
