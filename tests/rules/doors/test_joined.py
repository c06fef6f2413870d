"""What a connection writes piece by piece and what leaves it, over a transport that only keeps the calls."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from yuanzhen.doors.joined import Joined

HEAD, BODY = b"HTTP/1.1 200 OK\r\n\r\n", b"{}"


class Calls:
    """A transport that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.gone = False

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def writelines(self, pieces: tuple[bytes, ...]) -> None:
        self.told.append(pieces)

    def close(self) -> None:
        self.told.append("closed")

    def abort(self) -> None:
        self.told.append("aborted")

    def is_closing(self) -> bool:
        return self.gone

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"

    def pause_reading(self) -> None:
        self.told.append("paused")


@pytest.fixture
def below() -> Calls:
    return Calls()


@pytest.fixture
async def joined(below: Calls) -> Joined:
    return Joined(cast("asyncio.Transport", below), asyncio.get_running_loop())


async def test_a_head_and_its_body_leave_together_and_at_once(joined: Joined, below: Calls) -> None:
    joined.write(HEAD)
    joined.write(BODY)
    assert below.told == [(HEAD, BODY)]
    await asyncio.sleep(0)
    assert below.told == [(HEAD, BODY)]


async def test_a_head_whose_body_comes_later_does_not_wait_for_it(joined: Joined, below: Calls) -> None:
    joined.write(HEAD)
    assert below.told == []
    await asyncio.sleep(0)
    assert below.told == [HEAD]
    joined.write(BODY)
    await asyncio.sleep(0)
    assert below.told == [HEAD, BODY]


async def test_an_empty_body_is_no_piece(joined: Joined, below: Calls) -> None:
    joined.write(HEAD)
    joined.write(b"")
    assert below.told == [HEAD]


async def test_a_third_piece_leaves_in_its_turn(joined: Joined, below: Calls) -> None:
    for piece in (HEAD, BODY, b"more"):
        joined.write(piece)
    await asyncio.sleep(0)
    assert below.told == [(HEAD, BODY), b"more"]


async def test_closing_sends_what_waits_first(joined: Joined, below: Calls) -> None:
    joined.write(HEAD)
    joined.close()
    assert below.told == [HEAD, "closed"]


async def test_aborting_loses_what_waits(joined: Joined, below: Calls) -> None:
    joined.write(HEAD)
    joined.abort()
    await asyncio.sleep(0)
    assert below.told == ["aborted"]


async def test_what_waits_is_not_written_to_a_connection_that_went(joined: Joined, below: Calls) -> None:
    joined.write(HEAD)
    below.gone = True
    await asyncio.sleep(0)
    assert below.told == []


async def test_another_protocol_gets_the_bare_transport_with_nothing_left_behind(joined: Joined, below: Calls) -> None:
    joined.write(HEAD)
    assert cast("object", joined.bare()) is below
    assert below.told == [HEAD]


async def test_all_else_is_the_transport_s_own(joined: Joined, below: Calls) -> None:
    joined.pause_reading()
    assert (joined.get_extra_info("socket"), joined.is_closing(), below.told) == ("the socket", False, ["paused"])
