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
    GIVEN,
    MACHINE,
    NOW,
    OPINION,
    OUTSIDER,
    SECOND,
    STRANGER,
    Ward,
    person,
)
from yuanzhen.applications.consultation import service, views
from yuanzhen.applications.consultation.model import Case, Given
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem

pytestmark = pytest.mark.slow

Start = Callable[[Ward], object]

ROLES = ("nurse", "carer", "interpreter", "manager", "dispatcher", "quality", "officer")


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
    assert await home.refused("records.read") == [("wanglei", "fhir.not_found", ward.patient)]


@pytest.mark.parametrize("role", ["expert", *ROLES])
async def test_only_clinicians_ask(ward: Ward, home: Home, role: str) -> None:
    with pytest.raises(Forbidden, match=r"consultation\.role"):
        await ward.ask(person("x", role))
    assert await home.refused("consultation.ask") == [("x", "consultation.role", ward.patient)]


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
        ({"consent": replace(CONSENT, given_by="next-of-kin", relation="儿子")}, "consent.name"),
        ({"consent": replace(CONSENT, given_by="carer", name="刘强", relation=" ")}, "consent.relation"),
        ({"consent": replace(CONSENT, heard_by="护士\u202e长")}, "consent.heard_by"),
        ({"call_back": "0912\u202e-1"}, "call_back"),
        ({"urgency": "scheduled", "mode": "live"}, "slot"),
        ({"slot": "s"}, "slot"),  # what rings has no hour
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


async def test_what_was_sent_under_a_key_is_never_another_request(ward: Ward, home: Home) -> None:
    """Whoever asks for a second patient is not told that the first one's case is theirs."""
    first = await ward.ask(idempotency="k")
    for other in ({"question": "另一个问题"}, {"mode": "written"}):
        with pytest.raises(Conflict, match=r"consultation\.asked_already"):
            await ward.ask(idempotency="k", **other)  # type: ignore[arg-type]
    assert (await home.trail())[-1] == ("xujing", "consultation.ask", 4, "consultation.asked_already")
    await ward.act(EXPERT, "accept", first)
    assert (await ward.ask(idempotency="k")).state == "accepted"
    assert len(await home.rows("SELECT FROM consultation.case")) == 1


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

ASKED, TAKEN, QUEUED, CLAIMED, MORE, SIGNED = "asked", "taken", "queued", "claimed", "more", "signed"
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
    ("decline", ASKED, {"asker": NOT_YOURS, "colleague": NOT_YOURS, "expert": OK, "second": OK, "patient": NOT_YOURS}),
    ("did-not-take-place", ASKED, {"asker": OK, "colleague": NOT_YOURS, "expert": NOT_YOURS, "second": NOT_YOURS,
                                   "patient": NOT_YOURS}),
    ("need-more", CLAIMED, {"asker": NOT_YOURS, "colleague": NOT_YOURS, "expert": OK, "second": NOT_YOURS,
                            "patient": NOT_YOURS}),
    ("supply", MORE, {"asker": OK, "colleague": OK, "expert": NOT_YOURS, "second": NOT_YOURS, "patient": NOT_YOURS}),
    ("release", MORE, {"asker": NOT_YOURS, "colleague": NOT_YOURS, "expert": OK, "second": NOT_YOURS,
                       "patient": NOT_YOURS}),
    ("hand-over", QUEUED, {"asker": NOT_YOURS, "colleague": NOT_YOURS, "expert": OK, "second": OK,
                           "patient": NOT_YOURS}),
    ("hand-over", CLAIMED, {"asker": NOT_YOURS, "colleague": NOT_YOURS, "expert": OK, "second": NOT_YOURS,
                            "patient": NOT_YOURS}),
    ("invite", TAKEN, {"asker": NOT_YOURS, "colleague": NOT_YOURS, "expert": OK, "second": NOT_YOURS,
                       "patient": NOT_YOURS}),
    ("rate", SIGNED, {"asker": OK, "colleague": NOT_YOURS, "expert": OK, "second": NOT_YOURS, "patient": OK}),
]  # fmt: skip
OUTSIDE = ("stranger", "outsider", *ROLES, "machine")  # who has no part: whatever the act, there is no such case


def tries(ward: Ward) -> dict[str, Actor]:
    named = {"asker": ASKER, "colleague": COLLEAGUE, "expert": EXPERT, "second": SECOND, "stranger": STRANGER,
             "outsider": OUTSIDER, "machine": MACHINE, "patient": ward.herself}  # fmt: skip
    return named | {role: person(role, role, patient=ward.patient if role == "carer" else "") for role in ROLES}


async def begun(ward: Ward, state: str) -> Case:
    if state in (QUEUED, CLAIMED, MORE):
        case = await ward.ask(mode="written")
        for act in {QUEUED: (), CLAIMED: ("claim",), MORE: ("claim", "need-more")}[state]:
            case = await ward.act(EXPERT, act, case)
        return case
    return await {ASKED: ward.ask, TAKEN: ward.accepted, SIGNED: ward.signed}[state]()


@pytest.mark.parametrize(("act", "state", "answers"), ACTS, ids=[f"{act}-{state}" for act, state, _ in ACTS])
async def test_each_act_is_for_its_own_part(
    ward: Ward, home: Home, act: str, state: str, answers: dict[str, object]
) -> None:
    who = tries(ward)
    for name, expected in answers.items():
        case = await begun(ward, state)
        if expected == OK:
            assert (await ward.act(who[name], act, case)).id == case.id, name
            done = await home.rows(
                "SELECT actor, outcome, patient FROM security.trail WHERE verb = $1 AND entity = $2",
                f"consultation.{act}", case.id,
            )  # fmt: skip
            assert [tuple(row) for row in done] == [(who[name].id, 0, ward.patient)]
        else:
            with pytest.raises(Forbidden, match=r"consultation\.not_yours"):
                await ward.act(who[name], act, case)
            assert (who[name].id, "consultation.not_yours", case.id) in await home.refused(f"consultation.{act}")


@pytest.mark.parametrize("state", [ASKED, TAKEN, QUEUED, SIGNED])
async def test_who_has_no_part_finds_no_case_whatever_the_act(ward: Ward, home: Home, state: str) -> None:
    who, case = tries(ward), await begun(ward, state)
    for name in OUTSIDE:
        for act in service.ACTS:
            with pytest.raises(NotFound, match=r"consultation\.not_found"):
                await ward.act(who[name], act, case)
            assert (who[name].id, "consultation.not_found", case.id) in await home.refused(f"consultation.{act}"), name
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
        await ward.act(ASKER, "cancel", case)
    assert await home.refused("consultation.cancel") == [("xujing", "consultation.not_now", case.id)]


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
    assert (await ward.opinions(EXPERT, first))["draft"] is None
    claimed = await ward.act(SECOND, "claim", first)
    assert claimed.expert == SECOND.id
    assert (await ward.opinions(SECOND, first))["draft"]["conclusion"] == OPINION.conclusion  # what was written stays


async def test_who_gave_a_case_back_may_take_it_again(ward: Ward) -> None:
    case = await ward.act(EXPERT, "release", await ward.accepted())
    assert case.state == "ringing"  # a live one rings again
    await ward.act(EXPERT, "accept", case)
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
            await service.act(tx, act, case.id, Given(**GIVEN.get(act, {})), now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await undone()
    assert await ward.sees_record(EXPERT)  # neither the one nor the other
    await ward.act(by, act, case)
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


# ---- reading


async def test_a_list_shows_names_by_half_and_only_ones_own_cases(ward: Ward, home: Home) -> None:
    case = await ward.ask()
    for reader, ids in ((ASKER, [case.id]), (SECOND, [case.id]), (STRANGER, []), (OUTSIDER, []), (MACHINE, [])):
        found = await views.cases(ward.db, reader, department=None, after="", count=50)
        assert [line.id for line in found.items] == ids, reader.id
        assert all(line.patient.name == "刘*英" for line in found.items)
    reads = await home.rows("SELECT actor FROM security.trail WHERE verb = 'consultation.list' ORDER BY id")
    assert [row["actor"] for row in reads] == [ASKER.id, SECOND.id]
