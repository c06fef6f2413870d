"""What an Observation says, as it is read: its value in print, its number, and on which side of usual it lies. Pure.

Values of different units are never compared: a range tells nothing of a number unless both have one unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from yuanzhen.data.records.model import Json

Flag = Literal["HH", "H", "N", "L", "LL", "A", ""]

# v3-ObservationInterpretation -> on which side; what is not here says nothing of usual or not
FLAGS: dict[str, Flag] = {
    "HH": "HH", "HU": "HH", "H": "H", ">": "H", "N": "N", "L": "L", "<": "L", "LL": "LL", "LU": "LL",
    "A": "A", "AA": "A", "POS": "A", "DET": "A", "R": "A", "NEG": "N", "ND": "N", "S": "N",
}  # fmt: skip
ORDER: tuple[Flag, ...] = ("HH", "LL", "H", "L", "A", "N", "")  # what is read first


@dataclass(frozen=True, slots=True)
class Value:
    """`text` in print without its unit ('' for none), `number` where it is one, `sign` its comparator."""

    text: str = ""
    unit: str = ""
    number: float | None = None
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Usual:
    """The reference range in print, and its ends in the value's own unit as far as they can be read."""

    text: str = ""
    low: float | None = None
    high: float | None = None


def words(concept: Any) -> str:
    """What people read of a CodeableConcept."""
    if not isinstance(concept, dict):
        return ""
    codings = [one for one in concept.get("coding", ()) if isinstance(one, dict)]
    shown = (str(one.get("display") or "") for one in codings)
    codes = (str(one.get("code") or "") for one in codings)
    return str(concept.get("text") or next(filter(None, shown), "") or next(filter(None, codes), ""))


def value_of(observation: Json) -> Value:
    """The value of an Observation; of one that has none, what its components say."""
    found = _value(observation)
    return found if found.text or not observation.get("component") else _together(observation["component"])


def _value(says: Json) -> Value:
    if "valueQuantity" in says:
        return _quantity(says["valueQuantity"])
    if "valueRatio" in says:
        sides = [_quantity(says["valueRatio"].get(side, {})) for side in ("numerator", "denominator")]
        units = {side.unit for side in sides if side.unit}
        return Value(":".join(side.text or "?" for side in sides), units.pop() if len(units) == 1 else "")
    if "valueRange" in says:
        ends = [_quantity(says["valueRange"].get(side, {})) for side in ("low", "high")]
        return Value("-".join(end.text or "?" for end in ends), next((end.unit for end in ends if end.unit), ""))
    if "valueCodeableConcept" in says:
        return Value(words(says["valueCodeableConcept"]))
    for name in ("valueString", "valueInteger", "valueDateTime", "valueTime"):
        if name in says:
            return Value(str(says[name]))
    if "valueBoolean" in says:
        return Value("+" if says["valueBoolean"] else "-")
    return Value()


def _quantity(quantity: Json) -> Value:
    if "value" not in quantity:
        return Value(unit=str(quantity.get("unit") or quantity.get("code") or ""))
    sign = str(quantity.get("comparator", ""))
    number = float(quantity["value"])
    unit = str(quantity.get("unit") or quantity.get("code") or "")
    return Value(f"{sign}{quantity['value']}", unit, number, sign)


def _together(components: list[Json]) -> Value:
    """Blood pressure and the like: 112/66 where all have one unit, else each with its name."""
    values = [(words(one.get("code")), _value(one)) for one in components]
    values = [(name, value) for name, value in values if value.text]
    units = {value.unit for _, value in values}
    if len(units) == 1 and all(value.number is not None for _, value in values):
        return Value("/".join(value.text for _, value in values), units.pop())
    return Value("; ".join(f"{name} {value.text} {value.unit}".strip() for name, value in values))


def unit_key(quantity: Any) -> str:
    """By what two quantities are of one unit: the code, else the unit in print."""
    return str(quantity.get("code") or quantity.get("unit") or "") if isinstance(quantity, dict) else ""


def usual(observation: Json) -> Usual:
    """The range for comparing with: of several the one that is meant as normal, the first else."""
    ranges = [one for one in observation.get("referenceRange", ()) if isinstance(one, dict)]
    if not ranges:
        return Usual()
    normal = (one for one in ranges if any(c.get("code") == "normal" for c in one.get("type", {}).get("coding", ())))
    one = next(normal, ranges[0])
    unit = unit_key(observation.get("valueQuantity"))
    low, high = (_end(one.get(side), unit) for side in ("low", "high"))
    return Usual(str(one.get("text") or _printed(one)), low, high)


def _end(quantity: Any, unit: str) -> float | None:
    """An end of a range, where it is in the value's unit; one without a unit is taken to be in it."""
    if not isinstance(quantity, dict) or "value" not in quantity or unit_key(quantity) not in ("", unit):
        return None
    return float(quantity["value"])


def _printed(one: Json) -> str:
    low, high = (one.get(side, {}).get("value") for side in ("low", "high"))
    if low is not None and high is not None:
        return f"{low}-{high}"
    return f"≥ {low}" if low is not None else f"≤ {high}" if high is not None else ""


def flag_of(observation: Json, value: Value, range_: Usual) -> Flag:
    """As the laboratory flagged it; where it did not, as the range has it; '' where neither can tell."""
    said = [
        str(coding.get("code", ""))
        for concept in observation.get("interpretation", ())
        for coding in concept.get("coding", ())
    ]
    told = [FLAGS[code] for code in said if code in FLAGS]
    if told:
        return min(told, key=ORDER.index)
    return _compared(value, range_)


def _compared(value: Value, range_: Usual) -> Flag:
    """ "<0.05" lies somewhere below 0.05: it tells something only against a limit that is not below that."""
    if value.number is None or (range_.low is None and range_.high is None):
        return ""
    low, high, number = range_.low, range_.high, value.number
    below, above = value.sign.startswith("<"), value.sign.startswith(">")
    if high is not None and not below and (number > high or (above and number == high)):
        return "H"
    if low is not None and not above and (number < low or (below and number == low)):
        return "L"
    if below:
        return "N" if low is None and high is not None and number <= high else ""
    if above:
        return "N" if high is None and low is not None and number >= low else ""
    return "N"
