"""Which media server a room begins on, and where a further device of it goes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from yuanzhen.network.media.configuration import Ground


def shares(ground: Ground, servers: int) -> list[Ground]:
    """An equal part of the ports for each server."""
    each = len(ground.ports) // servers
    start = ground.ports.start
    return [replace(ground, ports=range(start + each * one, start + each * (one + 1))) for one in range(servers)]


def for_room(seats: Mapping[int, int]) -> int | None:
    """The server with the fewest seats of those that run; None while none does."""
    return min(seats, key=lambda one: (seats[one], one), default=None)


def for_seat(seats: Mapping[int, int], homes: Sequence[int], most: int) -> int | None:
    """Where one more device of a room goes, that is open on `homes`, the first of which it began on.

    There as long as it is not full; then on another server, the emptiest, to which the room is widened; where all are
    full, where the room is. `seats`: of those that run. None while none does.
    """
    there = _room_left(seats, homes, most)
    if there is not None:
        return there
    elsewhere = for_room({one: count for one, count in seats.items() if count < most})
    if elsewhere is not None:
        return elsewhere
    return for_room({one: seats[one] for one in homes if one in seats} or seats)


def _room_left(seats: Mapping[int, int], homes: Collection[int], most: int) -> int | None:
    return next((one for one in homes if one in seats and seats[one] < most), None)
