"""What acts bring about beyond their state: claims that end, hand-over, more asked for, experts asked in, ratings."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from tests.conftest import Home
from tests.make.cases import (
    ASKER,
    COLLEAGUE,
    EXPERT,
    HIS,
    INVITED,
    NOW,
    OPINION,
    OUTSIDER,
    SECOND,
    Ward,
    later,
    seen,
)
from yuanzhen.applications.consultation import jobs, service, views
from yuanzhen.applications.consultation.model import CLAIM, Case
from yuanzhen.data.exchange.facts import Identifier
from yuanzhen.data.records import service as records
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound

RELAY = system("relay")


async def claimed(ward: Ward, **more: str) -> Case:
    return await ward.act(EXPERT, "claim", await ward.ask(mode="written", **more))


async def stands(ward: Ward, case: Case, by: Actor = ASKER) -> views.CaseView:
    return await views.case(ward.db, by, case.id)


async def queue(ward: Ward, department: str, by: Actor) -> list[str]:
    return [one.id for one in (await views.cases(ward.db, by, department=department, after="", count=50)).items]


async def end_claim(ward: Ward, case: Case, after: timedelta) -> None:
    async with ward.db.verb(RELAY) as tx:
        await service.end_claim(tx, case.id, now=NOW + after)


async def due(home: Home) -> list[timedelta]:
    rows = await home.rows("SELECT due FROM infrastructure.outbox WHERE listener = 'clock' ORDER BY id")
    return [row["due"] - NOW for row in rows]


async def document(ward: Ward, patient: str, id: str) -> str:
    subject, content = {"reference": f"Patient/{patient}"}, [{"attachment": {"title": "心电图"}}]
    resource = {"resourceType": "DocumentReference", "id": id, "status": "current", "subject": subject}
    async with ward.db.verb(RELAY) as tx:
        await records.publish(tx, resource | {"content": content}, source="yuanzhen:test")
    return id


# ---- a claim ends by itself


async def test_a_claim_that_is_let_lie_ends_and_what_was_written_stays(ward: Ward, home: Home) -> None:
    case = await claimed(ward)
    assert await due(home) == [CLAIM]
    await ward.write(EXPERT, case)
    await end_claim(ward, case, CLAIM)
    back = await stands(ward, case)
    assert (back.state, back.expert, back.timeline[-1].what) == ("queued", None, "claim-ended")
    assert not await ward.sees_record(EXPERT)
    await ward.act(SECOND, "claim", case)
    assert (await ward.opinions(SECOND, case))["draft"]["conclusion"] == OPINION.conclusion


async def test_whoever_writes_has_not_let_it_lie(ward: Ward, home: Home) -> None:
    case = await claimed(ward)
    async with ward.db.verb(EXPERT) as tx:
        await service.write(tx, case.id, OPINION, now=later(minutes=20))
    await end_claim(ward, case, CLAIM)
    assert (await stands(ward, case)).state == "accepted"
    assert await due(home) == [CLAIM, timedelta(minutes=20) + CLAIM]  # when to look again


@pytest.mark.parametrize("act", ["release", "need-more", "did-not-take-place"])
async def test_a_claim_that_is_over_otherwise_ends_nothing(ward: Ward, act: str) -> None:
    case = await ward.act(EXPERT, act, await claimed(ward))
    await end_claim(ward, case, CLAIM)
    assert (await stands(ward, case)).state == case.state


async def test_the_clock_that_is_heard_twice_ends_a_claim_once(ward: Ward, home: Home) -> None:
    case = await claimed(ward)
    await home.run("UPDATE consultation.case SET claim_ends = now() - interval '1 second'")
    for _ in range(2):
        async with ward.db.verb(RELAY) as tx:
            await jobs.end_claim(tx, {"consultation": case.id})
    lines = [step.what for step in (await stands(ward, case)).timeline]
    assert lines == ["asked", "claim", "claim-ended"]


async def test_what_was_taken_live_is_nobodys_claim(ward: Ward, home: Home) -> None:
    assert (await ward.accepted()).claim_ends is None
    assert await due(home) == []


# ---- handed over


async def test_who_hands_over_loses_no_waiting_time(ward: Ward) -> None:
    first = await claimed(ward)
    assert await queue(ward, "neurosurgery", INVITED) == []
    other = await ward.ask(mode="written", department="neurosurgery")
    moved = await ward.act(EXPERT, "hand-over", first, department="neurosurgery", reason="可能需手术")
    assert (moved.state, moved.department, moved.expert) == ("queued", "neurosurgery", "")
    assert await queue(ward, "neurosurgery", INVITED) == [first.id, other.id]
    assert await queue(ward, "neurology", SECOND) == []
    assert not await ward.sees_record(EXPERT)
    line = (await stands(ward, moved, EXPERT)).timeline[-1]  # who handed it over sees where it went
    assert (line.what, line.reason, line.about) == ("hand-over", "可能需手术", views.Named("neurosurgery", "神经外科"))
    with pytest.raises(NotFound):
        await stands(ward, moved, SECOND)


@pytest.mark.parametrize(
    ("department", "code"), [("neurology", "consultation.same_department"), ("x", "consultation.no_such_department")]
)
async def test_it_is_handed_to_another_department_that_is_there(ward: Ward, department: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        await ward.act(EXPERT, "hand-over", await claimed(ward), department=department)


async def test_who_is_in_a_live_consultation_does_not_hand_it_over_or_send_it_back(ward: Ward) -> None:
    case = await ward.accepted()
    for act in ("hand-over", "need-more"):
        with pytest.raises(Conflict, match=r"consultation\.not_now"):
            await ward.act(EXPERT, act, case)


# ---- more is needed


async def test_what_was_wanted_comes_back_to_the_same_expert(ward: Ward, home: Home) -> None:
    case = await ward.act(EXPERT, "need-more", await claimed(ward), what="发病时的血压？")
    assert (case.state, case.expert, case.claim_ends) == ("more-needed", EXPERT.id, None)
    assert await ward.sees_record(EXPERT)
    report = await document(ward, ward.patient, "ecg")
    back = await ward.act(COLLEAGUE, "supply", case, text="168/95，附心电图", documents=(report,))
    assert (back.state, back.expert, back.claim_ends) == ("accepted", EXPERT.id, NOW + CLAIM)
    lines = [(step.what, step.reason, step.documents) for step in (await stands(ward, case)).timeline[-2:]]
    assert lines == [("need-more", "发病时的血压？", []), ("supply", "168/95，附心电图", ["ecg"])]


async def test_what_is_supplied_is_of_this_patient(ward: Ward, home: Home) -> None:
    case = await ward.act(EXPERT, "need-more", await claimed(ward))
    told = seen("99999", message="A2", identifiers=(Identifier("99999", "LIUHE", "MR"),))
    await ward.intake.patient_seen(HIS, told)
    (other,) = await home.rows("SELECT id FROM records.resource WHERE type = 'Patient' AND id <> $1", ward.patient)
    for id in (await document(ward, other["id"], "others"), "none"):
        with pytest.raises(Invalid, match=r"consultation\.no_such_document at documents"):
            await ward.act(ASKER, "supply", case, documents=(id,))


# ---- asked in


async def test_who_is_asked_in_sees_the_record_and_writes_on_the_same_draft(ward: Ward) -> None:
    case = await ward.accepted()
    with pytest.raises(NotFound):
        await stands(ward, case, INVITED)
    await ward.act(EXPERT, "invite", case, person=INVITED.id)
    assert await ward.sees_record(INVITED)
    await ward.write(INVITED, case)
    assert (await ward.opinions(EXPERT, case))["draft"]["findings"] == OPINION.findings
    assert [one.id for one in (await stands(ward, case)).invited] == [INVITED.id]
    for reader in (ASKER, COLLEAGUE, SECOND, ward.herself):
        assert (await ward.opinions(reader, case))["draft"] is None, reader.id
    with pytest.raises(Forbidden):
        await ward.sign(INVITED, case)
    await ward.sign(EXPERT, case)
    assert not await ward.sees_record(INVITED)
    assert (await ward.opinions(INVITED, case))["items"][0]["signature"] == "valid"


async def test_who_was_asked_in_is_out_when_the_expert_gives_it_back(ward: Ward) -> None:
    case = await ward.act(EXPERT, "invite", await ward.accepted(), person=INVITED.id)
    await ward.act(EXPERT, "release", case)
    assert not await ward.sees_record(INVITED)
    with pytest.raises(NotFound):
        await stands(ward, case, INVITED)


@pytest.mark.parametrize(
    ("who", "problem", "code"),
    [
        (ASKER, Invalid, "consultation.no_such_expert"),
        (OUTSIDER, Invalid, "consultation.no_such_expert"),  # who cannot log in
        (INVITED, Conflict, "consultation.already_in"),
    ],
    ids=lambda one: getattr(one, "id", ""),
)
async def test_only_experts_are_asked_in_and_once(ward: Ward, who: Actor, problem: type[Exception], code: str) -> None:
    case = await ward.act(EXPERT, "invite", await ward.accepted(), person=INVITED.id)
    with pytest.raises(problem, match=code):
        await ward.act(EXPERT, "invite", case, person=who.id)


async def test_the_experts_of_the_region_can_be_looked_up(ward: Ward) -> None:
    found = await views.experts(ward.db, ASKER)
    assert [(one.id, [house.name for house in one.departments]) for one in found.items] == [("fangwei", ["神经外科"])]


# ---- how it was


async def test_each_side_says_once_how_it_was_and_the_words_are_not_on_the_time_line(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    for by, score in ((ASKER, 5), (EXPERT, 4), (ward.herself, 3)):
        await ward.act(by, "rate", case, score=score, words="很快")
        with pytest.raises(Conflict, match=r"consultation\.rated"):
            await ward.act(by, "rate", case)
        assert "rate" not in (await stands(ward, case, by)).acts
    rows = await home.rows("SELECT side, person, score, words FROM consultation.rating ORDER BY score")
    assert [tuple(row) for row in rows] == [
        ("patient", ward.patient, 3, "很快"), ("expert", "chenyuan", 4, "很快"), ("asker", "xujing", 5, "很快")
    ]  # fmt: skip
    assert "很快" not in msgspec.json.encode(await stands(ward, case)).decode()


async def test_of_many_taps_on_a_score_one_counts(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    taps = (ward.act(ward.herself, "rate", case, score=n % 5 + 1) for n in range(10))
    answers = await asyncio.gather(*taps, return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["Case", *["Conflict"] * 9]
    assert len(await home.rows("SELECT FROM consultation.rating")) == 1
    assert len(await home.rows("SELECT FROM consultation.step WHERE what = 'rate'")) == 1
