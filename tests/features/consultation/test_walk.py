"""Walks: whoever tries whatever on a case, in an order that nobody thought of; the same orders in every run."""

from __future__ import annotations

from hashlib import sha256
from typing import get_args

import pytest

from tests.make.cases import ASKER, COLLEAGUE, EXPERT, INVITED, OUTSIDER, SECOND, STRANGER, Ward, later
from yuanzhen.applications.consultation import views
from yuanzhen.applications.consultation.model import ENDED, Act, Mode
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Problem

PEOPLE = (ASKER, COLLEAGUE, EXPERT, SECOND, INVITED, OUTSIDER, STRANGER)
ACTS = get_args(Act)
LIKELY = 6  # of ten tries are what somebody may do now, so that a walk gets far
STEPS = 25
ENDING = ("cancel", "withdraw-consent", "did-not-take-place")


def drawn(walk: str, step: int, what: str, count: int) -> int:
    """A number below `count`, the same in every run."""
    return int.from_bytes(sha256(f"{walk} {step} {what}".encode()).digest()[:4]) % count


async def tries(ward: Ward, by: Actor, act: str, case: str, minute: int) -> bool:
    """Whether it was done; what is not allowed is a problem with a code, anything else ends the test."""
    try:
        if act == "write":
            await ward.write(by, case)
        elif act == "sign":
            await ward.sign(by, case)
        else:
            await ward.act(by, act, case, now=later(minutes=minute))
    except Problem as problem:
        assert problem.code
        return False
    return True


@pytest.mark.parametrize("mode", ["live", "written"])
@pytest.mark.parametrize("walk", range(4))
async def test_every_walk_can_end_and_no_draft_leaves_the_experts(ward: Ward, mode: Mode, walk: int) -> None:
    case, named, done = (await ward.ask(mode=mode)).id, f"{mode} {walk}", 0
    for step in range(STEPS):
        by = PEOPLE[drawn(named, step, "who", len(PEOPLE))]
        allowed: list[str] = []
        if drawn(named, step, "likely", 10) < LIKELY:
            try:
                allowed = list((await views.case(ward.db, by, case)).acts)
            except Problem as problem:
                assert problem.code == "consultation.not_found"
        late = step > STEPS // 2  # what ends a case without an opinion is tried then
        choice = [act for act in allowed or ACTS if late or act not in ENDING] or ["rate"]
        done += await tries(ward, by, choice[drawn(named, step, "act", len(choice))], case, step)
        for outside in (ASKER, COLLEAGUE, STRANGER):
            assert await ward.db.once(outside, "SELECT findings FROM consultation.draft") == []
        assert await ward.db.once(STRANGER, "SELECT id FROM consultation.case") == []
    assert done > 1
    stands = await views.case(ward.db, ASKER, case)
    if stands.state not in ENDED:
        assert await tries(ward, ASKER, "close" if stands.state == "signed" else "cancel", case, STEPS)
    assert (await views.case(ward.db, ASKER, case)).state in ENDED
    for expert in (EXPERT, SECOND, INVITED, OUTSIDER):
        assert not await ward.sees_record(expert)
