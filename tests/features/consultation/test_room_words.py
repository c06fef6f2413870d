"""What people in a room write to all in it: those of the case, the patient, and who was asked in from outside."""

from __future__ import annotations

import asyncpg
import pytest

from tests.features.consultation.test_guests import guest
from tests.features.consultation.test_room import join
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, STRANGER, Ward, later
from yuanzhen.applications.consultation.model import Case
from yuanzhen.collaboration.room import service, words
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound


async def says(ward: Ward, by: Actor, case: Case, ticket: str, text: str, key: str | None = None) -> words.Said:
    async with ward.db.verb(by) as tx:
        return await words.say(tx, case.id, ticket, text, idempotency=key, now=NOW)


async def reads(ward: Ward, by: Actor, case: Case) -> list[tuple[str, str]]:
    """Whose words somebody in the room reads, and what they say."""
    return [(one.who.id, one.text) for one in (await words.listed(ward.db, by, case.id)).items]


async def test_all_in_the_room_write_and_read_the_guest_and_the_patient_too(ward: Ward) -> None:
    case = await ward.accepted()
    tickets = {one.id: (await join(ward, one, case))[1] for one in (ASKER, EXPERT, ward.herself)}
    engineer = await guest(ward, EXPERT, case)
    tickets[engineer.id] = (await join(ward, engineer, case))[1]
    for one in (ward.herself, engineer):
        async with ward.db.verb(EXPERT) as tx:
            await service.admit(tx, case.id, one.id, NOW)
    everybody = (ASKER, EXPERT, ward.herself, engineer)
    for one in everybody:
        await says(ward, one, case, tickets[one.id], f"by {one.id}")
    for one in everybody:
        assert await reads(ward, one, case) == [(other.id, f"by {other.id}") for other in everybody]


async def test_who_is_not_in_neither_writes_nor_reads(ward: Ward) -> None:
    case = await ward.accepted()
    _, inside, _ = await join(ward, EXPERT, case)
    _, waiting, _ = await join(ward, COLLEAGUE, case)
    await says(ward, EXPERT, case, inside, "let us begin")
    for who, ticket, kind in (
        (COLLEAGUE, waiting, Forbidden),
        (ASKER, inside, Forbidden),
        (STRANGER, inside, NotFound),
    ):
        with pytest.raises(kind):
            await says(ward, who, case, ticket, "me too")
        with pytest.raises(kind):
            await reads(ward, who, case)
        assert await ward.db.once(who, "SELECT text FROM room.word") == [], "the database says so too"


async def test_the_database_takes_no_word_of_who_is_not_in_or_of_another(ward: Ward) -> None:
    case = await ward.accepted()
    await join(ward, EXPERT, case)
    await join(ward, COLLEAGUE, case)
    for who, whose in ((COLLEAGUE, COLLEAGUE), (EXPERT, COLLEAGUE)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ward.db.verb(who) as tx:
                await tx.run(
                    "INSERT INTO room.word (room, meeting, at, who, text) SELECT id, meeting, now(), $2, 'x' "
                    "FROM room.room WHERE id = $1", case.id, whose.id,
                )  # fmt: skip


async def test_under_one_key_a_word_is_kept_once(ward: Ward) -> None:
    case = await ward.accepted()
    _, ticket, _ = await join(ward, EXPERT, case)
    first, again = [await says(ward, EXPERT, case, ticket, "once", "k") for _ in range(2)]
    assert (first.id, await reads(ward, EXPERT, case)) == (again.id, [("chenyuan", "once")])
    with pytest.raises(Conflict, match=r"room\.said_already"):
        await says(ward, EXPERT, case, ticket, "something else", "k")


@pytest.mark.parametrize("text", ["", " \n", "长" * (words.LONGEST + 1)])
async def test_nothing_and_too_much_are_refused(ward: Ward, text: str) -> None:
    case = await ward.accepted()
    _, ticket, _ = await join(ward, EXPERT, case)
    with pytest.raises(Invalid, match=r"room\.word"):
        await says(ward, EXPERT, case, ticket, text)


async def test_the_next_meeting_begins_with_nothing_written(ward: Ward) -> None:
    case = await ward.accepted()
    _, ticket, _ = await join(ward, EXPERT, case)
    await says(ward, EXPERT, case, ticket, "of the first", "k")
    async with ward.db.verb(EXPERT) as tx:
        await service.leave(tx, case.id, ticket, later(seconds=5))
    _, ticket, _ = await join(ward, EXPERT, case, later(seconds=9))
    assert await reads(ward, EXPERT, case) == []
    await says(ward, EXPERT, case, ticket, "of the second", "k")
    assert await reads(ward, EXPERT, case) == [("chenyuan", "of the second")]
