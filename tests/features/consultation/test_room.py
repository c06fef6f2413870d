"""The live room of a case: who comes in, who waits, who is put out, and what the time line says of it."""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec
import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, INVITED, NOW, OUTSIDER, SECOND, STRANGER, Ward, later, person
from yuanzhen.applications.consultation import meeting, views
from yuanzhen.applications.consultation.boards import service as boards
from yuanzhen.applications.consultation.boards.model import NOTHING, Kind
from yuanzhen.applications.consultation.model import Case, Mode
from yuanzhen.collaboration.room import model, service
from yuanzhen.collaboration.room import views as rooms
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound

RELAY = system("relay")


async def join(ward: Ward, by: Actor, case: Case, now: datetime = NOW) -> tuple[str, str, int]:
    """How somebody who comes stands, their ticket, and the epoch."""
    async with ward.db.verb(by) as tx:
        room, ticket = await meeting.join(tx, case.id, now)
    return room.standing(by.id), ticket, room.epoch


async def room_of(ward: Ward, by: Actor, case: Case) -> rooms.RoomView:
    return await rooms.room(ward.db, by, case.id)


async def standings(ward: Ward, by: Actor, case: Case) -> dict[str, str]:
    return {one.person.id: one.standing for one in (await room_of(ward, by, case)).members}


async def did(ward: Ward, case: Case) -> list[tuple[str, str, str]]:
    """What the time line says of the room: what, who did it, to whom."""
    steps = (await views.case(ward.db, ASKER, case.id)).timeline
    mine = [one for one in steps if one.what.startswith("room-") or one.what == "interrupted"]
    return [(one.what, one.who.id, one.about.id if one.about else "") for one in mine]


async def test_both_sides_and_who_was_asked_in_enter_and_others_of_the_case_wait(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.act(EXPERT, "invite", case)
    assert [(await join(ward, one, case))[0] for one in (ASKER, EXPERT, INVITED, COLLEAGUE, ward.herself)] == [
        "in", "in", "in", "waiting", "waiting",
    ]  # fmt: skip
    seen = await room_of(ward, EXPERT, case)
    assert {(one.person.id, one.role, one.standing) for one in seen.members} == {
        ("xujing", "primary", "in"),
        ("chenyuan", "host", "in"),
        ("fangwei", "expert", "in"),
        ("songqin", "primary", "waiting"),
        (ward.patient, "patient", "waiting"),
    }


async def test_who_waits_learns_that_they_wait_and_nobodys_name(ward: Ward) -> None:
    case = await ward.accepted()
    await join(ward, EXPERT, case)
    await join(ward, ward.herself, case)
    for outside in (ward.herself, ASKER):
        seen = await room_of(ward, outside, case)
        assert (seen.members, seen.epoch, seen.meeting, seen.admits) == ([], 0, "", False)
    assert (await room_of(ward, ward.herself, case)).mine == "waiting"


async def test_who_waits_is_let_in_or_turned_away_by_who_is_inside(ward: Ward) -> None:
    case = await ward.accepted()
    await join(ward, ASKER, case)
    await join(ward, ward.herself, case)
    await join(ward, COLLEAGUE, case)
    async with ward.db.verb(ASKER) as tx:
        await service.admit(tx, case.id, ward.patient, later(seconds=5))
    async with ward.db.verb(ASKER) as tx:
        await service.remove(tx, case.id, "songqin", "满了", later(seconds=6))
    assert await standings(ward, ASKER, case) == {"xujing": "in", ward.patient: "in"}
    assert await did(ward, case) == [
        ("room-joined", "xujing", ""),
        ("room-waits", ward.patient, ""),
        ("room-waits", "songqin", ""),
        ("room-admitted", "xujing", ward.patient),
        ("room-refused", "xujing", "songqin"),
    ]


@pytest.mark.parametrize("by", [STRANGER, OUTSIDER, person("x", "dispatcher"), person("x", "patient", "", "other")])
async def test_who_has_no_part_in_the_case_finds_no_room(ward: Ward, home: Home, by: Actor) -> None:
    case = await ward.accepted()
    await join(ward, EXPERT, case)
    with pytest.raises(NotFound, match=r"consultation\.not_found"):
        await join(ward, by, case)
    with pytest.raises(NotFound, match=r"room\.not_found"):
        await room_of(ward, by, case)
    async with ward.db.verb(EXPERT) as tx:
        kept = await tx.value("SELECT count(*) FROM room.member WHERE person = $1", by.id)
    assert kept == 0
    refused = [row for row in await home.trail() if row[2] == 4]
    assert refused == [
        (by.id, "room.join", 4, "consultation.not_found"), (by.id, "room.read", 4, "room.not_found")
    ]  # fmt: skip


async def test_a_colleague_of_the_department_is_not_of_the_room(ward: Ward) -> None:
    case = await ward.accepted()
    with pytest.raises(Forbidden, match=r"room\.not_yours"):
        await join(ward, SECOND, case)


async def test_nobody_lets_themselves_in_nor_others_while_they_wait(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await join(ward, EXPERT, case)
    await join(ward, COLLEAGUE, case)
    for who in (COLLEAGUE, ASKER):
        with pytest.raises(Forbidden, match=r"room\.not_yours"):
            async with ward.db.verb(who) as tx:
                await service.admit(tx, case.id, "songqin", NOW)
    assert (await standings(ward, EXPERT, case))["songqin"] == "waiting"
    refused = [row for row in await home.trail() if row[2] == 4]
    assert refused == [(who, "room.admit", 4, "room.not_yours") for who in ("songqin", "xujing")]


async def test_the_patient_comes_to_no_room_in_which_nobody_was(ward: Ward) -> None:
    case = await ward.accepted()
    with pytest.raises(Conflict, match=r"room\.nobody_yet"):
        await join(ward, ward.herself, case)


@pytest.mark.parametrize(
    ("mode", "ends"), [("written", None), ("live", "cancel"), ("live", "did-not-take-place")]
)  # fmt: skip
async def test_what_waits_in_a_queue_and_what_is_over_has_no_room(ward: Ward, mode: Mode, ends: str | None) -> None:
    case = await ward.ask(mode=mode)
    if ends == "cancel":
        await ward.act(ASKER, ends, case)
    elif ends:
        await ward.act(EXPERT, "accept", case)
        await ward.act(EXPERT, ends, case)
    with pytest.raises(Conflict, match=r"room\.not_of_this_case"):
        await join(ward, ASKER, case)


async def test_the_asker_may_be_there_while_it_rings_and_whoever_accepts_comes_to_them(ward: Ward) -> None:
    case = await ward.ask()
    assert (await join(ward, ASKER, case))[0] == "in"
    await ward.act(EXPERT, "accept", case)
    assert (await join(ward, EXPERT, case))[0] == "in"
    assert await standings(ward, ASKER, case) == {"xujing": "in", "chenyuan": "in"}


async def test_who_loses_their_part_in_the_case_is_out_of_its_room_at_once(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.act(EXPERT, "invite", case)
    for who in (ASKER, EXPERT, INVITED):
        await join(ward, who, case)
    before = (await room_of(ward, ASKER, case)).epoch
    await ward.act(EXPERT, "release", case)
    assert await standings(ward, ASKER, case) == {"xujing": "in"}
    assert (await room_of(ward, ASKER, case)).epoch > before, "who is out has no key of what is said from now on"
    with pytest.raises(NotFound):
        await join(ward, INVITED, case)


async def test_a_case_that_ends_closes_its_room(ward: Ward) -> None:
    case = await ward.accepted()
    _, ticket, _ = await join(ward, ASKER, case)
    await join(ward, EXPERT, case)
    await ward.act(EXPERT, "did-not-take-place", case)
    seen = await room_of(ward, ASKER, case)
    assert (seen.is_open, seen.mine) == (False, "out")
    with pytest.raises(Forbidden, match=r"room\.ticket"):
        await beat(ward, ASKER, case, ticket)


async def beat(ward: Ward, by: Actor, case: Case, ticket: str, now: datetime = NOW, **quality: float) -> str:
    async with ward.db.verb(by) as tx:
        return await service.beat(tx, case.id, ticket, quality, now)


async def test_a_ticket_is_for_one_room_one_person_and_one_page(ward: Ward) -> None:
    case = await ward.accepted()
    other = await ward.accepted()
    _, first, _ = await join(ward, EXPERT, case)
    _, theirs, _ = await join(ward, ASKER, case)
    assert await beat(ward, EXPERT, case, first) == "in"
    for who, where, ticket in ((ASKER, case, first), (EXPERT, other, first), (EXPERT, case, ""), (EXPERT, case, "x")):
        with pytest.raises((Forbidden, NotFound)):
            await beat(ward, who, where, ticket)
    _, second, _ = await join(ward, EXPERT, case)
    with pytest.raises(Forbidden, match=r"room\.ticket"):
        await beat(ward, EXPERT, case, first)
    with pytest.raises(Forbidden, match=r"room\.ticket"):
        async with ward.db.verb(EXPERT) as tx:
            await service.leave(tx, case.id, first, NOW)
    assert await standings(ward, ASKER, case) == {"xujing": "in", "chenyuan": "in"}, (
        "the page of before takes nobody out"
    )
    assert await beat(ward, EXPERT, case, second) == "in"
    async with ward.db.verb(ASKER) as tx:
        await service.leave(tx, case.id, theirs, NOW)
    assert await standings(ward, EXPERT, case) == {"chenyuan": "in"}


async def test_a_ticket_is_not_in_the_database(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    _, ticket, _ = await join(ward, EXPERT, case)
    assert ticket not in str(await home.rows("SELECT * FROM room.member"))


async def test_a_page_that_falls_silent_has_broken_off_which_the_case_counts(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    _, mine, _ = await join(ward, ASKER, case)
    await join(ward, EXPERT, case)
    for second in range(5, 25, 5):
        await beat(ward, ASKER, case, mine, later(seconds=second))
        await looked(ward, home, case)
    assert await standings(ward, ASKER, case) == {"xujing": "in", "chenyuan": "lost"}
    await join(ward, EXPERT, case, later(seconds=30))
    assert await did(ward, case) == [
        ("room-joined", "xujing", ""),
        ("room-joined", "chenyuan", ""),
        ("interrupted", "chenyuan", ""),
        ("room-back", "chenyuan", ""),
    ]
    assert (await views.case(ward.db, ASKER, case.id)).figures.interruptions == 1
    assert (await rooms.stats(ward.db, ASKER, case.id)).interruptions == 1


async def looked(ward: Ward, home: Home, case: Case) -> None:
    """The look that is due is made when it is due."""
    [(due,)] = await home.rows("SELECT due FROM room.room")
    if due is not None:
        async with ward.db.verb(RELAY) as tx:
            await service.look(tx, case.id, due, due)


async def test_a_look_that_was_delivered_twice_looks_once(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await join(ward, EXPERT, case)
    [(due,)] = await home.rows("SELECT due FROM room.room")
    for _ in range(2):
        async with ward.db.verb(RELAY) as tx:
            await service.look(tx, case.id, due, due)
    facts = await home.rows("SELECT body->>'at' FROM infrastructure.outbox WHERE kind = 'RoomDue' ORDER BY id")
    assert [msgspec.convert(at, datetime) for (at,) in facts] == [due, due + model.LOOK]


async def test_what_pages_measure_is_for_who_sees_the_case(ward: Ward) -> None:
    case = await ward.accepted()
    _, ticket, _ = await join(ward, EXPERT, case)
    await beat(ward, EXPERT, case, ticket, rtt_ms=38.0, lost=0.004)
    seen = await rooms.stats(ward.db, ASKER, case.id)
    assert [(one.person.id, one.quality) for one in seen.items] == [("chenyuan", {"rtt_ms": 38.0, "lost": 0.004})]
    with pytest.raises(NotFound):
        await rooms.stats(ward.db, STRANGER, case.id)


async def test_two_who_come_first_at_once_make_one_room_and_one_meeting(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await asyncio.gather(*(join(ward, who, case) for who in (ASKER, EXPERT)))
    assert await home.rows("SELECT epoch, is_open FROM room.room") == [(2, True)]
    assert len({line[0] for line in await home.rows("SELECT what FROM room.line")}) == 1


async def test_open_pages_are_woken_and_told_no_name(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await join(ward, EXPERT, case)
    told = await home.rows("SELECT event, data FROM infrastructure.event WHERE channel LIKE 'room/%'")
    assert len(told) == 1
    assert "chenyuan" not in str(told)


async def test_why_somebody_could_not_take_part_is_counted_once_a_meeting(ward: Ward) -> None:
    case = await ward.accepted()
    await join(ward, EXPERT, case)
    for seconds in (1, 2):
        async with ward.db.verb(ASKER) as tx:
            await service.failed(tx, case.id, "devices-refused", later(seconds=seconds))
    async with ward.db.verb(EXPERT) as tx:
        await service.failed(tx, case.id, "media-server", later(seconds=3))
    assert (await rooms.stats(ward.db, ASKER, case.id)).failures == {"devices-refused": 1, "media-server": 1}
    assert ("room-failed", "chenyuan", "") in await did(ward, case)
    with pytest.raises(NotFound):
        async with ward.db.verb(STRANGER) as tx:
            await service.failed(tx, case.id, "unsealed", later(seconds=4))


async def show(ward: Ward, by: Actor, case: Case, ticket: str, *, hand: bool = False, is_muted: bool = False) -> None:
    async with ward.db.verb(by) as tx:
        await service.show(tx, case.id, ticket, model.Told(hand=hand, is_muted=is_muted), NOW)


async def lead(ward: Ward, by: Actor, case: Case, act: model.Lead, whom: Actor) -> None:
    async with ward.db.verb(by) as tx:
        await service.lead(tx, case.id, act, whom.id, NOW)


async def test_a_raised_hand_is_seen_by_all_inside_and_lowered_by_the_host_alone(ward: Ward) -> None:
    case = await ward.accepted()
    _, ticket, _ = await join(ward, ASKER, case)
    await join(ward, EXPERT, case)
    await show(ward, ASKER, case, ticket, hand=True, is_muted=True)
    seen = await room_of(ward, EXPERT, case)
    assert {one.person.id: (one.signs.hand, one.signs.is_muted) for one in seen.members} == {
        "xujing": (NOW, True), "chenyuan": (None, False),
    }  # fmt: skip
    assert (seen.leads, (await room_of(ward, ASKER, case)).leads) == (True, False)
    with pytest.raises(Forbidden, match=r"room\.not_yours"):
        await lead(ward, ASKER, case, "lower", ASKER)
    await lead(ward, EXPERT, case, "lower", ASKER)
    await lead(ward, EXPERT, case, "spotlight", ASKER)
    seen = await room_of(ward, ASKER, case)
    assert (seen.spotlit, [one.signs.hand for one in seen.members]) == ("xujing", [None, None])


async def test_nobody_shows_anything_with_a_ticket_that_is_not_theirs(ward: Ward) -> None:
    case = await ward.accepted()
    _, ticket, _ = await join(ward, ASKER, case)
    await join(ward, EXPERT, case)
    with pytest.raises(Forbidden, match=r"room\.ticket"):
        await show(ward, EXPERT, case, ticket, hand=True)


async def sends(ward: Ward, by: Actor, case: Case, ticket: str, *labels: str) -> None:
    async with ward.db.verb(by) as tx:
        await service.sends(tx, case.id, ticket, labels, NOW)


async def draws(ward: Ward, by: Actor, case: Case, kind: Kind = "board") -> None:
    async with ward.db.verb(by) as tx:
        await boards.add(tx, case.id, kind, NOTHING, NOW)


async def test_what_somebody_shows_or_gives_the_others_stands_on_the_time_line(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await draws(ward, EXPERT, case)  # alone with the case: nobody is shown anything
    _, ticket, _ = await join(ward, ASKER, case)
    await draws(ward, EXPERT, case)
    for labels in (("camera", "microphone"), ("camera", "screen"), ("camera", "screen"), ("camera",), ("screen",)):
        await sends(ward, ASKER, case, ticket, *labels)
    await sends(ward, ASKER, case, ticket, "second")
    for _ in range(2):
        await draws(ward, ASKER, case)
    await draws(ward, ASKER, case, "minutes")
    assert [what for what, who, _ in await did(ward, case) if who == ASKER.id] == [
        "room-joined", "room-screen", "room-screen", "room-second", "room-board",
    ]  # fmt: skip
    with pytest.raises(Forbidden, match=r"room\.ticket"):
        await sends(ward, EXPERT, case, ticket, "screen")
    assert (EXPERT.id, "room.publish", 4, "room.ticket") in await home.trail()
