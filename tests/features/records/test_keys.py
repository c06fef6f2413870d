"""Keys: an id that a sender chose opens nothing of another kind, and a record goes where its patient goes."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CONTEXT_KEY, MIGRATIONS, RUN, Home
from tests.features.records.conftest import Record, patient
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, HIS, MACHINE, OUTSIDER, STRANGER, image, person
from yuanzhen.data.exchange.dicom import codec
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.intake.dicom import Images
from yuanzhen.data.records import access, alone, studies
from yuanzhen.infrastructure.db import provision
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.provision import Admin
from yuanzhen.security.policy import relations

AREAS = ("public", "identity", "members", "peers", "trail", "outbox", "live", "worker", "chain")
QUALITY = person("quality", "quality")


async def keys(record: Record, actor: Actor) -> set[str]:
    (row,) = await record.db.once(actor, "SELECT security.keys('read') || security.keys('write') AS held")
    return set(row["held"])


@pytest.mark.parametrize("id", ["baishi", "cardiology", ASKER.id, *AREAS])
async def test_to_be_entrusted_with_a_patient_opens_what_is_that_patients_alone(record: Record, id: str) -> None:
    """A machine client chooses a Patient's id: here that of a house, of a department, of a person, of an area."""
    before = await keys(record, EXPERT)
    await record.put(patient(id, "甲", "male", "1970", f"K-{id}"))
    async with record.db.verb(EXPERT) as tx:
        await relations.entrust(tx, EXPERT.id, id, f"test:{id}", sensitive=True)
    assert await keys(record, EXPERT) - before == {f"care:{id}", f"care:{id}!"}
    assert await record.find(EXPERT) == [id]
    for other in (STRANGER, OUTSIDER, QUALITY, person("wang", "patient", "liuhe", "wang")):
        assert await record.find(other, _id=id) == []
    async with record.db.verb(EXPERT) as tx:
        await relations.dismiss(tx, f"test:{id}")


@pytest.mark.parametrize("house", ["cardiology", ASKER.id, "*", "@wang", "care:wang", *AREAS])
async def test_a_patients_house_is_never_taken_for_another_key(record: Record, house: str) -> None:
    await record.put(patient("strayed", "甲", "male", "1970", "S-1", house=house))
    for other in (ASKER, STRANGER, OUTSIDER, QUALITY, person("wang", "patient", "liuhe", "wang")):
        assert await record.find(other, _id="strayed") == []


async def test_what_is_known_of_a_patient_goes_with_them_to_another_house(record: Record) -> None:
    report: dict[str, Any] = {"resourceType": "DiagnosticReport", "subject": {"reference": "Patient/goer"}}
    await record.put(patient("goer", "甲", "male", "1970", "G-1"))
    await record.put(report | {"id": "plain"})
    await record.put(report | {"id": "restricted", "meta": {"security": [{"code": "R"}]}})
    await record.put(patient("goer", "甲", "male", "1970", "G-1", house="baishi"))
    assert await record.find(ASKER, kind="DiagnosticReport", patient="goer") == []
    assert await record.find(STRANGER, kind="DiagnosticReport", patient="goer") == ["plain"]
    await record.put(report | {"id": "after"})
    assert await record.find(STRANGER, kind="DiagnosticReport", patient="goer") == ["after", "plain"]


async def test_the_images_of_a_patient_go_with_them_too(record: Record) -> None:
    file = image("2.25.4711.9")
    header = codec.received(file)
    await record.ward.sends(HIS, file)
    (known,) = await record.home.rows("SELECT resource, patient FROM records.study WHERE uid = $1", header.study)
    assert await seen(record, COLLEAGUE, header.study) == (1, 1)
    assert await seen(record, STRANGER, header.study) == (0, 0)
    await record.put(patient(known["patient"], "刘淑英", "female", "1959-03-21", "X", house="baishi"))
    assert await seen(record, COLLEAGUE, header.study) == (0, 0)
    assert await seen(record, STRANGER, header.study) == (1, 1)


async def test_an_image_that_comes_after_them_is_where_they_are(record: Record) -> None:
    """Whose study it is was found out a moment ago, when the patient was still at the old house."""
    images = Images(record.db, record.ward.objects)
    sender = Sender(MACHINE.id, "liuhe")
    first = await images.take(sender, pieces("2.25.4712.1"), actor=MACHINE)
    study = first.fact.study
    (known,) = await record.home.rows("SELECT patient FROM records.study WHERE uid = $1", study)
    async with record.db.look(MACHINE) as look:
        stored = await access.seen(look, "Patient", known["patient"])
    await record.put(stored.resource() | {"managingOrganization": {"reference": "Organization/baishi"}})
    await images.take(sender, pieces("2.25.4712.2"), actor=MACHINE)
    assert await seen(record, COLLEAGUE, study) == (0, 0)
    assert await seen(record, STRANGER, study) == (1, 2)


async def pieces(sop: str) -> AsyncIterator[bytes]:
    """The file of another patient's image, as it comes."""
    more = {"PatientName": "王^小明", "PatientBirthDate": "19700101", "PatientSex": "M"}
    yield image(sop, number="N-9", StudyInstanceUID="2.25.4712", **more)


async def seen(record: Record, actor: Actor, study: str) -> tuple[int, int]:
    """How many studies and how many objects somebody sees."""
    async with record.db.look(actor) as look:
        return int(await studies.find(look, study) is not None), len(await studies.outlines(look, study))


@pytest.mark.usefixtures("database_template")
async def test_rows_of_before_are_opened_by_the_keys_of_today(database_server: Admin, tmp_path: Path) -> None:
    """The rows of a home whose keys had no kind yet."""
    for step in sorted(MIGRATIONS.glob("*.sql"))[:7]:
        shutil.copy(step, tmp_path)
    name = f"{RUN}_keys"
    told: dict[str, Any] = {"database": name, "password": RUN, "context_key": CONTEXT_KEY}
    old = Home(replace(database_server, database=name), "")
    try:
        await provision.provision(database_server, migrations=tmp_path, **told)
        for table, values in OLD.items():
            await old.run(f"INSERT INTO {table} VALUES {values}")
        await provision.provision(database_server, migrations=MIGRATIONS, **told)
        for table, expected in NEW.items():
            rows = await old.rows(f"SELECT audience FROM {table} ORDER BY 1")
            assert sorted(sorted(row["audience"]) for row in rows) == sorted(map(sorted, expected)), table
    finally:
        await Home(replace(database_server, database="postgres"), "").run(f'DROP DATABASE "{name}" WITH (FORCE)')


OLD = {
    "records.resource": (
        "('Organization', 'o', 1, now(), false, '', '', false, '', '{public,*}', '{}', '{}'),"
        "('Patient', 'p', 1, now(), false, 'p', 'h', false, '', '{*,h,p,@p}', '{}', '{}'),"
        "('DiagnosticReport', 'd', 1, now(), false, 'p', 'h', true, '', '{*!,p!,@p}', '{}', '{}')"
    ),
    "records.version": "('Patient', 'p', 1, now(), false, '{*,h,p,@p}', '{}', '{}')",
    "records.study": "('1.2', 's', 'p', 'h', '{*,h,p,@p}', false)",
    "records.instance": "('1.2', '1.3', '1.4', '{*,h,p,@p}', 1, '{}', 'b', 'd', 1, now())",
    "consultation.case": (
        "('c', 'signed', 'live', 'emergency', '?', 'p', '{}', 'a', 'h', 'd', 'e', '1', 'patient', 'signed', '', 'r', "
        "'', now(), now(), '{a,h,d,e,@p,worker}', NULL)"
    ),
}
TODAY = ["*", "house:h", "care:p", "@p"]
NEW = {
    "records.resource": [["public", "*"], TODAY, ["*!", "care:p!", "@p"]],
    "records.version": [TODAY],
    "records.study": [TODAY],
    "records.instance": [TODAY],
    "consultation.case": [["a", "house:h", "d", "e", "@p", "worker"]],
}


async def test_a_resource_is_where_its_patient_is_whatever_its_writer_took_it_for(record: Record) -> None:
    """A machine asks for nobody's house; the statement that writes knows it."""
    await record.put(patient("settled", "甲", "male", "1970", "S-1", house="baishi"))
    about: dict[str, Any] = {
        "resourceType": "Basic",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/settled"},
    }
    homeless = Actor("machine", "robot", "machine-rw")
    for number, writer in enumerate((MACHINE, homeless)):
        for label in ({}, {"meta": {"security": [{"code": "R"}]}}):
            stored = await alone.create(record.db, writer, about | label)
            (row,) = await record.home.rows(
                "SELECT institution, audience FROM records.resource WHERE id = $1", stored.id
            )
            assert row["institution"] == "baishi", (number, label)
            open_to = {"*!", "care:settled!"} if label else {"*", "house:baishi", "care:settled"}
            assert set(row["audience"]) == open_to | {"@settled"}
    assert len(await record.find(STRANGER, kind="Basic", patient="settled")) == 2
    assert await record.find(ASKER, kind="Basic", patient="settled") == []


async def test_a_write_alone_is_one_transaction_with_its_trail(record: Record) -> None:
    stored = await alone.create(record.db, MACHINE, {"resourceType": "Basic", "code": {"text": "x"}})
    rows = await record.home.rows("SELECT actor, verb, action FROM security.trail WHERE entity = $1", stored.id)
    assert [tuple(row) for row in rows] == [("robot", "records.write", "C")]
    assert stored.version == 1
