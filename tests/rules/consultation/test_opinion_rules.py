"""What becomes of a signed opinion: every version and step, with the answers written by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from yuanzhen.applications.consultation import opinion
from yuanzhen.applications.consultation.opinion import Kind, Signed, Step, Texts
from yuanzhen.infrastructure.errors import Conflict, Invalid
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


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\x08", "\x00", "\x9b"])
@pytest.mark.parametrize("place", ["findings", "conclusion", "advice"])
def test_nothing_is_signed_that_reads_otherwise_than_it_is_kept(place: str, hidden: str) -> None:
    texts = {"findings": "", "conclusion": "脑梗死", "advice": ""} | {place: f"没有{hidden}出血"}
    with pytest.raises(Invalid, match=r"text\.unseen") as problem:
        opinion.checked(Texts(**texts))
    assert (problem.value.place, problem.value.facts) == (place, {"at": 3})


def test_lines_tabs_pictures_and_words_from_right_to_left_are_text_like_any_other() -> None:
    opinion.checked(Texts("一\r\n二\t三\x0b四", "脑梗死 👨‍👩‍👧 ❤️", "دماغ \u200f(CT)"))
