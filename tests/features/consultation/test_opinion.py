"""An opinion: a draft of the case's experts, then a signed version that nobody alters unseen."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.conftest import Home
from tests.make.cases import (
    ASKER,
    COLLEAGUE,
    EXPERT,
    MACHINE,
    OPINION,
    SECOND,
    Ward,
    later,
)
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid

pytestmark = pytest.mark.slow

# ---- the draft


async def test_a_draft_is_seen_by_the_experts_of_the_case_alone(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    assert (await ward.opinions(EXPERT, case))["draft"]["conclusion"] == OPINION.conclusion
    for reader in (ASKER, COLLEAGUE, SECOND, ward.herself):
        seen = await ward.opinions(reader, case)
        assert (seen["draft"], seen["items"]) == (None, []), reader.id
    assert await ward.db.once(MACHINE, "SELECT FROM records.resource WHERE type = 'DiagnosticReport'") == []


@pytest.mark.parametrize("writer", [ASKER, COLLEAGUE, SECOND], ids=lambda one: one.id)
async def test_only_the_expert_of_the_case_writes_its_opinion(ward: Ward, home: Home, writer: Actor) -> None:
    case = await ward.accepted()
    with pytest.raises(Forbidden, match=r"consultation\.not_yours"):
        await ward.write(writer, case)
    assert await home.refused("consultation.write") == [(writer.id, "consultation.not_yours", case.id)]


async def test_nothing_is_written_before_the_case_is_taken_or_after_it_is_signed(ward: Ward) -> None:
    with pytest.raises(Forbidden):
        await ward.write(EXPERT, await ward.ask())
    with pytest.raises(Conflict):
        await ward.write(EXPERT, await ward.signed())


async def test_a_text_that_is_too_long_is_named(ward: Ward) -> None:
    with pytest.raises(Invalid) as problem:
        await ward.write(EXPERT, await ward.accepted(), replace(OPINION, advice="字" * 20_001))
    assert problem.value.place == "advice"


# ---- the signature


async def test_a_signed_opinion_is_read_by_all_who_have_a_part_and_closes_the_record(ward: Ward) -> None:
    case = await ward.signed()
    for reader in (ASKER, COLLEAGUE, EXPERT, SECOND, ward.herself):
        seen = await ward.opinions(reader, case)
        assert [(one["conclusion"], one["signature"]) for one in seen["items"]] == [(OPINION.conclusion, "valid")]
        assert seen["draft"] is None
    assert not await ward.sees_record(EXPERT)
    reports = await ward.db.once(ASKER, "SELECT source, content FROM records.resource WHERE type = 'DiagnosticReport'")
    assert reports[0]["source"] == f"yuanzhen:consultation/{case.id}"
    assert OPINION.conclusion in reports[0]["content"]


@pytest.mark.parametrize("signer", [ASKER, COLLEAGUE, SECOND], ids=lambda one: one.id)
async def test_only_the_expert_of_the_case_signs(ward: Ward, home: Home, signer: Actor) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    with pytest.raises(Forbidden, match=r"consultation\.not_yours"):
        await ward.sign(signer, case)
    assert await home.refused("consultation.sign") == [(signer.id, "consultation.not_yours", case.id)]


async def test_a_signature_wants_a_factor_shown_in_the_last_five_minutes(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    with pytest.raises(Forbidden, match=r"factor\.stale"):
        await ward.sign(EXPERT, case, shown=later(minutes=-5, seconds=-1))
    assert await home.refused("key.sign") == [(EXPERT.id, "factor.stale", EXPERT.id)]
    assert (await ward.opinions(EXPERT, case))["items"] == []
    await ward.sign(EXPERT, case, shown=later(minutes=-5))


@pytest.mark.parametrize(
    ("told", "place"),
    [({"name": "刘淑芳"}, "patient.name"), ({"name": ""}, "patient.name"), ({"birth_date": ""}, "patient.birth_date"),
     ({"birth_date": "1959-03-12"}, "patient.birth_date")],
)  # fmt: skip
async def test_the_wrong_patient_is_not_signed_for(ward: Ward, told: dict[str, str], place: str) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    with pytest.raises(Invalid) as problem:
        await ward.sign(EXPERT, case, **told)
    assert (problem.value.code, problem.value.place) == ("opinion.not_this_patient", place)


async def test_a_name_is_compared_without_width_and_spaces(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    await ward.sign(EXPERT, case, name=" 刘 淑英 ")


async def test_an_empty_page_is_not_signed(ward: Ward) -> None:
    case = await ward.accepted()
    with pytest.raises(Invalid, match=r"opinion\.empty"):
        await ward.sign(EXPERT, case)


async def test_of_two_signatures_at_once_one_is_kept_and_announced(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    answers = await asyncio.gather(ward.sign(EXPERT, case), ward.sign(EXPERT, case), return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["Conflict", "Signed"]
    assert len(await home.rows("SELECT FROM infrastructure.outbox WHERE listener = 'post'")) == 1


TAMPERED = [
    "UPDATE consultation.opinion SET findings = findings || '.'",
    "UPDATE consultation.opinion SET conclusion = '未见异常'",
    "UPDATE consultation.opinion SET advice = ''",
    "UPDATE consultation.opinion SET findings = '', advice = findings || advice",
    "UPDATE consultation.opinion SET signer = 'gaoming'",
    "UPDATE consultation.opinion SET signed_at = signed_at + interval '1 microsecond'",
    "UPDATE consultation.opinion SET version = 2",
    "UPDATE consultation.opinion SET key = 'other'",
    "UPDATE consultation.opinion SET signature = reverse(signature)",
    "UPDATE consultation.opinion SET signature = ''",
    "UPDATE consultation.case SET question = question || '?'",
    "UPDATE consultation.case SET patient = 'another', audience = audience || ARRAY['x']",
    "UPDATE consultation.case SET report = 'another'",
    "UPDATE security.signing_key SET public_key = public_key || '\\x00'",
    "UPDATE security.signing_key SET owner = 'gaoming'; UPDATE consultation.opinion SET signer = 'gaoming'",
]


@pytest.mark.parametrize("tampering", TAMPERED)
async def test_whatever_was_altered_behind_our_back_shows_as_broken(ward: Ward, home: Home, tampering: str) -> None:
    case = await ward.signed()
    await home.run(tampering)
    seen = await ward.opinions(ASKER, case)
    assert [one["signature"] for one in seen["items"]] == ["broken"]


async def test_an_opinion_moved_to_another_case_is_broken_there(ward: Ward, home: Home) -> None:
    await ward.signed()
    other = await ward.accepted()
    await home.run(f"UPDATE consultation.opinion SET consultation = '{other.id}'")
    assert [one["signature"] for one in (await ward.opinions(ASKER, other))["items"]] == ["broken"]
