"""What searches find a resource by: its index rows, read along R4's parameters by closures made once a type. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from yuanzhen.data.exchange.fhir.paths import Follow, follower, target_type
from yuanzhen.data.records import parameters
from yuanzhen.data.records.parameters import IDENTIFIER, OF_TYPE, TABLE, TEXT, Place, Table
from yuanzhen.data.records.terms import EVER, FOREVER, HEAD, local, plain, reach, short
from yuanzhen.infrastructure.errors import Invalid

Row = tuple[Any, ...]
Rows = dict[Table, list[Row]]

# The columns of each table behind the key, as `records.put` takes them.
COLUMNS: dict[Table, int] = {"token": 4, "word": 5, "link": 4, "moment": 4, "amount": 7}


class Indexed(NamedTuple):
    """The index rows of one resource, by table; what stands in them is between here and the database."""

    rows: Rows


NOTHING = Indexed({})  # of a resource that was deleted


def rows(resource: dict[str, Any]) -> Indexed:
    """The index rows of a resource."""
    found: Rows = {"token": [], "word": [], "link": [], "moment": [], "amount": []}
    by_member, always = _readers(resource["resourceType"])
    for name in resource.keys() & by_member.keys():
        for reader in by_member[name]:
            reader(resource, found)
    for reader in always:
        reader(resource, found)
    return Indexed(found)


def rows_of_old(resource: dict[str, Any]) -> tuple[Indexed, bool]:
    """The same of a resource that was stored before resources were judged; and whether all of it could be read."""
    found: Rows = {"token": [], "word": [], "link": [], "moment": [], "amount": []}
    by_member, always = _readers(resource["resourceType"])
    whole = True
    for reader in chain(always, *(by_member.get(name, ()) for name in resource)):
        try:
            reader(resource, found)
        except (Invalid, AttributeError, KeyError, TypeError, ValueError):
            whole = False
    return Indexed(found), whole


def columns(indexed: Sequence[Indexed]) -> list[list[Any] | None]:
    """The rows of many resources as `records.put` takes them: by table its columns, first the place of the owner."""
    told: list[list[Any] | None] = []
    for table, width in COLUMNS.items():
        nth = [at for at, one in enumerate(indexed, 1) for _ in one.rows.get(table, ())]
        if nth:
            every = chain.from_iterable(one.rows.get(table, ()) for one in indexed)
            told += [nth, *map(list, zip(*every, strict=True))]
        else:
            told += [None] * (width + 1)
    return told


Reader = Callable[[dict[str, Any], Rows], None]
Read = Callable[[Any, int, int, Rows], None]  # (value, number of the path, place, rows)


@cache
def _readers(type: str) -> tuple[dict[str, list[Reader]], list[Reader]]:
    """The readers of a type by the member that they begin with, and those that begin with none."""
    by_member: dict[str, list[Reader]] = {}
    always: list[Reader] = []
    for table, place in _places(type):
        begins = place.steps[0] if place.steps else None
        kept = by_member.setdefault(begins, []) if isinstance(begins, str) else always
        kept.append(_reader(type, table, place))
    return by_member, always


def _places(type: str) -> list[tuple[Table, Place]]:
    """Each place once for each table that it is read into."""
    found: dict[tuple[Table, int], tuple[Table, Place]] = {}
    for one in parameters.of(type).values():
        if one.name in parameters.OWN:
            continue
        for kind, places in [(one.kind, one.places), *((p.kind, p.places) for parts in one.composites for p in parts)]:
            found |= {(TABLE[kind], place.number): (TABLE[kind], place) for place in places}
    return list(found.values())


def _reader(type: str, table: Table, place: Place) -> Reader:
    read = _beside(READ[table][place.type], type, place)
    number = place.number
    if not place.owner:
        follow = follower(place.steps)

        def plainly(resource: dict[str, Any], found: Rows) -> None:
            for value in follow(resource, resource):
                read(value, number, 0, found)

        return plainly
    owners, inside = follower(place.steps[: place.owner]), follower(place.steps[place.owner :])
    return _by_owner(owners, inside, read, number)


def _by_owner(owners: Follow, inside: Follow, read: Read, number: int) -> Reader:
    def each(resource: dict[str, Any], found: Rows) -> None:
        for nth, owner in enumerate(owners(resource, resource)):
            for value in inside(owner, resource):
                read(value, number, min(nth, 32767), found)

    return each


def _beside(read: Read, type: str, place: Place) -> Read:
    """Reads also what modifiers ask for: texts of codes, types of identifiers, identifiers of references."""
    text = parameters.number(type, place.steps, TEXT)
    if place.type in ("CodeableConcept", "Coding"):

        def with_texts(value: Any, number: int, at: int, found: Rows) -> None:
            read(value, number, at, found)
            _texts(value, text, found)

        return with_texts
    if place.type == "Identifier":
        typed = parameters.number(type, place.steps, OF_TYPE)

        def with_type(value: Any, number: int, at: int, found: Rows) -> None:
            read(value, number, at, found)
            _types(value, typed, text, found)

        return with_type
    if place.type == "Reference":
        named = parameters.number(type, place.steps, IDENTIFIER)

        def with_identifier(value: Any, number: int, at: int, found: Rows) -> None:
            read(value, number, at, found)
            if isinstance(value, dict) and "identifier" in value:
                _identifier(value["identifier"], named, 0, found)

        return with_identifier
    return read


def _texts(value: Any, number: int, found: Rows) -> None:
    if isinstance(value, dict):
        texts = [value.get("text"), value.get("display"), *(each.get("display") for each in value.get("coding", ()))]
        for one in dict.fromkeys(text for text in texts if isinstance(text, str)):
            _string(one, number, 0, found)


def _types(value: Any, typed: int, text: int, found: Rows) -> None:
    """R4's :of-type: system and code of the type, and the value itself."""
    if not isinstance(value, dict) or not isinstance(kind := value.get("type"), dict):
        return
    _texts(kind, text, found)
    for coding in kind.get("coding", ()):
        if "code" in coding and "value" in value:
            system = f"{coding.get('system', '')}|{coding['code']}"
            found["token"].append((typed, 0, short(system), short(str(value["value"]))))


# ---- tokens and addresses (R4 3.1.1.4.10, 3.1.1.4.12)


def _code(value: Any, number: int, at: int, found: Rows) -> None:
    """What knows no system: a code, a string, a uri, true or false."""
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    found["token"].append((number, at, None, short(text)))


def _coding(value: Any, number: int, at: int, found: Rows) -> None:
    found["token"].append((number, at, short(value.get("system", "")), short(value.get("code", ""))))


def _concept(value: Any, number: int, at: int, found: Rows) -> None:
    codings: Any = value.get("coding") or ({},)
    for coding in codings:
        _coding(coding, number, at, found)


def _identifier(value: Any, number: int, at: int, found: Rows) -> None:
    found["token"].append((number, at, short(value.get("system", "")), short(value.get("value", ""))))


def _canonical(value: Any, number: int, at: int, found: Rows) -> None:
    """An address and, as its system, the version behind the bar."""
    url, _, version = str(value).partition("|")
    found["token"].append((number, at, short(version), short(url)))


# ---- strings


def _string(value: Any, number: int, at: int, found: Rows) -> None:
    text = str(value)
    whole = plain(text)
    found["word"].append(
        (number, at, whole[:HEAD], whole if len(whole) > HEAD else None, text if text != whole else None)
    )


def _parts(*members: str) -> Read:
    """A name or an address by its whole text and by each part."""

    def read(value: Any, number: int, at: int, found: Rows) -> None:
        texts: list[str] = []
        for member in members:
            one = value.get(member)
            texts += one if isinstance(one, list) else [one]
        for text in dict.fromkeys(text for text in texts if isinstance(text, str)):
            _string(text, number, at, found)

    return read


# ---- references


def _reference(value: Any, number: int, at: int, found: Rows) -> None:
    url = value.get("reference")
    if not isinstance(url, str) or url.startswith("#"):
        found["link"].append((number, at, "", ""))
        return
    url = url.partition("/_history/")[0]
    kind, target = local(url)
    found["link"].append((number, at, kind or target_type(value, {}) or "", target))


def _canonical_link(value: Any, number: int, at: int, found: Rows) -> None:
    """An address with its version, and without."""
    for url in dict.fromkeys((str(value), str(value).partition("|")[0])):
        found["link"].append((number, at, *local(url)))


def _resource(value: Any, number: int, at: int, found: Rows) -> None:
    """A resource that stands inside (a document's composition)."""
    found["link"].append((number, at, str(value.get("resourceType", "")), str(value.get("id", ""))))


# ---- dates


def _date(value: Any, number: int, at: int, found: Rows) -> None:
    found["moment"].append((number, at, *reach(str(value))))


def _period(value: Any, number: int, at: int, found: Rows) -> None:
    starts = reach(value["start"])[0] if "start" in value else EVER
    ends = reach(value["end"])[1] if "end" in value else FOREVER
    found["moment"].append((number, at, starts, ends))


def _timing(value: Any, number: int, at: int, found: Rows) -> None:
    """The outer bounds of its events and of its repetition."""
    spans = [reach(event) for event in value.get("event", ()) if isinstance(event, str)]
    period = value.get("repeat", {}).get("boundsPeriod")
    if isinstance(period, dict):
        spans.append(
            (
                reach(period["start"])[0] if "start" in period else EVER,
                reach(period["end"])[1] if "end" in period else FOREVER,
            )
        )
    if spans:
        found["moment"].append((number, at, min(s for s, _ in spans), max(e for _, e in spans)))


# ---- numbers and quantities


def _real(value: Any) -> float:
    """A number as it is compared; one that no double holds lies at infinity."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _number(value: Any, number: int, at: int, found: Rows) -> None:
    found["amount"].append((number, at, _real(value), _real(value), "", "", ""))


def _quantity(value: Any, number: int, at: int, found: Rows) -> None:
    """A value by its unit; one that is less or more than it says reaches that far."""
    if "value" not in value:
        return
    low = high = _real(value["value"])
    comparator = value.get("comparator", "")
    if comparator.startswith("<"):
        low = float("-inf")
    elif comparator.startswith(">"):
        high = float("inf")
    found["amount"].append((number, at, low, high, *_unit(value)))


def _unit(value: Any) -> tuple[str, str, str]:
    return short(value.get("system", "")), short(value.get("code", "")), short(value.get("unit", ""))


def _range(value: Any, number: int, at: int, found: Rows) -> None:
    low, high = value.get("low", {}), value.get("high", {})
    starts = _real(low["value"]) if "value" in low else float("-inf")
    ends = _real(high["value"]) if "value" in high else float("inf")
    found["amount"].append((number, at, starts, ends, *_unit(low or high)))


def _money(value: Any, number: int, at: int, found: Rows) -> None:
    if "value" in value:
        worth, currency = _real(value["value"]), value.get("currency", "")
        found["amount"].append((number, at, worth, worth, "urn:iso:std:iso:4217", short(currency), short(currency)))


def _sampled(value: Any, number: int, at: int, found: Rows) -> None:
    """From the least to the greatest sample (R4 2.24.0.10: origin + factor x number)."""
    origin, factor = value["origin"], _real(value.get("factor", 1))
    if "value" not in origin:
        return
    base = _real(origin["value"])
    samples = [base + factor * n for n in map(_sample, str(value.get("data", "")).split(" ")) if n is not None]
    if samples:
        found["amount"].append((number, at, min(samples), max(samples), *_unit(origin)))


def _sample(text: str) -> float | None:
    """One sample; None for E, U and L, which are no numbers."""
    try:
        return float(text)
    except ValueError:
        return None


_ADDRESS = _parts("text", "line", "city", "district", "state", "country", "postalCode")
_NAME = _parts("text", "family", "given", "prefix", "suffix")

# How what stands at a place becomes rows, by table and FHIR type.
READ: dict[Table, dict[str, Read]] = {
    "token": {
        "Coding": _coding, "CodeableConcept": _concept, "Identifier": _identifier, "ContactPoint": _identifier,
        "code": _code, "string": _code, "boolean": _code, "id": _code, "uri": _code, "url": _code,
        "canonical": _canonical,
    },
    "word": {"string": _string, "markdown": _string, "Address": _ADDRESS, "HumanName": _NAME},
    "link": {"Reference": _reference, "canonical": _canonical_link, "uri": _canonical_link, "Resource": _resource},
    "moment": {"date": _date, "dateTime": _date, "instant": _date, "Period": _period, "Timing": _timing},
    "amount": {
        "decimal": _number, "integer": _number, "Quantity": _quantity, "Age": _quantity, "Duration": _quantity,
        "Range": _range, "Money": _money, "SampledData": _sampled,
    },
}  # fmt: skip
