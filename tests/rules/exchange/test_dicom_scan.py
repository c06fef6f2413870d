"""A file read as it streams by: the same in whatever pieces, bounded whatever it claims, whole or refused."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit

from yuanzhen.data.exchange.dicom import attributes, codec, frames
from yuanzhen.data.exchange.dicom.files import part10, preface
from yuanzhen.data.exchange.dicom.link import Broken, _values
from yuanzhen.data.exchange.dicom.negotiation import proposal_of
from yuanzhen.data.exchange.dicom.scan import MAX_DEPTH, Scan, Scanner, scanned
from yuanzhen.infrastructure.errors import Malformed, Problem, TooLarge

NAMES = ("CT_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "test-SR.dcm",
         "image_dfl.dcm", "rtplan.dcm", "JPEG2000.dcm", "waveform_ecg.dcm", "nested_priv_SQ.dcm")  # fmt: skip
CT = "1.2.840.10008.5.1.4.1.1.2"


def bundled(name: str) -> bytes:
    return Path(str(get_testdata_file(name))).read_bytes()


def told(scan: Scan) -> tuple[object, object, str]:
    return attributes.metadata(scan), scan.pixels, scan.transfer_syntax


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_pieces_that_it_comes_in_make_no_difference(name: str, size: int) -> None:
    file = bundled(name)
    scanner = Scanner()
    for at in range(0, len(file), size):
        scanner.feed(file[at : at + size])
    assert told(scanner.finish()) == told(scanned(file))


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm", "rtplan.dcm"])
def test_headers_are_read_as_the_library_reads_them(name: str) -> None:
    file = bundled(name)
    theirs = pydicom.dcmread(io.BytesIO(file), stop_before_pixels=True).to_json_dict()
    ours = attributes.metadata(scanned(file))
    public = {tag for tag in theirs if int(tag[3], 16) % 2 == 0 and theirs[tag].get("Value") != []}
    assert {tag: ours.get(tag) for tag in public - {"00080005"}} == {tag: theirs[tag] for tag in public - {"00080005"}}


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm"])
def test_no_cut_of_an_image_passes_for_whole(name: str) -> None:
    file = bundled(name)
    for size in range(0, len(file) - 1, max(1, len(file) // 60)):
        with pytest.raises(Problem, match=r"dicom\."):
            codec.received(file[:size])


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_whatever_is_changed_in_a_file_it_is_read_or_refused(name: str, data: st.DataObject) -> None:
    file = bytearray(bundled(name)[:20_000])
    for _ in range(data.draw(st.integers(1, 8))):
        file[data.draw(st.integers(128, len(file) - 1))] = data.draw(st.integers(0, 255))
    try:
        codec.received(bytes(file))
    except Problem as problem:
        assert problem.code.startswith("dicom.")


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_that_are_no_pdu_are_refused_alike(data: bytes) -> None:
    for read in (lambda: list(_values(data)), lambda: proposal_of(b"\x01\x00" + struct.pack(">L", len(data)) + data)):
        try:
            read()
        except (Broken, Malformed):
            continue


def element(group: int, number: int, vr: bytes, length: int, value: bytes = b"") -> bytes:
    return struct.pack("<HH2s", group, number, vr) + struct.pack("<HL", 0, length) + value


@pytest.mark.parametrize("length", [0xFFFFFFF0, 0x7FFFFFFF])
def test_a_length_of_four_gigabytes_keeps_nothing_and_is_cut_off(length: int) -> None:
    scanner = Scanner()
    scanner.feed(part10(element(0x0009, 0x1001, b"OB", length), sop_class=CT, sop="1.2",
                        transfer_syntax=ExplicitVRLittleEndian))  # fmt: skip
    for _ in range(100):
        scanner.feed(bytes(100_000))
    assert len(scanner._buffer) == 0
    with pytest.raises(Malformed, match=r"dicom\.data_set"):
        scanner.finish()


def test_sequences_without_end_in_each_other_are_refused() -> None:
    nested = (element(0x0040, 0xA730, b"SQ", 0xFFFFFFFF) + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)) * MAX_DEPTH
    with pytest.raises(Malformed, match=r"levels"):
        scanned(part10(nested, sop_class=CT, sop="1.2", transfer_syntax=ExplicitVRLittleEndian))


def test_a_header_that_is_too_much_is_refused() -> None:
    one = element(0x0009, 0x1001, b"OB", 1_000_000, bytes(1_000_000))
    scanner = Scanner()
    scanner.feed(preface(sop_class=CT, sop="1.2", transfer_syntax=ExplicitVRLittleEndian))
    with pytest.raises(TooLarge, match=r"dicom\.header_too_large"):
        for _ in range(100):
            scanner.feed(one)


@pytest.mark.slow
def test_what_inflates_beyond_measure_is_refused() -> None:
    packed = zlib.compressobj(wbits=-15)
    bomb = packed.compress(element(0x7FE0, 0x0010, b"OB", 0xFFFFFFF0)) + packed.flush(zlib.Z_FULL_FLUSH)
    again = packed.compress(bytes(1 << 22)) + packed.flush(zlib.Z_FULL_FLUSH)  # stands alone, so it may be repeated
    bomb += again * 300 + packed.flush()
    file = part10(bomb, sop_class=CT, sop="1.2", transfer_syntax="1.2.840.10008.1.2.1.99")
    assert len(file) < 2_000_000
    with pytest.raises(TooLarge, match=r"dicom\.too_large"):
        scanned(file)


def encapsulated(parts: list[bytes], frames_: int, *, table: bool) -> bytes:
    file = pydicom.dcmread(io.BytesIO(bundled("CT_small.dcm")))
    file.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    file.NumberOfFrames = frames_
    file.PixelData = encapsulate(parts, has_bot=table)
    file["PixelData"].is_undefined_length = True
    stream = io.BytesIO()
    file.save_as(stream)
    return stream.getvalue()


@pytest.mark.parametrize("table", [True, False])
def test_each_frame_is_found_with_and_without_an_offset_table(table: bool) -> None:
    parts = [b"first" * 3 + b"!", b"second" * 4, b"third!"]
    file = encapsulated(parts, 3, table=table)
    fact = codec.received(file)
    assert fact.pixels is not None
    place = {"fragments": fact.pixels.fragments, "table": fact.pixels.table.hex(), "at": 0, "length": 0}
    for number, part in enumerate(parts, start=1):
        found = frames.runs(place, fact.header, number, 3)
        assert found is not None
        assert b"".join(file[at : at + length] for at, length in found) == part


def test_frames_that_nobody_told_apart_are_not_guessed() -> None:
    fact = codec.received(encapsulated([b"a1", b"a2", b"b1"], 2, table=False))
    assert fact.pixels is not None
    place = {"fragments": fact.pixels.fragments, "table": "", "at": 0, "length": 0}
    assert frames.runs(place, fact.header, 1, 2) is None


def test_pixels_too_few_for_their_frames_are_refused() -> None:
    fact = codec.received(bundled("CT_small.dcm"))
    assert fact.pixels is not None
    place = {"at": fact.pixels.at, "length": fact.pixels.length}
    with pytest.raises(Malformed, match=r"dicom\.pixels at PixelData"):
        frames.runs(place, fact.header, 2, 2)
