"""Rows add up to the same whatever their order, and to something else when one is changed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.infrastructure.db.copying.rows import RowSum
from yuanzhen.security.crypto import sm3

TEXT = b"1\talpha\n2\t\\N\n2\t\\N\n3\tbeta\\ngamma\n"


def summed(*pieces: bytes) -> tuple[int, str, bool]:
    total = RowSum(sm3.digest)
    for piece in pieces:
        total.feed(piece)
    return total.rows, total.value, total.at_row_end


@given(st.lists(st.integers(0, len(TEXT)), max_size=6))
def test_it_does_not_matter_where_the_pieces_were_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(TEXT)]
    pieces = [TEXT[start:end] for start, end in pairwise(edges)]
    assert summed(*pieces) == summed(TEXT)


@given(st.permutations(TEXT.splitlines(keepends=True)))
def test_it_does_not_matter_in_which_order_the_rows_come(rows: list[bytes]) -> None:
    assert summed(*rows) == summed(TEXT) and summed(TEXT)[0] == 4


def test_a_row_changed_doubled_or_taken_out_shows() -> None:
    whole = summed(TEXT)
    assert summed(TEXT.replace(b"beta", b"beto"))[:2] != whole[:2]
    assert summed(TEXT, b"1\talpha\n")[1] != whole[1]
    assert summed(TEXT.replace(b"2\t\\N\n2\t\\N\n", b""))[1] != whole[1]


def test_a_text_that_ends_within_a_row_is_not_at_its_end() -> None:
    assert summed(TEXT)[2] is True
    assert summed(TEXT[:-1])[2] is False
