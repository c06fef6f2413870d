"""Every verb of a consultation: who may, who may not, and what the refusal leaves in the trail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.conftest import Home
from tests.make.cases import (
    ASKER,
    COLLEAGUE,
    CONSENT,
    EXPERT,
    MACHINE,
    NOW,
    OPINION,
    OUTSIDER,
    SECOND,
    STRANGER,
    Ward,
    later,
    person,
)
from yuanzhen.applications.consultation import service, views
from yuanzhen.applications.consultation.model import Case
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem

Start = Callable[[Ward], object]

ROLES = ("nurse", "carer", "interpreter", "manager", "dispatcher", "quality", "officer")


def patient(ward: Ward) -> Actor:
    """刘淑英 herself, logged in."""
    return person(ward.patient, "patient", "liuhe", ward.patient)


async def refused(home: Home, verb: str) -> list[tuple[object, ...]]:
    """The refusals of a verb as the trail keeps them: actor, code, entity."""
    rows = await home.rows(
        "SELECT actor, code, entity FROM security.trail WHERE outcome = 4 AND verb = $1 ORDER BY id", verb
    )
    return [tuple(row) for row in rows]


# ---- ask


async def test_a_clinician_asks_for_a_patient_of_their_own_house(ward: Ward, home: Home) -> None:
    case = await ward.ask()
    assert (case.state, case.asker, case.institution, case.expert) == ("ringing", "xujing", "liuhe", "")
    assert (case.shown.name, case.shown.birth_date, case.shown.masked) == ("刘*英", "1959", True)
    assert ("xujing", "consultation.ask", 0, "") in await home.trail()
    consent = await ward.db.once(ASKER, "SELECT content FROM records.resource WHERE type = 'Consent'")
    assert '"status":"active"' in consent[0]["content"]


async def test_a_written_question_waits_in_the_queue(ward: Ward) -> None:
    assert (await ward.ask(mode="written", urgency="scheduled")).state == "queued"
    assert (await ward.ask(mode="written", urgency="emergency")).state == "queued"


async def test_another_houses_clinician_does_not_find_the_patient(ward: Ward, home: Home) -> None:
    with pytest.raises(NotFound):
        await ward.ask(STRANGER)
    assert await refused(home, "records.read") == [("wanglei", "fhir.not_found", ward.patient)]


@pytest.mark.parametrize("role", ["expert", *ROLES])
async def test_only_clinicians_ask(ward: Ward, home: Home, role: str) -> None:
    with pytest.raises(Forbidden, match=r"consultation\.role"):
        await ward.ask(person("x", role))
    assert await refused(home, "consultation.ask") == [("x", "consultation.role", ward.patient)]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"question": "  "}, "question"),
        ({"question": "痛" * 4001}, "question"),
        ({"department": "dentistry"}, "department"),
        ({"consent": replace(CONSENT, version="2019-1")}, "consent.version"),
        ({"consent": replace(CONSENT, given_by="unable")}, "consent.reason"),
        ({"consent": replace(CONSENT, given_by="unable", reason="昏迷"), "urgency": "scheduled", "mode": "written"},
         "consent.given_by"),
        ({"urgency": "scheduled", "mode": "live"}, "urgency"),
    ],
)  # fmt: skip
async def test_what_is_missing_is_named_and_nothing_is_kept(ward: Ward, asked: dict[str, object], place: str) -> None:
    with pytest.raises(Invalid) as problem:
        await ward.ask(**asked)  # type: ignore[arg-type]
    assert problem.value.place == place
    assert await ward.db.once(ASKER, "SELECT id FROM consultation.case") == []


async def test_in_an_emergency_the_patient_may_be_unable_to_consent_when_it_is_said_why(ward: Ward) -> None:
    case = await ward.ask(consent=replace(CONSENT, given_by="unable", reason="昏迷"))
    assert case.consent.reason == "昏迷"


async def test_the_same_idempotency_key_is_the_same_case(ward: Ward, home: Home) -> None:
    first, again = await ward.ask(idempotency="k"), await ward.ask(idempotency="k")
    other = await ward.ask(idempotency="l")
    assert again.id == first.id != other.id
    assert len(await home.rows("SELECT FROM infrastructure.outbox WHERE listener = 'bell'")) == 2


async def test_anothers_idempotency_key_is_nobodys_business(ward: Ward) -> None:
    assert (await ward.ask(idempotency="k")).id != (await ward.ask(COLLEAGUE, idempotency="k")).id


async def test_twenty_taps_at_once_are_one_case_that_rings_once(ward: Ward, home: Home) -> None:
    cases = await asyncio.gather(*(ward.ask(idempotency="tap") for _ in range(20)))
    assert len({case.id for case in cases}) == 1
    for table in ("consultation.case", "consultation.step", "infrastructure.outbox"):
        assert len(await home.rows(f"SELECT FROM {table}")) == 1, table
    assert len(await home.rows("SELECT FROM security.trail WHERE verb = 'consultation.ask'")) == 1
    assert len(await home.rows("SELECT FROM records.version WHERE type = 'Consent'")) == 1


# ---- who may do which act: the table by hand. Rows: the act, the state it starts from; columns: who tries.

ASKED, TAKEN, QUEUED, SIGNED = "asked", "taken", "queued", "signed"
OK, NOT_YOURS, NOT_FOUND = "ok", Forbidden, NotFound

ACTS: list[tuple[str, str, dict[str, object]]] = [
    # who:                  asker      colleague  expert     second     patient
    ("accept", ASKED, {"asker": NOT_YOURS, "colleague": NOT_YOURS, "expert": OK, "second": OK, "patient": NOT_YOURS}),
    ("claim", QUEUED, {"asker": NOT_YOURS, "colleague": NOT_YOURS, "expert": OK, "second": OK, "patient": NOT_YOURS}),
    ("release", TAKEN, {"asker": NOT_YOURS, "colleague": NOT_YOURS, "expert": OK, "second": NOT_YOURS,
                        "patient": NOT_YOURS}),
    ("close", SIGNED, {"asker": OK, "colleague": OK, "expert": NOT_YOURS, "second": NOT_YOURS, "patient": NOT_YOURS}),
    ("cancel", ASKED, {"asker": OK, "colleague": OK, "expert": NOT_YOURS, "second": NOT_YOURS, "patient": NOT_YOURS}),
    ("cancel", TAKEN, {"asker": OK, "colleague": OK, "expert": NOT_YOURS, "second": NOT_YOURS, "patient": NOT_YOURS}),
    ("did-not-take-place", TAKEN, {"asker": OK, "colleague": NOT_YOURS, "expert": OK, "second": NOT_YOURS,
                                   "patient": NOT_YOURS}),
    ("withdraw-consent", TAKEN, {"asker": OK, "colleague": OK, "expert": NOT_YOURS, "second": NOT_YOURS,
                                 "patient": NOT_YOURS}),
]  # fmt: skip
OUTSIDE = ("stranger", "outsider", *ROLES, "machine")  # who has no part: whatever the act, there is no such case


def tries(ward: Ward) -> dict[str, Actor]:
    named = {"asker": ASKER, "colleague": COLLEAGUE, "expert": EXPERT, "second": SECOND, "stranger": STRANGER,
             "outsider": OUTSIDER, "machine": MACHINE, "patient": patient(ward)}  # fmt: skip
    return named | {role: person(role, role, patient=ward.patient if role == "carer" else "") for role in ROLES}


async def begun(ward: Ward, state: str) -> Case:
    if state == QUEUED:
        return await ward.ask(mode="written")
    return await {ASKED: ward.ask, TAKEN: ward.accepted, SIGNED: ward.signed}[state]()


@pytest.mark.parametrize(("act", "state", "answers"), ACTS, ids=[f"{act}-{state}" for act, state, _ in ACTS])
async def test_each_act_is_for_its_own_part(
    ward: Ward, home: Home, act: str, state: str, answers: dict[str, object]
) -> None:
    who = tries(ward)
    for name, expected in answers.items():
        case = await begun(ward, state)
        if expected == OK:
            assert (await ward.act(who[name], act, case, "因故")).id == case.id, name
            done = await home.rows(
                "SELECT actor, outcome, patient FROM security.trail WHERE verb = $1 AND entity = $2",
                f"consultation.{act}", case.id,
            )  # fmt: skip
            assert [tuple(row) for row in done] == [(who[name].id, 0, ward.patient)]
        else:
            with pytest.raises(Forbidden, match=r"consultation\.not_yours"):
                await ward.act(who[name], act, case, "因故")
            assert (who[name].id, "consultation.not_yours", case.id) in await refused(home, f"consultation.{act}")


@pytest.mark.parametrize("state", [ASKED, TAKEN, QUEUED, SIGNED])
async def test_who_has_no_part_finds_no_case_whatever_the_act(ward: Ward, home: Home, state: str) -> None:
    who, case = tries(ward), await begun(ward, state)
    for name in OUTSIDE:
        for act in service.ACTS:
            with pytest.raises(NotFound, match=r"consultation\.not_found"):
                await ward.act(who[name], act, case, "因故")
            assert (who[name].id, "consultation.not_found", case.id) in await refused(home, f"consultation.{act}"), name
        with pytest.raises(NotFound):
            await ward.write(who[name], case)
        with pytest.raises(NotFound):
            await ward.sign(who[name], case)
        with pytest.raises(NotFound):
            await ward.opinions(who[name], case)
    assert len(await home.rows("SELECT FROM consultation.opinion")) == (1 if state == SIGNED else 0)


async def test_a_word_that_is_no_act_is_not_found(ward: Ward) -> None:
    with pytest.raises(NotFound, match=r"consultation\.no_such_act"):
        await ward.act(EXPERT, "write", await ward.ask())


@pytest.mark.parametrize("act", ["cancel", "did-not-take-place", "withdraw-consent"])
async def test_what_ends_a_case_early_wants_a_reason(ward: Ward, act: str) -> None:
    with pytest.raises(Invalid, match=r"consultation\.reason_missing"):
        await ward.act(ASKER, act, await ward.accepted(), "  ")


async def test_an_act_that_the_state_forbids_is_a_conflict_and_stands_in_the_trail(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    with pytest.raises(Conflict, match=r"consultation\.not_now"):
        await ward.act(ASKER, "cancel", case, "因故")
    assert await refused(home, "consultation.cancel") == [("xujing", "consultation.not_now", case.id)]


# ---- taking, giving back


async def test_the_record_opens_to_who_takes_the_case_and_to_nobody_else(ward: Ward) -> None:
    case = await ward.ask()
    assert [await ward.sees_record(one) for one in (ASKER, EXPERT, SECOND, OUTSIDER)] == [True, False, False, False]
    await ward.act(EXPERT, "accept", case)
    assert [await ward.sees_record(one) for one in (ASKER, EXPERT, SECOND, OUTSIDER)] == [True, True, False, False]


async def test_of_two_experts_who_accept_at_once_one_has_the_case(ward: Ward, home: Home) -> None:
    case = await ward.ask()
    answers = await asyncio.gather(
        ward.act(EXPERT, "accept", case), ward.act(SECOND, "accept", case), return_exceptions=True
    )
    taken = [one for one in answers if isinstance(one, Case)]
    late = [one for one in answers if isinstance(one, Problem)]
    assert len(taken) == 1
    assert [(one.status, one.code) for one in late] == [(409, "consultation.not_now")]
    open_to = await home.rows("SELECT person FROM security.relation WHERE ends IS NULL")
    assert [row["person"] for row in open_to] == [taken[0].expert]
    assert len(await home.rows("SELECT FROM consultation.step WHERE what = 'accept'")) == 1


async def test_a_released_case_waits_again_where_it_was_and_its_record_is_closed(ward: Ward) -> None:
    first = await ward.ask(mode="written")
    second = await ward.ask(mode="written")
    await ward.act(EXPERT, "claim", first)
    await ward.write(EXPERT, first)
    released = await ward.act(EXPERT, "release", first)
    assert (released.state, released.expert) == ("queued", "")
    assert not await ward.sees_record(EXPERT)
    queue = await ward.db.once(SECOND, "SELECT id FROM consultation.case WHERE state = 'queued' ORDER BY created, id")
    assert [row["id"] for row in queue] == [first.id, second.id]
    claimed = await ward.act(SECOND, "claim", first)
    assert claimed.expert == SECOND.id
    assert (await ward.opinions(SECOND, first))["draft"] is None  # the first expert's draft is gone


async def test_who_gave_a_case_back_may_take_it_again(ward: Ward) -> None:
    case = await ward.act(EXPERT, "release", await ward.accepted())
    await ward.act(EXPERT, "claim", case)
    assert await ward.sees_record(EXPERT)


@pytest.mark.parametrize(
    ("by", "act"),
    [(ASKER, "cancel"), (EXPERT, "did-not-take-place"), (ASKER, "withdraw-consent"), (EXPERT, "release")],
    ids=["cancel", "did-not-take-place", "withdraw-consent", "release"],
)
async def test_what_ends_the_work_closes_the_record_in_the_same_transaction(
    ward: Ward, home: Home, by: Actor, act: str
) -> None:
    case = await ward.accepted()

    async def undone() -> None:
        async with ward.db.verb(by) as tx:
            await service.act(tx, act, case.id, "因故", now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await undone()
    assert await ward.sees_record(EXPERT)  # neither the one nor the other
    await ward.act(by, act, case, "因故")
    assert not await ward.sees_record(EXPERT)
    assert await ward.sees_record(ASKER)
    ended = await home.rows(
        "SELECT r.xmin = c.xmin AS together FROM security.relation r JOIN consultation.case c "
        "ON r.source = 'yuanzhen:consultation/' || c.id"
    )
    assert [row["together"] for row in ended] == [True]


async def test_a_withdrawn_consent_is_inactive_in_the_record(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.act(ASKER, "withdraw-consent", case, "患者改变主意")
    rows = await ward.db.once(ASKER, "SELECT content, version FROM records.resource WHERE type = 'Consent'")
    assert rows[0]["version"] == 2
    assert '"status":"inactive"' in rows[0]["content"]


# ---- the draft


async def test_a_draft_is_seen_by_its_writer_alone(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    assert (await ward.opinions(EXPERT, case))["draft"]["conclusion"] == OPINION.conclusion
    for reader in (ASKER, COLLEAGUE, SECOND, patient(ward)):
        seen = await ward.opinions(reader, case)
        assert (seen["draft"], seen["items"]) == (None, []), reader.id
    assert await ward.db.once(MACHINE, "SELECT FROM records.resource WHERE type = 'DiagnosticReport'") == []


@pytest.mark.parametrize("writer", [ASKER, COLLEAGUE, SECOND], ids=lambda one: one.id)
async def test_only_the_expert_of_the_case_writes_its_opinion(ward: Ward, home: Home, writer: Actor) -> None:
    case = await ward.accepted()
    with pytest.raises(Forbidden, match=r"consultation\.not_yours"):
        await ward.write(writer, case)
    assert await refused(home, "consultation.write") == [(writer.id, "consultation.not_yours", case.id)]


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
    for reader in (ASKER, COLLEAGUE, EXPERT, SECOND, patient(ward)):
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
    assert await refused(home, "consultation.sign") == [(signer.id, "consultation.not_yours", case.id)]


async def test_a_signature_wants_a_factor_shown_in_the_last_five_minutes(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    with pytest.raises(Forbidden, match=r"factor\.stale"):
        await ward.sign(EXPERT, case, shown=later(minutes=-5, seconds=-1))
    assert await refused(home, "key.sign") == [(EXPERT.id, "factor.stale", EXPERT.id)]
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


# ---- reading


async def test_a_list_shows_names_by_half_and_only_ones_own_cases(ward: Ward, home: Home) -> None:
    case = await ward.ask()
    for reader, ids in ((ASKER, [case.id]), (SECOND, [case.id]), (STRANGER, []), (OUTSIDER, []), (MACHINE, [])):
        found = await views.cases(ward.db, reader, department=None, after="", count=50)
        assert [line.id for line in found.items] == ids, reader.id
        assert all(line.patient.name == "刘*英" for line in found.items)
    reads = await home.rows("SELECT actor FROM security.trail WHERE verb = 'consultation.list' ORDER BY id")
    assert [row["actor"] for row in reads] == [ASKER.id, SECOND.id]
