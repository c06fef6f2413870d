"""Images kept apart: a clinician of the house compares, releases or discards them; nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, HIS, MACHINE, NAME, NUMBER, STRANGER, Ward, image, person, seen
from yuanzhen.data.exchange.facts import Name
from yuanzhen.data.intake import apart, dicom, interfaces
from yuanzhen.data.intake.apart import ApartLine, ApartWhole, Settled
from yuanzhen.data.intake.events import ImagesDiscarded, StudyArriving
from yuanzhen.data.records import studies
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.news import last
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.infrastructure.metrics import Metrics

OTHER_STUDY = "2.25.4711.100"
OFFICER = person("boss", "officer")


@pytest.fixture
async def two(ward: Ward, home: Home) -> AsyncIterator[Ward]:
    """The ward with a second patient of the township, whose number is 00002."""
    await ward.intake.patient_seen(HIS, seen("00002", message="A2", name=Name("张", "建国", "张建国"), sex="male"))
    db = await home.open({StudyArriving.kind: ("describe-study",), ImagesDiscarded.kind: ("free-files",)})
    yield Ward(db, ward.vault, ward.objects, ward.blobs, ward.patient)
    await db.close()


async def second(ward: Ward) -> str:
    rows = await ward.db.once(
        MACHINE, "SELECT id FROM records.resource WHERE type = 'Patient' AND id <> $1", ward.patient
    )
    return str(rows[0]["id"])


async def wrong(ward: Ward, sop: str = "2.25.4711.50", **more: object) -> None:
    """An image of a study of its own that names her number and another's sex."""
    await ward.sends(HIS, image(sop, PatientSex="M", StudyInstanceUID=OTHER_STUDY, **more))


async def waiting(ward: Ward, by: Actor = ASKER) -> list[ApartLine]:
    async with ward.db.look(by) as look:
        return await apart.waiting(look)


async def whole(ward: Ward, id: str, by: Actor = ASKER) -> ApartWhole:
    async with ward.db.look(by) as look:
        return await apart.whole(look, id)


async def released(ward: Ward, id: str, patient: str, by: Actor = ASKER) -> Settled:
    return await apart.release(ward.db, ward.objects, by, id, patient)


async def discarded(ward: Ward, id: str, reason: str = "测试影像", by: Actor = ASKER) -> Settled:
    async with ward.db.verb(by) as tx:
        return await apart.discard(tx, id, reason)


async def served(ward: Ward, by: Actor = ASKER) -> list[str]:
    rows = await ward.db.once(by, "SELECT sop FROM records.instance ORDER BY sop")
    return [row["sop"] for row in rows]


# ---- seen


async def test_images_that_say_the_same_wait_as_one(two: Ward) -> None:
    await wrong(two, "2.25.4711.50")
    await wrong(two, "2.25.4711.51")
    await two.sends(HIS, image("2.25.4711.52", number="", StudyInstanceUID="2.25.4711.101"))
    lines = await waiting(two)
    assert [(one.reason, one.images) for one in lines] == [("intake.no_number", 1), ("intake.patient_disagrees", 2)]
    (_, line) = lines
    assert (line.place, line.study, line.modality) == ("PatientSex", OTHER_STUDY, "CT")
    claimed = line.claimed
    assert (claimed.name, claimed.number, claimed.issuer, claimed.sex) == (NAME, NUMBER, "LIUHE", "male")


async def test_what_is_known_stands_beside_it(two: Ward) -> None:
    await two.study()
    await two.sends(HIS, image("2.25.4711.60", number="00002", PatientName="张^建国", PatientSex="M"))
    (line,) = await waiting(two)
    shown = await whole(two, line.id)
    assert shown.line.reason == "dicom.other_patient"
    assert shown.holder is not None and (shown.holder.id, shown.holder.name) == (two.patient, NAME)
    assert [one.name for one in shown.numbered] == ["张建国"]
    assert (shown.served, shown.differs) == ("", [])


async def test_of_the_same_uid_the_attributes_that_differ_are_shown(two: Ward) -> None:
    await two.study("2.25.4711.1")
    await two.sends(HIS, image("2.25.4711.1", StationName="CT-2"))
    (line,) = await waiting(two)
    shown = await whole(two, line.id)
    assert shown.line.reason == dicom.OTHER_CONTENT
    assert "StationName" in {one.keyword for one in shown.differs}
    assert shown.differences == len(shown.differs)
    assert shown.served.endswith("/instances/2.25.4711.1")


async def test_each_house_sees_its_own_and_other_roles_none(two: Ward) -> None:
    await wrong(two)
    (line,) = await waiting(two, COLLEAGUE)
    assert await waiting(two, STRANGER) == []
    with pytest.raises(NotFound, match=r"apart\.unknown"):
        await whole(two, line.id, STRANGER)
    for other in (EXPERT, OFFICER, MACHINE):
        with pytest.raises(Forbidden, match=r"apart\.not_yours"):
            await waiting(two, other)


async def test_the_officer_and_the_figures_count_them_and_are_told_no_more(two: Ward, home: Home) -> None:
    await wrong(two)
    await home.run("INSERT INTO security.peer (id, name, institution) VALUES ('his-liuhe', 'HIS', 'liuhe')")
    async with two.db.look(OFFICER) as look:
        (line,) = [one for one in (await interfaces.overview(look)).items if one.id == HIS.peer]
    assert line.apart == 1
    async with two.db.look(system("relay")) as look:
        totals = await interfaces.totals(look)
    assert totals["images_apart"] == 1
    metrics = Metrics()
    for name, value in totals.items():
        metrics.set(name, value)
    assert b"yuanzhen_images_apart 1.0" in metrics.render()[0]
    assert await two.db.once(OFFICER, "SELECT id FROM records.apart") == []


async def test_an_image_that_is_kept_apart_wakes_the_pages_of_the_house(two: Ward) -> None:
    before = await last(two.db, "exchange/liuhe")
    await wrong(two)
    assert await last(two.db, "exchange/liuhe") > before


# ---- released


async def test_released_to_a_patient_they_are_served_as_that_patients_study(two: Ward, home: Home) -> None:
    await wrong(two, "2.25.4711.50")
    await wrong(two, "2.25.4711.51")
    (line,) = await waiting(two)
    patient = await second(two)
    assert await released(two, line.id, patient) == Settled(2, OTHER_STUDY)
    assert await served(two) == ["2.25.4711.50", "2.25.4711.51"]
    assert await waiting(two) == []
    async with two.db.look(ASKER) as look:
        study = await studies.find(look, OTHER_STUDY)
    assert study is not None and (study.patient, study.institution) == (patient, "liuhe")
    (row,) = await home.rows("SELECT actor, patient, entity FROM security.trail WHERE verb = 'apart.release'")
    assert tuple(row.values()) == (ASKER.id, patient, study.resource)
    await home.run("UPDATE records.instance SET received = received - interval '1 minute'")
    async with two.db.verb(system("relay")) as tx:
        await dicom.describe(tx, OTHER_STUDY)
    described = await two.db.once(ASKER, "SELECT content FROM records.resource WHERE type = 'ImagingStudy'")
    assert len(described) == 1 and patient in str(described[0]["content"])


async def test_a_released_image_is_its_files_bytes(two: Ward) -> None:
    file = image("2.25.4711.50", PatientSex="M", StudyInstanceUID=OTHER_STUDY)
    await two.sends(HIS, file)
    (line,) = await waiting(two)
    await released(two, line.id, two.patient)
    async with two.db.look(ASKER) as look:
        kept = await studies.kept(look, "2.25.4711.50")
    assert kept is not None and kept.pixels is not None
    assert b"".join([piece async for piece in two.objects.read(kept.blob, kept.size)]) == file


async def test_a_study_that_is_anothers_keeps_its_patient_and_nothing_is_changed(two: Ward) -> None:
    await two.study()
    await two.sends(HIS, image("2.25.4711.60", number="00002", PatientName="张^建国", PatientSex="M"))
    (line,) = await waiting(two)
    with pytest.raises(Conflict, match=r"apart\.study_of_another"):
        await released(two, line.id, await second(two))
    assert await served(two) == ["2.25.4711.1"]
    await released(two, line.id, two.patient)
    assert await served(two) == ["2.25.4711.1", "2.25.4711.60"]


async def test_what_has_a_uid_that_is_served_is_not_served_too(two: Ward) -> None:
    await two.study("2.25.4711.1")
    await two.sends(HIS, image("2.25.4711.1", StationName="CT-2"))
    (line,) = await waiting(two)
    with pytest.raises(Conflict, match=r"apart\.uid_served"):
        await released(two, line.id, two.patient)
    assert [one.id for one in await waiting(two)] == [line.id]


async def test_only_a_clinician_of_the_house_releases_and_to_its_patients_alone(two: Ward, home: Home) -> None:
    await wrong(two)
    (line,) = await waiting(two)
    for other, code in ((STRANGER, r"apart\.unknown"), (EXPERT, r"apart\.not_yours"), (OFFICER, r"apart\.not_yours")):
        with pytest.raises((NotFound, Forbidden), match=code):
            await released(two, line.id, two.patient, other)
    with pytest.raises(NotFound, match=r"apart\.patient_unknown"):
        await released(two, line.id, "nobody")
    await home.run(f"UPDATE records.resource SET institution = 'baishi' WHERE id = '{await second(two)}'")
    with pytest.raises(NotFound, match=r"apart\.patient_unknown"):
        await released(two, line.id, await second(two))
    assert await served(two) == []


async def test_the_same_image_again_is_not_kept_apart_twice(two: Ward, home: Home) -> None:
    await wrong(two)
    (line,) = await waiting(two)
    await released(two, line.id, two.patient)
    await wrong(two)
    assert await waiting(two) == []
    assert len(await home.rows("SELECT id FROM records.apart")) == 1


# ---- discarded


async def test_what_is_nobodys_is_discarded_with_a_reason_and_leaves_the_disk(two: Ward, home: Home) -> None:
    await wrong(two)
    (line,) = await waiting(two)
    with pytest.raises(Invalid, match=r"exchange\.reason"):
        await discarded(two, line.id, " ")
    assert await discarded(two, line.id) == Settled(1, OTHER_STUDY)
    assert (await waiting(two), await served(two)) == ([], [])
    (row,) = await home.rows("SELECT state, ended_by, why, blob, bytes FROM records.apart")
    assert (row["state"], row["ended_by"], row["why"]) == ("discarded", ASKER.id, "测试影像")
    (fact,) = await home.rows(
        "SELECT body::text, due - now() AS wait FROM infrastructure.outbox WHERE listener = 'free-files'"
    )
    assert timedelta(hours=23) < fact["wait"] < timedelta(hours=25)  # a backup that has begun may want it
    assert await two.blobs.exists(row["blob"])
    for _ in range(2):  # as after a death before it was noted that it is done
        await apart.free(two.objects, msgspec.json.decode(fact["body"]))
        assert not await two.blobs.exists(row["blob"])
    await wrong(two)
    assert [key async for key, _ in two.blobs.list()] == []
    assert await waiting(two) == []


async def test_only_a_clinician_of_the_house_discards(two: Ward) -> None:
    await wrong(two)
    (line,) = await waiting(two)
    for other in (STRANGER, EXPERT, OFFICER):
        with pytest.raises((NotFound, Forbidden)):
            await discarded(two, line.id, by=other)
    assert len(await waiting(two)) == 1
