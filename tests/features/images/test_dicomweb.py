"""DICOMweb as strangers use it: found, described, fetched as it lies or as it was asked for, shown; or refused why."""

from __future__ import annotations

import email
import io
from email import policy

import httpx
import imagecodecs
import numpy as np
import pydicom
import pytest

from tests.features.images.conftest import BUNDLED, Archive, as_file, bundled, stow, written
from tests.make import inside
from tests.make.images import ct

pytestmark = pytest.mark.slow

OCTETS = 'multipart/related; type="application/octet-stream"'


def parts(answer: httpx.Response) -> list[tuple[str, bytes]]:
    """Content type and content of each part."""
    assert answer.status_code == 200, answer.text
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + answer.content, policy=policy.HTTP)
    boundary = message.get_boundary()
    assert boundary is not None
    found = []
    for piece in answer.content.split(f"\r\n--{boundary}".encode())[1:-1]:
        headers, _, content = piece.partition(b"\r\n\r\n")
        found.append((headers.decode().partition("Content-Type: ")[2].partition("\r\n")[0], content))
    return found


def path(file: bytes) -> str:
    header = pydicom.dcmread(io.BytesIO(file), stop_before_pixels=True)
    series = f"/dicom-web/studies/{header.StudyInstanceUID}/series/{header.SeriesInstanceUID}"
    return f"{series}/instances/{header.SOPInstanceUID}"


def of_another_study(number: int) -> bytes:
    """An image of somebody else's, so that what others count stays as it is."""
    image = ct(number, patient="00018", name="周^德福")
    image.StudyInstanceUID, image.SeriesInstanceUID = "2.25.4712", "2.25.4712.1"
    return written(image)


def taken(archive: Archive, where: str, accept: str = "*/*") -> httpx.Response:
    return archive.machine.get(where, headers={"Accept": accept})


# ---- QIDO-RS


@pytest.mark.parametrize(
    "asked",
    [
        "PatientName=刘*", "PatientName=刘^淑英", "PatientName=刘淑英", "PatientID=00017", "00100020=0001?",
        "StudyDate=20040119", "StudyDate=20040101-20040131", "StudyDate=-20040119&PatientID=00017",
        "ModalitiesInStudy=CT&PatientID=00017", "StudyInstanceUID={study}", "StudyInstanceUID=1.2,{study}",
    ],
)  # fmt: skip
def test_a_study_is_found_by(archive: Archive, asked: str) -> None:
    found = archive.machine.get("/dicom-web/studies?" + asked.format(study=archive.study)).json()
    assert [one["0020000D"]["Value"] for one in found] == [[archive.study]]
    (one,) = found
    assert one["00100010"]["Value"] == [{"Alphabetic": "刘^淑英"}]
    assert (one["00201206"]["Value"], one["00201208"]["Value"], one["00080061"]["Value"]) == ([1], [2], ["CT"])
    assert one["00081190"]["Value"] == [f"{archive.center.url}/dicom-web/studies/{archive.study}"]


@pytest.mark.parametrize(
    "asked", ["PatientName=王*", "StudyDate=20050101-", "PatientID=0001", "PatientID=%25", "ModalitiesInStudy=US"]
)
def test_what_does_not_match_is_not_found(archive: Archive, asked: str) -> None:
    found = archive.machine.get(f"/dicom-web/studies?{asked}&StudyInstanceUID={archive.study}")
    assert (found.status_code, found.json()) == (200, [])


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("limit=x", "images.not_a_number"), ("offset=-1", "images.not_a_number"),
        ("Nonsense=1", "images.unknown_attribute"), ("Modality=CT", "images.not_searched"),
        ("includefield=Nonsense", "images.unknown_attribute"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_answered_is_refused(archive: Archive, asked: str, code: str) -> None:
    answer = archive.machine.get(f"/dicom-web/studies?{asked}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_pages_are_the_whole_without_repetition(archive: Archive) -> None:
    whole = archive.machine.get("/dicom-web/studies").json()
    paged = [archive.machine.get(f"/dicom-web/studies?limit=1&offset={n}").json() for n in range(len(whole) + 1)]
    assert [one for page in paged for one in page] == whole
    assert paged[-1] == []


def test_literal_matching_is_said_where_fuzzy_was_wanted(archive: Archive) -> None:
    answer = archive.machine.get("/dicom-web/studies?PatientName=刘&fuzzymatching=true")
    assert (answer.json(), answer.headers["warning"][:3]) == ([], "299")


def test_series_and_instances_are_found_below_and_across_studies(archive: Archive) -> None:
    base = f"/dicom-web/studies/{archive.study}"
    (series,) = archive.machine.get(f"{base}/series").json()
    assert (series["00080060"]["Value"], series["00201209"]["Value"]) == (["CT"], [2])
    uid = series["0020000E"]["Value"][0]
    below = archive.machine.get(f"{base}/series/{uid}/instances").json()
    assert [one["00200013"]["Value"] for one in below] == [[1], [2]]
    assert below[0]["00200037"]["Value"] == [1, 0, 0, 0, 1, 0]  # which way up it is
    (second,) = archive.machine.get(f"{base}/series/{uid}/instances?InstanceNumber=2").json()
    assert second["00080018"]["Value"] == ["2.25.4711.2"]
    assert len(archive.machine.get(f"{base}/instances").json()) == 2
    across = archive.machine.get("/dicom-web/series?Modality=MR").json()  # with those that other tests have sent
    assert across and {one["00080060"]["Value"][0] for one in across} == {"MR"}
    found = archive.machine.get("/dicom-web/instances?SOPInstanceUID=2.25.4711.1&includefield=all").json()
    assert found[0]["00080070"]["Value"] == ["GE MEDICAL SYSTEMS"]


# ---- WADO-RS


@pytest.mark.parametrize("name", BUNDLED)
def test_an_object_comes_back_byte_for_byte(archive: Archive, name: str) -> None:
    file = bundled(name)
    ((kind, content),) = parts(taken(archive, path(file)))
    assert content == file
    assert kind.startswith("application/dicom; transfer-syntax=")
    assert taken(archive, path(file), "application/dicom").content == file


def test_a_study_comes_whole(archive: Archive) -> None:
    found = parts(taken(archive, f"/dicom-web/studies/{archive.study}"))
    assert [content for _, content in found] == [as_file(1), as_file(2)]


def test_it_is_decoded_only_when_asked(archive: Archive) -> None:
    file = bundled("MR_small_RLE.dcm")
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1'
    ((kind, content),) = parts(taken(archive, path(file), accept))
    assert kind.endswith("transfer-syntax=1.2.840.10008.1.2.1")
    decoded = pydicom.dcmread(io.BytesIO(content))
    assert decoded.SOPInstanceUID == pydicom.dcmread(io.BytesIO(file)).SOPInstanceUID
    assert np.array_equal(decoded.pixel_array, pydicom.dcmread(io.BytesIO(bundled("MR_small.dcm"))).pixel_array)


@pytest.mark.parametrize(
    ("name", "accept"),
    [
        ("test-SR.dcm", "image/png"),
        ("MR_small_RLE.dcm", 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.90'),
    ],
)
def test_a_form_that_is_not_to_be_had_is_406(archive: Archive, name: str, accept: str) -> None:
    answer = taken(archive, path(bundled(name)), accept)
    assert (answer.status_code, answer.json()["code"]) == (406, "images.not_acceptable")


def test_frames_come_as_they_lie_or_plain(archive: Archive) -> None:
    file = bundled("MR_small_RLE.dcm")
    ((kind, content),) = parts(taken(archive, path(file) + "/frames/1"))
    assert kind == "image/dicom-rle; transfer-syntax=1.2.840.10008.1.2.5"
    assert content in file
    ((kind, content),) = parts(taken(archive, path(file) + "/frames/1", OCTETS))
    assert kind == "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
    assert content == pydicom.dcmread(io.BytesIO(bundled("MR_small.dcm"))).PixelData


def test_a_frame_that_is_still_held_is_refused_all_the_same_and_each_reading_is_kept(archive: Archive) -> None:
    where = path(as_file(1)) + "/frames/1"
    before = readings(archive)
    assert parts(taken(archive, where)) == parts(taken(archive, where))
    assert readings(archive) == before + 2
    stranger = archive.center.machine("system/Patient.read")
    answer = stranger.get(where, headers={"Accept": "*/*"})
    assert (answer.status_code, answer.json()["code"]) == (403, "fhir.scope")


def readings(archive: Archive) -> int:
    told = inside.value(archive.center.home, "SELECT count(*) FROM security.trail WHERE verb = 'images.read'")
    return int(told)


def test_what_was_deflated_is_inflated_for_who_asks(archive: Archive) -> None:
    file = bundled("image_dfl.dcm")
    pixels = pydicom.dcmread(io.BytesIO(file)).pixel_array
    ((_, content),) = parts(taken(archive, path(file) + "/frames/1", OCTETS))
    assert content == pixels.tobytes()
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1'
    ((_, content),) = parts(taken(archive, path(file), accept))
    assert np.array_equal(pydicom.dcmread(io.BytesIO(content)).pixel_array, pixels)
    assert shown(taken(archive, path(file) + "/rendered", "image/png")) == pixels.shape[::-1]


def test_several_frames_come_in_the_order_asked_for(archive: Archive) -> None:
    file = bundled("rtdose.dcm")
    doses = pydicom.dcmread(io.BytesIO(file)).pixel_array
    found = parts(taken(archive, path(file) + "/frames/3,1,15"))
    assert [content for _, content in found] == [doses[n].tobytes() for n in (2, 0, 14)]


@pytest.mark.parametrize(
    ("numbers", "status", "code"),
    [("0", 422, "images.frames"), ("1,x", 422, "images.frames"), ("2", 404, "dicom.no_frame")],
)
def test_a_frame_that_is_none_is_refused(archive: Archive, numbers: str, status: int, code: str) -> None:
    answer = taken(archive, f"{path(as_file(1))}/frames/{numbers}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_metadata_says_where_the_pixels_are_to_be_had(archive: Archive) -> None:
    (header,) = archive.machine.get(path(as_file(1)) + "/metadata").json()
    assert header["00100010"]["Value"] == [{"Alphabetic": "刘^淑英"}]
    url = header["7FE00010"]["BulkDataURI"]
    ((_, content),) = parts(archive.machine.get(url))
    assert content == pydicom.dcmread(io.BytesIO(as_file(1))).PixelData
    assert len(archive.machine.get(f"/dicom-web/studies/{archive.study}/metadata").json()) == 2


def test_pixels_that_are_real_numbers_are_named_as_what_they_are_and_shown(archive: Archive) -> None:
    file = pydicom.dcmread(io.BytesIO(bundled("MR_small.dcm")))
    values = np.linspace(0, 1, file.Rows * file.Columns, dtype="<f4")
    for name in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        del file[name]
    file.BitsAllocated, file.FloatPixelData, file.SOPInstanceUID = 32, values.tobytes(), "2.25.4711.99"
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID
    assert stow(archive.machine, written(file)).status_code == 200
    (header,) = archive.machine.get(path(written(file)) + "/metadata").json()
    assert header["7FE00008"]["vr"] == "OF"
    ((_, content),) = parts(archive.machine.get(header["7FE00008"]["BulkDataURI"]))
    assert content == values.tobytes()
    assert shown(taken(archive, path(written(file)) + "/rendered", "image/png")) == (file.Columns, file.Rows)


@pytest.mark.parametrize("place", ["x", "0-99999999", "-1-5", "0x10-4"])
def test_no_bytes_beyond_the_object_are_given(archive: Archive, place: str) -> None:
    answer = archive.machine.get(f"{path(as_file(1))}/bulkdata/{place}")
    assert (answer.status_code, answer.json()["code"]) == (422, "images.range")


def shown(answer: httpx.Response) -> tuple[int, int]:
    """Width and height of a picture, as another decoder sees it."""
    assert answer.status_code == 200, answer.text
    jpeg = answer.headers["content-type"] == "image/jpeg"
    picture = imagecodecs.jpeg8_decode(answer.content) if jpeg else imagecodecs.png_decode(answer.content)
    return picture.shape[1], picture.shape[0]


def test_pictures_are_shown_whole_and_small(archive: Archive) -> None:
    base = path(bundled("JPEG2000.dcm"))
    assert shown(taken(archive, base + "/rendered")) == (256, 1024)
    assert max(shown(taken(archive, base + "/rendered?viewport=100,100", "image/jpeg"))) <= 100
    assert max(shown(taken(archive, f"/dicom-web/studies/{archive.study}/thumbnail"))) <= 128
    dose = path(bundled("rtdose.dcm"))
    assert shown(taken(archive, dose + "/frames/15/rendered")) == (10, 10)


@pytest.mark.parametrize("query", ["window=1", "window=1,0", "window=a,b", "viewport=5", "viewport=0,0"])
def test_a_window_or_viewport_that_is_none_is_refused(archive: Archive, query: str) -> None:
    assert taken(archive, f"{path(as_file(1))}/rendered?{query}").status_code == 422


def test_what_is_not_there_is_404_at_every_level(archive: Archive) -> None:
    good = path(as_file(1))
    none = "/dicom-web/studies/1.2.3"
    for where in (none, none + "/metadata", none + "/series", good + "9", good + "9/frames/1", good + "9/rendered"):
        assert archive.machine.get(where).status_code == 404, where


# ---- STOW-RS


def test_what_is_taken_and_what_is_refused_is_told_apart(archive: Archive) -> None:
    answer = stow(archive.machine, as_file(1), b"junk" * 100, as_file(2)[:-10])
    assert answer.status_code == 202
    told = answer.json()
    assert [one["00081155"]["Value"] for one in told["00081199"]["Value"]] == [["2.25.4711.1"]]
    reasons = [one["00000902"]["Value"][0] for one in told["00081198"]["Value"]]
    assert reasons == ["dicom.not_a_file", "dicom.data_set at PixelData"]


def test_each_of_many_parts_is_told_in_its_order(archive: Archive) -> None:
    files = [of_another_study(number) for number in range(20, 32)]
    answer = stow(archive.machine, *files[:5], b"junk" * 100, *files[5:], files[0])
    assert answer.status_code == 202
    told = answer.json()
    sops = [f"2.25.4711.{number}" for number in (*range(20, 32), 20)]
    assert [one["00081155"]["Value"][0] for one in told["00081199"]["Value"]] == sops
    assert [one["00000902"]["Value"] for one in told["00081198"]["Value"]] == [["dicom.not_a_file"]]
    for file in files:
        ((_, content),) = parts(taken(archive, path(file)))
        assert content == file


def test_only_the_study_that_was_named_is_taken(archive: Archive) -> None:
    answer = stow(archive.machine, as_file(3), path="/dicom-web/studies/1.2.3")
    assert answer.status_code == 409
    assert "dicom.other_study" in answer.text
    assert archive.machine.get(path(as_file(3))).status_code == 404


def test_an_object_that_is_kept_apart_is_told_so_and_has_no_address(archive: Archive) -> None:
    other = pydicom.dcmread(io.BytesIO(as_file(1)))
    other.StudyDescription = "another"
    (told,) = stow(archive.machine, written(other)).json()["00081199"]["Value"]
    assert told["00081196"]["Value"] == [0xB000]
    assert "00081190" not in told
    ((_, content),) = parts(taken(archive, path(as_file(1))))
    assert content == as_file(1)


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("application/dicom", b"", 415, "stow.media_type"),
        ('multipart/related; type="application/dicom+json"; boundary=b', b"\r\n--b--\r\n", 415, "stow.media_type"),
        ('multipart/related; type="application/dicom"', b"", 400, "stow.multipart"),
        ('multipart/related; type="application/dicom"; boundary=b', b"", 400, "stow.multipart"),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b\r\n\r\n\r\nx", 400, "stow.multipart"),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b--\r\n", 422, "stow.empty"),
    ],
)
def test_a_body_that_is_no_multipart_of_dicom_is_refused(
    archive: Archive, kind: str, body: bytes, status: int, code: str
) -> None:
    answer = archive.machine.post("/dicom-web/studies", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(("letters", "status"), [(73, 200), (201, 400)])
def test_a_boundary_may_be_longer_than_it_should(archive: Archive, letters: int, status: int) -> None:
    mark = b"b" * letters
    body = b"--%b\r\nContent-Type: application/dicom\r\n\r\n%b\r\n--%b--" % (mark, bundled("MR_small.dcm"), mark)
    kind = f'multipart/related; type="application/dicom"; boundary={mark.decode()}'
    answer = archive.machine.post("/dicom-web/studies", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text


def test_who_may_only_read_stores_nothing(archive: Archive) -> None:
    reader = archive.center.machine("system/*.read")
    answer = stow(reader, as_file(1))
    assert (answer.status_code, answer.json()["code"]) == (403, "fhir.scope")
