"""A stored file told in a plain transfer syntax: what it says stays the same."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from yuanzhen.data.exchange.dicom import transcoding
from yuanzhen.data.exchange.dicom.archive import Held
from yuanzhen.infrastructure.errors import Malformed


def bundled(name: str) -> bytes:
    return Path(str(get_testdata_file(name))).read_bytes()


def decoded(file: bytes, wanted: str) -> pydicom.FileDataset:
    syntax = str(pydicom.dcmread(io.BytesIO(file)).file_meta.TransferSyntaxUID)

    async def told() -> bytes:
        held = Held("1.2", "1.2.3", "1.2.3.4", "", syntax, "", len(file))
        return await transcoding.decoded_file(pieces(file), held, wanted)

    return pydicom.dcmread(io.BytesIO(asyncio.run(told())))


async def pieces(file: bytes) -> AsyncIterator[bytes]:
    yield file


@pytest.mark.parametrize("wanted", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("name", ["MR_small_bigendian.dcm", "MR_small_RLE.dcm"])
def test_numbers_and_pixels_are_those_of_the_same_picture_in_little_endian(name: str, wanted: str) -> None:
    there, plain = decoded(bundled(name), wanted), pydicom.dcmread(io.BytesIO(bundled("MR_small.dcm")))
    assert there.file_meta.TransferSyntaxUID == wanted
    assert np.array_equal(there.pixel_array, plain.pixel_array)
    shared = [one for one in there if one.tag in plain and one.keyword != "PixelData"]
    assert len(shared) > 50
    assert [one.keyword for one in shared if one.value != plain[one.tag].value] == []


def test_what_holds_no_picture_says_so() -> None:
    file = pydicom.dcmread(io.BytesIO(bundled("JPEG2000.dcm")))
    file.PixelData = pydicom.encaps.encapsulate([b"\xff\x4f\xff\x51" + bytes(100)])
    broken = io.BytesIO()
    file.save_as(broken)
    with pytest.raises(Malformed, match=r"dicom\.pixels"):
        decoded(broken.getvalue(), ExplicitVRLittleEndian)
