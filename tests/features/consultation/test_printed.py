"""The printed page: the same words are the same bytes, anybody can check it, and one changed byte is none of ours."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, EXPERT, NOW, QUALITY, SECOND, STRANGER, Ward, later, person
from tests.make.signing import added, amended, approved, withdrawn
from yuanzhen.applications.consultation.opinions import printing, service
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, NotFound

CHECK = system("check")


async def printed(ward: Ward, by: Actor, case: str, version: int | None = None) -> bytes:
    return (await printing.printed(ward.db, ward.vault, by, case, version, now=NOW))[1]


async def checked(ward: Ward, file: bytes) -> printing.Checked:
    return await printing.checked(ward.db, ward.vault, CHECK, file)


async def test_a_page_verifies_and_says_who_signed_which_version_when(ward: Ward) -> None:
    case = await ward.signed()
    made = await printed(ward, ASKER, case.id)
    assert made.startswith(b"%PDF-")
    told = await checked(ward, made)
    assert (told.valid, told.signed_by, told.signed_at, told.version, told.standing) == (
        True, "chenyuan", NOW, 1, "newest")  # fmt: skip
    assert told.code is not None
    assert len(told.code) == 19


async def test_the_same_page_is_the_same_bytes_and_one_row(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    first, *others = await asyncio.gather(*(printed(ward, ASKER, case.id) for _ in range(4)))
    assert set(others) == {first}
    assert len(await home.rows("SELECT FROM consultation.printed")) == 1


async def test_one_changed_byte_is_none_of_ours_wherever_it_is(ward: Ward) -> None:
    case = await ward.signed()
    made = await printed(ward, ASKER, case.id)
    for at in (0, 9, len(made) // 3, len(made) // 2, len(made) - 1):
        changed = made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :]
        assert await checked(ward, changed) == printing.Checked(valid=False), at
    for file in (b"", made + b"\n", made[:-1], b"%PDF-1.7"):
        assert await checked(ward, file) == printing.Checked(valid=False)


async def test_a_page_of_an_older_version_says_that_there_is_a_newer_one(ward: Ward) -> None:
    case = await ward.signed()
    first = await printed(ward, ASKER, case.id)
    await approved(ward, QUALITY, (await amended(ward, EXPERT, case)).id)
    assert (await checked(ward, first)).standing == "superseded"
    assert (await checked(ward, await printed(ward, ASKER, case.id))).version == 2
    assert await printed(ward, ASKER, case.id, 1) == first
    await approved(ward, QUALITY, (await withdrawn(ward, EXPERT, case)).id)
    last = await checked(ward, await printed(ward, ASKER, case.id))
    assert (last.version, last.standing, (await checked(ward, first)).standing) == (3, "withdrawn", "withdrawn")


async def test_who_sees_the_patient_masked_gets_them_masked_on_the_page(ward: Ward) -> None:
    case = await ward.signed()
    masked, whole = await printed(ward, SECOND, case.id), await printed(ward, ASKER, case.id)
    assert masked != whole
    assert (await checked(ward, masked)).valid


async def test_a_row_that_the_home_did_not_vouch_for_makes_no_page_genuine(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    await printed(ward, ASKER, case.id)
    forged = b"%PDF-1.7 forged"
    await home.run(f"UPDATE consultation.printed SET digest = '\\x{printing.sm3.digest(forged).hex()}'")
    assert await checked(ward, forged) == printing.Checked(valid=False)


async def test_a_page_whose_opinion_was_altered_verifies_no_more_and_is_not_printed(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    made = await printed(ward, ASKER, case.id)
    await home.run("UPDATE consultation.opinion SET advice = '无需治疗'")
    assert await checked(ward, made) == printing.Checked(valid=False)
    with pytest.raises(Conflict, match=r"opinion\.broken"):
        await printed(ward, ASKER, case.id)


async def test_what_an_opinion_says_is_never_read_as_markup(ward: Ward) -> None:
    hostile = '#panic("x") $ \\ #read("/etc/passwd") *b* <script> "}] 😀 𠮷'
    case = await ward.signed()
    await added(ward, EXPERT, case, hostile)
    assert (await checked(ward, await printed(ward, ASKER, case.id))).valid


@pytest.mark.parametrize("who", [STRANGER, QUALITY, person("x", "nurse")])
async def test_who_does_not_see_the_case_gets_no_page(ward: Ward, who: Actor) -> None:
    case = await ward.signed()
    with pytest.raises(NotFound):
        await printed(ward, who, case.id)


async def test_before_it_is_signed_there_is_no_page(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    with pytest.raises(Conflict, match=r"opinion\.unsigned"):
        await printed(ward, ASKER, case.id)
    assert ("xujing", "opinion.print", 4, "opinion.unsigned") in await home.trail()


async def test_a_version_that_is_not_there_is_not_printed(ward: Ward) -> None:
    case = await ward.signed()
    with pytest.raises(NotFound, match=r"opinion\.no_such_version"):
        await printed(ward, ASKER, case.id, 2)


async def test_printing_and_checking_are_in_the_trail(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    await checked(ward, await printed(ward, ASKER, case.id))
    rows = await home.rows(
        "SELECT actor, verb, entity FROM security.trail WHERE verb IN ('opinion.print', 'opinion.check') ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        ("xujing", "opinion.print", case.id), ("system:check", "opinion.check", case.id)]  # fmt: skip


# ---- arrived, and read


async def test_it_has_arrived_until_the_asking_side_opens_it_and_the_signer_sees_who_did(ward: Ward) -> None:
    case = await ward.signed()
    assert (await ward.opinions(EXPERT, case))["items"][0]["opened"] == []
    patient = person(ward.patient, "patient", "liuhe", ward.patient)
    for who, after_s in ((SECOND, 0), (ASKER, 60), (ASKER, 120), (patient, 180)):
        async with ward.db.verb(who) as tx:
            await service.opened(tx, case.id, now=later(seconds=after_s))
    told = (await ward.opinions(EXPERT, case))["items"][0]["opened"]
    assert [(one["who"]["id"], one["part"]) for one in told] == [("xujing", "asker"), (ward.patient, "patient")]
    assert told[0]["at"] == "2026-03-18T09:31:00Z"


async def test_a_new_version_has_arrived_anew(ward: Ward) -> None:
    case = await ward.signed()
    async with ward.db.verb(ASKER) as tx:
        await service.opened(tx, case.id, now=NOW)
    await added(ward, EXPERT, case)
    assert [len(one["opened"]) for one in (await ward.opinions(EXPERT, case))["items"]] == [1, 0]
