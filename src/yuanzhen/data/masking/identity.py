"""Masked names and numbers (as Chinese hospitals call patients in public), and ages. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from yuanzhen.data.matching.numbers import CARD_SYSTEMS, CARD_TYPES

_CARD = re.compile(r"[1-9]\d{13}(?:\d|\d{3}[\dXx])")  # as GB 11643 numbers look, mistyped ones too
RECORD_TYPES = frozenset({"MR", "PI", "PT", "AN", ""})  # HL7 table 0203: numbers that a house gives its patients

NumberKind = Literal["card", "record", "other"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A patient as somebody sees them: with `masked` name and number are hidden in part.

    `number` is the identity card's, always masked; of who has none the house's own record number; else another, masked.
    """

    name: str
    sex: str
    birth_date: str
    number: str
    masked: bool
    number_kind: NumberKind = "other"


def masked_name(name: str) -> str:
    """刘淑英 → 刘*英, 王芳 → 王*; a Latin name keeps the initial of each part."""
    name = name.strip()
    if name.isascii():
        return " ".join(part[0] + "*" * (len(part) - 1) for part in name.split())
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def masked_number(number: str) -> str:
    """610100196203170417 → 6101**********0417; what is shorter than 9 keeps its last two."""
    if len(number) < 9:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    return number[:4] + "*" * (len(number) - 8) + number[-4:]


def age(birth_date: str, today: date) -> int | None:
    """Completed years on `today`; from a year alone, the difference of years; None where it is unknown.

    Who was born on 29 February is a year older on 1 March in a year without that day.
    """
    if not birth_date[:4].isdigit():
        return None
    years = today.year - int(birth_date[:4])
    if len(birth_date) < 10:
        return years
    return years - ((today.month, today.day) < (int(birth_date[5:7]), int(birth_date[8:10])))


def written_name(patient: dict[str, Any]) -> str:
    """The name of a FHIR Patient as people write it: its text, else family and given in the name's own order."""
    for name in patient.get("name", []):
        family, given = str(name.get("family", "")), [str(part) for part in name.get("given", [])]
        written = name.get("text") or (
            "".join([family, *given]) if not family.isascii() else " ".join([*given, family])
        )
        if str(written).strip():
            return str(written).strip()
    return ""


def plain(name: str) -> str:
    """A name for comparing: width, case and spaces folded."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def shown_number(patient: dict[str, Any], *, masked: bool) -> tuple[str, NumberKind]:
    """The number that a patient is told by, and what it is; only a record number is ever whole."""
    numbers = [one for one in patient.get("identifier", []) if one.get("value") and one.get("use") != "old"]
    best: dict[NumberKind, str] = {}
    for one in numbers:
        best.setdefault(_number_kind(one), str(one["value"]))
    if "card" in best:
        return masked_number(best["card"]), "card"
    if "record" in best:
        return (masked_number(best["record"]) if masked else best["record"]), "record"
    return masked_number(best.get("other", "")), "other"


def _number_kind(identifier: dict[str, Any]) -> NumberKind:
    types = {str(coding.get("code", "")) for coding in identifier.get("type", {}).get("coding", [])} or {""}
    if types & CARD_TYPES or identifier.get("system") in CARD_SYSTEMS or _CARD.fullmatch(str(identifier["value"])):
        return "card"
    return "record" if types <= RECORD_TYPES else "other"


def shown(patient: dict[str, Any], *, masked: bool) -> Shown:
    """A FHIR Patient's identity line; masked, the birth date is cut to its year."""
    name, birth = written_name(patient), str(patient.get("birthDate", ""))
    number, kind = shown_number(patient, masked=masked)
    return Shown(
        name=masked_name(name) if masked else name,
        sex=str(patient.get("gender", "unknown")),
        birth_date=birth[:4] if masked else birth,
        number=number,
        masked=masked,
        number_kind=kind,
    )
