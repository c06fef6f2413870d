"""Whether two Patients are one person: what agrees, what it weighs, and what follows. Pure.

The way of Fellegi and Sunter (A theory for record linkage, JASA 64, 1969): each field that both name adds
log2(m/u), m the chance of this agreement where they are one, u where they are two. docs/matching.md tells where m and u
come from, and docs/decisions/matching.md why the thresholds lie where they do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log2
from typing import Literal

from yuanzhen.data.matching.names import Named, is_read_aloud

Verdict = Literal["certain", "unsure", "none"]

# (field, agreement): (m, u)
CHANCES: dict[tuple[str, str], tuple[float, float]] = {
    ("card", "same"): (0.97, 1e-8),
    ("number", "same"): (0.60, 3e-7),
    ("name", "same"): (0.85, 5e-5),
    ("name", "same_short"): (0.85, 4e-4),  # two characters: many bear them
    ("name", "swapped"): (0.01, 2e-6),
    ("name", "part"): (0.02, 2e-4),  # 买买提 of 买买提·吐尔逊
    ("name", "read_alike"): (0.05, 1e-4),  # other characters, the same pinyin
    ("name", "romanised"): (0.05, 1e-4),  # pinyin on one side
    ("name", "one_character"): (0.03, 4e-3),  # brothers and sisters too
    ("name", "differs"): (0.01, 0.99),
    ("birth_date", "same"): (0.95, 4e-5),
    ("birth_date", "one_digit"): (0.02, 1e-3),
    ("birth_date", "day_month"): (0.01, 1e-4),
    ("birth_date", "part"): (0.30, 0.013),  # a year is all that one side knows
    ("birth_date", "differs"): (0.015, 0.985),
    ("sex", "same"): (0.99, 0.5),
    ("sex", "differs"): (0.01, 0.5),
    ("phone", "same"): (0.70, 1.7e-4),  # families share one: far more often than by chance
    ("phone", "differs"): (0.30, 0.9998),
}
WEIGHTS = {key: round(log2(m / u), 1) for key, (m, u) in CHANCES.items()}

# Of two Patients of a region of eight million one in 2^23 is the same person: at 32 bits the odds are 500 to 1 for it,
# at 20 bits 8 to 1 against.
CERTAIN, UNSURE = 32.0, 20.0
SURE_NAMES = frozenset({"same", "same_short", "swapped", "read_alike", "romanised"})


@dataclass(frozen=True, slots=True)
class Traits:
    """By what a Patient is compared; numbers and phones are sealed (HMAC), so that equal ones are equal and no more."""

    patient: str
    institution: str
    name: Named
    birth_date: str = ""
    sex: str = ""
    cards: frozenset[str] = field(default_factory=frozenset)
    numbers: frozenset[str] = field(default_factory=frozenset)
    phones: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Reason:
    """One field: how the two agree in it, and what that weighs, in bits."""

    field: str
    agreement: str
    weight: float


@dataclass(frozen=True, slots=True)
class Score:
    """The sum of the reasons, and what follows from it."""

    bits: float
    verdict: Verdict
    reasons: tuple[Reason, ...]


def compared(one: Traits, other: Traits) -> Score:
    """How likely two Patients are one person, with the reasons."""
    agreements = [
        ("card", _cards(one, other)),
        ("number", "same" if one.numbers & other.numbers else ""),
        ("name", name_agreement(one.name, other.name)),
        ("birth_date", birth_agreement(one.birth_date, other.birth_date)),
        ("sex", _equal({one.sex} - {"", "unknown"}, {other.sex} - {"", "unknown"})),
        ("phone", _equal(one.phones, other.phones)),
    ]
    reasons = tuple(Reason(name, told, WEIGHTS.get((name, told), 0.0)) for name, told in agreements if told)
    bits = round(sum(reason.weight for reason in reasons), 1)
    return Score(bits, _verdict(bits, {reason.field: reason.agreement for reason in reasons}), reasons)


def contradicts(told: dict[str, str]) -> bool:
    """Two people, whatever else agrees: other identity cards, or neither sex nor birth date."""
    return told.get("card") == "differs" or (told.get("sex"), told.get("birth_date")) == ("differs", "differs")


def _verdict(bits: float, told: dict[str, str]) -> Verdict:
    if contradicts(told) or bits < UNSURE:
        return "none"
    plain = told.get("name") in SURE_NAMES and told.get("sex") != "differs"
    same_day = told.get("birth_date") == "same" or (told.get("card") == "same" and told.get("birth_date") != "differs")
    return "certain" if bits >= CERTAIN and plain and same_day else "unsure"


def _cards(one: Traits, other: Traits) -> str:
    if not one.cards or not other.cards:
        return ""
    return "same" if one.cards & other.cards else "differs"


def _equal(one: frozenset[str] | set[str], other: frozenset[str] | set[str]) -> str:
    if not one or not other:
        return ""
    return "same" if one & other else "differs"


def name_agreement(one: Named, other: Named) -> str:
    """How two names agree; '' where one is unknown, or that of a child without one beside a name of its own."""
    if not one.known or not other.known or bool(one.mother) != bool(other.mother):
        return ""
    if bool(one.han) != bool(other.han):
        han, latin = (one, other.latin) if one.han else (other, one.latin)
        return "romanised" if is_read_aloud(han, latin) else "differs"
    if not one.han:
        return "same" if sorted(one.reading) == sorted(other.reading) else "differs"
    return _han_agreement(one, other)


def _han_agreement(one: Named, other: Named) -> str:
    a, b = one.han, other.han
    if a == b:
        return "same" if len(a) > 2 else "same_short"
    if one.mother and one.mother == other.mother:  # twins may hide behind it
        return "part"
    if _turned(one) == b or _turned(other) == a:
        return "swapped"
    if one.reading == other.reading:
        return "read_alike"
    short, long = sorted((a, b), key=len)
    if len(short) >= 3 and long.startswith(short):
        return "part"
    alike = len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1
    return "one_character" if alike and len(a) > 2 else "differs"


def _turned(name: Named) -> str:
    """Given name first, as some forms have it."""
    return name.han[len(name.family) :] + name.family


def birth_agreement(one: str, other: str) -> str:
    """How two dates of FHIR (a day, a month or a year) agree; '' where one is unknown."""
    if not one or not other:
        return ""
    if one == other:
        return "same" if len(one) == 10 else "part"
    short = min(len(one), len(other))
    if short < 10:
        return "part" if one[:short] == other[:short] else "differs"
    if (one[:4], one[5:7], one[8:]) == (other[:4], other[8:], other[5:7]):
        return "day_month"
    return "one_digit" if sum(x != y for x, y in zip(one, other, strict=True)) == 1 else "differs"
