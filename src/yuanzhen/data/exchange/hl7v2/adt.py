"""ADT to PatientSeen: who the patient is, as the sender tells it (HL7 2.5.1 chapter 3). Places read `PID-7`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo

from yuanzhen.data.exchange.facts import Identifier, Name, PatientSeen, Sex
from yuanzhen.data.exchange.hl7v2.groups import Part
from yuanzhen.data.exchange.hl7v2.message import Field, Message, Segment
from yuanzhen.data.exchange.hl7v2.times import date_of, moment_of
from yuanzhen.infrastructure.errors import Invalid

# HL7 2.5.1 table 0003: admit, transfer, discharge, register, pre-admit, to inpatient, to outpatient, update, and the
# cancels of admission, transfer and discharge
VISIT_EVENTS = ("A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A12", "A13")
# ... add person, update person, merge patients
PERSON_EVENTS = ("A28", "A31", "A40")
MERGES = ("A40",)
UPDATES = ("A08", "A31")
EVENTS = (*VISIT_EVENTS, *PERSON_EVENTS)

# HL7 2.5.1 table 0001; then ISO/IEC 5218 = GB/T 2261.1, and the words that some systems write there
SEXES: dict[str, Sex] = {
    "": "",
    "F": "female",
    "M": "male",
    "O": "other",
    "U": "unknown",
    "A": "other",
    "N": "unknown",
    "0": "unknown",
    "1": "male",
    "2": "female",
    "9": "unknown",
    "FEMALE": "female",
    "MALE": "male",
    "女": "female",
    "男": "male",
}

# HL7 2.5.1 table 0200, the best first: legal (or not said), official record, display, licensing, adopted ...
NAME_TYPES = ("L", "", "R", "D", "I", "C", "P", "B", "M", "U", "A", "T", "N", "S")
# HL7 2.5.1 table 0465: ideographic, not said, alphabetic, phonetic
REPRESENTATIONS = ("I", "", "A", "P")
WRONG_ADDRESSES = {"BA", "BDL", "BR", "N", "F"}  # table 0190: bad, or where born or from, not where found
# PID fields that a sender may tell to be empty, by our names
DELETABLE = {5: "name", 7: "birth_date", 8: "sex", 11: "address", 13: "phone"}
MAX_KEY = 199  # HL7 2.7 MSH-10; a key longer than that is no key

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_RESIDENT_NUMBER = re.compile(r"\d{17}[\dXx]")


def patient_seen(message: Message, digest: str, zone: tzinfo, person: Segment | None = None) -> PatientSeen:
    """What a message tells of a patient (of its first, or of the one whose PID is given).

    Raises Invalid with the place that is missing or against a table.
    """
    header = message.first("MSH")
    person = person or message.first("PID")
    return PatientSeen(
        identifiers=identifiers(person),
        name=name(person.field(5)),
        sex=_sex(person.get(8)),
        birth_date=date_of(person.get(7), "PID-7"),
        phone=_first(_phone, person.field(13) + person.field(14)),
        address=_first(_address, person.field(11)),
        event=event(message),
        sent_at=moment_of(header.get(7), "MSH-7", zone),
        message=control_id(message),
        digest=digest,
        deleted=tuple(field for number, field in DELETABLE.items() if person.is_deleted(number)),
    )


def control_id(message: Message) -> str:
    """MSH-10. Raises Invalid when it is missing, or too long to be a key."""
    return _short(message.need("MSH-10"), "MSH-10")


def merged(part: Part, event: str) -> tuple[Identifier, ...]:
    """The numbers that a merge (A40) gives up in favour of the PID before it. Raises Invalid without any."""
    if event not in MERGES:
        return ()
    given_up = part.first("MRG")
    if given_up is None:
        raise Invalid("hl7.no_segment", place="MRG")
    found = [number for field in given_up.field(1) if (number := _identifier(field, "MRG-1"))]
    if not found:
        raise Invalid("hl7.missing", place="MRG-1")
    return tuple(dict.fromkeys(found))


def event(message: Message) -> str:
    """The trigger event: MSH-9.2, or EVN-1 where older senders leave it out."""
    return message.get("MSH-9.2") or message.get("EVN-1")


def identifiers(person: Segment) -> tuple[Identifier, ...]:
    """PID-3, else PID-2 and PID-4 of older versions, then PID-19; PID-18 numbers an account and no person."""
    told = [_identifier(field, "PID-3") for field in person.field(3)]
    if not any(told):
        told = [_identifier(field, f"PID-{number}") for number in (2, 4) for field in person.field(number)]
    found = [identifier for identifier in told if identifier]
    state = person.get(19).strip()
    if state and all(identifier.value != state for identifier in found):
        found.append(Identifier(_short(state, "PID-19"), "", _state_type(state)))
    if not found:
        raise Invalid("hl7.missing", place="PID-3")
    return tuple(dict.fromkeys(found))


def _identifier(field: Field, place: str) -> Identifier | None:
    """CX: number, assigning authority (its namespace as DICOM's issuer has it, else its universal id), type."""
    value = field.part(1).strip()
    issuer = field.part(4).strip() or field.part(4, 2).strip()
    if not value:
        return None
    return Identifier(_short(value, place), _short(issuer, place), _short(field.part(5).strip(), place))


def _state_type(number: str) -> str:
    """Table 0203: what stands in PID-19 is a Chinese resident number (GB 11643) or a social security number."""
    return "NNCHN" if _RESIDENT_NUMBER.fullmatch(number) and _checks(number) else "SS"


def _checks(number: str) -> bool:
    """GB 11643-1999: the check character is ISO 7064 MOD 11-2 over the first seventeen digits."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def name(repetitions: tuple[Field, ...]) -> Name:
    """The legal name, in characters rather than letters, among the repetitions of an XPN field."""
    said = [field for field in repetitions if field.part(1).strip() or field.part(2).strip()]
    if not said:
        return Name()
    best = min(said, key=_name_rank)
    family, given = best.part(1).strip(), best.part(2).strip()
    further = best.part(3).strip()
    if _HAN.search(family + given):
        return Name(family, given + further, family + given + further)
    return Name(family, " ".join(filter(None, (given, further))), " ".join(filter(None, (given, further, family))))


def _name_rank(field: Field) -> tuple[int, int]:
    return _rank(NAME_TYPES, field.part(7)), _rank(REPRESENTATIONS, field.part(8))


def _rank(order: tuple[str, ...], code: str) -> int:
    code = code.strip().upper()
    return order.index(code) if code in order else len(order)


def _sex(code: str) -> Sex:
    sex = SEXES.get(code.strip().upper())
    if sex is None:
        raise Invalid("hl7.code", place="PID-8", table="0001")
    return sex


def _phone(field: Field) -> str:
    """XTN as one text; an electronic address (table 0202 Internet, X.400) is none."""
    if field.part(3) in ("Internet", "X.400") or field.part(2) == "NET":
        return ""
    country, area, local = (field.part(number).strip() for number in (5, 6, 7))
    assembled = "-".join(filter(None, (country and f"+{country}", area, local)))
    return field.part(1).strip() or field.part(12).strip() or assembled


def _address(field: Field) -> str:
    """XAD as one line: the largest part first in Chinese, the street first elsewhere."""
    if field.part(7) in WRONG_ADDRESSES:
        return ""
    street = " ".join(filter(None, (field.part(1, piece).strip() for piece in (1, 2, 3))))
    other, city, state, post = (field.part(number).strip() for number in (2, 3, 4, 5))
    if _HAN.search(street + other + city + state):
        return "".join(filter(None, (state, city, street, other)))
    return ", ".join(filter(None, (street, other, city, " ".join(filter(None, (state, post))))))


def _first(read: Callable[[Field], str], fields: tuple[Field, ...]) -> str:
    return next(filter(None, map(read, fields)), "")


def _short(text: str, place: str) -> str:
    if len(text) > MAX_KEY:
        raise Invalid("hl7.too_long", place=place, limit=MAX_KEY)
    return text
