"""A sensitive label on what our applications publish: the report of an opinion, an imaging study, a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, Template
from tests.features.records.test_uploads import JPEG, pieces
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, HIS, MACHINE, NOW, QUALITY, SECOND, Ward, image, person
from tests.make.signing import added, amended, approved
from yuanzhen.applications.consultation.opinions import printing
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.intake import dicom
from yuanzhen.data.records import model, studies
from yuanzhen.data.records import store as resources
from yuanzhen.data.records.file import access, labels, store, upload_store, uploads
from yuanzhen.data.records.file.uploads import Brought
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.security.policy import relations

OURS = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V", "userSelected": True}
STUDY = "1.3.6.1.4.1.5962.1.2.1.20040119072730.12322"
PEER, OTHER_PEER = Actor("peer", HIS.peer, "peer", HIS.institution), Actor("peer", "ris-liuhe", "peer", "liuhe")


@pytest.fixture
async def home(database_template: Template) -> AsyncIterator[Home]:
    async with database_template.clone() as home:
        yield home


@pytest.fixture
async def ward(home: Home, tmp_path: Path) -> AsyncIterator[Ward]:
    db = await home.open()
    yield await Ward.of(db, tmp_path)
    await db.close()


async def label(ward: Ward, kind: str, id: str, by: Actor = ASKER) -> None:
    async with ward.db.verb(by) as tx:
        await labels.put(tx, await access.opened(tx, ward.patient, "label"), kind, id, "V", "患者要求")


async def take_back(ward: Ward, kind: str, id: str) -> None:
    async with ward.db.verb(ASKER) as tx:
        await labels.take_back(tx, await access.opened(tx, ward.patient, "unlabel"), kind, id, "标错了")


async def sees(ward: Ward, by: Actor, kind: str, id: str) -> bool:
    async with ward.db.look(by) as look:
        return await resources.find(look, kind, id) is not None


async def listed(ward: Ward, by: Actor, *kinds: str) -> list[str]:
    async with ward.db.look(by) as look:
        return [one.id for one in (await store.listed(look, ward.patient, kinds, without=(), most=9))[0]]


async def security(ward: Ward, kind: str, id: str) -> list[Any]:
    async with ward.db.look(MACHINE) as look:
        found = await resources.find(look, kind, id)
    assert found is not None
    return list(found.resource()["meta"].get("security", []))


async def described(ward: Ward, home: Home) -> str:
    """The study of the ward's images, described as if they had come a while ago; its ImagingStudy."""
    await home.run("UPDATE records.instance SET received = received - interval '1 minute'")
    async with ward.db.verb(system("relay")) as tx:
        await dicom.describe(tx, STUDY)
        study = await studies.find(tx, STUDY)
    assert study is not None
    return study.resource


async def images(ward: Ward, by: Actor) -> int:
    """How many images of the study somebody is shown."""
    async with ward.db.look(by) as look:
        return len((await studies.shown(look, STUDY))[0])


async def test_a_labelled_opinion_closes_to_all_but_who_has_part_in_it(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    await label(ward, "DiagnosticReport", case.report)
    for closed in (ASKER, COLLEAGUE):
        assert not await sees(ward, closed, "DiagnosticReport", case.report)
        assert await listed(ward, closed, "DiagnosticReport") == []
    assert await sees(ward, ward.herself, "DiagnosticReport", case.report)
    for part in (ASKER, EXPERT, ward.herself):
        assert len((await ward.opinions(part, case))["items"]) == 1
        assert (await printing.printed(ward.db, ward.vault, part, case.id, None, now=NOW))[1].startswith(b"%PDF-")
    for other in (COLLEAGUE, SECOND):
        with pytest.raises(Forbidden, match=r"opinion\.withheld"):
            await ward.opinions(other, case)
        with pytest.raises(Forbidden, match=r"opinion\.withheld"):
            await printing.printed(ward.db, ward.vault, other, case.id, None, now=NOW)
    assert (COLLEAGUE.id, "opinion.print", 4, "opinion.withheld") in await home.trail()
    await take_back(ward, "DiagnosticReport", case.report)
    assert await sees(ward, COLLEAGUE, "DiagnosticReport", case.report)
    assert len((await ward.opinions(COLLEAGUE, case))["items"]) == 1


async def test_a_labelled_opinion_is_added_to_amended_printed_and_checked_and_stays_labelled(ward: Ward) -> None:
    case = await ward.signed()
    await label(ward, "DiagnosticReport", case.report)
    await added(ward, EXPERT, case)
    await approved(ward, QUALITY, (await amended(ward, EXPERT, case)).id)
    assert await security(ward, "DiagnosticReport", case.report) == [OURS]
    assert not await sees(ward, COLLEAGUE, "DiagnosticReport", case.report)
    for by in (EXPERT, QUALITY):
        assert not await sees(ward, by, "DiagnosticReport", case.report)
    _, made = await printing.printed(ward.db, ward.vault, ASKER, case.id, None, now=NOW)
    told = await printing.checked(ward.db, ward.vault, system("check"), made)
    assert (told.valid, told.version) == (True, 3)


async def test_a_labelled_study_closes_with_its_images_and_opens_with_them(ward: Ward, home: Home) -> None:
    await ward.study()
    study = await described(ward, home)
    before = await home.rows("SELECT audience FROM records.study UNION ALL SELECT audience FROM records.instance")
    await label(ward, "ImagingStudy", study)
    for closed in (ASKER, COLLEAGUE, OTHER_PEER):
        assert not await sees(ward, closed, "ImagingStudy", study)
        assert await images(ward, closed) == 0
        assert await listed(ward, closed, "ImagingStudy") == []
    for seen in (ward.herself, MACHINE, PEER):
        assert await images(ward, seen) == 1
    async with ward.db.look(COLLEAGUE) as look:
        assert await store.withheld(look, ward.patient) == {"ImagingStudy": 1}
    await take_back(ward, "ImagingStudy", study)
    assert await images(ward, COLLEAGUE) == 1
    after = await home.rows("SELECT audience FROM records.study UNION ALL SELECT audience FROM records.instance")
    assert after == before


async def test_an_expert_sees_a_labelled_study_once_their_relation_names_what_is_sensitive(
    ward: Ward, home: Home
) -> None:
    await ward.study()
    study = await described(ward, home)
    await ward.accepted()
    assert await images(ward, EXPERT) == 1
    await label(ward, "ImagingStudy", study)
    assert await images(ward, EXPERT) == 0
    async with ward.db.verb(EXPERT) as tx:
        await relations.entrust(tx, EXPERT.id, ward.patient, "test:labels", sensitive=True)
    assert await images(ward, EXPERT) == 1


async def test_what_comes_later_of_a_labelled_study_is_closed_as_well(ward: Ward, home: Home) -> None:
    intake = ward.intake  # it remembers whose the study was before
    await intake.instance_received(HIS, pieces(image("2.25.4711.1"), 10_000))
    study = await described(ward, home)
    await label(ward, "ImagingStudy", study)
    await intake.instance_received(HIS, pieces(image("2.25.4711.2"), 10_000))
    assert await described(ward, home) == study
    assert await security(ward, "ImagingStudy", study) == [OURS]
    assert await home.rows("SELECT FROM records.apart") == []
    assert await images(ward, MACHINE) == 2
    assert await images(ward, COLLEAGUE) == 0
    await take_back(ward, "ImagingStudy", study)
    assert await images(ward, COLLEAGUE) == 2


async def test_a_system_that_never_sent_of_a_labelled_study_has_its_image_kept_apart(ward: Ward, home: Home) -> None:
    await ward.study()
    await label(ward, "ImagingStudy", await described(ward, home))
    await ward.sends(Sender("ris-liuhe", "liuhe"), image("2.25.4711.2"))
    assert [row["reason"] for row in await home.rows("SELECT reason FROM records.apart")] == ["dicom.study_elsewhere"]


async def test_a_labelled_file_closes_with_its_bytes(ward: Ward) -> None:
    kept = await uploads.take(
        ward.db, ward.objects, ASKER, Brought(ward.patient, "伤口.jpg", "image/jpeg"), pieces(JPEG, 1000), now=NOW
    )
    await label(ward, "DocumentReference", kept.id)
    for by, open in ((ASKER, False), (COLLEAGUE, False), (ward.herself, True)):
        assert await sees(ward, by, "DocumentReference", kept.id) == open
        async with ward.db.look(by) as look:
            assert (await upload_store.find(look, ward.patient, kept.id) is not None) == open


async def test_the_database_opens_and_closes_what_is_ours_as_the_model_says(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    for sensitive in (True, False):
        if sensitive:
            await label(ward, "DiagnosticReport", case.report)
        else:
            await take_back(ward, "DiagnosticReport", case.report)
        (row,) = await home.rows(
            f"SELECT audience, institution, source FROM records.resource WHERE id = '{case.report}'"
        )
        said = model.audience(
            "DiagnosticReport", ward.patient, row["institution"], sensitive=sensitive, source=row["source"]
        )
        assert row["audience"] == said


async def test_only_who_treats_labels_what_is_ours_too(ward: Ward) -> None:
    case = await ward.signed()
    for by in (ward.herself, MACHINE, SECOND, person("n", "nurse", "liuhe")):
        with pytest.raises(Exception, match=r"label\.not_yours|auth\.person_needed|fhir\.not_found"):
            await label(ward, "DiagnosticReport", case.report, by)
    assert await security(ward, "DiagnosticReport", case.report) == []
