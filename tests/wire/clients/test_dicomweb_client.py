"""dicomweb-client from PyPI, unchanged: it stores, finds by a Chinese name, and fetches as it lies or is shown."""

from __future__ import annotations

import io
from collections.abc import Iterator

import imagecodecs
import numpy as np
import pydicom
import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session

from tests.make.images import ct
from tests.wire.clients.conftest import Door

pytestmark = pytest.mark.slow

FIRST = ct(1)
STUDY, SERIES, INSTANCE = FIRST.StudyInstanceUID, FIRST.SeriesInstanceUID, FIRST.SOPInstanceUID


@pytest.fixture(scope="module")
def client(door: Door) -> Iterator[DICOMwebClient]:
    session = create_session()
    session.headers["Authorization"] = door.authorization
    yield DICOMwebClient(f"{door.url}/dicom-web", session=session)
    session.close()


@pytest.fixture(scope="module", autouse=True)
def stored(client: DICOMwebClient) -> pydicom.Dataset:
    """What the client is told of three images that it stores."""
    return client.store_instances([ct(number) for number in (1, 2, 3)])


def test_what_it_stores_is_confirmed_one_by_one(stored: pydicom.Dataset) -> None:
    told = [one.ReferencedSOPInstanceUID for one in stored.ReferencedSOPSequence]
    assert told == [f"2.25.4711.{number}" for number in (1, 2, 3)]
    assert "FailedSOPSequence" not in stored


@pytest.mark.parametrize("name", ["刘*", "刘^淑英", "刘淑英"])
def test_a_study_is_found_by_a_chinese_name(client: DICOMwebClient, name: str) -> None:
    (found,) = map(pydicom.Dataset.from_json, client.search_for_studies(search_filters={"PatientName": name}))
    assert (found.StudyInstanceUID, str(found.PatientName)) == (STUDY, "刘^淑英")
    assert found.NumberOfStudyRelatedInstances == 3
    assert client.search_for_studies(search_filters={"PatientName": "王*"}) == []


def test_series_and_instances_are_found_in_pages(client: DICOMwebClient) -> None:
    (series,) = map(pydicom.Dataset.from_json, client.search_for_series(STUDY, fields=["Manufacturer"]))
    assert (series.SeriesInstanceUID, series.Modality) == (SERIES, "CT")
    pages = [client.search_for_instances(STUDY, SERIES, limit=2, offset=offset) for offset in (0, 2)]
    numbers = [pydicom.Dataset.from_json(one).InstanceNumber for page in pages for one in page]
    assert (numbers, [len(page) for page in pages]) == ([1, 2, 3], [2, 1])
    everything = client.search_for_instances(STUDY, get_remaining=True, limit=1)
    assert len(everything) == 3


def test_metadata_is_told_of_an_instance_a_series_and_a_study(client: DICOMwebClient) -> None:
    told = pydicom.Dataset.from_json(client.retrieve_instance_metadata(STUDY, SERIES, INSTANCE), lambda uri: b"")
    assert (told.Rows, told.Columns, str(told.PatientName)) == (FIRST.Rows, FIRST.Columns, "刘^淑英")
    assert len(client.retrieve_series_metadata(STUDY, SERIES)) == 3
    assert len(client.retrieve_study_metadata(STUDY)) == 3


def test_what_metadata_leaves_out_is_fetched_by_its_address(client: DICOMwebClient, door: Door) -> None:
    address = client.retrieve_instance_metadata(STUDY, SERIES, INSTANCE)["7FE00010"]["BulkDataURI"]
    path = address.removeprefix("http://127.0.0.1")  # the client leaves the port out of its Host, so it is not told
    assert client.retrieve_bulkdata(door.url + path) == [FIRST.PixelData]


def test_frames_are_the_pixels(client: DICOMwebClient) -> None:
    (frame,) = client.retrieve_instance_frames(STUDY, SERIES, INSTANCE, frame_numbers=[1])
    assert frame == FIRST.PixelData
    assert list(client.iter_instance_frames(STUDY, SERIES, INSTANCE, frame_numbers=[1])) == [frame]


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg"])
def test_a_picture_is_rendered(client: DICOMwebClient, kind: str) -> None:
    whole = client.retrieve_instance_rendered(STUDY, SERIES, INSTANCE, media_types=(kind,))
    frame = client.retrieve_instance_frames_rendered(STUDY, SERIES, INSTANCE, [1], media_types=(kind,))
    assert whole == frame
    picture = np.asarray((imagecodecs.png_decode if kind == "image/png" else imagecodecs.jpeg_decode)(whole))
    assert picture.shape[:2] == (FIRST.Rows, FIRST.Columns)
    assert picture.std() > 0


def test_a_whole_study_comes_back_as_it_was_sent(client: DICOMwebClient) -> None:
    for files in (client.retrieve_study(STUDY), list(client.iter_series(STUDY, SERIES))):
        by_number = {int(file.InstanceNumber): file for file in files}
        assert {number: as_bytes(file) for number, file in by_number.items()} == {n: as_bytes(ct(n)) for n in (1, 2, 3)}
    one = client.retrieve_instance(STUDY, SERIES, INSTANCE)
    assert (str(one.PatientName), one.PixelData) == ("刘^淑英", FIRST.PixelData)


def as_bytes(file: pydicom.Dataset) -> bytes:
    stream = io.BytesIO()
    file.save_as(stream)
    return stream.getvalue()


def test_what_is_not_there_is_an_error_it_knows(client: DICOMwebClient) -> None:
    with pytest.raises(requests.HTTPError, match="404"):
        client.retrieve_study("1.2.3")
    with pytest.raises(requests.HTTPError, match="422"):
        client.search_for_studies(search_filters={"ReferringPhysicianTelephoneNumbers": "1"})
