"""How a reader is tried with whatever may come: a few examples in every run, many in `make test-long`, always the same.

A reader answers or raises a Problem, within the time of any example and within memory that goes with what it was given.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanzhen.infrastructure.errors import Problem

LONGEST = timedelta(seconds=20)  # of one example, on a machine that does much else: a hang is longer
FEW, MANY = 60, 3000

tried = pytest.mark.parametrize("many", [FEW, pytest.param(MANY, marks=pytest.mark.long)])


def each(strategy: st.SearchStrategy[Any], many: int, read: Callable[[Any], object]) -> None:
    """Reads `many` examples; anything raised but a Problem is told with the least example that raises it."""

    @settings(max_examples=many, deadline=LONGEST, derandomize=True, database=None)
    @given(strategy)
    def one(given: Any) -> None:
        try:
            read(given)
        except Problem as problem:
            assert problem.status < 500, problem.code

    one()


def changed(samples: list[bytes], letters: bytes) -> st.SearchStrategy[bytes]:
    """One of the samples with a few bytes put in, taken out, exchanged or repeated; most of them from `letters`."""
    byte = st.sampled_from(list(letters)) | st.integers(0, 255)
    kind = st.sampled_from(["put", "take", "change", "repeat", "cut"])
    change = st.tuples(kind, st.integers(0, 10_000), st.integers(1, 40), byte)
    return st.builds(_after, st.sampled_from(samples), st.lists(change, min_size=1, max_size=6))


def _after(sample: bytes, changes: list[tuple[str, int, int, int]]) -> bytes:
    data = bytearray(sample)
    for kind, place, size, byte in changes:
        at = place % (len(data) + 1)
        if kind == "put":
            data[at:at] = bytes([byte])
        elif kind == "take":
            del data[at : at + size]
        elif kind == "change" and at < len(data):
            data[at] = byte
        elif kind == "repeat":
            data[at:at] = data[at : at + size] * 8
        elif kind == "cut":
            del data[at + size * 20 :]
    return bytes(data)


def most_bytes(work: Callable[[], object]) -> int:
    """The most memory that Python held for some work at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    except Problem:
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
