"""What was read a moment ago: not read again, bounded, and gone with its object."""

from __future__ import annotations

import pytest

from yuanzhen.infrastructure.recent import Place, Recent


class Disk:
    """Objects whose bytes are told by their key; counts what is read."""

    def __init__(self) -> None:
        self.read: list[Place] = []

    async def of(self, recent: Recent, key: str, length: int, start: int = 0) -> bytes:
        place = (key, start, length)

        async def content() -> bytes:
            self.read.append(place)
            return key.encode() * length

        return await recent.of(place, content)


async def test_who_asks_for_the_same_gets_it_without_another_read() -> None:
    disk, recent = Disk(), Recent(1000)
    assert [await disk.of(recent, "a", 5) for _ in range(3)] == [b"aaaaa"] * 3
    assert await disk.of(recent, "a", 4) == b"aaaa"
    assert await disk.of(recent, "a", 5, start=1) == b"aaaaa"
    assert disk.read == [("a", 0, 5), ("a", 0, 4), ("a", 1, 5)]


async def test_what_was_asked_for_longest_ago_makes_room() -> None:
    disk, recent = Disk(), Recent(80)
    for key in "abcdefgha":  # eight of ten bytes fill it; a was asked for again
        await disk.of(recent, key, 10)
    await disk.of(recent, "i", 10)
    disk.read.clear()
    for key in "ab":
        await disk.of(recent, key, 10)
    assert disk.read == [("b", 0, 10)]


async def test_one_that_would_take_the_room_of_many_is_not_held() -> None:
    disk, recent = Disk(), Recent(80)
    for _ in range(2):
        await disk.of(recent, "a", 11)
    assert disk.read == [("a", 0, 11)] * 2


async def test_of_an_object_that_is_removed_nothing_is_left_and_its_room_is_free() -> None:
    disk, recent = Disk(), Recent(80)
    for start in range(4):
        await disk.of(recent, "a", 10, start)
        await disk.of(recent, "b", 10, start)
    recent.forget("a")
    for start in range(4):
        await disk.of(recent, "c", 10, start)
    disk.read.clear()
    for start in range(4):
        await disk.of(recent, "b", 10, start)
    assert disk.read == []
    await disk.of(recent, "a", 10)
    assert disk.read == [("a", 0, 10)]


async def test_what_could_not_be_read_is_asked_for_again() -> None:
    recent = Recent(80)

    async def broken() -> bytes:
        raise OSError

    with pytest.raises(OSError):
        await recent.of(("a", 0, 5), broken)
    assert await Disk().of(recent, "a", 5) == b"aaaaa"
