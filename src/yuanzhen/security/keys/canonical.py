"""One byte string for one JSON document: what is signed or hashed. RFC 8785, but for numbers.

Names sorted by UTF-16 code units, no white space, strings escaped only where they must be, UTF-8. Numbers keep the
digits that were written: 1.50 stays 1.50 and is another document than 1.5 (RFC 8785 3.2.2.3 would round both to a
double); only the spelling of an exponent is made one (1e2 and 1E+2 are 1E+2). A float has lost its digits: refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn

from yuanzhen.infrastructure.errors import Invalid, Malformed

_quoted = json.JSONEncoder(ensure_ascii=False).encode  # RFC 8785 3.2.2.2 for strings
_WORDS = {None: "null", True: "true", False: "false"}


def canonical(document: object) -> bytes:
    """The canonical bytes of dicts, lists, strings, ints, Decimals, booleans and None.

    Invalid `canonical.type`, `.name`, `.number` with the place, `canonical.text` (a lone surrogate), `.too_deep`.
    """
    try:
        return _text(document, "$").encode()
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


def _text(value: object, place: str) -> str:
    match value:
        case None | bool():
            return _WORDS[value]
        case str():
            return _quoted(value)
        case int():
            return int.__repr__(value)
        case Decimal():
            return _number(value, place)
        case Mapping():
            return _object(value, place)
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return "[" + ",".join(_text(item, f"{place}[{at}]") for at, item in enumerate(value)) + "]"
    raise Invalid("canonical.type", place=place, found=type(value).__name__)


def _object(members: Mapping[Any, object], place: str) -> str:
    for name in members:
        if not isinstance(name, str):
            raise Invalid("canonical.name", place=place, found=type(name).__name__)
    # RFC 8785 3.2.3: UTF-16 order differs from code point order beyond the basic plane
    names = sorted(members, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(_quoted(name) + ":" + _text(members[name], f"{place}.{name}") for name in names) + "}"


def _number(value: Decimal, place: str) -> str:
    if not value.is_finite():
        raise Invalid("canonical.number", place=place, rule="numbers are finite")
    return str(value)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)  # json's own extension: NaN, Infinity


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("canonical.name_twice")
    return members
