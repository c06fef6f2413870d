"""A case opens, hands on and ends its reading with its own acts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Home
from tests.features.reading.desk import Desk
from tests.make.cases import ASKER, EXPERT, INVITED, NOW, SECOND, Ward
from yuanzhen.applications.consultation.model import Case
from yuanzhen.collaboration.reading import service, views
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound


@pytest.fixture
async def ward(db: Database, tmp_path: Path) -> Ward:
    return await Ward.of(db, tmp_path)


async def marks(ward: Ward, case: Case, by: Actor) -> None:
    """A mark on the patient's image."""
    desk = await Desk.at(ward)
    async with ward.db.verb(by) as tx:
        await service.mark(tx, case.id, desk.mark(author=by.id))


async def seen(ward: Ward, case: Case, by: Actor) -> list[str]:
    return [one.id for one in (await views.marks(ward.db, by, case.id)).items]


async def test_from_the_acceptance_to_the_signature_it_is_the_experts(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await marks(ward, case, EXPERT)
    await ward.act(EXPERT, "invite", case)
    assert await seen(ward, case, INVITED) == ["mark-0001"]
    await marks(ward, case, INVITED)
    for other in (ASKER, SECOND):
        with pytest.raises(NotFound):
            await seen(ward, case, other)
    await ward.write(EXPERT, case)
    await ward.sign(EXPERT, case)
    for one in (ASKER, EXPERT, ward.herself):
        assert await seen(ward, case, one) == ["mark-0001"]
    with pytest.raises(Conflict):
        await marks(ward, case, EXPERT)
    assert len(await home.rows("SELECT FROM infrastructure.outbox WHERE listener = 'write-marks'")) == 1


async def test_whoever_takes_it_after_another_finds_what_was_marked(ward: Ward) -> None:
    case = await ward.accepted()
    await marks(ward, case, EXPERT)
    await ward.act(EXPERT, "release", case)
    with pytest.raises(NotFound):
        await seen(ward, case, EXPERT)
    with pytest.raises(Forbidden):
        await marks(ward, case, EXPERT)
    await ward.act(SECOND, "accept", case)
    assert await seen(ward, case, SECOND) == ["mark-0001"]


async def test_a_case_that_is_called_off_shows_its_marks_to_nobody(ward: Ward) -> None:
    case = await ward.accepted()
    await marks(ward, case, EXPERT)
    await ward.act(ASKER, "cancel", case)
    for one in (ASKER, EXPERT):
        with pytest.raises(NotFound):
            await seen(ward, case, one)


async def test_a_reading_costs_a_case_that_nobody_took_nothing(ward: Ward, home: Home) -> None:
    case = await ward.ask()
    await ward.act(ASKER, "cancel", case, now=NOW)
    assert await home.rows("SELECT FROM reading.reading") == []
