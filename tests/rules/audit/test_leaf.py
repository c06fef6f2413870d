"""A leaf of the trail is over the canonical bytes of its row, whatever stands in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.security.audit.leaf import COLUMNS, leaf_of
from yuanzhen.security.crypto import merkle
from yuanzhen.security.keys.canonical import canonical

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=8)))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)  # PostgreSQL keeps no lone surrogate
EVERY_ESCAPE = "".join(map(chr, range(0x300))) + "\u2028\u2029\ufeff\uffff\U0001f600"


def _row(text: str, number: int) -> dict[str, object]:
    return {**dict.fromkeys(COLUMNS, text), "id": number, "outcome": number % 13, "at": AT}


@given(text=TEXT, number=st.integers(1, 2**63 - 1))
def test_the_leaf_is_over_canonical_json(text: str, number: int) -> None:
    row = _row(text, number)
    said = canonical({**row, "at": "2026-01-01T19:04:05.678901Z"})
    assert leaf_of(row) == merkle.leaf_hash(b"yuanzhen trail 1\n" + said)


def test_every_escape_is_canonical() -> None:
    row = _row(EVERY_ESCAPE, 1)
    said = canonical({**row, "at": AT.astimezone(UTC).isoformat().replace("+00:00", "Z")})
    assert leaf_of(row) == merkle.leaf_hash(b"yuanzhen trail 1\n" + said)


def test_a_row_from_elsewhere_may_bring_more_columns() -> None:
    row = _row("x", 7)
    assert leaf_of({**row, "xid": 3}) == leaf_of(row)
