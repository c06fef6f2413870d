"""FHIR's JSON as bytes: read strictly and without loss, written back. Knows JSON, and no resource.

Decimals keep their text (1.50 stays 1.50). What another reader might take otherwise is refused: names that stand
twice, NaN, lone surrogates. (NUL, which JSON allows, is refused by `validate.py`, which knows its place.)
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import msgspec

from yuanzhen.infrastructure.errors import Malformed, TooLarge

LARGEST = 64 * 1024 * 1024  # bytes; doors may set less
NAME_LETTERS = 64  # of a name that stands twice, as told to the sender

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_BLANKS = b" \t\r\n"
_HIDDEN = re.compile(rb"\\u00(?:22|3[aA]|20|09|0[aAdD])")  # a quote, colon or blank that stands as an escape


class _Twice(Exception):
    """A name stands twice in one object."""


def parse(data: bytes, *, largest: int = LARGEST) -> dict[str, Any]:
    """The object that the bytes spell, decimals as `Decimal`; raises Malformed (400) or TooLarge (413)."""
    if len(data) > largest:
        raise TooLarge("fhir.too_large", limit_bytes=largest)
    data = data.removeprefix(b"\xef\xbb\xbf")  # a mark that some editors put first (RFC 8259, 8.1)
    try:
        tree = _DECODER.decode(data)
        if _may_repeat(data, tree):
            json.loads(data, object_pairs_hook=_once, parse_float=str, parse_int=str)
    except _Twice as twice:
        raise Malformed("fhir.name_twice", name=str(twice)[:NAME_LETTERS]) from None
    except RecursionError:
        raise Malformed("fhir.not_json", rule="nested too deeply") from None
    except (msgspec.DecodeError, UnicodeError) as fault:
        raise Malformed("fhir.not_json", rule=_reason(fault)) from None
    if not isinstance(tree, dict):
        raise Malformed("fhir.no_object")
    return tree


def written(resource: Any) -> bytes:
    """The resource as compact JSON, each decimal as it was read."""
    return _ENCODER.encode(resource)


def _may_repeat(data: bytes, tree: Any) -> bool:
    """Whether a name may stand twice: the tree, where the last one won, has fewer ends of names than the bytes.

    Ends of names inside strings count in both alike, unless they are spelled by escapes there.
    """
    if b"\\" in data and _HIDDEN.search(data):
        return True
    return _name_ends(data) != _name_ends(_ENCODER.encode(tree))


def _name_ends(data: bytes) -> int:
    return data.translate(None, _BLANKS).count(b'":')


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return made


def _reason(fault: Exception) -> str:
    """What lacks, without the sender's words: msgspec's carry a position alone."""
    return str(fault) if isinstance(fault, msgspec.DecodeError) else "not Unicode text"
