"""What becomes of a signed opinion: every version and step, with the answers written by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from yuanzhen.applications.consultation import opinion
from yuanzhen.applications.consultation.opinion import Kind, Signed, Step, Texts
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.security.keys.model import ALGORITHM, Signature

KINDS, STEPS = get_args(Kind), get_args(Step)
GOES_ON = {"add": "addendum", "amend": "amendment", "withdraw": "withdrawal"}
EXPECTED: dict[str, dict[str, str]] = {  # by hand: newest version, step -> next version; what is withdrawn stays so
    "first": GOES_ON,
    "addendum": GOES_ON,
    "amendment": GOES_ON,
    "withdrawal": {},
}


def signed(version: int, kind: Kind) -> Signed:
    at = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
    return Signed("c", version, Texts("", "脑梗死", ""), "chen", Signature("", ALGORITHM, "", at), kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_on_every_version(kind: Kind, step: Step) -> None:
    versions = [signed(1, "first"), signed(2, kind)]
    if step in EXPECTED[kind]:
        assert opinion.after(versions, step) == (versions[-1], EXPECTED[kind][step])
        return
    with pytest.raises(Conflict, match=r"opinion\.not_now") as problem:
        opinion.after(versions, step)
    assert problem.value.facts == {"act": step, "state": kind}


@pytest.mark.parametrize("step", STEPS)
def test_before_the_signature_there_is_nothing_to_do_it_to(step: Step) -> None:
    with pytest.raises(Conflict, match=r"opinion\.not_now"):
        opinion.after([], step)


def test_from_every_version_an_opinion_can_be_withdrawn_and_nothing_follows() -> None:
    assert {kind for kind in KINDS if (kind, "withdraw") in opinion.NEXT} == set(KINDS) - {"withdrawal"}
    assert not [step for kind, step in opinion.NEXT if kind == "withdrawal"]
