"""Histories by the actors who read them: each sees the versions of what they may see now, and the trail says whose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.features.records.conftest import Record, patient
from tests.make.cases import ASKER, EXPERT, MACHINE, STRANGER, person
from yuanzhen.data.records import history, reading
from yuanzhen.data.records.asked import Call
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.security.identity.scopes import EVERYTHING

OWN = person("told", "patient", "liuhe", "told")


@pytest.fixture(scope="module")
async def told(record: Record) -> Record:
    """A patient of the township with two versions, and of theirs a result that was labelled later."""
    result: dict[str, Any] = {"resourceType": "Basic", "id": "result", "code": {"text": "x"},
                              "subject": {"reference": "Patient/told"}}  # fmt: skip
    await record.put(patient("told", "甲", "male", "1970", "H-1"))
    await record.put(patient("told", "乙", "male", "1970", "H-1"))
    await record.put(result)
    await record.put(result | {"meta": {"security": [{"code": "R"}]}})
    return record


async def seen(record: Record, by: Actor, kind: str = "", id: str = "") -> list[str]:
    async with record.db.look(by) as look:
        found, _ = await history.page(look, history.Asked(200), kind, id)
    return [f"{one.type}/{one.id}/{one.version}" for one in found if one.id in ("told", "result")]


@pytest.mark.parametrize(
    ("by", "result"),
    [(MACHINE, True), (OWN, True), (ASKER, False), (STRANGER, None), (EXPERT, None)],
    ids=["machine", "patient", "own-house", "other-house", "expert"],
)
async def test_each_sees_the_versions_of_what_they_may_see(told: Record, by: Actor, result: bool | None) -> None:
    patients = ["Patient/told/2", "Patient/told/1"] if result is not None else []
    basics = ["Basic/result/2", "Basic/result/1"] if result else []
    assert await seen(told, by) == [*basics, *patients]
    assert await seen(told, by, "Patient") == patients
    assert await seen(told, by, "Basic", "result") == basics


@pytest.mark.parametrize(("by", "kept"), [(STRANGER, "fhir.not_found"), (ASKER, "fhir.not_found")])
async def test_a_history_that_is_not_theirs_is_not_there(told: Record, by: Actor, kept: str) -> None:
    path = ("Patient", "told", "_history") if by is STRANGER else ("Basic", "result", "_history")
    with pytest.raises(NotFound, match=kept):
        async with told.db.look(by) as look:
            await reading.resource_history(look, EVERYTHING, Call("GET", path))
    rows = await told.home.rows("SELECT code, outcome FROM security.trail WHERE actor = $1 ORDER BY id DESC", by.id)
    assert tuple(rows[0]) == (kept, 4)


async def test_the_trail_says_whose_versions_were_shown(told: Record) -> None:
    async with told.db.look(ASKER) as look:
        await reading.type_history(look, EVERYTHING, Call("GET", ("Patient", "_history")))
    rows = await told.home.rows(
        "SELECT action, entity_type, entity FROM security.trail WHERE verb = 'records.history' AND actor = $1", ASKER.id
    )
    shown = {tuple(row) for row in rows}
    assert {("E", "Patient", ""), ("R", "Patient", "told")} <= shown
