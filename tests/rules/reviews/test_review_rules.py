"""Who judges afterwards what was done in need: every state and person, with the answers written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.security.reviews import model
from yuanzhen.security.reviews.model import Review

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
OPEN = Review("r", "break-glass", "liu", "gao", "city", "", "昏迷", "gao", NOW)

# By hand: who -> why they may not judge what is open, and what was judged.
WHO = [
    (Actor("person", "qin", "quality", "city"), "", "review.not_now"),
    (Actor("person", "gao", "quality", "city"), "review.own", "review.own"),
    (Actor("person", "gao", "expert", "city"), "review.role", "review.role"),
    (Actor("person", "zhou", "officer", "city"), "review.role", "review.role"),  # reads, and judges nothing
    (Actor("person", "sun", "manager", "city"), "review.role", "review.role"),
    (Actor("person", "liu", "patient", "liuhe", "liu"), "review.role", "review.role"),
    (Actor("machine", "robot", "machine-rw", "city"), "review.role", "review.role"),
]


@pytest.mark.parametrize(("actor", "while_open", "decided"), WHO)
def test_quality_judges_once_and_nobody_their_own(actor: Actor, while_open: str, decided: str) -> None:
    for one, code in ((OPEN, while_open), (replace(OPEN, state="decided"), decided)):
        problem = model.barred(one, actor)
        assert (problem.code if problem else "") == code
