"""A FHIR Patient as the match index has it: traits, where it is sought, and how it is shown masked. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yuanzhen.data.masking.identity import masked_name, masked_number, written_name
from yuanzhen.data.matching import numbers
from yuanzhen.data.matching.model import Traits, birth_agreement
from yuanzhen.data.matching.names import Named, named, syllables

Json = dict[str, Any]
Seal = Callable[[str], str]

NO_DAYS = frozenset({"1900-01-01", "1901-01-01", "1800-01-01", "9999-12-31"})  # what forms have where nobody knows
PHONES = ("phone", "sms")


def traits(id: str, patient: Json, institution: str, seal: Seal) -> Traits:
    """By what a Patient is compared. Numbers and phones are sealed at once: nothing keeps them in clear."""
    birth = str(patient.get("birthDate", ""))
    birth = "" if birth in NO_DAYS else birth
    found = [one for each in patient.get("identifier", []) if (one := _number(each))]
    cards = {one.text for one in found if one.card and _own(one.text, birth)}
    birth = birth or next((_born(one) for one in sorted(cards)), "")
    others = {one.text for one in found if not one.card}
    phones = {numbers.phone(str(one.get("value", ""))) for one in patient.get("telecom", [])
              if one.get("system", "phone") in PHONES} - {""}  # fmt: skip
    return Traits(
        patient=id,
        institution=institution,
        name=named(written_name(patient)),
        birth_date=birth,
        sex=str(patient.get("gender", "")),
        cards=frozenset(map(seal, cards)),
        numbers=frozenset(map(seal, others)),
        phones=frozenset(seal(f"phone|{one}") for one in phones),
    )


def _number(identifier: Json) -> numbers.Number | None:
    coded = next((str(c.get("code", "")) for c in identifier.get("type", {}).get("coding", [])), "")
    return numbers.number(str(identifier.get("system", "")), str(identifier.get("value", "")), coded)


def _born(card: str) -> str:
    return numbers.born(card.partition("|")[2])


def _own(card: str, birth: str) -> bool:
    """A card's number that names quite another day was lent: a newborn is registered under its mother's."""
    return birth_agreement(_born(card), birth) != "differs"


def blocks(one: Traits) -> list[str]:
    """Where it is sought: two Patients are compared when they share one of these, and otherwise not."""
    found = {f"n:{number}" for number in one.cards | one.numbers} | {f"p:{phone}" for phone in one.phones}
    for head in _heads(one.name):
        if one.birth_date:
            found.add(f"b:{one.birth_date}:{head}")
    if one.birth_date and one.name.reading:
        found.add(f"r:{one.birth_date[:4]}:{' '.join(sorted(one.name.reading))}")
    return sorted(found)


def _heads(name: Named) -> set[str]:
    """How a name begins, from either end where its order is not known."""
    if not name.reading:
        return set()
    if name.latin:
        return {name.reading[0], name.reading[-1]} | {syllables(word)[0] for word in name.latin}
    return {name.reading[0], *([name.reading[-1]] if len(name.han) <= 3 else [])}


def shown(patient: Json) -> Json:
    """Who it is for whoever may not see it whole: as `masking` says."""
    held = [str(one["value"]) for one in patient.get("identifier", []) if one.get("value")]
    phones = [str(one["value"]) for one in patient.get("telecom", []) if one.get("value")]
    return {
        "name": masked_name(written_name(patient)),
        "sex": str(patient.get("gender", "unknown")),
        "birth_date": str(patient.get("birthDate", ""))[:4],
        "numbers": [masked_number(one) for one in held],
        "phones": [masked_number(one) for one in phones],
    }
