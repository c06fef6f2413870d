"""What becomes of a signed opinion: added to by its signer, corrected or withdrawn by two, every version kept."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import Home
from tests.make.cases import (
    ASKER,
    COLLEAGUE,
    EXPERT,
    MACHINE,
    NOW,
    OPINION,
    OUTSIDER,
    QUALITY,
    SECOND,
    STRANGER,
    Ward,
    factor,
    later,
    person,
)
from tests.make.signing import BETTER, WHY, added, amended, approved, rejected, withdrawn
from yuanzhen.applications.consultation import jobs
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinion import Texts
from yuanzhen.applications.consultation.opinions import service
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.security.approvals import service as approvals

pytestmark = pytest.mark.slow


async def report(ward: Ward, case: Case) -> dict[str, Any]:
    """The published DiagnosticReport."""
    (row,) = await ward.db.once(
        MACHINE, "SELECT content FROM records.resource WHERE type = 'DiagnosticReport' AND id = $1", case.report
    )
    found: dict[str, Any] = msgspec.json.decode(row["content"])
    return found


async def kinds(ward: Ward, case: Case, by: Actor = ASKER) -> list[tuple[str, str]]:
    """The versions: what each is, and what its signature is worth."""
    return [(one["kind"], one["signature"]) for one in (await ward.opinions(by, case))["items"]]


# ---- the signer adds alone


async def test_the_signer_adds_to_it_and_both_versions_are_there(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    await added(ward, EXPERT, case)
    assert await kinds(ward, case) == [("first", "valid"), ("addendum", "valid")]
    told = (await ward.opinions(ASKER, case))["items"][1]
    assert (told["addendum"], told["conclusion"], told["status"]) == (
        "复查 CT 未见出血", OPINION.conclusion, "appended")  # fmt: skip
    published = await report(ward, case)
    assert published["status"] == "appended"
    assert "复查 CT 未见出血" in base64.b64decode(published["presentedForm"][0]["data"]).decode()
    assert ("chenyuan", "opinion.add", 0, "") in await home.trail()
    posted = await home.rows("SELECT body FROM infrastructure.outbox WHERE listener = 'post' ORDER BY id")
    assert [msgspec.json.decode(row["body"])["version"] for row in posted] == [1, 2]


@pytest.mark.parametrize("who", [SECOND, ASKER, COLLEAGUE])
async def test_nobody_else_adds_to_it(ward: Ward, who: Actor) -> None:
    case = await ward.signed()
    with pytest.raises(Forbidden, match=r"opinion\.not_yours"):
        await added(ward, who, case)


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER, QUALITY, person("n", "nurse")])
async def test_who_has_no_part_in_the_case_does_not_find_it(ward: Ward, who: Actor) -> None:
    case = await ward.signed()
    for verb in (added, amended, withdrawn):
        with pytest.raises(NotFound, match=r"consultation\.not_found"):
            await verb(ward, who, case)


async def test_before_it_is_signed_there_is_nothing_to_add_to(ward: Ward) -> None:
    case = await ward.accepted()
    with pytest.raises(Conflict, match=r"opinion\.not_now"):
        await added(ward, EXPERT, case)


async def test_the_record_opens_for_the_moment_only(ward: Ward) -> None:
    case = await ward.signed()
    await added(ward, EXPERT, case)
    assert not await ward.sees_record(EXPERT)


async def test_an_old_factor_signs_nothing(ward: Ward) -> None:
    case = await ward.signed()
    with pytest.raises(Forbidden, match=r"factor\.stale"):
        async with ward.db.verb(EXPERT) as tx:
            old = factor(EXPERT, NOW - timedelta(hours=1))
            await service.add(tx, ward.vault, old, case.id, "x", now=NOW)


# ---- two for a correction


@pytest.mark.parametrize("who", [QUALITY, SECOND])
async def test_a_correction_takes_effect_when_a_second_person_approves_it(ward: Ward, home: Home, who: Actor) -> None:
    case = await ward.signed()
    approval = await amended(ward, EXPERT, case)
    assert await kinds(ward, case) == [("first", "valid")], "before that nothing has changed"
    assert (await report(ward, case))["status"] == "final"
    await approved(ward, who, approval.id)
    assert await kinds(ward, case) == [("first", "valid"), ("amendment", "valid")]
    told = (await ward.opinions(ASKER, case))["items"]
    assert (told[0]["conclusion"], told[1]["conclusion"]) == (OPINION.conclusion, BETTER.conclusion)
    assert (told[1]["signed_by"]["id"], told[1]["reason"]) == ("chenyuan", WHY)
    assert told[1]["approved_by"]["id"] == who.id, "the asking side sees who let it take effect"
    published = await report(ward, case)
    assert (published["status"], published["conclusion"]) == ("corrected", BETTER.conclusion)
    assert (who.id, "approval.approved", 0, "") in await home.trail()
    assert not await ward.sees_record(who)


async def test_who_asked_never_approves(ward: Ward) -> None:
    case = await ward.signed()
    approval = await amended(ward, EXPERT, case)
    with pytest.raises(Forbidden, match=r"approval\.same_person"):
        await approved(ward, EXPERT, approval.id)


@pytest.mark.parametrize("who", [ASKER, COLLEAGUE, STRANGER, OUTSIDER, person("m", "manager"), person("o", "officer")])
async def test_who_may_not_approve_does_not_find_it(ward: Ward, home: Home, who: Actor) -> None:
    case = await ward.signed()
    approval = await amended(ward, EXPERT, case)
    with pytest.raises(NotFound, match=r"approval\.not_found"):
        await approved(ward, who, approval.id)
    rows = await home.rows("SELECT actor, code FROM security.trail WHERE verb = 'approval.approve' AND outcome = 4")
    assert [tuple(row) for row in rows] == [(who.id, "approval.not_found")]


async def test_the_database_itself_lets_nobody_approve_their_own(ward: Ward) -> None:
    case = await ward.signed()
    approval = await amended(ward, EXPERT, case)
    sql = (
        "UPDATE security.approval SET state = 'approved', decided_by = $2, decided_at = now(), signature = 'x' "
        "WHERE id = $1"
    )
    for named in ("chenyuan", "gaoming"):
        with pytest.raises(Exception, match=r"row-level security|check constraint"):
            async with ward.db.verb(EXPERT) as tx:
                await tx.run(sql, approval.id, named)


async def test_an_old_factor_approves_nothing(ward: Ward) -> None:
    case = await ward.signed()
    approval = await amended(ward, EXPERT, case)
    with pytest.raises(Forbidden, match=r"factor\.stale"):
        async with ward.db.verb(QUALITY) as tx:
            old = factor(QUALITY, NOW - timedelta(hours=1))
            await approvals.approve(tx, ward.vault, old, approval.id, service.APPROVABLE, now=NOW)
    assert await kinds(ward, case) == [("first", "valid")]


async def test_what_was_added_in_between_makes_the_approval_void(ward: Ward) -> None:
    case = await ward.signed()
    approval = await amended(ward, EXPERT, case)
    await added(ward, EXPERT, case)
    with pytest.raises(Conflict, match=r"approval\.not_now"):
        await approved(ward, QUALITY, approval.id)
    assert await kinds(ward, case) == [("first", "valid"), ("addendum", "valid")]


async def test_a_proposal_that_was_tampered_with_is_not_approved(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    approval = await amended(ward, EXPERT, case)
    await home.run("UPDATE consultation.proposal SET conclusion = '一切正常'")
    with pytest.raises(Conflict, match=r"approval\.changed"):
        await approved(ward, QUALITY, approval.id)


async def test_one_waits_at_a_time_and_after_its_time_another_may(ward: Ward) -> None:
    case = await ward.signed()
    first = await amended(ward, EXPERT, case)
    with pytest.raises(Conflict, match=r"approval\.waits"):
        await withdrawn(ward, SECOND, case)
    with pytest.raises(Conflict, match=r"approval\.expired"):
        await approved(ward, QUALITY, first.id, after=timedelta(hours=73))


async def test_no_is_kept_with_its_words_and_another_may_be_asked(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    approval = await amended(ward, EXPERT, case)
    with pytest.raises(Invalid, match=r"approval\.reason"):
        await rejected(ward, QUALITY, approval.id, "x" * 2001)
    await rejected(ward, QUALITY, approval.id)
    with pytest.raises(Conflict, match=r"approval\.not_now"):
        await approved(ward, SECOND, approval.id)
    rows = await home.rows("SELECT state, decided_by, words FROM security.approval")
    assert [tuple(row) for row in rows] == [("rejected", "qinbo", "证据不足")]
    assert (await amended(ward, EXPERT, case)).state == "waiting"


@pytest.mark.parametrize(
    ("texts", "reason"), [(replace(BETTER, conclusion=" "), WHY), (BETTER, " "), (BETTER, "字" * 2001)]
)
async def test_a_correction_says_what_and_why(ward: Ward, texts: Texts, reason: str) -> None:
    case = await ward.signed()
    with pytest.raises(Invalid):
        await amended(ward, EXPERT, case, texts, reason)


# ---- and for a withdrawal


async def test_a_withdrawn_opinion_is_entered_in_error_and_nothing_follows(ward: Ward) -> None:
    case = await ward.signed()
    approval = await withdrawn(ward, SECOND, case)
    await approved(ward, QUALITY, approval.id)
    assert await kinds(ward, case) == [("first", "valid"), ("withdrawal", "valid")]
    published = await report(ward, case)
    assert published["status"] == "entered-in-error"
    assert not {"conclusion", "presentedForm"} & published.keys()
    for verb in (added, amended):
        with pytest.raises((Conflict, Forbidden)):
            await verb(ward, EXPERT, case)
    with pytest.raises(Conflict, match=r"opinion\.not_now"):
        await withdrawn(ward, EXPERT, case)


# ---- the chain of versions


async def test_a_version_that_was_altered_breaks_itself_and_all_after_it(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    await added(ward, EXPERT, case)
    await added(ward, EXPERT, case, "第二次补充")
    await home.run("UPDATE consultation.opinion SET addendum = '改过' WHERE version = 2")
    assert await kinds(ward, case) == [("first", "valid"), ("addendum", "broken"), ("addendum", "broken")]


async def test_a_version_that_was_taken_out_is_missed(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    await added(ward, EXPERT, case)
    await added(ward, EXPERT, case, "第二次补充")
    await home.run("DELETE FROM consultation.opinion WHERE version = 2")
    assert await kinds(ward, case) == [("first", "valid"), ("addendum", "broken")]


# ---- several signers


async def test_a_colleague_signs_the_same_version_once(ward: Ward) -> None:
    case = await ward.signed()
    async with ward.db.verb(SECOND) as tx:
        await service.cosign(tx, ward.vault, factor(SECOND), case.id, 1, now=NOW)
    (told,) = (await ward.opinions(ASKER, case))["items"]
    assert [(one["who"]["id"], one["signature"]) for one in told["cosigned"]] == [("gaoming", "valid")]
    for who, version, code in ((SECOND, 1, "opinion.signed_by_you"), (EXPERT, 1, "opinion.signed_by_you"),
                               (SECOND, 2, "opinion.changed")):  # fmt: skip
        with pytest.raises(Conflict, match=code):
            async with ward.db.verb(who) as tx:
                await service.cosign(tx, ward.vault, factor(who), case.id, version, now=NOW)
    with pytest.raises(Forbidden):
        async with ward.db.verb(ASKER) as tx:
            await service.cosign(tx, ward.vault, factor(ASKER), case.id, 1, now=NOW)


# ---- who sees the case meanwhile


async def test_quality_sees_the_case_while_something_waits_and_no_longer(ward: Ward) -> None:
    case = await ward.signed()
    seen = "SELECT id FROM consultation.case"
    assert await ward.db.once(QUALITY, seen) == []
    approval = await amended(ward, EXPERT, case)
    await ward.act(ASKER, "close", case)
    assert len(await ward.db.once(QUALITY, seen)) == 1
    body = {"approval": approval.id, "entity": f"consultation/{case.id}"}
    async with ward.db.verb(system("relay")) as tx:
        await jobs.hide_decided(tx, body, now=NOW)
    assert len(await ward.db.once(QUALITY, seen)) == 1, "it still waits"
    await approved(ward, QUALITY, approval.id)
    async with ward.db.verb(system("relay")) as tx:
        await jobs.hide_decided(tx, body, now=later(seconds=1))
    assert await ward.db.once(QUALITY, seen) == []
