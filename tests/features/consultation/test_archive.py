"""What a case must hold once it is over: on its page, and for quality as a list without a word of a case."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, EXPERT, NAME, NOW, OPINION, QUALITY, QUESTION, STRANGER, Ward, person
from tests.make.signing import added
from yuanzhen.applications.consultation import views
from yuanzhen.applications.consultation.archive.views import Archive, archive
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinions import printing, service
from yuanzhen.collaboration.reading import service as reading
from yuanzhen.collaboration.reading.model import Mark, Place
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Forbidden, Invalid

DAY = NOW.date()
OTHERS = person("luyan", "quality", "baishi")


async def listed(ward: Ward, by: Actor = QUALITY, since: date = DAY, until: date = DAY) -> Archive:
    return await archive(ward.db, by, since, until)


async def stands(ward: Ward, case: Case, by: Actor = ASKER) -> dict[str, str]:
    return {one.item: one.stand for one in (await views.case(ward.db, by, case.id)).archive}


async def done(ward: Ward, case: Case) -> None:
    """All that is still owed once an opinion is signed."""
    async with ward.db.verb(ASKER) as tx:
        await service.opened(tx, case.id, now=NOW)
    await printing.printed(ward.db, ward.vault, ASKER, case.id, None, now=NOW)
    for side in (ASKER, EXPERT):
        await ward.act(side, "rate", case)


async def closed(ward: Ward) -> Case:
    case = await ward.signed()
    await ward.act(ASKER, "close", case)
    return case


async def test_what_is_owed_is_missing_until_it_is_there(ward: Ward) -> None:
    assert await stands(ward, await ward.accepted()) == {}
    case = await ward.signed()
    assert await stands(ward, case) == {
        "consent": "there", "request": "there", "pictures": "not-needed", "opinion": "there", "signatures": "there",
        "critical": "not-needed", "opened": "missing", "page": "missing", "ratings": "missing",
    }  # fmt: skip
    await done(ward, case)
    assert "missing" not in (await stands(ward, case)).values()
    await added(ward, EXPERT, case)  # of the new version nothing is printed or read
    assert {item for item, stand in (await stands(ward, case)).items() if stand == "missing"} == {"opened", "page"}


async def test_pictures_that_were_there_are_to_be_named_by_a_mark(ward: Ward, home: Home) -> None:
    await ward.study()
    await home.run("UPDATE records.instance SET received = '2026-03-18'")
    assert (await stands(ward, await ward.signed()))["pictures"] == "missing"
    case = await ward.accepted()
    (at,) = await home.rows("SELECT study, series, sop FROM records.instance")
    key = Mark("mark-0001", "key", Place(at["study"], at["series"], at["sop"], 1), (), {}, "", EXPERT.id, NOW)
    async with ward.db.verb(EXPERT) as tx:
        await reading.mark(tx, case.id, key)
    await ward.write(EXPERT, case, OPINION)
    await ward.sign(EXPERT, case)
    assert (await stands(ward, case))["pictures"] == "there"


async def test_a_chain_that_does_not_hold_is_a_signature_that_lacks(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    await added(ward, EXPERT, case)
    assert (await stands(ward, case))["signatures"] == "there"
    await home.run("UPDATE consultation.opinion SET before = 'x' WHERE version = 2")
    assert (await stands(ward, case))["signatures"] == "missing"


async def test_quality_sees_what_lacks_most_first(ward: Ward) -> None:
    whole, open = await closed(ward), await ward.signed()
    await done(ward, whole)
    least = await closed(ward)
    for side in (ASKER, EXPERT):
        await ward.act(side, "rate", least)
    most = await closed(ward)
    told = await listed(ward)
    assert [one.id for one in told.items] == [most.id, least.id, whole.id]
    assert [one.lacking for one in told.items] == [["opened", "page", "ratings"], ["opened", "page"], []]
    assert (told.closed, told.whole, open.id in msgspec.json.encode(told).decode()) == (3, 1, False)
    assert [(one.item, one.cases) for one in told.lacks] == [("opened", 2), ("page", 2), ("ratings", 1)]
    line = told.items[0]
    assert (line.department.name, line.institution.name, line.asker.id, line.expert.name) == (
        "神经内科", "柳河镇卫生院", "xujing", "chenyuan")  # fmt: skip
    assert line.closed == NOW


async def test_nothing_of_the_case_or_its_patient_is_in_the_list(ward: Ward) -> None:
    await closed(ward)
    told = msgspec.json.encode(await listed(ward)).decode()
    for words in (NAME, QUESTION, OPINION.conclusion, ward.patient):
        assert words not in told


async def test_it_is_qualitys_alone_and_each_look_is_kept(ward: Ward, home: Home) -> None:
    await closed(ward)
    for who in (ASKER, EXPERT, STRANGER, person("sunjie", "manager"), person("guolin", "officer")):
        with pytest.raises(Forbidden, match=r"archive\.role"):
            await listed(ward, who)
    await listed(ward)
    rows = await home.rows("SELECT actor, outcome FROM security.trail WHERE verb = 'archive.list' ORDER BY id")
    assert [row["actor"] for row in rows] == ["xujing", "chenyuan", "wanglei", "sunjie", "guolin", "qinbo"]
    assert [row["outcome"] for row in rows] == [4] * 5 + [0]


async def test_another_house_than_those_of_the_case_sees_none_of_it(ward: Ward) -> None:
    await closed(ward)
    assert (await listed(ward, person("heping", "quality", "liuhe"))).closed == 1
    assert (await listed(ward, OTHERS)).closed == 0


async def test_the_days_are_those_of_the_last_change(ward: Ward) -> None:
    await closed(ward)
    assert (await listed(ward, since=date(2026, 3, 1), until=date(2026, 3, 17))).closed == 0
    with pytest.raises(Invalid, match=r"archive\.range"):
        await listed(ward, since=date(2026, 3, 2), until=date(2026, 3, 1))
