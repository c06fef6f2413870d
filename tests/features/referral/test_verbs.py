"""A referral from the township to the city and back, with the real database: allowed and refused."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import asyncpg
import pytest

from tests.features.referral.conftest import DESK, REASON, Referrals
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, MACHINE, NOW, OUTSIDER, SECOND, STRANGER, later, person
from yuanzhen.applications.referral import service, views
from yuanzhen.applications.referral.model import Told
from yuanzhen.collaboration.calendar import booking, waiting
from yuanzhen.data.records import store as records
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem

OUTCOME = {"outcome": "静脉溶栓后肌力恢复至 4 级", "plan": "阿司匹林 100 mg qd，两周后复查"}


async def test_a_patient_goes_up_and_what_became_of_them_comes_back(referrals: Referrals) -> None:
    one = await referrals.begin()
    assert (one.state, one.direction) == ("sent", "up")
    assert not await referrals.ward.sees_record(EXPERT)
    seen = await referrals.seen(EXPERT, one)
    assert (seen.patient.masked, seen.patient.name, seen.mine, seen.reason) == (True, "刘*英", False, REASON)
    assert seen.acts == ["receive", "accept", "decline", "need-more"]
    await referrals.act(EXPERT, "receive", one)
    assert await referrals.ward.sees_record(EXPERT)
    assert not (await referrals.seen(EXPERT, one)).patient.masked
    assert (await referrals.seen(SECOND, one)).patient.masked
    await referrals.act(EXPERT, "need-more", one, what="用药清单")
    await referrals.act(COLLEAGUE, "supply", one, text="阿司匹林")
    for act, given in (("accept", {}), ("arrive", {}), ("treat", {}), ("return", OUTCOME)):
        await referrals.act(EXPERT, act, one, **given)
    assert not await referrals.ward.sees_record(EXPERT)
    back = await referrals.seen(ASKER, one)
    assert (back.state, back.outcome, back.outcome_plan, back.acts) == (
        "returned", OUTCOME["outcome"], OUTCOME["plan"], ["acknowledge"],
    )  # fmt: skip
    await referrals.act(ASKER, "acknowledge", one)
    assert [step.what for step in (await referrals.seen(ASKER, one)).timeline] == [
        "begun", "send", "receive", "need-more", "supply", "accept", "arrive", "treat", "return", "acknowledge",
    ]  # fmt: skip


async def test_who_has_no_part_finds_it_not_and_who_has_the_wrong_one_is_refused(referrals: Referrals) -> None:
    one = await referrals.begin()
    for by in (STRANGER, OUTSIDER, MACHINE, person("hejing", "manager")):
        with pytest.raises(NotFound):
            await referrals.seen(by, one)
        with pytest.raises(NotFound):
            await referrals.act(by, "accept", one)
    herself = referrals.ward.herself
    for by, act in ((ASKER, "accept"), (EXPERT, "withdraw"), (EXPERT, "acknowledge"), (herself, "accept")):
        with pytest.raises(Forbidden):
            await referrals.act(by, act, one, **({"reason": "x"} if act == "withdraw" else {}))
    assert (await referrals.seen(herself, one)).acts == []
    rows = await referrals.home.rows(
        "SELECT actor, verb, code FROM security.trail WHERE outcome = 4 AND entity = $1 AND verb = 'referral.accept'",
        one.id,
    )
    assert {(row["actor"], row["code"]) for row in rows} >= {
        ("wanglei", "referral.not_found"), ("xujing", "referral.not_yours"),
    }  # fmt: skip


async def test_a_draft_is_written_anew_and_nobody_else_knows_of_it(referrals: Referrals) -> None:
    one = await referrals.begin(send=False)
    with pytest.raises(NotFound):
        await referrals.seen(EXPERT, one)
    with pytest.raises(NotFound):
        await referrals.seen(referrals.ward.herself, one)
    told = Told(referrals.ward.patient, "city", "", "outpatient", "routine", "复诊")
    async with referrals.db.verb(ASKER) as tx:
        await service.rewrite(tx, one.id, told, now=NOW)
    await referrals.act(ASKER, "send", one)
    assert (await referrals.seen(DESK, one)).reason == "复诊"
    with pytest.raises(Conflict):
        async with referrals.db.verb(ASKER) as tx:
            await service.rewrite(tx, one.id, told, now=NOW)


async def test_only_doctors_refer_and_only_their_own_patients_to_another_house(referrals: Referrals) -> None:
    for by, problem in ((person("n", "nurse", "liuhe"), Forbidden), (STRANGER, NotFound), (EXPERT, NotFound)):
        with pytest.raises(problem):
            await referrals.begin(by)
    for more, code in (
        ({"institution": "liuhe", "department": ""}, "referral.same_house"),
        ({"institution": "nowhere"}, "referral.no_such_house"),
        ({"institution": "baishi"}, "referral.no_such_department"),
        ({"documents": ("ImagingStudy/none",)}, "referral.no_such_document"),
    ):
        with pytest.raises(Invalid) as refused:
            await referrals.begin(**more)
        assert refused.value.code == code


async def test_a_double_tap_is_one_referral(referrals: Referrals) -> None:
    one, again = await referrals.begin(key="k"), await referrals.begin(key="k")
    assert one.id == again.id
    with pytest.raises(Conflict) as refused:
        await referrals.begin(key="k", reason="别的")
    assert refused.value.code == "referral.sent_already"


async def test_declined_with_a_reason_it_is_sent_to_another_and_the_first_sees_it_no_more(referrals: Referrals) -> None:
    one = await referrals.begin()
    await referrals.act(EXPERT, "receive", one)
    await referrals.act(EXPERT, "decline", one, reason="无床位")
    assert not await referrals.ward.sees_record(EXPERT)
    await referrals.act(ASKER, "redirect", one, institution="city", department="cardiology")
    with pytest.raises(NotFound):
        await referrals.seen(EXPERT, one)
    assert (await referrals.seen(OUTSIDER, one)).state == "sent"


async def test_one_of_a_hundred_takes_it(referrals: Referrals) -> None:
    one = await referrals.begin()

    async def tried(number: int) -> str:
        try:
            await referrals.act((EXPERT, SECOND, DESK)[number % 3], "receive", one)
        except Problem as problem:
            return problem.code
        return "taken"

    assert Counter(await asyncio.gather(*(tried(number) for number in range(100)))) == {
        "taken": 1, "referral.not_now": 99,
    }  # fmt: skip


async def test_both_sides_book_it_urgent_ones_within_a_day_and_what_ends_frees_its_slot(referrals: Referrals) -> None:
    one = await referrals.begin()
    soon, later_one = await referrals.slot(later(hours=3)), await referrals.slot(later(hours=30), who=SECOND)
    await referrals.act(EXPERT, "accept", one, slots=(soon.id,))
    seen = await referrals.seen(ASKER, one)
    assert (seen.state, seen.starts, [line.slot for line in seen.bookings]) == ("booked", soon.span.start, [soon.id])
    await referrals.act(ASKER, "book", one, slots=(later_one.id,))
    assert [line.slot for line in (await referrals.seen(EXPERT, one)).bookings] == [later_one.id]
    await referrals.act(ASKER, "withdraw", one, reason="患者选择保守治疗")
    await referrals.relayed("ReferralChanged")
    rows = await referrals.home.rows("SELECT count(*) AS n FROM calendar.booking")
    assert rows[0]["n"] == 0
    routine = await referrals.begin(urgency="routine")
    with pytest.raises(Invalid) as refused:
        await referrals.act(EXPERT, "accept", routine, slots=(soon.id,))
    assert refused.value.code == "calendar.too_soon"
    assert (await referrals.seen(EXPERT, routine)).state == "sent"


@pytest.mark.parametrize(("by", "act", "given"), [(ASKER, "withdraw", {"reason": "转院"}), (EXPERT, "arrive", {})])
async def test_what_is_over_waits_for_no_hour_and_what_was_kept_for_it_is_given_on(
    referrals: Referrals, by: Actor, act: str, given: dict[str, str]
) -> None:
    one = await referrals.begin()
    await referrals.act(EXPERT, "accept", one)
    slot = await referrals.slot(NOW + timedelta(days=2))
    async with referrals.db.verb(ASKER) as tx:
        waits = await waiting.join(tx, f"referral/{one.id}", "neurology", "urgent", 0, NOW)
    await referrals.relayed("ReferralChanged")
    assert await referrals.waits() == [waits.source]
    async with referrals.db.verb(system("relay")) as tx:
        await waiting.offer(tx, {"slot": slot.id, "order_key": slot.id}, now=NOW)
    await referrals.act(by, act, one, **given)
    await referrals.relayed("ReferralChanged")
    assert await referrals.waits() == []
    async with referrals.db.verb(system("relay")) as tx:
        await waiting.over(tx, {"slot": slot.id}, now=NOW)
    async with referrals.db.verb(STRANGER) as tx:
        await booking.book(tx, slot.id, "consultation/other", "liuhe", NOW)


async def test_an_expert_and_another_are_booked_both_or_neither(referrals: Referrals) -> None:
    first, second = await referrals.slot(later(hours=30)), await referrals.slot(later(hours=30), who=SECOND)
    async with referrals.db.verb(ASKER) as tx:
        await booking.book(tx, second.id, "consultation/other", "liuhe", NOW)
    one = await referrals.begin()
    await referrals.act(EXPERT, "accept", one)
    with pytest.raises(Conflict):
        await referrals.act(EXPERT, "book", one, slots=(first.id, second.id))
    seen = await referrals.seen(EXPERT, one)
    assert (seen.state, seen.bookings) == ("accepted", [])
    third = await referrals.slot(later(hours=31), who=SECOND)
    await referrals.act(EXPERT, "book", one, slots=(first.id, third.id))
    assert {line.slot for line in (await referrals.seen(ASKER, one)).bookings} == {first.id, third.id}


async def test_nobody_who_could_agree_is_looked_at_afterwards(referrals: Referrals) -> None:
    one = await referrals.begin(urgency="emergency", agreed="unable", why_unable="昏迷，家属未到")
    rows = await referrals.home.rows("SELECT kind, source FROM security.review")
    assert [tuple(row) for row in rows] == [("no-consent", f"referral/{one.id}")]


async def test_what_is_attached_is_named_to_whom_the_record_is_open(referrals: Referrals) -> None:
    await referrals.ward.study()
    (row,) = await referrals.home.rows("SELECT id FROM records.resource WHERE type = 'Consent' OR type = 'Patient'")
    await referrals.ward.signed()
    (report,) = await referrals.home.rows("SELECT id FROM records.resource WHERE type = 'DiagnosticReport'")
    reference = f"DiagnosticReport/{report['id']}"
    one = await referrals.begin(documents=(reference,), source="consultation/c")
    assert row["id"] == referrals.ward.patient
    for by, title in ((ASKER, "Consult note"), (SECOND, "")):
        (attached,) = (await referrals.seen(by, one)).documents
        assert (attached.reference, attached.title, attached.open) == (reference, title, title != "")
    await referrals.act(SECOND, "receive", one)
    assert (await referrals.seen(SECOND, one)).documents[0].open


async def test_others_see_it_as_request_task_and_plan(referrals: Referrals) -> None:
    one = await referrals.begin(plan="康复训练每日两次")
    await referrals.relayed("ReferralChanged")
    for act, given in (("accept", {}), ("arrive", {}), ("return", OUTCOME)):
        await referrals.act(EXPERT, act, one, **given)
    await referrals.relayed("ReferralChanged")
    async with referrals.db.look(ASKER) as look:
        found = await records.find_all(look, [(kind, one.id) for kind in ("ServiceRequest", "Task", "CarePlan")])
    told = {kind: stored.resource() for (kind, _), stored in found.items()}
    assert {kind: each["status"] for kind, each in told.items()} == dict.fromkeys(
        ("ServiceRequest", "Task", "CarePlan"), "completed"
    )
    assert told["Task"]["output"][0]["valueString"] == OUTCOME["outcome"]


async def test_no_statement_closes_it_without_an_outcome(referrals: Referrals) -> None:
    one = await referrals.begin()
    for state in ("returned", "closed"):
        with pytest.raises(asyncpg.CheckViolationError):
            async with referrals.db.verb(ASKER) as tx:
                await tx.run("UPDATE referral.referral SET state = $2 WHERE id = $1", one.id, state)


# ---- nobody answers


async def test_nobody_answers_and_it_is_the_senders_again_with_the_desk_told(referrals: Referrals) -> None:
    one = await referrals.begin()
    await referrals.relayed("ReferralDue", later(hours=4))
    assert await referrals.told("chenyuan") == ["reminded"]
    await referrals.relayed("ReferralDue", later(hours=8))
    assert (await referrals.told("hu"), await referrals.told("gaoming")) == (["escalated"], ["reminded", "escalated"])
    await referrals.relayed("ReferralDue", later(hours=24))
    seen = await referrals.seen(ASKER, one)
    assert (seen.state, seen.acts) == ("unanswered", ["redirect", "withdraw"])
    assert (await referrals.told("xujing"))[-1] == "gave-up"
    await referrals.relayed("ReferralDue", later(hours=29))
    assert (await referrals.told("xujing"))[-1] == "reminded"
    await referrals.act(EXPERT, "accept", one)  # late, and still welcome
    assert (await referrals.seen(ASKER, one)).state == "accepted"


async def test_an_answer_in_time_makes_its_reminders_say_nothing(referrals: Referrals) -> None:
    one = await referrals.begin()
    await referrals.act(EXPERT, "accept", one, now=later(hours=1))
    await referrals.relayed("ReferralDue", later(hours=4))
    assert await referrals.told("gaoming") == []
    assert (await referrals.seen(ASKER, one)).chased == 0


async def test_an_outcome_that_is_owed_is_asked_for_until_it_comes(referrals: Referrals) -> None:
    one = await referrals.begin()
    for act in ("accept", "arrive"):
        await referrals.act(EXPERT, act, one)
    for days in (3, 6, 12, 18):
        await referrals.relayed("ReferralDue", later(days=days))
    assert (await referrals.seen(ASKER, one)).chased == 4
    assert await referrals.told("xujing") == ["escalated", "escalated", "escalated"]
    rows = await referrals.home.rows(
        "SELECT due FROM infrastructure.outbox WHERE kind = 'ReferralDue' AND done IS NULL ORDER BY due DESC LIMIT 1"
    )
    assert rows[0]["due"] == NOW + timedelta(days=24)


async def test_a_list_is_masked_and_holds_what_goes_out_or_comes_in(referrals: Referrals) -> None:
    one = await referrals.begin()

    async def listed(by: Actor, box: str, **more: str) -> list[str]:
        page = await views.referrals(referrals.db, by, box=box, patient=None, after="", count=50, **more)  # type: ignore[arg-type]
        assert all(line.patient.masked for line in page.items)
        return [line.id for line in page.items]

    for by, out, coming in ((ASKER, [one.id], []), (EXPERT, [], [one.id]), (DESK, [], [one.id]), (STRANGER, [], [])):
        assert (await listed(by, "out"), await listed(by, "in")) == (out, coming)
