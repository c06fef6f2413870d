"""Whoever is asked into a room without a part in the case: a guest by a link, an interpreter of the region."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.conftest import Home
from tests.features.consultation.test_room import RELAY, did, join, room_of, standings
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, STRANGER, Ward, later, person
from tests.make.people import MASTER
from yuanzhen.applications.consultation import meeting
from yuanzhen.applications.consultation import store as cases
from yuanzhen.applications.consultation.model import Case
from yuanzhen.collaboration.room import model, service, views
from yuanzhen.data.records import store as records
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from yuanzhen.security.identity import guests
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.identity.session import Caller

HERE = Caller("10.0.0.7", "r")


def identity(ward: Ward, at: datetime = NOW) -> Identity:
    return Identity(ward.db, MASTER, clock=lambda: at)


async def link(ward: Ward, by: Actor, case: Case, name: str = "王工") -> guests.Link:
    async with ward.db.verb(by) as tx:
        return await meeting.ask_guest(tx, case.id, name, "guest", NOW)


async def guest(ward: Ward, by: Actor, case: Case) -> Actor:
    """Somebody who has opened the link that they were sent."""
    made = await link(ward, by, case)
    _, came = await guests.enter(identity(ward), HERE, made.token)
    return came.actor(HERE)


async def met(ward: Ward) -> Case:
    """A case whose expert is in its room."""
    case = await ward.accepted()
    await join(ward, EXPERT, case)
    return case


async def test_a_guest_waits_until_somebody_lets_them_in_and_the_time_line_says_by_whom(ward: Ward) -> None:
    case = await met(ward)
    wang = await guest(ward, EXPERT, case)
    assert (await join(ward, wang, case))[0] == "waiting"
    assert (await room_of(ward, wang, case)).members == []
    async with ward.db.verb(EXPERT) as tx:
        await service.admit(tx, case.id, wang.id, later(seconds=5))
    assert await standings(ward, wang, case) == {"chenyuan": "in", wang.id: "in"}
    [seen] = [one for one in (await room_of(ward, EXPERT, case)).members if one.person.id == wang.id]
    assert (seen.person.name, seen.role, seen.by, seen.removable) == ("王工", "guest", "chenyuan", True)
    assert await did(ward, case) == [
        ("room-joined", "chenyuan", ""),
        ("room-asked", "chenyuan", wang.id),
        ("room-waits", wang.id, ""),
        ("room-admitted", "chenyuan", wang.id),
    ]


async def test_a_guest_sees_the_room_and_nothing_else(ward: Ward) -> None:
    case = await met(ward)
    wang = await guest(ward, EXPERT, case)
    async with ward.db.look(wang) as look:
        assert await look.value("SELECT security.keys('read')") == [wang.id]
        assert await cases.find(look, wang.id, case.id) is None
        assert await records.find(look, "Patient", ward.patient) is None
        tables = await look.rows(
            "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' "
            "AND has_table_privilege(c.oid, 'SELECT') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        )
        filled = {row["name"] for row in tables if await look.value(f"SELECT true FROM {row['name']} LIMIT 1")}
    assert filled == {"room.room", "room.member", "room.line"}


async def test_who_waits_at_the_door_and_the_patients_name_are_not_for_guests(ward: Ward) -> None:
    case = await met(ward)
    wang = await guest(ward, EXPERT, case)
    await join(ward, wang, case)
    async with ward.db.verb(EXPERT) as tx:
        await service.admit(tx, case.id, wang.id, NOW)
    await join(ward, COLLEAGUE, case)
    await join(ward, ward.herself, case)
    assert await standings(ward, wang, case) == {"chenyuan": "in", wang.id: "in"}
    async with ward.db.verb(EXPERT) as tx:
        await service.admit(tx, case.id, ward.patient, NOW)
    assert {one.person.name for one in (await room_of(ward, wang, case)).members} == {"chenyuan", "王工", ""}


async def test_a_link_opens_once_on_one_device(ward: Ward, home: Home) -> None:
    case = await met(ward)
    made = await link(ward, EXPERT, case)
    cookie, came = await guests.enter(identity(ward), HERE, made.token)
    assert (await guests.session_of(identity(ward), cookie)).id == came.id == made.guest
    for token in (made.token, "x" * 43):
        with pytest.raises(Unauthenticated, match=r"guest\.link"):
            await guests.enter(identity(ward), HERE, token)
    assert not {made.token, cookie} & set(str(await home.rows("SELECT * FROM security.guest")).split("'"))
    assert [row for row in await home.trail() if row[1] == "guest.enter"] == [
        (made.guest, "guest.enter", 0, ""), ("system:door", "guest.enter", 4, "guest.link"),
        ("system:door", "guest.enter", 4, "guest.link"),
    ]  # fmt: skip


async def test_whoever_guesses_is_slowed(ward: Ward) -> None:
    case = await met(ward)
    made = await link(ward, EXPERT, case)
    with pytest.raises(TooMany, match=r"auth\.slow_down"):
        for nth in range(100):
            try:
                await guests.enter(identity(ward), HERE, f"{nth:043}")
            except Unauthenticated:
                continue
    elsewhere = Caller("10.0.0.8", "r")
    assert (await guests.enter(identity(ward), elsewhere, made.token))[1].id == made.guest


async def test_a_link_and_whoever_came_by_it_end_with_their_time(ward: Ward) -> None:
    case = await met(ward)
    unused, made = await link(ward, EXPERT, case), await link(ward, EXPERT, case)
    cookie, _ = await guests.enter(identity(ward), HERE, made.token)
    over = identity(ward, NOW + guests.LIFE)
    with pytest.raises(Unauthenticated, match=r"guest\.link"):
        await guests.enter(over, HERE, unused.token)
    with pytest.raises(Unauthenticated, match=r"guest\.over"):
        await guests.session_of(over, cookie)


@pytest.mark.parametrize("how", ["revoked", "left", "closed", "lost"])
async def test_a_guests_room_is_gone_when_they_are_put_out_and_when_the_meeting_is_over(ward: Ward, how: str) -> None:
    case = await met(ward)
    wang = await guest(ward, EXPERT, case)
    await join(ward, wang, case)
    async with ward.db.verb(EXPERT) as tx:
        await service.admit(tx, case.id, wang.id, NOW)
        if how == "revoked":
            await service.remove(tx, case.id, wang.id, "", NOW)
    if how == "left":
        _, ticket, _ = await join(ward, EXPERT, case)
        async with ward.db.verb(EXPERT) as tx:
            await service.leave(tx, case.id, ticket, NOW)
    elif how == "closed":
        await ward.act(EXPERT, "did-not-take-place", case)
    elif how == "lost":
        await silent(ward, case, wang)
    with pytest.raises(NotFound):
        await room_of(ward, wang, case)
    with pytest.raises(NotFound):
        await join(ward, wang, case)


async def silent(ward: Ward, case: Case, wang: Actor) -> None:
    """The expert is not heard of again, while the guest's page says that it is there, and ten minutes pass."""
    _, ticket, _ = await join(ward, wang, case)
    for seconds in range(5, int((model.SILENT + model.AWAITED) / timedelta(seconds=1)) + 15, 5):
        now = later(seconds=seconds)
        async with ward.db.look(RELAY) as look:
            due = await look.value("SELECT due FROM room.room")
            still = await look.value("SELECT true FROM room.room WHERE $1 = ANY (audience)", wang.id)
        if not still:
            return
        async with ward.db.verb(wang) as tx:
            await service.beat(tx, case.id, ticket, {}, now)
        async with ward.db.verb(RELAY) as tx:
            await service.look(tx, case.id, due, now)


async def test_the_host_who_breaks_off_for_a_moment_finds_their_guest_again(ward: Ward) -> None:
    case = await met(ward)
    wang = await guest(ward, EXPERT, case)
    await join(ward, wang, case)
    async with ward.db.look(RELAY) as look:
        due = await look.value("SELECT due FROM room.room")
    async with ward.db.verb(wang) as tx:
        await tx.run("UPDATE room.member SET heard = $1 WHERE person = $2", later(seconds=15), wang.id)
    async with ward.db.verb(RELAY) as tx:
        await tx.run("UPDATE room.room SET due = $1", later(seconds=15))
        await service.look(tx, case.id, later(seconds=15), later(seconds=15))
    assert due is not None
    assert (await room_of(ward, wang, case)).mine == "waiting"
    await join(ward, EXPERT, case, later(seconds=20))
    assert await standings(ward, EXPERT, case) == {"chenyuan": "in", wang.id: "waiting"}


async def test_who_is_not_in_the_room_or_only_a_guest_asks_nobody_in(ward: Ward, home: Home) -> None:
    case = await met(ward)
    wang = await guest(ward, EXPERT, case)
    await join(ward, wang, case)
    for who, problem in ((ASKER, Forbidden), (STRANGER, NotFound), (wang, Forbidden)):
        with pytest.raises(problem):
            await link(ward, who, case)
    assert [row[0] for row in await home.trail() if row[1] == "room.ask-in" and row[2] == 4] == [
        ASKER.id, STRANGER.id, wang.id,
    ]  # fmt: skip
    with pytest.raises(Invalid, match=r"room\.guest_name"):
        await link(ward, EXPERT, case, "\u202e")
    assert await home.rows("SELECT count(*) FROM security.guest") == [(1,)]


async def test_an_interpreter_of_the_region_is_asked_in_and_finds_the_room(ward: Ward, home: Home) -> None:
    await home.run(
        "INSERT INTO security.person VALUES ('amina', 'amina', '阿米娜', 'interpreter', 'liuhe', '', false, now())"
    )
    case, amina = await met(ward), person("amina", "interpreter", "liuhe")
    assert [one.name for one in (await views.interpreters(ward.db, EXPERT)).items] == ["阿米娜"]
    assert (await views.interpreters(ward.db, amina)).items == []
    with pytest.raises(NotFound):
        await join(ward, amina, case)
    for who, problem in (("xujing", Invalid), ("amina", None), ("amina", Conflict)):
        if problem is None:
            await ask(ward, case, who)
        else:
            with pytest.raises(problem):
                await ask(ward, case, who)
    [mine] = (await views.rooms(ward.db, amina)).items
    assert (mine.room, mine.role, mine.by) == (case.id, "interpreter", "chenyuan")
    assert (await join(ward, amina, case))[0] == "waiting"
    assert await home.rows("SELECT event FROM infrastructure.event WHERE channel = 'me/amina'") == [("asked-in",)]


async def ask(ward: Ward, case: Case, who: str) -> None:
    async with ward.db.verb(EXPERT) as tx:
        await meeting.ask_interpreter(tx, case.id, who, NOW)
