"""The proof of a fresh second factor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.security.identity.fresh import FreshFactor, fresh
from yuanzhen.security.identity.session import Session

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SESSION = Session("s1", "p1", "Chen", "expert", "city", "", NOW, "csrf", only_enrol=False)


def test_a_factor_of_the_last_five_minutes_is_fresh() -> None:
    proof = fresh(SESSION, NOW + timedelta(minutes=5))
    assert (proof.person, proof.at) == ("p1", NOW)


def test_an_older_one_is_stale() -> None:
    with pytest.raises(Forbidden) as stale:
        fresh(SESSION, NOW + timedelta(minutes=5, microseconds=1))
    assert (stale.value.code, stale.value.facts) == ("factor.stale", {"within_s": 300})


def test_nobody_else_can_make_the_proof() -> None:
    with pytest.raises(TypeError):
        FreshFactor(object(), "p1", NOW)
