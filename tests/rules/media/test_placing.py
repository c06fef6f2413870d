"""Where rooms begin and where their devices sit, of several media servers."""

from __future__ import annotations

import pytest

from yuanzhen.network.media.configuration import Ground
from yuanzhen.network.media.placing import for_room, for_seat, shares


def test_each_server_has_ports_of_its_own() -> None:
    first, second, third = shares(Ground(range(20000, 20100), ("eth0",), "203.0.113.7"), 3)
    assert [one.ports for one in (first, second, third)] == [range(a, a + 33) for a in (20000, 20033, 20066)]
    assert {(one.interfaces, one.address) for one in (first, second, third)} == {(("eth0",), "203.0.113.7")}


@pytest.mark.parametrize(
    ("seats", "place"),
    [({0: 4, 1: 2, 2: 3}, 1), ({0: 0, 1: 0}, 0), ({2: 9}, 2), ({}, None)],
)
def test_a_room_begins_on_the_emptiest_server_that_runs(seats: dict[int, int], place: int | None) -> None:
    assert for_room(seats) == place


@pytest.mark.parametrize(
    ("seats", "homes", "place", "why"),
    [
        ({0: 9, 1: 0}, [0], 0, "where the room is, though another is emptier"),
        ({0: 10, 1: 3}, [0], 1, "elsewhere when that is full"),
        ({0: 10, 1: 9}, [0, 1], 1, "where the room is too"),
        ({0: 10, 1: 10, 2: 4}, [0, 1], 2, "on a third"),
        ({0: 12, 1: 10}, [0], 0, "in its own, over full, when all are full"),
        ({0: 12, 1: 10}, [0, 1], 1, "in the emptier of its own"),
        ({1: 10}, [0], 1, "where something runs at all"),
        ({}, [0], None, "nowhere"),
    ],
)
def test_a_device_sits(seats: dict[int, int], homes: list[int], place: int | None, why: str) -> None:
    assert for_seat(seats, homes, most=10) == place, why
