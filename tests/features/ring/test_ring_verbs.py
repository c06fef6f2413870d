"""The verbs of a ring on the real database: who hears it, who is quicker, what is kept of each call."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.features.ring.bells import DISPATCHERS, DUTY, PACE, RELAY, SOURCE, Bells, called, failed
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, OUTSIDER, SECOND, STRANGER, later, person
from yuanzhen.collaboration.ring import service, views
from yuanzhen.collaboration.ring.model import Duty
from yuanzhen.collaboration.ring.views import Somebody
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem

pytestmark = pytest.mark.slow

GAOYANG, MALIN = DISPATCHERS


# ---- calling


async def test_whoever_is_called_hears_it_on_their_own_channel_and_the_cases_pages_do(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    ring = await bells.start()
    await bells.told()
    assert called(await bells.look(ring)) == [EXPERT.id]
    assert await bells.told("me/", "consultation/") == [(SOURCE, "ring"), (f"me/{EXPERT.id}", "ring")]


async def test_the_next_circle_hears_it_and_the_first_one_is_silent(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    ring = await bells.start()
    await bells.look(ring)
    await bells.told()
    assert failed(await bells.look(ring, seconds=60)) == {EXPERT.id: "not-answered"}
    assert await bells.told("me/") == [(f"me/{EXPERT.id}", "silent"), (f"me/{SECOND.id}", "ring")]


async def test_both_sides_see_who_is_called_since_when_and_why_the_others_are_not(bells: Bells) -> None:
    await bells.here(EXPERT)
    await bells.here(SECOND, said="away")
    await bells.look(await bells.start(), duty=Duty(((EXPERT.id, SECOND.id),), rostered=True))
    for reader in (ASKER, COLLEAGUE, EXPERT, SECOND):
        view = await bells.view(reader)
        assert [(one.person.id, one.since) for one in view.called] == [(EXPERT.id, NOW)]
        assert [(one.person.id, one.why) for one in view.failed] == [(SECOND.id, "away")]
    for reader in (STRANGER, OUTSIDER, person("x", "manager")):
        async with bells.db.look(reader) as look:
            assert await views.of(look, SOURCE) is None


async def test_a_look_of_an_old_turn_changes_nothing(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    ring = await bells.start()
    await bells.look(ring)
    await bells.pass_on(EXPERT)
    [_, before, now] = await bells.due("RingDue")
    assert (before["turn"], now["turn"]) == (1, 2)
    async with bells.db.verb(RELAY) as tx:
        await service.look(tx, ring, before["turn"], DUTY, PACE, later(seconds=600))
    assert called(await bells.ring(ring)) == []
    assert called(await bells.look(ring, seconds=6)) == [SECOND.id]


async def test_the_next_look_is_a_row_that_is_due_then(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    ring = await bells.start()
    await bells.look(ring)
    await bells.look(ring, seconds=57)
    assert [row["due"] - NOW for row in await bells.due("RingDue")][1:] == [
        timedelta(seconds=5),
        timedelta(seconds=60),
    ]


async def test_who_goes_off_shift_while_it_rings_is_dropped_and_who_comes_is_called(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    ring = await bells.start()
    await bells.look(ring)
    ring_now = await bells.look(ring, seconds=10, duty=Duty(((SECOND.id,),), rostered=True))
    assert (called(ring_now), failed(ring_now)) == ([SECOND.id], {EXPERT.id: "off-shift"})


async def test_who_says_that_they_came_makes_everything_that_rings_be_looked_at(bells: Bells) -> None:
    first, second = await bells.start(), await bells.start("consultation/c2")
    async with bells.db.verb(RELAY) as tx:
        await service.look_again(tx)
    due = await bells.due("RingDue")
    assert sorted((row["ring"], row["turn"]) for row in due[2:]) == sorted([(first, 1), (second, 1)])


async def test_who_answered_another_that_is_not_over_is_busy(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    await bells.look(await bells.start())
    await bells.answer(EXPERT)
    other = await bells.start("consultation/c2")
    ring = await bells.look(other, seconds=6)
    assert (called(ring), failed(ring)) == ([SECOND.id], {EXPERT.id: "busy"})
    await bells.stop(EXPERT)
    assert called(await bells.look(other, seconds=7)) == sorted([EXPERT.id, SECOND.id])


async def test_a_source_rings_once_at_a_time(bells: Bells) -> None:
    await bells.start()
    with pytest.raises(Conflict, match=r"ring\.rings_already"):
        await bells.start()
    await bells.stop(ASKER)
    await bells.start()


# ---- answering


async def test_the_answer_silences_everybody_on_every_device(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    ring = await bells.start()
    await bells.look(ring, duty=Duty(((EXPERT.id, SECOND.id),), rostered=True))
    await bells.told()
    await bells.answer(SECOND, seconds=42)
    assert await bells.told("me/") == [(f"me/{EXPERT.id}", "silent"), (f"me/{SECOND.id}", "silent")]
    view = await bells.view(ASKER)
    assert (view.called, view.failed, view.answered_by, view.there_s) == ([], [], Somebody(SECOND.id, SECOND.id), 42)


async def test_of_two_who_answer_at_once_one_is_in_time(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    for n in range(10):
        source = f"consultation/race{n}"
        await bells.start(source)
        done = await asyncio.gather(bells.answer(EXPERT, source), bells.answer(SECOND, source), return_exceptions=True)
        assert sorted(codes(done)) == ["", "ring.not_now"]


async def test_the_answer_and_the_look_that_would_call_the_next_never_both_win(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    for n in range(10):
        source = f"consultation/race{n}"
        ring = await bells.start(source)
        await bells.look(ring)
        await asyncio.gather(bells.answer(EXPERT, source), bells.look(ring, seconds=60), return_exceptions=True)
        now = await bells.look(ring, seconds=61)
        assert (now.state, called(now), now.answered_by) == ("answered", [], EXPERT.id)
        await bells.stop(EXPERT, source)


async def test_passing_on_keeps_the_reason_and_calls_the_next(bells: Bells) -> None:
    await bells.here(EXPERT, SECOND)
    ring = await bells.start()
    await bells.look(ring)
    await bells.pass_on(EXPERT, "在手术")
    assert called(await bells.look(ring, seconds=6)) == [SECOND.id]
    view = await bells.view(ASKER)
    assert [(one.why, one.reason) for one in view.failed] == [("declined", "在手术")]


async def test_what_was_called_off_rings_nowhere_and_stopping_it_again_is_nothing(bells: Bells) -> None:
    await bells.here(EXPERT)
    ring = await bells.start()
    await bells.look(ring)
    await bells.stop(ASKER)
    await bells.stop(ASKER)
    assert (called(await bells.ring(ring)), (await bells.ring(ring)).why) == ([], "cancel")
    with pytest.raises(Conflict, match=r"ring\.not_now"):
        await bells.answer(EXPERT)


# ---- the alarm


async def test_at_two_and_a_half_minutes_every_dispatcher_hears_the_alarm_and_the_asker_has_a_number(
    bells: Bells,
) -> None:
    await bells.here(EXPERT, SECOND)
    ring = await bells.start()
    await bells.look(ring)
    await bells.look(ring, seconds=60)
    view = await bells.view(ASKER)
    assert (view.number, view.alarmed) == ("", None)
    await bells.look(ring, seconds=150)
    assert [row["source"] for row in await bells.due("RingUnanswered")] == [SOURCE]
    view = await bells.view(ASKER)
    assert (view.number, view.alarmed) == ("029-120", later(seconds=150))
    await bells.told()
    async with bells.db.verb(RELAY) as tx:
        await service.tell_dispatchers(tx, ring)
    assert await bells.told("me/") == [("me/gaoyang", "rings"), ("me/malin", "rings")]


async def test_of_two_dispatchers_at_once_one_has_the_alarm_in_hand_and_the_others_refusal_is_kept(
    bells: Bells,
) -> None:
    for n in range(10):
        ring = await bells.start(f"consultation/race{n}")
        done = await asyncio.gather(bells.take(GAOYANG, ring), bells.take(MALIN, ring), return_exceptions=True)
        assert sorted(codes(done)) == ["", "ring.taken"]
    refused = [row for row in await bells.home.trail("verb", "code") if row[1]]
    assert refused == [("ring.take", "ring.taken")] * 10


async def test_a_dispatcher_rings_somebody_of_the_department_by_hand(bells: Bells) -> None:
    ring = await bells.start()
    await bells.look(ring)
    await bells.told()
    await bells.call(GAOYANG, ring, SECOND.id)
    assert await bells.told("me/") == [(f"me/{SECOND.id}", "ring")]
    for whom, code in ((SECOND.id, "ring.called_already"), (OUTSIDER.id, "ring.not_of_department")):
        with pytest.raises((Conflict, Invalid), match=code):
            await bells.call(GAOYANG, ring, whom)
    with pytest.raises(Conflict, match=r"ring\.taken"):
        await bells.call(MALIN, ring, EXPERT.id)


@pytest.mark.parametrize("who", [ASKER, EXPERT, OUTSIDER, person("x", "manager"), person("x", "officer")])
async def test_only_dispatchers_dispatch(bells: Bells, who: object) -> None:
    ring = await bells.start()
    for act in (bells.take(who, ring), bells.call(who, ring, SECOND.id), views.going(bells.db, who),  # type: ignore[arg-type]
                views.one(bells.db, who, ring), views.callables(bells.db, who, ring, NOW)):  # type: ignore[arg-type]  # fmt: skip
        with pytest.raises(Forbidden, match=r"ring\.role"):
            await act


async def test_a_ring_that_is_none_is_not_found(bells: Bells) -> None:
    for act in (bells.take(GAOYANG, "x"), views.one(bells.db, GAOYANG, "x")):
        with pytest.raises(NotFound, match=r"ring\.not_found"):
            await act


async def test_a_dispatcher_sees_of_the_case_the_question_its_urgency_and_where_it_comes_from(bells: Bells) -> None:
    await bells.here(EXPERT)
    await bells.look(await bells.start())
    [line] = (await views.going(bells.db, GAOYANG)).items
    assert line.place is not None
    assert (line.question[:4], line.urgency, line.place.name) == ("右侧肢体", "emergency", "柳河镇卫生院")
    assert not {"patient", "call_back", "source"} & set(line.__struct_fields__)
    rows = await bells.db.once(GAOYANG, "SELECT id FROM consultation.case")
    assert rows == []


async def test_whom_to_ring_by_hand_is_told_with_those_first_who_can_be_reached(bells: Bells) -> None:
    await bells.here(SECOND)
    ring = await bells.start()
    found = (await views.callables(bells.db, GAOYANG, ring, NOW)).items
    assert [(one.person.id, one.standing, one.ringing) for one in found] == [
        (SECOND.id, "present", False),
        (EXPERT.id, "absent", False),
    ]


def codes(done: list[object]) -> list[str]:
    for one in done:
        if isinstance(one, BaseException) and not isinstance(one, Problem):
            raise one
    return [one.code if isinstance(one, Problem) else "" for one in done]
