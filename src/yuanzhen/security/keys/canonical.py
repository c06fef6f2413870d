"""One byte string for one JSON document: what is signed or hashed. RFC 8785, but for numbers.

Names sorted by UTF-16 code units, no white space, strings escaped only where they must be, UTF-8. Numbers keep the
digits that were written: 1.50 stays 1.50 and is another document than 1.5 (RFC 8785 3.2.2.3 would round both to a
double); only the spelling of an exponent is made one (1e2 and 1E+2 are 1E+2). A float has lost its digits: refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring  # escapes as RFC 8785 3.2.2.2 says
from typing import Any, NoReturn

from yuanzhen.infrastructure.errors import Invalid, Malformed

# A place in a document, innermost step first: (the place around, a name or [index]); () is the document itself
_Place = tuple[()] | tuple[Any, str]
_WORDS = {None: "null", True: "true", False: "false"}


def canonical(document: object) -> bytes:
    """The canonical bytes of dicts, lists, strings, ints, Decimals, booleans and None.

    Invalid `canonical.type`, `.name`, `.number` with the place, `canonical.text` (a lone surrogate), `.too_deep`.
    """
    try:
        return _text(document, ()).encode()
    except UnicodeEncodeError as lone:
        raise Invalid("canonical.text", rule="no lone surrogates") from lone
    except RecursionError as deep:
        raise Invalid("canonical.too_deep") from deep


def canonical_json(text: str | bytes) -> bytes:
    """The canonical bytes of a document given as JSON text; Malformed `canonical.not_json` when it is none.

    A name that stands twice in one object is refused: two readers could see two documents.
    """
    try:
        document = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object_without_repeats
        )
    except (ValueError, RecursionError) as bad:
        raise Malformed("canonical.not_json") from bad
    return canonical(document)


def _text(value: object, place: _Place) -> str:
    match value:
        case str():
            return encode_basestring(value)
        case None | bool():
            return _WORDS[value]
        case int():
            return int.__repr__(value)
        case Decimal():
            return _number(value, place)
        case Mapping():
            return _object(value, place)
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return "[" + ",".join([_text(item, (place, f"[{at}]")) for at, item in enumerate(value)]) + "]"
    raise Invalid("canonical.type", place=_told(place), found=type(value).__name__)


def _object(members: Mapping[Any, object], place: _Place) -> str:
    for name in members:
        if not isinstance(name, str):
            raise Invalid("canonical.name", place=_told(place), found=type(name).__name__)
    written = [encode_basestring(name) + ":" + _text(members[name], (place, name)) for name in _in_order(members)]
    return "{" + ",".join(written) + "}"


def _in_order(names: Iterable[str]) -> list[str]:
    if all(map(str.isascii, names)):
        return sorted(names)
    # RFC 8785 3.2.3: UTF-16 order differs from code point order beyond the basic plane
    return sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


def _number(value: Decimal, place: _Place) -> str:
    if not value.is_finite():
        raise Invalid("canonical.number", place=_told(place), rule="numbers are finite")
    return str(value)


def _told(place: _Place) -> str:
    """A place as `$.a[1]`; it is put together only when something is wrong there."""
    steps = []
    while place:
        place, step = place
        steps.append(step if step.startswith("[") else f".{step}")
    return "$" + "".join(reversed(steps))


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)  # json's own extension: NaN, Infinity


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("canonical.name_twice")
    return members
