"""The keys of a room: for whoever is in it, each time noted, and new ones whenever that changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import Home
from tests.features.keys.test_signing import trail_of
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid
from yuanzhen.security.keys import media_store
from yuanzhen.security.keys.media import MediaKeys, destroy_due
from yuanzhen.security.keys.media_model import UNRECORDED, MediaKey
from yuanzhen.security.keys.root import Root

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
YEARS = timedelta(days=5 * 365)


@pytest.fixture
def keys() -> MediaKeys:
    return MediaKeys(Root(bytes(range(32)), sealed=False))


@pytest.fixture
def room() -> str:
    """A room that no other test knows."""
    return f"room-{uuid4()}"


@pytest.fixture
def people() -> Iterator[Actor]:
    """People whom no other test knows."""
    return (Actor("person", f"expert-{nth}-{uuid4()}", "expert", "city") for nth in count())


async def advance(
    db: Database, keys: MediaKeys, room: str, number: int, *members: Actor,
    at: datetime = NOW, keep: timedelta = UNRECORDED,
) -> None:  # fmt: skip
    async with db.verb(members[0] if members else system("relay")) as tx:
        await keys.advance(tx, room, number, [one.id for one in members], "join", now=at, keep=keep)


async def handed(db: Database, keys: MediaKeys, room: str, person: Actor) -> list[MediaKey]:
    async with db.verb(person) as tx:
        return await keys.keys_for(tx, room)


async def recorded(db: Database, keys: MediaKeys, room: str) -> list[tuple[int, str]]:
    async with db.verb(system("relay")) as tx:
        return [(one.epoch, one.sender) for one in await keys.recorded(tx, room, "to be opened")]


async def test_all_in_a_room_get_the_same_keys_one_for_each_and_each_time_is_noted(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor]
) -> None:
    li, wang = next(people), next(people)
    await advance(db, keys, room, 1, li, wang)
    got = await handed(db, keys, room, li)
    assert got == await handed(db, keys, room, wang)
    assert {(one.sender, one.epoch, len(one.key)) for one in got} == {(li.id, 1, 16), (wang.id, 1, 16)}
    assert len({one.key for one in got}) == 2
    await handed(db, keys, room, wang)
    assert [verb for verb, _, _ in await trail_of(db, li)] == ["key.media-epoch", "key.media-keys"]
    assert [verb for verb, _, _ in await trail_of(db, wang)] == ["key.media-keys", "key.media-keys"]


async def test_whoever_is_not_in_the_room_gets_no_key_and_the_refusal_is_kept(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor]
) -> None:
    li, stranger = next(people), next(people)
    await advance(db, keys, room, 1, li)
    for other in (stranger, system("relay"), system("setup"), system("chain")):
        with pytest.raises(Forbidden, match=r"key.not_in_room"):
            await handed(db, keys, room, other)
    assert [(verb, code) for verb, _, code in await trail_of(db, stranger)] == [("key.media-keys", "key.not_in_room")]


async def test_with_each_change_all_keys_are_new_and_whoever_left_gets_none(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor]
) -> None:
    li, wang = next(people), next(people)
    seen = set()
    for number, members in enumerate([(li,), (li, wang), (li,), (li, wang)], start=1):
        await advance(db, keys, room, number, *members)
        got = await handed(db, keys, room, li)
        assert {(one.sender, one.epoch) for one in got} == {(one.id, number) for one in members}
        assert not seen & {one.key for one in got}
        seen |= {one.key for one in got}
        if wang not in members:
            with pytest.raises(Forbidden, match=r"key.not_in_room"):
                await handed(db, keys, room, wang)


async def test_an_empty_room_has_no_keys(db: Database, keys: MediaKeys, room: str, people: Iterator[Actor]) -> None:
    li = next(people)
    await advance(db, keys, room, 1, li)
    await advance(db, keys, room, 2)
    with pytest.raises(Forbidden, match=r"key.not_in_room"):
        await handed(db, keys, room, li)


@pytest.mark.parametrize("number", [3, 2])
async def test_an_epoch_begins_once_and_none_before_it_begins_afterwards(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor], number: int
) -> None:
    li, wang = next(people), next(people)
    await advance(db, keys, room, 3, li)
    before = await handed(db, keys, room, li)
    with pytest.raises(Conflict, match=r"key.media_epoch_over"):
        await advance(db, keys, room, number, wang)
    with pytest.raises(Invalid, match=r"key.media_epoch"):
        await advance(db, keys, room, 2**24, wang)
    assert await handed(db, keys, room, li) == before


async def test_rooms_know_nothing_of_each_other(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor]
) -> None:
    li, wang = next(people), next(people)
    await advance(db, keys, room, 1, li)
    await advance(db, keys, f"{room}-b", 1, wang)
    with pytest.raises(Forbidden, match=r"key.not_in_room"):
        await handed(db, keys, f"{room}-b", li)


async def test_old_keys_are_kept_as_long_as_a_recording_wants_them_and_then_destroyed(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor]
) -> None:
    li = next(people)
    await advance(db, keys, room, 1, li)
    await advance(db, keys, room, 2, li)  # in which a recording begins: what is under way is sealed with its key
    await advance(db, keys, room, 3, li, keep=YEARS)
    await advance(db, keys, room, 4, li)  # and ends
    assert [epoch for epoch, _ in await recorded(db, keys, room)] == [1, 2, 3, 4]
    await destroy_due(db, now=NOW + UNRECORDED)
    assert await recorded(db, keys, room) == [(2, li.id), (3, li.id), (4, li.id)]
    await destroy_due(db, now=NOW + YEARS)
    assert await recorded(db, keys, room) == [(4, li.id)]  # it goes on
    assert [one.epoch for one in await handed(db, keys, room, li)] == [4]


async def test_nobody_in_the_room_gets_what_it_was_recorded_with(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor]
) -> None:
    li = next(people)
    await advance(db, keys, room, 1, li)
    await advance(db, keys, room, 2, li)
    async with db.verb(li) as tx:
        assert await keys.recorded(tx, room, "curious") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.verb(li) as tx:
            await media_store.destroy(tx, NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM security.open_media_keys('{room}', repeat('0', 64))",
        "SELECT * FROM security.open_recorded_keys('{room}', repeat('0', 64))",
        "SELECT security.destroy_media_keys(now(), repeat('0', 64))",
        "SELECT security.begin_media_epoch('{room}', 9, '{{}}', '{{}}', '', '0', now(), repeat('0', 64))",
        "SELECT * FROM security.media_key",
        "SELECT * FROM security.media_epoch",
    ],
)
async def test_a_statement_without_our_signature_opens_and_begins_nothing(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor], statement: str
) -> None:
    li = next(people)
    await advance(db, keys, room, 1, li)
    for actor in (li, system("relay")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.verb(actor) as tx:
                await tx.run(statement.format(room=room))


async def test_what_is_rolled_back_began_no_epoch(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor]
) -> None:
    li = next(people)
    with pytest.raises(ZeroDivisionError):
        async with db.verb(li) as tx:
            await keys.advance(tx, room, 1, [li.id], "join", now=NOW)
            raise ZeroDivisionError
    with pytest.raises(Forbidden, match=r"key.not_in_room"):
        await handed(db, keys, room, li)
    await advance(db, keys, room, 1, li)


async def test_keys_lie_in_the_database_sealed_and_none_opens_in_anothers_place(
    db: Database, keys: MediaKeys, room: str, people: Iterator[Actor], home: Home
) -> None:
    li, wang = next(people), next(people)
    await advance(db, keys, room, 1, li, wang)
    raw = {one.key for one in await handed(db, keys, room, li)}
    rows = await home.rows("SELECT sealed FROM security.media_key WHERE room = $1", room)
    assert len(rows) == 2
    assert not any(key in row["sealed"] for key in raw for row in rows)
    await home.run(
        f"UPDATE security.media_key SET sealed = (SELECT sealed FROM security.media_key WHERE room = '{room}' "
        f"AND sender = '{li.id}') WHERE room = '{room}' AND sender = '{wang.id}'"
    )
    with pytest.raises(Invalid, match=r"envelope.bad_secret"):
        await handed(db, keys, room, li)
