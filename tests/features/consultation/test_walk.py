"""Walks: whoever tries whatever on a case, in an order that nobody thought of; the same orders in every run."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.features.consultation.walker import Ground, Walk
from tests.make.cases import Ward
from yuanzhen.applications.consultation.model import State

FEW = 8


@pytest.mark.parametrize(
    ("walks", "steps"),
    [
        pytest.param(FEW, 12, id="few", marks=pytest.mark.slow),
        pytest.param(40, 30, id="many", marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)
async def test_wherever_a_walk_leads_a_case_can_end_and_nobody_sees_or_does_what_is_not_theirs(
    ward: Ward, walks: int, steps: int
) -> None:
    ground = await Ground.of(ward)
    many = settings(max_examples=walks, stateful_step_count=steps, deadline=None)
    await asyncio.to_thread(run_state_machine_as_test, partial(Walk, ground), settings=many)
    sys.stderr.write(f"\nwalks: {dict(ground.counts)}; stood {dict(ground.stood)}\n")
    assert ground.counts["done"] > walks
    assert walks == FEW or set(ground.stood) == set(get_args(State)), "a state that no walk came to"
