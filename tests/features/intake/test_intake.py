"""What systems send becomes records: once, whole, of the right patient, and seen by the sender's house alone."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pydicom
import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, BORN, HIS, MACHINE, NAME, NUMBER, STRANGER, Ward, image, seen
from yuanzhen.data.exchange.dicom.scan import meta_size
from yuanzhen.data.exchange.facts import Identifier, Name, Sender
from yuanzhen.data.intake import dicom, store
from yuanzhen.data.intake.apart_store import groups
from yuanzhen.data.intake.patients import disagreement
from yuanzhen.data.records import studies
from yuanzhen.data.records.viewing import Viewer
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.security.identity.scopes import Scopes

pytestmark = pytest.mark.slow

OTHER_HOUSE = Sender("his-baishi", "baishi")
SCANNER = Sender("ct-liuhe", "liuhe")  # another system of the same house
STUDY = str(pydicom.dcmread(io.BytesIO(image())).StudyInstanceUID)


async def patients(ward: Ward) -> list[dict[str, Any]]:
    rows = await ward.db.once(MACHINE, "SELECT content FROM records.resource WHERE type = 'Patient' ORDER BY id")
    return [msgspec.json.decode(row["content"]) for row in rows]


async def gives_numbers(ward: Ward, issuer: str) -> None:
    """An officer has said that the township's systems may give this issuer's numbers."""
    async with ward.db.verb(system("setup")) as tx:
        await store.put_row(tx, "liuhe", "", "issuer", issuer.casefold(), "", "", "")


async def versions(home: Home) -> int:
    return len(await home.rows("SELECT FROM records.version WHERE type = 'Patient'"))


# ---- messages


async def test_an_unknown_number_makes_a_patient_of_the_senders_house(ward: Ward) -> None:
    (one,) = await patients(ward)
    assert one["managingOrganization"] == {"reference": "Organization/liuhe"}
    assert (one["name"][0]["text"], one["birthDate"], one["gender"]) == (NAME, BORN, "female")
    assert await ward.sees_record(ASKER)
    assert not await ward.sees_record(STRANGER)


async def test_the_same_message_again_changes_nothing(ward: Ward, home: Home) -> None:
    for _ in range(3):
        await ward.intake.patient_seen(HIS, seen())
    assert len(await patients(ward)) == 1
    assert await versions(home) == 1


async def test_the_same_control_id_with_other_content_is_another_message(ward: Ward) -> None:
    await ward.intake.patient_seen(HIS, seen(digest="other", phone="13911111111"))
    (one,) = await patients(ward)
    assert one["telecom"] == [{"system": "phone", "value": "13911111111"}]


async def test_an_update_replaces_what_it_says_and_keeps_what_it_leaves_out(ward: Ward, home: Home) -> None:
    told = seen(message="A2", event="A08", name=Name("刘", "淑瑛", "刘淑瑛"), phone="", address="")
    await ward.intake.patient_seen(HIS, told)
    (one,) = await patients(ward)
    assert one["name"][0]["text"] == "刘淑瑛"
    assert one["telecom"] == [{"system": "phone", "value": "13800000000"}]
    assert one["address"] == [{"text": "柳河镇中街 3 号"}]
    assert await versions(home) == 2


async def test_an_update_of_an_unknown_number_makes_the_patient(ward: Ward) -> None:
    await ward.intake.patient_seen(HIS, seen("00099", message="A3", event="A08"))
    assert len(await patients(ward)) == 2


async def test_numbers_add_up(ward: Ward) -> None:
    national = Identifier("610100195903210017", "", "NNCHN")
    both = (Identifier(NUMBER, "LIUHE", "MR"), national)
    await ward.intake.patient_seen(HIS, seen(message="A4", identifiers=both))
    await ward.intake.patient_seen(HIS, seen(message="A5", identifiers=(national,)))
    (one,) = await patients(ward)
    assert {number["system"] for number in one["identifier"]} == {
        "urn:yuanzhen:issuer:liuhe:LIUHE",
        "urn:yuanzhen:number:NNCHN",
    }


async def test_twenty_messages_at_once_of_one_new_number_make_one_patient(ward: Ward, home: Home) -> None:
    work = [ward.intake.patient_seen(HIS, seen("00077", message=f"B{n}")) for n in range(20)]
    await asyncio.gather(*work)
    found = await home.rows("SELECT DISTINCT key FROM records.token WHERE code = '00077'")
    assert len(found) == 1
    assert await versions(home) == 21


async def test_two_numbers_in_either_order_at_once_do_not_wait_for_each_other(ward: Ward) -> None:
    a, b = Identifier("00055", "LIUHE", "MR"), Identifier("00066", "LIUHE", "PI")
    work = [
        ward.intake.patient_seen(HIS, seen(message=f"C{n}", identifiers=(a, b) if n % 2 else (b, a))) for n in range(20)
    ]
    await asyncio.wait_for(asyncio.gather(*work), 30)
    assert len(await patients(ward)) == 2


async def test_the_same_number_of_another_house_is_another_patient(ward: Ward) -> None:
    await ward.intake.patient_seen(OTHER_HOUSE, seen(message="D1"))
    assert len(await patients(ward)) == 2
    assert await ward.sees_record(ASKER)
    rows = await ward.db.once(STRANGER, "SELECT id FROM records.resource WHERE type = 'Patient'")
    assert len(rows) == 1
    assert rows[0]["id"] != ward.patient


async def test_a_national_number_that_another_house_knows_is_not_shown_to_this_one(ward: Ward) -> None:
    """A peer works within its own house: it neither finds nor changes another's patient."""
    national = (Identifier("610100195903210017", "", "NNCHN"),)
    await ward.intake.patient_seen(HIS, seen(message="E1", identifiers=national))
    await ward.intake.patient_seen(OTHER_HOUSE, seen(message="E2", identifiers=national, phone="13922222222"))
    rows = await ward.db.once(ASKER, "SELECT content FROM records.resource WHERE type = 'Patient'")
    assert all("13922222222" not in row["content"] for row in rows)


# ---- a number whose issuer only one side names


async def test_the_same_houses_scanner_need_not_say_whose_number_it_is(ward: Ward) -> None:
    file = image("2.25.1", IssuerOfPatientID="")
    await ward.sends(SCANNER, file)
    assert len(await patients(ward)) == 1
    rows = await ward.db.once(ASKER, "SELECT patient FROM records.study")
    assert [row["patient"] for row in rows] == [ward.patient]


async def test_the_his_knows_again_whom_the_scanner_announced_without_issuer(ward: Ward) -> None:
    await ward.sends(SCANNER, image("2.25.2", number="00088", IssuerOfPatientID=""))
    await ward.intake.patient_seen(HIS, seen("00088", message="F1"))
    assert len(await patients(ward)) == 2


async def test_a_number_of_an_issuer_that_nobody_knows_waits(ward: Ward, home: Home) -> None:
    await ward.intake.patient_seen(HIS, seen(message="G0", identifiers=(Identifier(NUMBER, "NOBODY", "MR"),)))
    assert len(await patients(ward)) == 1
    (row,) = await home.rows("SELECT state, code, place FROM intake.message WHERE control = 'G0'")
    assert tuple(row) == ("waiting", "intake.unknown_issuer", "PID-3.4")


async def test_two_issuers_of_one_house_stay_two(ward: Ward) -> None:
    await gives_numbers(ward, "LAB")
    await ward.intake.patient_seen(HIS, seen(message="G1", identifiers=(Identifier(NUMBER, "LAB", "MR"),)))
    assert len(await patients(ward)) == 2


async def test_without_issuer_a_contradiction_is_somebody_else(ward: Ward) -> None:
    other = image("2.25.3", IssuerOfPatientID="", PatientName="王^芳", PatientBirthDate="19800101")
    await ward.sends(SCANNER, other)
    assert len(await patients(ward)) == 2


async def test_without_issuer_a_number_that_two_carry_is_neithers(ward: Ward) -> None:
    await gives_numbers(ward, "LAB")
    await ward.intake.patient_seen(HIS, seen(message="H1", identifiers=(Identifier(NUMBER, "LAB", "MR"),)))
    await ward.sends(SCANNER, image("2.25.4", IssuerOfPatientID=""))
    assert len(await patients(ward)) == 3


# ---- images


async def test_an_image_is_kept_with_its_file_and_noted(ward: Ward, home: Home) -> None:
    file = image()
    await ward.sends(HIS, file)
    (row,) = await home.rows("SELECT sop, blob, bytes FROM records.instance")
    assert (row["sop"], row["bytes"]) == ("2.25.4711.1", len(file))
    assert await ward.objects.get(row["blob"]) == file
    told = await home.rows("SELECT actor, patient FROM security.trail WHERE verb = 'dicom.store'")
    assert [tuple(one) for one in told] == [("his-liuhe", ward.patient)]


async def test_the_same_image_again_is_done(ward: Ward, home: Home) -> None:
    for _ in range(3):
        await ward.study()
    assert len(await home.rows("SELECT FROM records.instance")) == 1
    assert len(await home.rows("SELECT FROM security.trail WHERE verb = 'dicom.store'")) == 1


async def test_twenty_times_the_same_image_at_once_is_one(ward: Ward, home: Home) -> None:
    await asyncio.gather(*(ward.study() for _ in range(20)))
    assert len(await home.rows("SELECT FROM records.instance")) == 1
    assert len(await home.rows("SELECT FROM records.study")) == 1


async def apart(home: Home) -> list[tuple[str, str]]:
    return [tuple(row) for row in await home.rows("SELECT reason, place FROM records.apart ORDER BY at")]


async def test_one_uid_with_other_content_is_kept_apart_and_the_first_stays(ward: Ward, home: Home) -> None:
    other = image(StudyDescription="another")
    await ward.study()
    for _ in range(2):
        await ward.sends(HIS, other)
    assert await apart(home) == [("dicom.same_uid_other_content", "SOPInstanceUID")]
    (row,) = await home.rows("SELECT blob FROM records.instance")
    assert await ward.objects.get(row["blob"]) == image()
    (row,) = await home.rows("SELECT blob, sender, institution FROM records.apart")
    assert await ward.objects.get(row["blob"]) == other
    assert (row["sender"], row["institution"]) == ("his-liuhe", "liuhe")
    told = await home.rows("SELECT actor, reason FROM security.trail WHERE verb = 'dicom.apart'")
    assert [tuple(one) for one in told] == [("his-liuhe", "dicom.same_uid_other_content")]


async def test_the_same_content_of_another_sender_is_the_same_object(ward: Ward, home: Home) -> None:
    """Who wrote the meta information, and whether it names the sending AE, changes no content."""
    await ward.study()
    file = pydicom.dcmread(io.BytesIO(image()))
    file.file_meta.SourceApplicationEntityTitle = "ANOTHER"
    written = io.BytesIO()
    file.save_as(written)
    await ward.sends(SCANNER, written.getvalue())
    assert await apart(home) == []
    assert len(await home.rows("SELECT FROM records.instance")) == 1


async def test_the_pieces_that_an_image_comes_in_change_no_content(ward: Ward, home: Home) -> None:
    file = image()
    began = meta_size(file)

    async def pieces(first: int) -> AsyncIterator[bytes]:
        yield file[:first]
        yield file[first:]

    await ward.study()
    for first in (began - 1, began, began + 1, began + 7, began + 8):  # before it can be told that the data set begins
        await ward.intake.instance_received(HIS, pieces(first))
    assert await apart(home) == []
    (row,) = await home.rows("SELECT digest FROM records.instance")
    assert row["digest"] == hashlib.sha256(file[began:]).hexdigest()


async def test_what_was_kept_before_digests_were_of_the_data_set_is_known_again(ward: Ward, home: Home) -> None:
    await ward.study()
    await home.run("UPDATE records.instance SET digest = 'of another kind'")
    await ward.study()
    assert await apart(home) == []


@pytest.mark.parametrize(
    ("header", "place"),
    [({"PatientName": "王^芳"}, "PatientName"), ({"PatientSex": "M"}, "PatientSex"),
     ({"PatientBirthDate": "19590322"}, "PatientBirthDate")],
)  # fmt: skip
async def test_a_header_that_contradicts_its_numbers_patient_waits_and_is_not_served(
    ward: Ward, home: Home, header: dict[str, str], place: str
) -> None:
    await ward.sends(HIS, image(**header))
    assert await apart(home) == [("intake.patient_disagrees", place)]
    assert await home.rows("SELECT FROM records.instance") == []
    assert await ward.db.once(ASKER, "SELECT FROM records.study") == []


async def test_a_scanner_that_writes_pinyin_alone_contradicts_no_name_in_han(ward: Ward, home: Home) -> None:
    await ward.sends(HIS, image(PatientName="Liu^Shuying"))
    assert await apart(home) == []
    (row,) = await ward.db.once(ASKER, "SELECT patient FROM records.study")
    assert row["patient"] == ward.patient


@pytest.mark.parametrize(
    ("header", "place"), [({"PatientSex": "M"}, "PatientSex"), ({"PatientBirthDate": "19590322"}, "PatientBirthDate")]
)
async def test_pinyin_of_another_birth_date_or_sex_waits_as_any_other(
    ward: Ward, home: Home, header: dict[str, str], place: str
) -> None:
    await ward.sends(HIS, image(PatientName="Liu^Shuying", **header))
    assert await apart(home) == [("intake.patient_disagrees", place)]


@pytest.mark.parametrize(
    ("known", "told", "place"),
    [("周德福", "Defu Zhou", ""), ("Defu Zhou", "周德福", ""), ("周德福", "周 德福", ""),
     ("周德福", "周德", "PatientName"), ("Defu Zhou", "defuzhou", ""),
     ("Defu Zhou", "Fang Wang", "PatientName"), ("", "周德福", "")],
)  # fmt: skip
def test_names_are_compared_within_one_script(known: str, told: str, place: str) -> None:
    assert disagreement({"name": [{"text": known}]}, name=told, sex="", birth_date="") == place


async def test_a_second_image_that_contradicts_waits_too_though_the_first_was_right(ward: Ward, home: Home) -> None:
    await ward.study()
    await ward.sends(HIS, image("2.25.4711.2", PatientName="王^芳"))
    assert await apart(home) == [("intake.patient_disagrees", "PatientName")]
    assert len(await home.rows("SELECT FROM records.instance")) == 1


async def test_an_image_without_a_number_makes_nobody_and_waits(ward: Ward, home: Home) -> None:
    await ward.sends(HIS, image(number=""))
    assert await apart(home) == [("intake.no_number", "PatientID")]
    assert len(await patients(ward)) == 1


async def test_a_file_that_breaks_off_leaves_nothing(ward: Ward, home: Home) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield image()[:5000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await ward.intake.instance_received(HIS, broken())
    assert [key async for key in ward.blobs.list()] == []


async def test_a_frame_is_found_whether_its_size_was_noted_or_not(ward: Ward, home: Home) -> None:
    await ward.study()
    viewer = Viewer(MACHINE, Scopes.parse("system/*.read"), ward.db, ward.objects)
    wanted = pydicom.dcmread(io.BytesIO(image())).PixelData
    for _ in range(2):
        (file,) = await viewer.seen(STUDY)
        assert await file.frame(1) == wanted
        await home.run("UPDATE records.instance SET pixels = pixels - 'bits'")  # as they came before


async def test_what_is_no_instance_is_refused_and_leaves_nothing(ward: Ward, home: Home) -> None:
    for file in (image()[:-1], image()[:2000], b"x" * 1000, image(StudyInstanceUID="")):
        with pytest.raises(Problem, match=r"dicom\."):
            await ward.sends(HIS, file)
    assert [key async for key in ward.blobs.list()] == []


async def test_what_is_apart_is_known_to_its_house_alone(ward: Ward) -> None:
    await ward.sends(HIS, image(PatientSex="M"))
    async with ward.db.look(ASKER) as look:
        assert [one["reason"] for one in await groups(look)] == ["intake.patient_disagrees"]
    async with ward.db.look(STRANGER) as look:
        assert await groups(look) == []


@pytest.mark.parametrize("header", [{"PatientName": ""}, {"PatientSex": ""}, {"PatientBirthDate": ""}])
async def test_what_a_header_leaves_out_contradicts_nothing(ward: Ward, header: dict[str, str]) -> None:
    await ward.sends(HIS, image(**header))
    assert len(await patients(ward)) == 1


async def test_an_image_of_an_unknown_number_makes_its_patient(ward: Ward) -> None:
    await ward.sends(HIS, image(number="00033"))
    assert len(await patients(ward)) == 2


async def test_another_houses_image_does_not_join_a_study_by_its_uid(ward: Ward, home: Home) -> None:
    await ward.study()
    await ward.sends(OTHER_HOUSE, image("2.25.9"))
    assert await apart(home) == [("dicom.study_elsewhere", "StudyInstanceUID")]
    (study,) = await home.rows("SELECT institution, patient FROM records.study")
    assert tuple(study) == ("liuhe", ward.patient)
    assert len(await home.rows("SELECT FROM records.instance")) == 1


async def test_an_image_of_another_patient_in_a_known_study_waits(ward: Ward, home: Home) -> None:
    await ward.study()
    await ward.sends(HIS, image("2.25.8", number="00044", PatientName="王^芳"))
    assert await apart(home) == [("dicom.other_patient", "PatientID")]
    assert len(await home.rows("SELECT FROM records.instance")) == 1


async def test_an_image_that_comes_while_its_study_is_described_is_described_too(ward: Ward, home: Home) -> None:
    await ward.study()
    (row,) = await home.rows("SELECT uid FROM records.study")
    await home.run("UPDATE records.instance SET received = received - interval '3 seconds'")
    async with ward.db.verb(system("relay")) as tx:
        await studies.settle(tx, row["uid"])
        late = asyncio.create_task(ward.study("2.25.4711.2"))
        await asyncio.sleep(0.3)
        assert not late.done()
    await late
    (row,) = await home.rows("SELECT pending FROM records.study")
    assert row["pending"]


async def test_a_study_is_described_when_it_has_come_to_rest(ward: Ward, home: Home) -> None:
    await ward.study()
    await ward.study("2.25.4711.2")
    (row,) = await home.rows("SELECT uid FROM records.study")
    async with ward.db.verb(system("relay")) as tx:
        await dicom.describe(tx, row["uid"])
    assert await ward.db.once(ASKER, "SELECT FROM records.resource WHERE type = 'ImagingStudy'") == []
    await home.run("UPDATE records.instance SET received = received - interval '3 seconds'")
    async with ward.db.verb(system("relay")) as tx:
        await dicom.describe(tx, row["uid"])
    (found,) = await ward.db.once(ASKER, "SELECT content, source FROM records.resource WHERE type = 'ImagingStudy'")
    assert msgspec.json.decode(found["content"])["numberOfInstances"] == 2
    assert found["source"].startswith("yuanzhen:imaging/")
