"""Each institution may have a number that is answered: the asker is told the nearest one, else that of the settings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, EXPERT, NOW, Ward, person
from yuanzhen.collaboration.ring import model
from yuanzhen.collaboration.ring.model import About, Pace
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound
from yuanzhen.programs import on_duty
from yuanzhen.security.identity import people

MANAGER, TOWNSHIPS = person("sunjie", "manager"), person("heping", "manager", "liuhe")
OFFICER = person("guolin", "officer")
PACE = Pace(timedelta(seconds=60), "120")


async def says(ward: Ward, by: Actor, institution: str, number: str) -> None:
    async with ward.db.verb(by) as tx:
        await people.set_duty_phone(tx, institution, number)


async def told(ward: Ward, department: str = "neurology") -> str:
    """What an asker is told when nobody can be called."""
    async with ward.db.verb(system("relay")) as tx:
        duty = await on_duty.of(tx, department, NOW)
    ring = model.begun("r", "s", department, About("", "emergency", "liuhe", ""), (), now=NOW)
    return model.looked(ring, duty, {}, PACE, now=NOW + timedelta(seconds=151)).number


async def test_the_asker_is_told_the_number_of_the_house_that_is_asked(ward: Ward) -> None:
    assert await told(ward) == "120"
    await says(ward, MANAGER, "city", " 029-8651 2000 ")
    assert await told(ward) == "029-8651 2000"
    await says(ward, MANAGER, "city", "")
    assert await told(ward) == "120"


async def test_a_branch_without_a_number_has_that_of_its_house(ward: Ward) -> None:
    async with ward.db.verb(system("setup")) as tx:
        await people.add_institution(tx, "市中心医院东院", "branch", "city", id="east")
        await people.add_department(tx, "急诊科", "east", id="er")
    await says(ward, OFFICER, "city", "029-1")
    assert await told(ward, "er") == "029-1"
    await says(ward, MANAGER, "east", "029-2")
    assert (await told(ward, "er"), await told(ward)) == ("029-2", "029-1")


async def test_it_is_its_managers_and_the_officers(ward: Ward, home: Home) -> None:
    for who, problem in ((ASKER, Forbidden), (EXPERT, Forbidden), (TOWNSHIPS, NotFound)):
        with pytest.raises(problem):
            await says(ward, who, "city", "029-1")
    await says(ward, TOWNSHIPS, "liuhe", "0912-1")
    rows = await home.rows(
        "SELECT actor, entity FROM security.trail WHERE verb = 'identity.duty_phone' AND outcome = 0"
    )
    assert [tuple(row) for row in rows] == [("heping", "liuhe")]
    numbers = await home.rows("SELECT duty_phone FROM security.institution ORDER BY id")
    assert [row["duty_phone"] for row in numbers] == ["", "", "0912-1"]


@pytest.mark.parametrize("number", ["call us", "1" * 41, "029\n120"])
async def test_what_is_no_number_is_refused(ward: Ward, number: str) -> None:
    with pytest.raises(Invalid, match=r"institution\.duty_phone"):
        await says(ward, MANAGER, "city", number)
