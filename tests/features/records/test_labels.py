"""A sensitive label that a person sets: closed at once, kept over whatever senders write, taken back by who may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.features.records.conftest import Record
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, MACHINE, STRANGER, person
from yuanzhen.data.records import alone, model, service
from yuanzhen.data.records import store as resources
from yuanzhen.data.records.file import access, labels, sight, store
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.service import Change
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.security.identity.scopes import EVERYTHING
from yuanzhen.security.policy import relations

OURS = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R", "userSelected": True}
THEIRS = {"system": OURS["system"], "code": "R"}


@pytest.fixture(autouse=True)
async def hbv(record: Record) -> AsyncIterator[None]:
    """A resource that a machine wrote of the ward's patient, without a label before and after each test."""
    await record.put(condition(record))
    yield
    async with record.db.verb(ASKER) as tx:
        patient = await access.opened(tx, record.ward.patient, "test")
        if await store.labels(tx, patient.id):
            await labels.take_back(tx, patient, "Condition", "hbv", "测试完毕")


def condition(record: Record, *security: dict[str, Any], text: str = "乙肝") -> dict[str, Any]:
    return {"resourceType": "Condition", "id": "hbv", "subject": {"reference": f"Patient/{record.ward.patient}"},
            "code": {"text": text}, **({"meta": {"security": list(security)}} if security else {})}  # fmt: skip


async def label(
    record: Record, by: Actor = ASKER, kind: str = "Condition", id: str = "hbv", why: str = "患者要求"
) -> None:
    async with record.db.verb(by) as tx:
        await labels.put(tx, await access.opened(tx, record.ward.patient, "label"), kind, id, "R", why)


async def take_back(record: Record, by: Actor = ASKER, id: str = "hbv", why: str = "标错了") -> None:
    async with record.db.verb(by) as tx:
        await labels.take_back(tx, await access.opened(tx, record.ward.patient, "unlabel"), "Condition", id, why)


async def now(record: Record, by: Actor = MACHINE) -> Stored | None:
    async with record.db.look(by) as look:
        return await resources.find(look, "Condition", "hbv")


async def security(record: Record) -> list[Any]:
    found = await now(record)
    assert found is not None
    return list(found.resource()["meta"].get("security", []))


def herself(record: Record) -> Actor:
    return person(record.ward.patient, "patient", "liuhe", record.ward.patient)


async def test_it_closes_at_once_to_the_house_and_stays_open_to_the_patient_and_machines(record: Record) -> None:
    before = await now(record)
    assert before is not None
    await label(record)
    assert await security(record) == [OURS]
    for closed in (ASKER, COLLEAGUE, STRANGER, EXPERT):
        assert await now(record, closed) is None
        assert await record.find(closed, "Condition", _id="hbv") == []
    assert await now(record, herself(record)) is not None
    async with record.db.look(ASKER) as look:
        assert await resources.version(look, "Condition", "hbv", before.version) is None
    assert await record.find(MACHINE, "Condition", _id="hbv", _security="R") == ["hbv"]
    async with record.db.look(ASKER) as look:
        assert await store.withheld(look, record.ward.patient) == {"Condition": 1}
        seen = await sight.sight(look, await access.opened(look, record.ward.patient, "t"), consents=1, looked=1)
    assert [(one.type, one.id, one.code, one.why, one.mine) for one in seen.labels] == [
        ("Condition", "hbv", "R", "患者要求", True)
    ]


async def test_whoever_set_it_takes_it_back_without_seeing_it_and_nobody_of_the_house_else(record: Record) -> None:
    await label(record)
    with pytest.raises(NotFound, match=r"label\.none"):
        await take_back(record, COLLEAGUE)
    async with record.db.look(COLLEAGUE) as look:
        assert await store.labels(look, record.ward.patient) == []
    await take_back(record)
    assert await security(record) == []
    assert await now(record, COLLEAGUE) is not None
    assert await record.find(MACHINE, "Condition", _id="hbv", _security="R") == []
    with pytest.raises(NotFound, match=r"label\.none"):
        await take_back(record)


async def test_who_is_entrusted_with_what_is_sensitive_sees_and_takes_back_what_others_labelled(record: Record) -> None:
    await label(record)
    async with record.db.verb(EXPERT) as tx:
        await relations.entrust(tx, EXPERT.id, record.ward.patient, "test:labels", sensitive=True)
    assert await now(record, EXPERT) is not None
    await take_back(record, EXPERT)
    assert await now(record, ASKER) is not None
    async with record.db.verb(EXPERT) as tx:
        await relations.dismiss(tx, "test:labels")


@pytest.mark.parametrize("told", [(), (THEIRS,), ({"code": "N"},)])
async def test_no_later_word_of_a_sender_takes_it_away(record: Record, told: tuple[dict[str, Any], ...]) -> None:
    await label(record)
    stored = await record.put(condition(record, *told, text="慢性乙肝"))
    assert await security(record) == [*told, OURS]
    patched = [{"op": "remove", "path": "/meta/security"}]
    async with record.db.verb(MACHINE) as tx:
        await service.amend(tx, EVERYTHING, "Condition", "hbv", patched)
    assert await security(record) == [OURS]
    await alone.update(record.db, MACHINE, condition(record, *told), expected=None)
    await alone.amend(record.db, MACHINE, "Condition", "hbv", patched, expected=None)
    assert await security(record) == [OURS]
    async with record.db.verb(MACHINE) as tx:
        await service.update_matching(tx, EVERYTHING, condition(record, *told), [("_id", "hbv")])
    found = await now(record)
    assert found is not None
    assert found.version == stored.version + 4
    assert await now(record, ASKER) is None
    await take_back(record)
    assert await security(record) == list(told)
    assert (await now(record, ASKER) is None) == (THEIRS in told)  # what the sender closed stays closed


async def test_what_is_deleted_and_comes_back_is_labelled_still(record: Record) -> None:
    await label(record)
    await alone.delete(record.db, MACHINE, "Condition", "hbv", expected=None)
    await alone.update(record.db, MACHINE, condition(record), expected=None)
    assert await security(record) == [OURS]
    assert await now(record, ASKER) is None


async def test_a_writer_who_could_not_know_of_it_is_told_to_try_again(record: Record) -> None:
    await label(record)
    for one in (condition(record), condition(record, THEIRS)):
        with pytest.raises(Conflict, match=r"database\.try_again"):
            async with record.db.verb(MACHINE) as tx:
                await service.write_all(tx, [Change(one)])
    assert await security(record) == [OURS]


async def test_the_database_opens_and_closes_as_the_model_says(record: Record) -> None:
    for sensitive in (True, False):
        await (label(record) if sensitive else take_back(record))
        (row,) = await record.home.rows("SELECT audience, patient, institution FROM records.resource WHERE id = 'hbv'")
        said = model.audience("Condition", row["patient"], row["institution"], sensitive=sensitive)
        assert row["audience"] == said


async def test_only_who_treats_the_patient_labels_and_each_refusal_is_kept(record: Record) -> None:
    for by, problem in (
        (herself(record), Forbidden), (MACHINE, Forbidden), (STRANGER, NotFound), (EXPERT, NotFound),
        (person("n", "nurse", "liuhe"), NotFound),
    ):  # fmt: skip
        with pytest.raises(problem):
            await label(record, by)
    assert await security(record) == []
    rows = await record.home.rows(
        "SELECT actor, verb, code FROM security.trail WHERE outcome = 4 ORDER BY id DESC LIMIT 5"
    )
    assert {row["code"] for row in rows} == {"label.not_yours", "auth.person_needed", "fhir.not_found"}


async def test_what_cannot_be_labelled_says_why(record: Record) -> None:
    with pytest.raises(Invalid, match=r"label\.whole_patient"):
        await label(record, kind="Patient", id=record.ward.patient)
    with pytest.raises(NotFound, match=r"fhir\.not_found"):
        await label(record, kind="Organization", id="liuhe")
    for why in ("", "  ", "x" * 501):
        with pytest.raises(Invalid, match=r"label\.reason"):
            await label(record, why=why)
    case = await record.ward.ask()
    with pytest.raises(Forbidden, match=r"fhir\.published"):
        await label(record, kind="Consent", id=case.id)
    await label(record)
    async with record.db.verb(EXPERT) as tx:
        await relations.entrust(tx, EXPERT.id, record.ward.patient, "test:twice", sensitive=True)
    with pytest.raises(Conflict, match=r"label\.there"):
        await label(record, EXPERT)
    async with record.db.verb(EXPERT) as tx:
        await relations.dismiss(tx, "test:twice")


async def test_the_trail_says_who_labelled_and_why(record: Record) -> None:
    await label(record)
    await take_back(record)
    rows = await record.home.rows(
        "SELECT actor, verb, action, entity, patient, reason FROM security.trail "
        "WHERE verb IN ('records.label', 'records.unlabel') AND outcome = 0 ORDER BY id DESC LIMIT 2"
    )
    assert [tuple(row.values()) for row in rows] == [
        (ASKER.id, "records.unlabel", "U", "hbv", record.ward.patient, "标错了"),
        (ASKER.id, "records.label", "U", "hbv", record.ward.patient, "R: 患者要求"),
    ]
