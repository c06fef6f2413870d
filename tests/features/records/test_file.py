"""The lists of a patient's file, with the real database: what is in them, for whom, and what of them is held back."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conftest import Home, Template
from tests.features.records.conftest import Record
from tests.make.cases import ASKER, EXPERT, STRANGER, Ward, person
from yuanzhen.data.records.file import access, lists, results, sight, store
from yuanzhen.data.records.model import Stored
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Look
from yuanzhen.infrastructure.errors import NotFound

SINCE = datetime(2024, 3, 18, tzinfo=UTC)
LOINC = {"system": "http://loinc.org", "code": "15074-8"}
GLUCOSE = {"coding": [{"system": "urn:lab", "code": "GLU"}, LOINC], "text": "血糖"}
RESTRICTED = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}


@pytest.fixture(scope="module")
async def file(database_template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Record]:
    """A patient with results in two units, an amended, an erroneous and a sensitive one, medicines and allergies."""
    async with database_template.clone() as home:
        db = await home.open()
        record = Record(await Ward.of(db, tmp_path_factory.mktemp("objects")), home)
        for resource in resources(record.ward.patient):
            await record.put(resource)
        yield record
        await db.close()


def resources(patient: str) -> list[dict[str, Any]]:
    whose = {"reference": f"Patient/{patient}"}

    def glucose(id: str, at: str, value: float, unit: str = "mmol/L", **more: Any) -> dict[str, Any]:
        return {"resourceType": "Observation", "id": id, "status": "final", "code": GLUCOSE, "subject": whose,
                "effectiveDateTime": at, "valueQuantity": {"value": value, "unit": unit}, **more}  # fmt: skip

    penicillin = {"coding": [{"system": "urn:x", "code": "p"}], "text": "青霉素"}
    active = {"coding": [{"code": "active"}]}
    pdf = {"contentType": "application/pdf", "data": "JVBERi0=", "size": 5}
    usual = [{"high": {"value": 6.1, "unit": "mmol/L"}}]
    drug = {"resourceType": "MedicationRequest", "intent": "order", "subject": whose, "authoredOn": "2026-01-05"}
    return [
        glucose("g1", "2023-01-01", 5.0),  # before the curves begin
        glucose("g2", "2025-06-01T08:00:00+08:00", 5.5),
        glucose("g3", "2026-03-01T08:00:00+08:00", 7.9, status="amended", referenceRange=usual),
        glucose("g4", "2026-03-02T08:00:00+08:00", 99, status="entered-in-error"),
        glucose("g5", "2025-09-01", 101, "mg/dL"),
        glucose("g6", "2026-03-03", 30, meta=RESTRICTED),
        {"resourceType": "Observation", "id": "hbv", "status": "preliminary", "code": {"text": "乙肝表面抗原"},
         "subject": whose, "effectiveDateTime": "2026-02", "valueString": "阴性"},
        {"resourceType": "Observation", "id": "hbv1", "status": "final", "code": {"text": "乙肝表面抗原"},
         "subject": whose, "effectiveDateTime": "2025-02", "valueCodeableConcept": {"text": "弱阳性"}},
        {"resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "IMP"}, "subject": whose,
         "period": {"start": "2025-09-01", "end": "2025-09-09"}, "reasonCode": [{"text": "短暂性脑缺血发作"}]},
        {"resourceType": "Encounter", "id": "e2", "status": "cancelled", "class": {"code": "AMB"}, "subject": whose},
        {**drug, "id": "m1", "status": "active", "medicationCodeableConcept": {"text": "氨氯地平"},
         "dosageInstruction": [{"text": "5 mg 每日 1 次"}]},
        {**drug, "id": "m2", "status": "active", "medicationReference": {"reference": "#m"},
         "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "二甲双胍"}}]},
        {**drug, "id": "m3", "status": "stopped", "medicationCodeableConcept": {"text": "利血平"}},
        {"resourceType": "Condition", "id": "c1", "subject": whose, "onsetDateTime": "2015",
         "code": {"text": "高血压病"}},
        {"resourceType": "Condition", "id": "c2", "subject": whose, "code": {"text": "肺炎"},
         "clinicalStatus": {"coding": [{"code": "resolved"}]}},
        {"resourceType": "AllergyIntolerance", "id": "a1", "patient": whose, "clinicalStatus": active,
         "code": penicillin,
         "reaction": [{"manifestation": [{"text": "皮疹"}]}]},
        {"resourceType": "AllergyIntolerance", "id": "a2", "patient": whose, "code": {"text": "磺胺"},
         "verificationStatus": {"coding": [{"code": "refuted"}]}},
        {"resourceType": "DocumentReference", "id": "d1", "status": "current", "subject": whose,
         "date": "2025-09-09T10:00:00Z", "type": {"text": "出院小结"}, "content": [{"attachment": pdf}]},
    ]  # fmt: skip


async def opened(look: Look, record: Record) -> Stored:
    return await access.opened(look, record.ward.patient, "test")


async def measured(record: Record, by: Actor = ASKER, after: str = "", count: int = 20) -> results.Results:
    async with record.db.look(by) as look:
        return await results.results(look, (await opened(look, record)).id, SINCE, after, count)


async def test_the_newest_result_stands_with_its_curve_and_other_units_apart(file: Record) -> None:
    told = await measured(file)
    glucose, hbv = told.items
    assert (glucose.code, glucose.name, glucose.text, glucose.status) == (
        "http://loinc.org|15074-8",
        "血糖",
        "7.9",
        "amended",
    )
    assert (glucose.flag, glucose.count, told.total, told.unusual) == ("H", 4, 2, 1)
    assert [(c.unit, [p.number for p in c.points]) for c in glucose.curves] == [
        ("mmol/L", [5.5, 7.9]),
        ("mg/dL", [101.0]),
    ]
    assert (hbv.text, hbv.status, hbv.curves, hbv.flag) == ("阴性", "preliminary", [], "")
    assert [(one.at, one.text) for one in hbv.worded] == [("2026-02", "阴性"), ("2025-02", "弱阳性")]


async def test_a_long_list_comes_page_by_page(file: Record) -> None:
    first = await measured(file, count=1)
    assert first.next == first.items[0].code
    second = await measured(file, after=first.next, count=1)
    assert (second.items[0].name, second.next) == ("乙肝表面抗原", None)


async def test_the_patient_sees_what_is_labelled_sensitive_and_others_how_much_there_is(file: Record) -> None:
    herself = person(file.ward.patient, "patient", "liuhe", file.ward.patient)
    assert (await measured(file, herself)).items[0].text == "30"
    async with file.db.look(ASKER) as look:
        assert await store.withheld(look, file.ward.patient) == {"Observation": 1}
    async with file.db.look(herself) as look:
        assert await store.withheld(look, file.ward.patient) == {}


async def test_nobody_else_is_told_anything(file: Record) -> None:
    async with file.db.look(STRANGER) as look:
        assert await store.withheld(look, file.ward.patient) == {}
        assert await store.glances(look, file.ward.patient, None, 10) == []
        assert await store.results(look, file.ward.patient, SINCE) == []
    with pytest.raises(NotFound):
        await measured(file, STRANGER)


async def test_the_time_line_and_the_cards_leave_out_what_does_not_hold(file: Record) -> None:
    async with file.db.look(ASKER) as look:
        patient = (await opened(look, file)).id
        told = await lists.timeline(look, patient, 10)
        assert [(one.lane, one.title, one.start, one.end) for one in told.items] == [
            ("inpatient", "短暂性脑缺血发作", "2025-09-01", "2025-09-09")
        ]
        taken = (await lists.medicines(look, patient, 10)).items
        assert [(one.name, one.dosage) for one in taken] == [("氨氯地平", "5 mg 每日 1 次"), ("二甲双胍", "")]
        (allergy,) = (await lists.allergies(look, patient, 10)).items
        assert (allergy.name, allergy.reaction, allergy.none) == ("青霉素", "皮疹", False)
        held = (await lists.diagnoses(look, patient, 10)).items
        assert [(one.name, one.since) for one in held] == [("高血压病", "2015")]
        (document,) = (await lists.documents(look, patient, 10)).documents
        assert [(a.type, a.bytes, a.here) for a in document.attachments] == [("application/pdf", 5, True)]


async def test_a_document_is_handed_over_to_who_may_see_it(file: Record) -> None:
    async with file.db.look(ASKER) as look:
        told = await access.document(look, await opened(look, file), "DocumentReference", "d1", 0)
    assert (told.content, told.type, told.shown) == (b"%PDF-", "application/pdf", True)
    for kind, id, number in (("DocumentReference", "d1", 1), ("DocumentReference", "none", 0), ("Encounter", "e1", 0)):
        with pytest.raises(NotFound):
            async with file.db.look(ASKER) as look:
                await access.document(look, await opened(look, file), kind, id, number)


async def test_an_expert_sees_why_under_which_consent_and_who_looked(file: Record) -> None:
    case = await file.ward.accepted()
    async with file.db.look(EXPERT) as look:
        await opened(look, file)
    async with file.db.look(EXPERT) as look:
        told = await sight.sight(look, await opened(look, file), consents=5, looked=50)
    assert [(one.kind, one.consultation, one.until) for one in told.reasons] == [("consultation", case.id, None)]
    given = next(one for one in told.consents if one.id == case.id)
    assert (given.status, given.to, given.said, given.version) == ("active", "神经内科", "patient, signed", "2026-1")
    assert [(one.type, one.count) for one in told.held] == [("Observation", 1)]
    mine = next(one for one in told.looked if one.self)
    assert (mine.name, mine.houses[0], mine.purpose) == (EXPERT.id, "神经内科", "treatment")


async def test_who_looked_last_is_told_first_and_not_left_out(file: Record) -> None:
    await file.ward.accepted()
    for last in (EXPERT, ASKER, EXPERT):
        async with file.db.look(last) as look:
            patient = await opened(look, file)
        async with file.db.look(ASKER) as look:
            told = await sight.sight(look, patient, consents=5, looked=50)
            (first,) = (await sight.sight(look, patient, consents=5, looked=1)).looked
        assert (first.role, told.looked[0]) == (last.role, first)
        assert [one.at for one in told.looked] == sorted((one.at for one in told.looked), reverse=True)


async def test_who_looked_goes_on_from_hour_to_hour(file: Record) -> None:
    async with file.db.look(ASKER) as look:
        patient = await opened(look, file)
    async with file.db.look(ASKER) as look:
        first = await sight.lookers(look, patient, None, 1)
        assert first.items and first.next is not None
        before = datetime.fromisoformat(first.next)
        assert (await sight.lookers(look, patient, before, 50)).items == []
        assert all(one.at >= before for one in first.items)


async def test_a_date_that_no_calendar_has_takes_nothing_down(home: Home, db: Database) -> None:
    rows = await home.rows(
        "SELECT records.instant(t) AS at "
        "FROM unnest(ARRAY['2026-02-31', '2026-02', 'x', '2026-02-03T04:05:06+08:00']) AS t"
    )
    assert [row["at"] and row["at"].isoformat() for row in rows] == [
        None,
        "2026-02-01T00:00:00+00:00",
        None,
        "2026-02-02T20:05:06+00:00",
    ]


async def test_a_list_of_documents_sorts_what_dates_them_and_not_what_they_hold(record: Record) -> None:
    """Nothing of megabytes goes through the server's temporary files, and the newest come first."""
    whose = {"reference": f"Patient/{record.ward.patient}"}
    for nth in range(20):
        data = base64.b64encode(random.Random(nth).randbytes(300_000)).decode()
        await record.put(
            {
                "resourceType": "DocumentReference", "id": f"scan{nth}", "status": "current", "subject": whose,
                "date": f"2031-01-{nth + 1:02}",
                "content": [{"attachment": {"contentType": "image/png", "data": data}}],
            }
        )  # fmt: skip
    asked: tuple[Any, ...] = (record.ward.patient, ["DocumentReference"], ["entered-in-error"], 3, False)
    (plan,) = await record.home.rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {store._LISTED}", *asked)
    assert json.loads(plan[0])[0]["Plan"]["Temp Written Blocks"] == 0
    async with record.db.look(ASKER) as look:
        found, total = await store.listed(look, asked[0], asked[1], without=asked[2], most=3)
    assert ([one.id for one in found], total) == (["scan19", "scan18", "scan17"], 20)
    assert [one.says["attachments"] for one in found] == [[{"contentType": "image/png", "here": True}]] * 3
