"""A centre of its own with a few studies in it: two CT images of one patient, a film, a report, a picture in JPEG."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pydicom
import pytest
from pydicom.data import get_testdata_file

from tests.make.center import Center, served
from tests.make.images import ct

BUNDLED = ("JPEG2000.dcm", "MR_small_RLE.dcm", "rtdose.dcm", "test-SR.dcm", "image_dfl.dcm", "SC_rgb_jpeg_dcmtk.dcm")


@functools.cache
def bundled(name: str) -> bytes:
    """A file of pydicom's with a patient's number, and with meta information that names what it holds."""
    file = pydicom.dcmread(Path(str(get_testdata_file(name))))
    file.PatientID = file.get("PatientID") or f"of {name}"[:16]
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID
    return written(file)


def stow(client: httpx.Client, *files: bytes, path: str = "/dicom-web/studies") -> httpx.Response:
    """A STOW-RS request, its parts between boundaries that no file holds."""
    parts = b"".join(b"\r\n--of-the-test\r\nContent-Type: application/dicom\r\n\r\n" + file for file in files)
    kind = 'multipart/related; type="application/dicom"; boundary=of-the-test'
    return client.post(path, content=parts + b"\r\n--of-the-test--\r\n", headers={"Content-Type": kind})


@dataclass
class Archive:
    """The running centre, and a machine that may do everything."""

    center: Center
    machine: httpx.Client
    study: str

    @property
    def institution(self) -> str:
        found = self.machine.get("/fhir/R4/Organization").json()["entry"]
        return str(found[0]["resource"]["id"])


def as_file(number: int) -> bytes:
    return written(ct(number))


def written(file: pydicom.Dataset) -> bytes:
    stream = io.BytesIO()
    file.save_as(stream)
    return stream.getvalue()


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with served(tmp_path_factory.mktemp("archive") / "home") as center:
        machine = center.machine()
        answer = stow(machine, as_file(1), as_file(2), *map(bundled, BUNDLED))
        assert answer.status_code == 200, answer.text
        yield Archive(center, machine, str(ct(1).StudyInstanceUID))
