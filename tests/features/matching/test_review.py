"""A person reads pairs masked, says what they are, and takes it back; nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import Home
from tests.features.matching.test_joining import joined, second
from tests.features.matching.test_matching import PHONE, card, links, pairs, patient, telecom, written
from tests.make.cases import ASKER, EXPERT, MACHINE, NOW, Ward, factor, person
from yuanzhen.data.matching import matcher, review, store
from yuanzhen.data.matching.matcher import Matcher
from yuanzhen.data.matching.review import Act
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound

QUALITY = person("zhaoqin", "quality")
OFFICER = person("officer", "officer")
WHY = "电话核实过"
CARD = "11010519491231002X"


async def unsure(ward: Ward, home: Home, other_house: str = "liuhe") -> str:
    """Two that may be one person; answers their pair."""
    one = patient("a", "liuhe", telecom=telecom(PHONE), identifier=card(CARD), birthDate="1949-12-31")
    await written(
        ward,
        one,
        patient("b", other_house, name=[{"text": "欧阳建军"}], telecom=telecom(PHONE), birthDate="1949-12-31"),
    )
    (row,) = await home.rows("SELECT id FROM matching.pair WHERE state = 'open'")
    return str(row["id"])


async def said(ward: Ward, id: str, act: Act, *, by: Actor = QUALITY, reason: str = WHY) -> review.Pair:
    return await review.decide(ward.db, by, id, act, reason=reason, fresh=factor(by))


async def test_a_pair_is_shown_masked_with_what_agrees(ward: Ward, home: Home) -> None:
    id = await unsure(ward, home)
    async with ward.db.look(QUALITY) as look:
        (pair,) = await review.shown(look, await store.pairs(look, ("open",), "", 10))
    assert [(side.name, side.birth_date, side.phones) for side in pair.sides] == [
        ("欧**国", "1949", ["1391***5678"]), ("欧**军", "1949", ["1391***5678"])]  # fmt: skip
    assert pair.sides[0].numbers == ["1101**********002X"]
    assert {(reason.field, reason.agreement) for reason in pair.reasons} == {
        ("name", "one_character"), ("birth_date", "same"), ("sex", "same"), ("phone", "same")}  # fmt: skip
    assert pair.acts == ["same", "apart", "later"]
    shown = [row for row in await home.trail("actor", "verb", "patient") if row[1] == "matching.read"]
    assert set(shown) == {("zhaoqin", "matching.read", "a"), ("zhaoqin", "matching.read", "b")}
    assert pair.id == id


async def test_whole_identities_are_shown_for_a_reason_that_the_patients_can_read(ward: Ward, home: Home) -> None:
    id = await unsure(ward, home)
    with pytest.raises(Invalid, match=r"matching\.reason"):
        await review.revealed(ward.db, QUALITY, id, " ")
    sides = await review.revealed(ward.db, QUALITY, id, WHY)
    assert [(side.name, side.numbers) for side in sides] == [("欧阳建国", [CARD]), ("欧阳建军", [])]
    told = [row for row in await home.trail("verb", "patient", "reason") if row[0] == "matching.reveal"]
    assert told == [("matching.reveal", "a", WHY), ("matching.reveal", "b", WHY)]


@pytest.mark.parametrize(("house", "state", "link"), [("liuhe", "merged", "replaces"), ("baishi", "linked", "seealso")])
async def test_one_person_is_merged_within_a_house_and_linked_across(
    ward: Ward, home: Home, house: str, state: str, link: str
) -> None:
    id = await unsure(ward, home, house)
    pair = await said(ward, id, "same")
    assert (pair.state, pair.settled_by, pair.acts, pair.problem) == (state, "zhaoqin", ["undo"], "")
    assert (await links(home, "a"))[0][0] == link
    assert (await said(ward, id, "undo")).state == "apart"
    assert await links(home, "a") == []


async def test_the_record_that_goes_on_can_be_chosen(ward: Ward, home: Home) -> None:
    id = await unsure(ward, home)
    with pytest.raises(Invalid, match=r"matching\.survivor"):
        await review.decide(ward.db, QUALITY, id, "same", reason=WHY, survivor="x", fresh=factor(QUALITY))
    await review.decide(ward.db, QUALITY, id, "same", reason=WHY, survivor="b", fresh=factor(QUALITY))
    assert await links(home, "b") == [("replaces", "Patient/a")]


async def test_two_people_are_not_asked_of_again(ward: Ward, home: Home) -> None:
    id = await unsure(ward, home)
    assert (await said(ward, id, "later", reason="")).state == "later"
    assert (await said(ward, id, "apart", reason="")).state == "apart"
    await written(
        ward, patient("b", "liuhe", name=[{"text": "欧阳建君"}], telecom=telecom(PHONE), birthDate="1949-12-31")
    )
    assert [state for _, _, _, state in await pairs(home)] == ["apart"]
    with pytest.raises(Conflict, match=r"matching\.not_now"):
        await said(ward, id, "undo")


@pytest.mark.parametrize("by", [ASKER, EXPERT, OFFICER, MACHINE])
@pytest.mark.parametrize("act", ["same", "apart", "later", "undo"])
async def test_nobody_else_decides(ward: Ward, home: Home, by: Actor, act: Act) -> None:
    id = await unsure(ward, home)
    with pytest.raises(Forbidden, match=r"matching\.not_yours"):
        await said(ward, id, act, by=by)
    assert (by.id, f"matching.{act}", 4, "matching.not_yours") in await home.trail()
    assert [state for _, _, _, state in await pairs(home)] == ["open"]


async def test_joining_and_parting_want_a_second_factor_and_a_reason(ward: Ward, home: Home) -> None:
    id = await unsure(ward, home)
    with pytest.raises(Forbidden, match=r"factor\.stale"):
        await review.decide(ward.db, QUALITY, id, "same", reason=WHY)
    with pytest.raises(Forbidden, match=r"factor\.stale"):
        await review.decide(ward.db, QUALITY, id, "same", reason=WHY, fresh=factor(EXPERT, NOW + timedelta(hours=1)))
    with pytest.raises(Invalid, match=r"matching\.reason"):
        await said(ward, id, "same", reason=" ")
    with pytest.raises(NotFound, match=r"matching\.pair_unknown"):
        await said(ward, "x", "same")
    assert [state for _, _, _, state in await pairs(home)] == ["open"]


async def test_what_was_decided_is_done_though_the_process_died_before(ward: Ward, home: Home) -> None:
    id = await unsure(ward, home)
    async with ward.db.verb(QUALITY) as tx:
        assert await store.settle(tx, id, "joining", before=("open",), reason=WHY)
    await Matcher(ward.db).work()
    assert [state for _, _, _, state in await pairs(home)] == ["merged"]


async def test_who_reviews_sees_no_record(ward: Ward, home: Home) -> None:
    await unsure(ward, home)
    assert await ward.db.once(QUALITY, "SELECT FROM records.resource WHERE type = 'Patient'") == []
    assert len(await ward.db.once(QUALITY, "SELECT FROM matching.patient")) == 3
    for other in (ASKER, EXPERT, OFFICER):
        assert await ward.db.once(other, "SELECT FROM matching.patient") == []


async def test_a_merge_of_the_house_itself_is_undone_by_the_same_door(ward: Ward, home: Home) -> None:
    other = await second(ward)
    await Matcher(ward.db).work()
    id = await joined(ward, other)
    assert (await said(ward, id, "undo")).state == "apart"
    await matcher.settle(ward.db, id)  # a second time changes nothing
    assert [state for _, _, _, state in await pairs(home)] == ["apart"]
