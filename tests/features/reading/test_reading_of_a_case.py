"""A case opens, hands on and ends its reading with its own acts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.features.reading.desk import Desk
from tests.make.cases import ASKER, BORN, EXPERT, INVITED, NAME, NOW, OPINION, SECOND, Ward, factor
from yuanzhen.applications.consultation import service as cases
from yuanzhen.applications.consultation import store
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinion import Texts
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


OTHERS = Texts("左侧低密度影", "大血管闭塞？", "")


async def drafted(ward: Ward, case: Case, by: Actor) -> tuple[Texts, int] | None:
    async with ward.db.look(by) as look:
        found = await store.draft(look, case.id)
    return (found.texts, found.version) if found else None


async def saves(ward: Ward, case: Case, by: Actor, texts: Texts, on: int | None) -> int:
    async with ward.db.verb(by) as tx:
        return await cases.write(tx, case.id, texts, on=on, now=NOW)


async def test_two_experts_write_one_draft_and_nobodys_words_are_overwritten_unseen(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.act(EXPERT, "invite", case)
    assert await saves(ward, case, EXPERT, OPINION, 0) == 1
    assert await drafted(ward, case, INVITED) == (OPINION, 1)
    assert await saves(ward, case, INVITED, OTHERS, 1) == 2
    with pytest.raises(Conflict) as refused:
        await saves(ward, case, EXPERT, OPINION, 1)
    assert refused.value.code == "opinion.draft_newer"
    assert await drafted(ward, case, EXPERT) == (OTHERS, 2)
    with pytest.raises(Conflict):
        await saves(ward, case, EXPERT, OPINION, 0)
    assert await saves(ward, case, EXPERT, OPINION, 2) == 3
    assert await saves(ward, case, EXPERT, OPINION, None) == 4


async def test_of_experts_who_save_at_once_one_is_kept_and_the_others_are_told(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.act(EXPERT, "invite", case)
    await saves(ward, case, EXPERT, OPINION, 0)
    tries = [saves(ward, case, (EXPERT, INVITED)[at % 2], replace(OTHERS, advice=str(at)), 1) for at in range(20)]
    told = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["Conflict"] * 19 + ["int"]
    assert (await drafted(ward, case, EXPERT) or (None, 0))[1] == 2


async def test_nothing_of_a_draft_is_seen_at_the_primary_site(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await saves(ward, case, EXPERT, OPINION, 0)
    for other in (ASKER, SECOND, INVITED, ward.herself):
        assert await drafted(ward, case, other) is None
    told = await home.rows("SELECT channel, event, data FROM infrastructure.event WHERE event = 'draft'")
    assert [(row["channel"], "左侧" in str(row["data"])) for row in told] == [(f"reading/{case.id}", False)]


async def test_what_is_signed_is_what_the_signer_saw(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.act(EXPERT, "invite", case)
    await saves(ward, case, EXPERT, OPINION, 0)
    await saves(ward, case, INVITED, OTHERS, 1)
    with pytest.raises(Conflict) as refused:
        await signs(ward, case, on=1)
    assert refused.value.code == "opinion.draft_newer"
    await signs(ward, case, on=2)


async def signs(ward: Ward, case: Case, on: int) -> None:
    async with ward.db.verb(EXPERT) as tx:
        await cases.sign(tx, ward.vault, factor(EXPERT), case.id, name=NAME, birth_date=BORN, on=on, now=NOW)
