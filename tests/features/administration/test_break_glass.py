"""A record opened in need: who may, for how long, who is told, and who looks at it afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import Home
from tests.make.cases import (
    ASKER,
    CONSENT,
    EXPERT,
    NAME,
    NOW,
    NUMBER,
    OUTSIDER,
    QUALITY,
    STRANGER,
    Ward,
    person,
)
from yuanzhen.applications.administration import glass, jobs, review_views
from yuanzhen.data.records import store as records
from yuanzhen.data.records.file import sight
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.security.reviews import service
from yuanzhen.security.reviews.model import Review, Verdict

pytestmark = pytest.mark.slow

WHY = "昏迷患者，需知过敏史"
OFFICER = person("o", "officer")
LASTS = timedelta(hours=3)


async def broken(
    ward: Ward, by: Actor, *, patient: str = "", number: str = "", name: str = "", reason: str = WHY
) -> Review:
    found = await glass.found(ward.db, patient, number, name)
    async with ward.db.verb(by) as tx:
        return await glass.broken(tx, found, reason, LASTS, now=clock.now())


async def decided(ward: Ward, by: Actor, review: str, verdict: Verdict = "justified", words: str = "属实") -> Review:
    async with ward.db.verb(by) as tx:
        return await service.decide(tx, review, verdict, words, now=NOW)


async def reviews(ward: Ward, by: Actor) -> list[dict[str, Any]]:
    page = await review_views.listed(ward.db, by, "open", "", 50, now=clock.now())
    return [msgspec.to_builtins(one) for one in page.items]


# ---- who opens, and what


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER])
async def test_the_record_opens_for_hours_and_the_trail_says_why(ward: Ward, home: Home, who: Actor) -> None:
    assert not await ward.sees_record(who)
    review = await broken(ward, who, patient=ward.patient)
    assert await ward.sees_record(who)
    assert review.until is not None
    assert timedelta(hours=2, minutes=59) < review.until - datetime.now(UTC) <= LASTS
    rows = await home.rows("SELECT actor, patient, reason FROM security.trail WHERE verb = 'glass.break'")
    assert [tuple(row) for row in rows] == [(who.id, ward.patient, WHY)]


async def test_its_reader_is_told_that_they_opened_it_in_need_and_until_when(ward: Ward) -> None:
    review = await broken(ward, STRANGER, patient=ward.patient)
    async with ward.db.look(STRANGER) as look:
        found = await records.find(look, "Patient", ward.patient)
        assert found is not None
        told = await sight.sight(look, found, consents=5, looked=5)
    assert [(one.kind, one.consultation, one.until) for one in told.reasons] == [("glass", "", review.until)]


async def test_when_its_time_is_over_it_is_closed(ward: Ward, home: Home) -> None:
    await broken(ward, STRANGER, patient=ward.patient)
    await home.run("UPDATE security.relation SET ends = now() - interval '1 second'")
    assert not await ward.sees_record(STRANGER)


@pytest.mark.parametrize("role", ["nurse", "carer", "interpreter", "manager", "dispatcher", "quality", "officer"])
async def test_only_doctors_break_it(ward: Ward, home: Home, role: str) -> None:
    with pytest.raises(Forbidden, match=r"glass\.role"):
        await broken(ward, person("x", role), patient=ward.patient)
    assert ("x", "glass.break", 4, "glass.role") in await home.trail()


@pytest.mark.parametrize("reason", ["", "   ", "急", "x" * 2001])
async def test_without_a_reason_nothing_opens(ward: Ward, reason: str) -> None:
    with pytest.raises(Invalid, match=r"glass\.reason"):
        await broken(ward, STRANGER, patient=ward.patient, reason=reason)
    assert not await ward.sees_record(STRANGER)


async def test_who_sees_the_record_anyway_breaks_nothing(ward: Ward) -> None:
    with pytest.raises(Conflict, match=r"glass\.not_needed"):
        await broken(ward, ASKER, patient=ward.patient)
    await broken(ward, STRANGER, patient=ward.patient)
    with pytest.raises(Conflict, match=r"glass\.not_needed"):
        await broken(ward, STRANGER, patient=ward.patient)


# ---- the patient is found by what is exact alone


async def test_a_whole_number_and_the_whole_name_find_the_patient(ward: Ward) -> None:
    assert (await broken(ward, STRANGER, number=NUMBER, name=f" {NAME} ")).patient == ward.patient


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (NUMBER[:-1], NAME),
        (NUMBER, NAME[:2]),
        (NUMBER, "刘*英"),
        (NUMBER, ""),
        ("", NAME),
        ("%", "%"),
        (NUMBER, "张建国"),
    ],
)
async def test_anything_less_finds_nobody(ward: Ward, home: Home, number: str, name: str) -> None:
    with pytest.raises(NotFound, match=r"glass\.no_such_patient"):
        await broken(ward, STRANGER, number=number, name=name)
    assert ("wanglei", "glass.break", 4, "glass.no_such_patient") in await home.trail()
    assert not await ward.sees_record(STRANGER)


async def test_who_is_not_there_is_not_found(ward: Ward) -> None:
    with pytest.raises(NotFound):
        await broken(ward, STRANGER, patient="01990000-0000-7000-8000-000000000002")


# ---- who is told


async def test_patient_quality_and_officer_hear_of_it(ward: Ward, home: Home) -> None:
    await home.run(
        "INSERT INTO security.person (id, name, display, role, institution, created) VALUES "
        "('qinbo', 'q', 'Q', 'quality', 'city', now()), ('o', 'o', 'O', 'officer', 'city', now()), "
        "('m', 'm', 'M', 'manager', 'city', now())"
    )
    review = await broken(ward, STRANGER, patient=ward.patient)
    (row,) = await home.rows("SELECT body FROM infrastructure.outbox WHERE listener = 'bell'")
    async with ward.db.verb(system("relay")) as tx:
        await jobs.tell_reviewers(tx, msgspec.json.decode(row["body"]))
    rows = await home.rows(
        "SELECT channel, event FROM infrastructure.event WHERE data->>'id' = $1 ORDER BY 1", review.id
    )
    assert {tuple(row) for row in rows} == {
        ("me/qinbo", "review"), ("me/o", "review"), (f"me/{ward.patient}", "glass-broken")}  # fmt: skip


async def test_the_patient_sees_who_broke_it_and_why_and_nobody_elses(ward: Ward) -> None:
    await broken(ward, STRANGER, patient=ward.patient)
    patient, neighbour = (person(id, "patient", "liuhe", id) for id in (ward.patient, "neighbour"))
    (told,) = (await review_views.glasses(ward.db, patient, LASTS)).items
    assert (told.by.id, told.institution, told.reason, told.reviewed) == ("wanglei", "白石镇卫生院", WHY, False)
    for other in (neighbour, ASKER, person("c", "carer", "liuhe", ward.patient)):
        assert (await review_views.glasses(ward.db, other, LASTS)).items == []


# ---- looked at afterwards


async def test_quality_sees_it_masked_and_says_what_it_was(ward: Ward, home: Home) -> None:
    review = await broken(ward, STRANGER, patient=ward.patient)
    (told,) = await reviews(ward, QUALITY)
    assert (told["kind"], told["patient"]["name"], told["reason"], told["may_decide"]) == (
        "break-glass", "刘*英", WHY, True)  # fmt: skip
    await decided(ward, QUALITY, review.id)
    assert await reviews(ward, QUALITY) == []
    assert await ward.sees_record(STRANGER), "what was justified runs its time"
    rows = await home.rows("SELECT state, verdict, words, decided_by FROM security.review")
    assert [tuple(row) for row in rows] == [("decided", "justified", "属实", "qinbo")]


async def test_what_was_opened_without_need_is_closed_at_once(ward: Ward) -> None:
    review = await broken(ward, STRANGER, patient=ward.patient)
    await decided(ward, QUALITY, review.id, "not-justified", "与患者无诊疗关系")
    assert not await ward.sees_record(STRANGER)


async def ends(ward: Ward, by: Actor, review: str, now: datetime | None = None) -> None:
    async with ward.db.verb(by) as tx:
        await service.end(tx, review, now=now or clock.now())


@pytest.mark.parametrize("who", [OFFICER, QUALITY, STRANGER], ids=lambda one: one.role)
async def test_it_is_closed_before_its_time_and_everybody_whom_it_concerns_is_told(
    ward: Ward, home: Home, who: Actor
) -> None:
    review = await broken(ward, STRANGER, patient=ward.patient)
    (told,) = await reviews(ward, OFFICER)
    assert (told["may_end"], told["ended_at"]) == (True, None)
    await ends(ward, who, review.id)
    assert not await ward.sees_record(STRANGER)
    (told,) = await reviews(ward, OFFICER)
    assert (told["may_end"], told["ended_by"]["id"], told["may_decide"]) == (False, who.id, False)
    assert (await review_views.glasses(ward.db, STRANGER, LASTS)).items[0].ended_at is not None
    assert (who.id, "glass.end", 0, "") in await home.trail()
    told_of = await home.rows("SELECT channel FROM infrastructure.event WHERE data->>'state' = 'ended'")
    assert {row["channel"] for row in told_of} == {"me/wanglei", f"me/{ward.patient}"}
    with pytest.raises(Conflict, match=r"glass\.over"):
        await ends(ward, OFFICER, review.id)
    await decided(ward, QUALITY, review.id)  # it is looked at all the same


async def test_nobody_else_closes_it_nor_anybody_what_is_over(ward: Ward, home: Home) -> None:
    review = await broken(ward, STRANGER, patient=ward.patient)
    for who in (ASKER, EXPERT, person("m", "manager"), person("h", "patient", "liuhe", ward.patient)):
        with pytest.raises(NotFound, match=r"review\.not_found"):
            await ends(ward, who, review.id)
    assert ("xujing", "glass.end", 4, "review.not_found") in await home.trail()
    assert review.until is not None
    with pytest.raises(Conflict, match=r"glass\.over"):
        await ends(ward, OFFICER, review.id, review.until)
    case = await ward.ask(consent=replace(CONSENT, given_by="unable", reason="昏迷"))
    (told,) = [one for one in await reviews(ward, QUALITY) if one["source"] == f"consultation/{case.id}"]
    with pytest.raises(Conflict, match=r"glass\.over"):
        await ends(ward, OFFICER, told["id"])


async def test_it_is_judged_once_with_words_and_by_quality(ward: Ward, home: Home) -> None:
    review = await broken(ward, STRANGER, patient=ward.patient)
    with pytest.raises(Forbidden, match=r"review\.role"):
        await decided(ward, OFFICER, review.id)
    for who in (STRANGER, ASKER, EXPERT, person("m", "manager")):
        with pytest.raises(NotFound, match=r"review\.not_found"):
            await decided(ward, who, review.id)
    with pytest.raises(Invalid, match=r"review\.words"):
        await decided(ward, QUALITY, review.id, words=" ")
    await decided(ward, QUALITY, review.id)
    with pytest.raises(Conflict, match=r"review\.not_now"):
        await decided(ward, QUALITY, review.id)
    assert ("wanglei", "review.decide", 4, "review.not_found") in await home.trail()


async def test_the_database_itself_lets_nobody_judge_their_own_act(ward: Ward, home: Home) -> None:
    review = await broken(ward, STRANGER, patient=ward.patient)
    await home.run("UPDATE security.review SET person = 'qinbo'")
    with pytest.raises(Forbidden, match=r"review\.own"):
        await decided(ward, QUALITY, review.id)
    sql = "UPDATE security.review SET state = 'decided', verdict = 'justified', decided_by = $1, decided_at = now()"
    for who, named in ((QUALITY, "qinbo"), (QUALITY, "other")):
        with pytest.raises(Exception, match=r"row-level security|check constraint"):
            async with ward.db.verb(who) as tx:
                await tx.run(sql, named)
    async with ward.db.verb(OFFICER) as tx:
        assert await tx.run(sql, "o") == 0


@pytest.mark.parametrize("who", [ASKER, EXPERT, person("m", "manager"), person("d", "dispatcher")])
async def test_the_queue_is_quality_and_the_officers(ward: Ward, who: Actor) -> None:
    with pytest.raises(Forbidden, match=r"review\.role"):
        await reviews(ward, who)
    assert await reviews(ward, OFFICER) == []


async def test_an_emergency_without_consent_is_looked_at_and_one_with_it_is_not(ward: Ward) -> None:
    await ward.ask()
    case = await ward.ask(consent=replace(CONSENT, given_by="unable", reason="昏迷，家属未到"))
    (told,) = await reviews(ward, QUALITY)
    assert (told["kind"], told["source"], told["person"]["id"], told["reason"]) == (
        "no-consent", f"consultation/{case.id}", "xujing", "昏迷，家属未到")  # fmt: skip
