"""How one asked value compares with a row of the index, by kind of parameter (R4 3.1.1.4). Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from yuanzhen.data.records.parameters import Place
from yuanzhen.data.records.search.statement import Statement, paths
from yuanzhen.data.records.search.values import Amount, counted, dated, parts, plainly
from yuanzhen.data.records.terms import HEAD, local, plain, short
from yuanzhen.infrastructure.errors import Invalid

LAST_LETTER = "\U0010ffff"  # no text that begins as asked sorts behind it

# (statement, place for faults, the asked value still escaped, alias of the row) -> condition
Compare = Callable[[Statement, str, str, str], str]


def token(s: Statement, name: str, value: str, i: str) -> str:
    """`code`, `system|code`, `|code` (no system), `system|` (any code); what knows no system fits any."""
    pieces = [plainly(one, name) for one in parts(value, "|")]
    if len(pieces) > 2 or not any(pieces):
        raise Invalid("fhir.bad_value", place=name, rule="code, system|code, |code or system|")
    if len(pieces) == 1:
        return f"{i}.code = {s.value(short(pieces[0]))}"
    system, code = pieces
    if not code:
        return f"{i}.system = {s.value(short(system))}"
    same = f"{i}.code = {s.value(short(code))}"
    return f"({same} AND ({i}.system = {s.value(short(system))} OR {i}.system IS NULL))"


def of_type(s: Statement, name: str, value: str, i: str) -> str:
    """`:of-type`: system of the type, its code, the identifier's value."""
    pieces = [plainly(one, name) for one in parts(value, "|")]
    if len(pieces) != 3 or not pieces[1] or not pieces[2]:
        raise Invalid("fhir.bad_value", place=name, rule="system|code|value")
    typed = short(f"{pieces[0]}|{pieces[1]}")
    return f"({i}.system = {s.value(typed)} AND {i}.code = {s.value(short(pieces[2]))})"


def uri(s: Statement, name: str, value: str, i: str) -> str:
    """The whole address; a version behind a bar counts where it is given."""
    url, bar, version = plainly(value, name).partition("|")
    same = f"{i}.code = {s.value(short(url))}"
    return f"({same} AND {i}.system = {s.value(short(version))})" if bar and version else same


def uri_below(s: Statement, name: str, value: str, i: str) -> str:
    """What begins with the address."""
    begins = plainly(value, name)
    return f"({i}.code >= {s.value(begins)} AND {i}.code < {s.value(begins + LAST_LETTER)})"


def uri_above(s: Statement, name: str, value: str, i: str) -> str:
    """What the address begins with, whole segments of it."""
    url = plainly(value, name)
    begins = [url[:at] for at, letter in enumerate(url) if letter == "/" and at]
    return f"{i}.code = ANY ({s.value([*begins, *(one + '/' for one in begins), url])}::text[])"


def string(s: Statement, name: str, value: str, i: str) -> str:
    """What begins so, whatever its case and accents."""
    begins = plain(plainly(value, name))
    head = begins[:HEAD]
    ranged = f"{i}.head >= {s.value(head)} AND {i}.head < {s.value(head + LAST_LETTER)}"
    if len(begins) <= HEAD:
        return f"({ranged})"
    return f"({ranged} AND starts_with({i}.whole, {s.value(begins)}))"


def string_exact(s: Statement, name: str, value: str, i: str) -> str:
    """The same letters, all of them."""
    text = plainly(value, name)
    same = s.value(text)
    written = f"coalesce({i}.exact, {i}.whole, {i}.head) = {same}"
    return f"({i}.head = {s.value(plain(text)[:HEAD])} AND {written})"


def string_contains(s: Statement, name: str, value: str, i: str) -> str:
    """What holds it anywhere."""
    return f"strpos(coalesce({i}.whole, {i}.head), {s.value(plain(plainly(value, name)))}) > 0"


def reference(s: Statement, name: str, value: str, i: str) -> str:
    """`id`, `Type/id` or a whole address."""
    text = plainly(value, name).partition("/_history/")[0]
    if not text:
        raise Invalid("fhir.bad_value", place=name, rule="id, Type/id or an address")
    kind, target = local(text)
    same = f"{i}.target = {s.value(target)}"
    return f"({same} AND {i}.target_type = {s.value(kind)})" if kind else same


# [a, z) is what was asked for, [starts, ends) the value's own span.
DATES: dict[str, str] = {
    "eq": "{i}.starts >= {a} AND {i}.starts < {z} AND {i}.ends <= {z}",
    "ne": "NOT ({i}.starts >= {a} AND {i}.ends <= {z})",
    "gt": "{i}.ends > {z}",
    "lt": "{i}.starts < {a}",
    "ge": "({i}.ends > {z} OR ({i}.starts >= {a} AND {i}.ends <= {z}))",
    "le": "({i}.starts < {a} OR ({i}.starts >= {a} AND {i}.ends <= {z}))",
    "sa": "{i}.starts >= {z}",
    "eb": "{i}.ends <= {a}",
    "ap": "{i}.starts < {z} AND {i}.ends > {a}",
}


def date(s: Statement, name: str, value: str, i: str) -> str:
    """A date by its prefix, as precise as it was asked for."""
    asked = dated(plainly(value, name), name, s.now)
    text = DATES[asked.prefix]
    # An argument that the statement does not name has no type to PostgreSQL.
    a = s.value(asked.starts) if "{a}" in text else ""
    z = s.value(asked.ends) if "{z}" in text else ""
    return f"({text.format(i=i, a=a, z=z)})"


# {x} is the number itself, [{a}, {z}) what its digits leave open.
NUMBERS: dict[str, str] = {
    "eq": "{i}.low >= {a} AND {i}.low < {z} AND {i}.high < {z}",
    "ne": "NOT ({i}.low >= {a} AND {i}.high < {z})",
    "gt": "{i}.high > {x}",
    "lt": "{i}.low < {x}",
    "ge": "{i}.high >= {x}",
    "le": "{i}.low <= {x}",
    "sa": "{i}.low > {x}",
    "eb": "{i}.high < {x}",
    "ap": "{i}.low <= {z} AND {i}.high >= {a}",
}


def number(s: Statement, name: str, value: str, i: str) -> str:
    """A number by its prefix."""
    return _amount(s, counted(plainly(value, name), name), i)


def quantity(s: Statement, name: str, value: str, i: str) -> str:
    """`number`, `number|system|code` or `number||code`, whose code may be the unit as people write it."""
    pieces = [plainly(one, name) for one in parts(value, "|")]
    if len(pieces) not in (1, 3):
        raise Invalid("fhir.bad_value", place=name, rule="number, number|system|code or number||code")
    condition = _amount(s, counted(pieces[0], name), i)
    if len(pieces) == 3 and pieces[1]:
        condition += f" AND {i}.system = {s.value(short(pieces[1]))}"
        condition += f" AND {i}.code = {s.value(short(pieces[2]))}" if pieces[2] else ""
    elif len(pieces) == 3 and pieces[2]:
        unit = s.value(short(pieces[2]))
        condition += f" AND ({i}.code = {unit} OR {i}.unit = {unit})"
    return f"({condition})"


def _amount(s: Statement, asked: Amount, i: str) -> str:
    text = NUMBERS[asked.prefix]
    given = {"x": asked.exactly, "a": asked.low, "z": asked.high}
    named = {letter: s.value(one) for letter, one in given.items() if f"{{{letter}}}" in text}
    return f"({text.format(i=i, **named)})"


PLAINLY: dict[str, Compare] = {
    "string": string,
    "token": token,
    "uri": uri,
    "reference": reference,
    "date": date,
    "number": number,
    "quantity": quantity,
}


def narrowed(places: tuple[Place, ...], i: str) -> str:
    """The rows of places, of references only those to the type that a place is about."""
    return _narrowed(tuple([(place.only, place.number) for place in places]), i)


@lru_cache(maxsize=4096)  # the same places are asked for each time
def _narrowed(places: tuple[tuple[str, int], ...], i: str) -> str:
    conditions = []
    for type in sorted({only for only, _ in places}):
        rows = paths([number for only, number in places if only == type], i)
        conditions.append(f"{rows} AND {i}.target_type = '{_word(type)}'" if type else rows)
    return conditions[0] if len(conditions) == 1 else "(" + " OR ".join(f"({one})" for one in conditions) + ")"


def _word(type: str) -> str:
    """The name of a type of R4's, which is letters alone."""
    if not type.isalpha():
        raise ValueError(type)
    return type
