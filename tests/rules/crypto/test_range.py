"""A piece of a sealed object, opened where it lies: what was sealed there, or nothing."""

from __future__ import annotations

import pytest

from yuanzhen.infrastructure.errors import Conflict, Problem
from yuanzhen.security.crypto import envelope
from yuanzhen.security.crypto.stream import CHUNK, RangeOpener

MASTER = bytes(range(32))
CONTENT = bytes(n * 7 % 251 for n in range(3 * CHUNK + 100))


def sealed(content: bytes = CONTENT) -> bytes:
    return b"".join(envelope.seal_stream(MASTER, "k", "dicom/1", [content]))


def opened(whole: bytes, size: int, start: int, stop: int, *, context: str = "dicom/1") -> bytes:
    opener = RangeOpener(lambda kid: MASTER, context, size)
    opener.begin(whole)
    at, count = opener.place(start, stop)
    assert at + count <= len(whole)
    return opener.open(whole[at : at + count], start, stop)


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 1), (0, len(CONTENT)), (CHUNK - 1, CHUNK + 1), (CHUNK, 2 * CHUNK), (3 * CHUNK, len(CONTENT)), (5, 3 * CHUNK)],
)
def test_a_range_is_what_was_sealed_there(start: int, stop: int) -> None:
    assert opened(sealed(), len(CONTENT), start, stop) == CONTENT[start:stop]


@pytest.mark.parametrize("size", [1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_the_end_is_opened_whatever_the_size(size: int) -> None:
    assert opened(sealed(CONTENT[:size]), size, size - 1, size) == CONTENT[size - 1 : size]


@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_a_chunk_that_was_changed_is_refused(chunk: int) -> None:
    whole = bytearray(sealed())
    whole[-1 if chunk == 3 else len(whole) - len(CONTENT) + chunk * CHUNK] ^= 1
    with pytest.raises(Problem, match=r"stream\."):
        opened(bytes(whole), len(CONTENT), chunk * CHUNK, chunk * CHUNK + 10)


def test_an_object_of_another_size_or_place_is_refused() -> None:
    with pytest.raises(Problem, match=r"stream\."):
        opened(sealed(), len(CONTENT) - CHUNK, 2 * CHUNK, 2 * CHUNK + 10)
    with pytest.raises(Problem, match=r"stream\.other_context"):
        opened(sealed(), len(CONTENT), 0, 10, context="dicom/2")


def test_nothing_is_opened_before_the_header_was_read() -> None:
    with pytest.raises(Conflict, match=r"stream\.not_begun"):
        RangeOpener(lambda kid: MASTER, "dicom/1", 10).open(b"", 0, 1)
