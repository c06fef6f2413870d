"""One criterion of a search as a condition: parameter, modifier, values; through chains and `_has` too. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from yuanzhen.data.exchange.fhir import definitions
from yuanzhen.data.records import parameters
from yuanzhen.data.records.parameters import IDENTIFIER, OF_TYPE, TABLE, TEXT, Parameter, Part, Place
from yuanzhen.data.records.search import compare
from yuanzhen.data.records.search.canonical import canonical, who_names, whom_it_names
from yuanzhen.data.records.search.compare import PLAINLY, Compare, narrowed
from yuanzhen.data.records.search.statement import MOST_VALUES, Statement, paths
from yuanzhen.data.records.search.values import dated, parts, plainly
from yuanzhen.data.records.terms import LAST, moment
from yuanzhen.infrastructure.errors import Forbidden, Invalid

DEEPEST = 4  # links that one criterion may follow

# What each kind can be asked with, beside `:missing` (R4 3.1.1.4.3).
MODIFIERS: dict[str, dict[str, Compare]] = {
    "string": {"exact": compare.string_exact, "contains": compare.string_contains},
    "uri": {"below": compare.uri_below, "above": compare.uri_above},
    "token": {},
    "reference": {},
    "date": {},
    "number": {},
    "quantity": {},
    "composite": {},
}


def condition(s: Statement, kind: str, name: str, value: str, r: str = "r") -> str:
    """The condition that one `name=value` means for a resource of type `kind` that the statement calls `r`.

    Raises `Invalid` for a parameter or a modifier that the type does not have, and for a value that does not fit.
    """
    if name.startswith("_has:"):
        return _has(s, kind, name, value, r)
    asked, dot, rest = name.partition(".")
    code, _, modifier = asked.partition(":")
    found = parameters.of(kind).get(code)
    if found is None:
        raise unknown(kind, name)
    if dot:
        return _chained(s, found, name, modifier, rest, value, r)
    if modifier == "missing":
        return _missing(found, name, value, r)
    if code in OWN:
        return _own(s, found, name, modifier, value, r)
    if found.kind == "composite":
        _no_modifier(found, name, modifier)
        return _composite(s, found, name, value, r)
    return _listed(s, kind, found, name, modifier, value, r)


def unknown(kind: str, name: str) -> Invalid:
    """A parameter that a type does not have; tells those that it has."""
    return Invalid("fhir.unknown_parameter", place=name, known=sorted(parameters.of(kind)))


def chosen(value: str, name: str) -> list[str]:
    """The values of a list, any of which may be met; still escaped."""
    values = [one for one in parts(value, ",") if one]
    if not values:
        raise Invalid("fhir.bad_value", place=name, rule="a value")
    if len(values) > MOST_VALUES:
        raise Invalid("fhir.search_too_wide", place=name, rule=f"at most {MOST_VALUES} values")
    return values


def _listed(s: Statement, kind: str, found: Parameter, name: str, modifier: str, value: str, r: str) -> str:
    negated, table, where = met(s, kind, found, name, modifier, value, "i")
    if negated:
        return f"NOT EXISTS (SELECT FROM records.{table} AS i WHERE {where} AND i.key = {r}.key)"
    return f"{r}.key IN (SELECT i.key FROM records.{table} AS i WHERE {where})"


def met(
    s: Statement, kind: str, found: Parameter, name: str, modifier: str, value: str, i: str
) -> tuple[bool, str, str]:
    """Whether rows must be absent, of which table, and the condition on the row that the statement calls `i`."""
    negated, table, places, how = _how(kind, found, name, modifier)
    alternatives = [how(s, name, one, i) for one in chosen(value, name)]
    any_of = alternatives[0] if len(alternatives) == 1 else "(" + " OR ".join(alternatives) + ")"
    return negated, table, f"{narrowed(places, i)} AND {any_of}"


def _how(kind: str, found: Parameter, name: str, modifier: str) -> tuple[bool, str, tuple[Place, ...], Compare]:
    """Which rows of which table a modifier means, how they compare, and whether they must be absent."""
    table, plainly_ = TABLE[found.kind], PLAINLY[found.kind]
    if not modifier:
        return False, table, found.places, plainly_
    if modifier in MODIFIERS[found.kind]:
        return False, table, found.places, MODIFIERS[found.kind][modifier]
    if found.kind == "token" and modifier == "not":
        return True, table, found.places, plainly_
    if found.kind == "token" and modifier == "text":
        return False, "word", _beside(kind, found, TEXT), PLAINLY["string"]
    if found.kind == "token" and modifier == "of-type" and any(p.type == "Identifier" for p in found.places):
        return False, "token", _beside(kind, found, OF_TYPE), compare.of_type
    if found.kind == "reference" and modifier == "identifier":
        return False, "token", _beside(kind, found, IDENTIFIER), PLAINLY["token"]
    if found.kind == "reference" and modifier in _targets(found):
        return False, table, tuple(place._replace(only=modifier) for place in found.places), compare.reference
    raise Invalid("fhir.unknown_modifier", place=name, known=_modifiers(found))


def _modifiers(found: Parameter) -> list[str]:
    more = {"token": ["not", "text", "of-type"], "reference": ["identifier", *sorted(_targets(found))]}
    return ["missing", *MODIFIERS.get(found.kind, ()), *more.get(found.kind, ())]


def _no_modifier(found: Parameter, name: str, modifier: str) -> None:
    if modifier:
        raise Invalid("fhir.unknown_modifier", place=name, known=[])


def _beside(kind: str, found: Parameter, what: str) -> tuple[Place, ...]:
    return tuple(
        place._replace(number=parameters.number(kind, place.steps, what), only="") for place in found.places
    )  # fmt: skip


def _missing(found: Parameter, name: str, value: str, r: str) -> str:
    if value not in ("true", "false"):
        raise Invalid("fhir.bad_value", place=name, rule="true or false")
    if found.kind == "composite" or found.name in ("_id", "_lastUpdated"):
        raise Invalid("fhir.unknown_modifier", place=name, known=[])
    if found.name == "_source":
        there = f"{r}.source <> ''"
    else:
        rows = f"FROM records.{TABLE[found.kind]} AS i WHERE {narrowed(found.places, 'i')}"
        there = f"EXISTS (SELECT {rows} AND i.key = {r}.key)"
    return there if value == "false" else f"NOT ({there})"


def _composite(s: Statement, found: Parameter, name: str, value: str, r: str) -> str:
    """`part$part`: rows of the same element, any of the owners that the parameter is defined on."""
    met = []
    for one in chosen(value, name):
        pieces = parts(one, "$")
        for wanted in found.composites:
            if len(pieces) != len(wanted):
                raise Invalid("fhir.bad_value", place=name, rule=f"{len(wanted)} parts with $ between them")
            met.append(f"{r}.key IN ({_of_one_element(s, wanted, pieces, name)})")
    return met[0] if len(met) == 1 else "(" + " OR ".join(met) + ")"


def _of_one_element(s: Statement, wanted: tuple[Part, ...], pieces: list[str], name: str) -> str:
    froms, wheres = [], []
    for nth, (part, piece) in enumerate(zip(wanted, pieces, strict=True)):
        i = f"p{nth:d}"
        froms.append(f"records.{TABLE[part.kind]} AS {i}")
        wheres += [narrowed(part.places, i), PLAINLY[part.kind](s, name, piece, i)]
        if nth:
            wheres.append(f"{i}.key = p0.key")
    inside = [f"p{nth:d}" for nth, part in enumerate(wanted) if part.within]
    wheres += [f"{i}.place = {inside[0]}.place" for i in inside[1:]]
    return f"SELECT p0.key FROM {', '.join(froms)} WHERE {' AND '.join(wheres)}"


# ---- through other resources


def _targets(found: Parameter) -> frozenset[str]:
    """The types that a reference may point to, as its definition and its paths say."""
    types = frozenset(definitions.search().types)
    only = frozenset(place.only for place in found.places)
    named = types if "Resource" in found.targets or not found.targets else types & frozenset(found.targets)
    return named if "" in only else named & only


def _chained(s: Statement, found: Parameter, name: str, modifier: str, rest: str, value: str, r: str) -> str:
    """`subject:Patient.name=...`: the resource that a reference points to meets the rest (R4 3.1.1.4.1.4)."""
    targets = _targets(found) if found.kind == "reference" else frozenset()
    if modifier:
        targets &= {modifier}
    code = rest.partition(".")[0].partition(":")[0]
    fitting = sorted(one for one in targets if code == "_has" or code in parameters.of(one))
    if not fitting:
        raise Invalid("fhir.bad_chain", place=name, known=sorted(_targets(found)) if found.kind == "reference" else [])
    t = _deeper(s, name)
    met = []
    for one in fitting:
        _readable(s, one, name)
        met.append(f"({t}.type = {s.value(one)} AND {condition(s, one, rest, value, t)})")
    s.depth -= 1
    meets = f"NOT {t}.deleted AND ({' OR '.join(met)})"
    chained = (
        f"{r}.key IN (SELECT i.key FROM records.link AS i JOIN records.resource AS {t} "
        f"ON {t}.type = i.target_type AND {t}.id = i.target WHERE {narrowed(found.places, 'i')} AND {meets})"
    )
    if way := canonical(found, fitting):
        froms, where = who_names(s, way)
        named = f"SELECT i.key FROM {froms} JOIN records.resource AS {t} ON {t}.key = u.key WHERE {where} AND {meets}"
        chained = f"({chained} OR {r}.key IN ({named}))"
    return chained


def _has(s: Statement, kind: str, name: str, value: str, r: str) -> str:
    """`_has:Observation:patient:code=...`: something that points here meets the rest (R4 3.1.1.4.1.5)."""
    pieces = name.split(":", 3)
    of, by = (pieces[1], pieces[2]) if len(pieces) == 4 else ("", "")
    found = parameters.of(of).get(by)
    if found is None or found.kind != "reference" or kind not in _targets(found):
        raise Invalid("fhir.bad_chain", place=name, rule="_has:Type:reference:parameter")
    _readable(s, of, name)
    t = _deeper(s, name)
    rest = condition(s, of, pieces[3], value, t)
    s.depth -= 1
    meets = f"NOT {t}.deleted AND {rest}"
    pointed = (
        f"{r}.id IN (SELECT i.target FROM records.link AS i JOIN records.resource AS {t} ON {t}.key = i.key "
        f"WHERE {narrowed(found.places, 'i')} AND i.target_type = {s.value(kind)} AND {meets})"
    )
    if way := canonical(found, [kind]):
        froms, where = whom_it_names(s, way)
        named = f"SELECT u.key FROM {froms} JOIN records.resource AS {t} ON {t}.key = i.key WHERE {where} AND {meets}"
        pointed = f"({pointed} OR {r}.key IN ({named}))"
    return pointed


def _readable(s: Statement, type: str, name: str) -> None:
    if not s.readable(type):
        raise Forbidden("fhir.scope", place=name, needed=f"system/{type}.read")


def _deeper(s: Statement, name: str) -> str:
    s.depth += 1
    if s.depth > DEEPEST:
        raise Invalid("fhir.search_too_wide", place=name, rule=f"at most {DEEPEST} links")
    return f"t{len(s.args):d}_{s.depth:d}"


def within(s: Statement, kind: str, compartment: str, id: str, r: str = "r") -> str:
    """What lies in a compartment (R4 3.2.0.1): whatever leads there by one of the parameters of its definition."""
    codes = definitions.search().compartment.get(compartment, {}).get(kind)
    if codes is None:
        raise Invalid("fhir.not_in_compartment", place=compartment, found=kind)
    places = tuple(place for code in codes if (found := parameters.of(kind).get(code)) for place in found.places)
    itself = f"{r}.id = {s.value(id)}" if kind == compartment else ""
    if not places:
        return itself or "false"
    owner = f"i.target_type = {s.value(compartment)} AND i.target = {s.value(id)}"
    linked = (
        f"{r}.key IN (SELECT i.key FROM records.link AS i WHERE {paths(place.number for place in places)} AND {owner})"
    )
    return f"({itself} OR {linked})" if itself else linked


# ---- the record's own columns


def _own(s: Statement, found: Parameter, name: str, modifier: str, value: str, r: str) -> str:
    return OWN[found.name](s, name, modifier, value, r)


def _id(s: Statement, name: str, modifier: str, value: str, r: str) -> str:
    if modifier:
        raise Invalid("fhir.unknown_modifier", place=name, known=[])
    return f"{r}.id = ANY ({s.value([plainly(one, name) for one in chosen(value, name)])}::text[])"


# As DATES of compare.py; a moment without length stands for both ends.
UPDATED: dict[str, str] = {
    "eq": "{r}.updated >= {a} AND {r}.updated < {z}",
    "ne": "NOT ({r}.updated >= {a} AND {r}.updated < {z})",
    "gt": "{r}.updated >= {z}",
    "lt": "{r}.updated < {a}",
    "ge": "{r}.updated >= {a}",
    "le": "{r}.updated < {z}",
    "sa": "{r}.updated >= {z}",
    "eb": "{r}.updated < {a}",
    "ap": "{r}.updated >= {a} AND {r}.updated < {z}",
}


def _updated(s: Statement, name: str, modifier: str, value: str, r: str) -> str:
    if modifier:
        raise Invalid("fhir.unknown_modifier", place=name, known=[])
    met = []
    for one in chosen(value, name):
        asked = dated(plainly(one, name), name, s.now)
        text = UPDATED[asked.prefix]
        # Resources bear the millisecond in which they were written: what is asked for more closely is that millisecond.
        a = s.value(_when(asked.starts // 1000 * 1000, name)) if "{a}" in text else ""
        z = s.value(_when(asked.ends // 1000 * 1000, name)) if "{z}" in text else ""
        met.append("(" + text.format(r=r, a=a, z=z) + ")")
    return "(" + " OR ".join(met) + ")"


def _when(at: int, name: str) -> datetime:
    try:
        return moment(at)
    except OverflowError as error:
        if at > 0:
            return LAST
        raise Invalid("fhir.not_a_date", place=name) from error


def _source(s: Statement, name: str, modifier: str, value: str, r: str) -> str:
    if modifier == "below":
        met = [f"starts_with({r}.source, {s.value(plainly(one, name))})" for one in chosen(value, name)]
        return "(" + " OR ".join(met) + ")"
    if modifier:
        raise Invalid("fhir.unknown_modifier", place=name, known=["below", "missing"])
    return f"{r}.source = ANY ({s.value([plainly(one, name) for one in chosen(value, name)])}::text[])"


OWN: dict[str, Callable[[Statement, str, str, str, str], str]] = {
    "_id": _id,
    "_lastUpdated": _updated,
    "_source": _source,
}
