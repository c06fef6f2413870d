"""Frames become pictures: every compression gives what the uncompressed file gives, windows are the standard's."""

import io
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import DeflatedExplicitVRLittleEndian

from yuanzhen.data.exchange.dicom import files
from yuanzhen.data.exchange.dicom.files import whole
from yuanzhen.data.exchange.dicom.pixels import plain, rendered
from yuanzhen.data.exchange.dicom.scan import meta_size
from yuanzhen.infrastructure.errors import Invalid, Malformed, NotFound, Problem, TooLarge


def bundled(name: str) -> bytes:
    return Path(str(get_testdata_file(name))).read_bytes()


def picture(name: str, *arguments) -> np.ndarray:
    return imagecodecs.png_decode(rendered(bundled(name), *arguments))


@pytest.mark.parametrize(
    "name",
    [
        "MR_small_RLE.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_implicit.dcm",
    ],
)
def test_lossless_compressions_give_the_same_picture(name):
    assert np.array_equal(picture(name), picture("MR_small.dcm"))


def deflated(file: bytes) -> bytes:
    """The same file, its data set deflated."""
    header = pydicom.dcmread(io.BytesIO(file))
    header.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    written = io.BytesIO()
    pydicom.dcmwrite(written, header)
    return written.getvalue()


def test_what_was_deflated_is_shown_and_read_as_what_was_not():
    file = bundled("MR_small.dcm")
    assert rendered(deflated(file)) == rendered(file)
    assert plain(whole(deflated(file)), 1) == plain(whole(file), 1)


def test_what_inflates_beyond_all_bounds_is_refused(monkeypatch):
    monkeypatch.setattr(files, "MAX_INFLATED", 16 << 20)
    file = deflated(bundled("MR_small.dcm"))
    deflating = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    megabyte = bytes(1 << 20)
    bomb = (
        b"".join(deflating.compress(megabyte) for _ in range(files.MAX_INFLATED // len(megabyte) + 2))
        + deflating.flush()
    )
    with pytest.raises(TooLarge):
        rendered(file[: meta_size(file)] + bomb)


@pytest.mark.parametrize("rows", [7, 8])
def test_single_bits_are_shown_and_told_frame_by_frame(rows):
    """Seven rows of five are 35 bits: the second frame begins within a byte."""
    bits = np.random.default_rng(5).integers(0, 2, (3, rows, 5)).astype(np.uint8)
    file = pydicom.dcmread(get_testdata_file("liver_1frame.dcm"))
    file.NumberOfFrames, file.Rows, file.Columns = 3, rows, 5
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    file.PixelData = packed + bytes(len(packed) % 2)
    written = io.BytesIO()
    file.save_as(written)
    for number, frame in enumerate(bits, 1):
        assert np.array_equal(imagecodecs.png_decode(rendered(written.getvalue(), number)), frame * 255)
        assert plain(file, number) == np.packbits(frame.ravel(), bitorder="little").tobytes()


@pytest.mark.parametrize(("keyword", "kind"), [("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")])
def test_real_numbers_are_shown_from_the_smallest_to_the_largest(keyword, kind):
    values = np.linspace(-0.001, 0.003, 35).reshape(5, 7).astype(kind)
    values[0, 1] = np.nan
    file = pydicom.dcmread(get_testdata_file("MR_small.dcm"))
    file.Rows, file.Columns, file.BitsAllocated = 5, 7, values.itemsize * 8
    for name in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation", "WindowCenter", "WindowWidth"):
        del file[name]
    setattr(file, keyword, values.tobytes())
    written = io.BytesIO()
    file.save_as(written)
    shown = imagecodecs.png_decode(rendered(written.getvalue()))
    assert (shown[0, 0], shown[0, 1], shown[4, 6]) == (0, 0, 255)
    assert np.all(np.diff(shown.ravel().astype(int)[2:]) >= 0)
    assert plain(file, 1) == values.tobytes()


def test_a_window_is_the_linear_function_of_the_standard():
    header = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    units = header.pixel_array.astype(float) * float(header.RescaleSlope) + float(header.RescaleIntercept)
    expected = np.clip(np.rint(((units - 39.5) / 399 + 0.5) * 255), 0, 255).astype(np.uint8)
    assert np.array_equal(picture("CT_small.dcm", 1, (40, 400)), expected)


def test_a_window_of_width_one_is_a_threshold():
    assert set(np.unique(picture("CT_small.dcm", 1, (40, 1)))) == {0, 255}


@pytest.mark.parametrize(
    "name", ["SC_rgb_jpeg_dcmtk.dcm", "SC_rgb_rle.dcm", "SC_rgb_dcmtk_+eb+cy+np.dcm", "SC_rgb_gdcm_KY.dcm"]
)
def test_colours_are_what_they_were(name):
    """The bundled colour bars: red is the first bar."""
    red, green, blue = (int(value) for value in picture(name)[5, 50])
    assert red > 230
    assert max(green, blue) < 25


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("JPEG2000.dcm", (1024, 256)),
        ("JPGExtended.dcm", (1024, 256)),
        ("JPEG-lossy.dcm", (1024, 256)),
        ("JPEGLSNearLossless_16.dcm", (50, 10)),
        ("examples_palette.dcm", (350, 800, 3)),
        ("examples_ybr_color.dcm", (240, 320, 3)),
        ("SC_rgb_rle_16bit.dcm", (100, 100, 3)),
        ("rtdose.dcm", (10, 10)),
        ("J2K_pixelrep_mismatch.dcm", (512, 512)),
        ("liver_1frame.dcm", (512, 512)),
    ],
)
def test_other_kinds_are_shown(name, shape):
    shown = picture(name)
    assert shown.shape == shape
    assert shown.max() > shown.min()


def test_the_frame_that_was_asked_for_is_shown():
    assert not np.array_equal(picture("rtdose.dcm", 1), picture("rtdose.dcm", 9))


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "code"),
    [
        ("CT_small.dcm", (2,), NotFound, "dicom.no_frame"),
        ("CT_small.dcm", (0,), NotFound, "dicom.no_frame"),
        ("CT_small.dcm", (1, (40, 0)), Invalid, "dicom.window"),
        ("CT_small.dcm", (1, (40, float("nan"))), Invalid, "dicom.window"),
        ("reportsi.dcm", (), NotFound, "dicom.no_pixels"),
        ("MR_truncated.dcm", (), Malformed, "dicom.pixels"),
    ],
)
def test_what_cannot_be_shown_says_why(name, arguments, kind, code):
    with pytest.raises(Problem) as refused:
        rendered(bundled(name), *arguments)
    assert (type(refused.value), refused.value.code) == (kind, code)


@pytest.mark.parametrize(
    "name", ["JPEG2000.dcm", "MR_small_RLE.dcm", "SC_rgb_jpeg_dcmtk.dcm", "JPEGLSNearLossless_16.dcm"]
)
def test_every_damage_is_shown_or_refused(name):
    file = bundled(name)
    steps = np.random.default_rng(7).integers(140, len(file), 60)
    for position in steps:
        for damaged in (file[:position], file[:position] + b"\xff\x00" + file[position + 2 :]):
            try:
                assert rendered(damaged).startswith(b"\x89PNG")
            except Problem as problem:
                assert problem.code.startswith("dicom.")
