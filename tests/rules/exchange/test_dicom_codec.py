"""A DICOM file becomes a fact: names in their characters, identifiers that are no path, and nothing believed twice."""

from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_charset_files, get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from yuanzhen.data.exchange.dicom.attributes import instance_json, qido
from yuanzhen.data.exchange.dicom.codec import received
from yuanzhen.data.exchange.dicom.files import part10
from yuanzhen.data.exchange.dicom.status import told as status_of
from yuanzhen.data.exchange.dicom.uids import checked
from yuanzhen.data.exchange.facts import Identifier, Name
from yuanzhen.infrastructure.errors import (
    Forbidden,
    InsufficientStorage,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    Unavailable,
)

CT = "1.2.840.10008.5.1.4.1.1.2"


def bundled(name: str) -> bytes:
    return Path(str(get_testdata_file(name))).read_bytes()


def data_set(**attributes) -> Dataset:
    header = Dataset()
    said = {
        "SOPClassUID": CT,
        "SOPInstanceUID": "1.2.3.4",
        "StudyInstanceUID": "1.2.3.2",
        "SeriesInstanceUID": "1.2.3.3",
    } | attributes
    for keyword, value in said.items():
        if value is not None:
            setattr(header, keyword, value)
    return header


def file_of(header: Dataset, *, sop: str = "1.2.3.4", raw: tuple[bytes, bytes] = (b"", b"")) -> bytes:
    """A file of a data set; `raw` replaces bytes in it, for what no honest writer writes."""
    stream = BytesIO()
    header.file_meta = FileMetaDataset()
    dcmwrite(stream, header, implicit_vr=False, little_endian=True)
    encoded = stream.getvalue()
    encoded = encoded.replace(*raw) if raw[0] else encoded
    return part10(encoded, sop_class=CT, sop=sop, transfer_syntax=ExplicitVRLittleEndian)


def test_a_real_ct_is_read_whole():
    file = bundled("CT_small.dcm")
    fact = received(file)
    assert (fact.modality, fact.rows, fact.columns, fact.frames, fact.series_number) == ("CT", 128, 128, 1, 1)
    assert (fact.patient, fact.name.full, fact.sex) == (Identifier("1CT1", "", ""), "CT1 CompressedSamples", "other")
    assert (fact.study_date, fact.study_time, fact.description) == ("2004-01-19", "07:27:30", "e+1")
    assert fact.pixels is not None
    assert file[fact.pixels.at : fact.pixels.at + fact.pixels.length] == pydicom.dcmread(BytesIO(file)).PixelData


CHARSETS = [
    ("chrX1.dcm", Name("王", "小東", "王小東")),  # ISO_IR 192
    ("chrX2.dcm", Name("王", "小东", "王小东")),  # GB18030
    ("chrH31.dcm", Name("山田", "太郎", "山田太郎")),  # ISO 2022 IR 87, in the ideographic group
    ("chrFren.dcm", Name("Buc", "Jérôme", "Jérôme Buc")),
]


@pytest.mark.parametrize(("name", "expected"), CHARSETS)
def test_names_are_read_in_the_character_set_of_their_file(name, expected):
    header = pydicom.dcmread(get_charset_files(name)[0])
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
        setattr(header, keyword, "1.2.3")
    stream = BytesIO()
    header.save_as(stream)
    assert received(stream.getvalue()).name == expected


# PS3.5 annex K.2, the example for ISO 2022 IR 58
K2 = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab="


def test_simplified_chinese_by_iso_2022_is_read():
    header = data_set(SpecificCharacterSet=["", "ISO 2022 IR 58"], PatientName="N" * len(K2))
    file = file_of(header, raw=(b"N" * len(K2), K2))
    assert received(file).name == Name("张", "小东", "张小东")
    assert instance_json(file)["00100010"]["Value"] == [{"Alphabetic": "Zhang^XiaoDong", "Ideographic": "张^小东"}]


def test_simplified_chinese_without_the_escape_that_begins_it_is_read():
    written = K2.replace(b"\x1b$)A", b"") + b" "
    header = data_set(SpecificCharacterSet=["", "ISO 2022 IR 58"], PatientName="N" * len(written))
    assert received(file_of(header, raw=(b"N" * len(written), written))).name == Name("张", "小东", "张小东")


def test_a_character_set_with_a_zero_byte_in_its_name_is_read_past_it():
    header = data_set(SpecificCharacterSet="ISO_IR 10099", PatientName="A^B")
    file = file_of(header, raw=(b"ISO_IR 10099", b"I\0SO_IR 100 "))
    assert received(file).name == Name("A", "B", "B A")


def test_what_has_letters_that_are_no_vr_is_read_as_the_dictionary_says():
    file = file_of(data_set(PatientName="A^B"), raw=(b"\x10\0\x10\0PN", b"\x10\0\x10\0ZZ"))
    assert instance_json(file)["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "A^B"}]}


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_chinese_without_a_declared_character_set_is_no_heap_of_letters(codec):
    name = "王^小明".encode(codec)
    placeholder = "N" * (len(name) + len(name) % 2)
    name = name.ljust(len(placeholder))
    fact = received(file_of(data_set(PatientName=placeholder), raw=(placeholder.encode(), name)))
    assert fact.name == Name("王", "小明", "王小明")


def test_the_same_bytes_of_one_file_after_another_are_each_read_in_their_own_character_set():
    written = "王^小".encode("gb18030")
    raw = (b"NNNNNN", written.ljust(6))
    named = [(charset, data_set(SpecificCharacterSet=charset, PatientName="NNNNNN"))
             for charset in ("GB18030", "ISO_IR 100", "GB18030")]  # fmt: skip
    told = [instance_json(file_of(header, raw=raw))["00100010"]["Value"][0]["Alphabetic"] for _, header in named]
    assert told == ["王^小", written.decode("latin-1"), "王^小"]


def test_a_declared_gb18030_name_with_delimiter_like_bytes_is_whole():
    tricky = bytes([0x81, 0x5E]).decode("gb18030") + bytes([0x81, 0x5C]).decode("gb18030")
    fact = received(file_of(data_set(SpecificCharacterSet="GB18030", PatientName=f"王^{tricky}")))
    assert fact.name.full == "王" + tricky


@pytest.mark.parametrize(
    ("text", "told"), [("19800215", "1980-02-15"), ("1980.02.15", "1980-02-15"), ("19800231", ""), ("x", ""), ("", "")]
)
def test_a_birth_date_that_is_no_day_counts_as_not_said(text, told):
    header = data_set()
    header.add_new(0x00100030, "LO", "D" * (len(text) + len(text) % 2))
    fact = received(
        file_of(header, raw=(b"D" * (len(text) + len(text) % 2), text.ljust(len(text) + len(text) % 2).encode()))
    )
    assert fact.birth_date == told


@pytest.mark.parametrize(
    "uid", ["1", "0", "1.2.03", "1..2", ".1", "1.", "a.b", "1.2/../3", "../../etc", "1." * 33, "１.２"]
)
def test_a_uid_against_the_standard_is_refused_with_its_place(uid):
    with pytest.raises(Invalid, match=r"dicom\.uid at StudyInstanceUID"):
        checked(uid, "StudyInstanceUID")


@pytest.mark.parametrize("uid", ["1.2", "0.0", "1.2.840.10008.1.1", "2.25." + "9" * 39, "1.2\0", "1.2 "])
def test_a_uid_of_the_standard_passes_without_padding(uid):
    assert checked(uid, "x") == uid.strip("\0 ")


BROKEN = [
    (b"", Malformed, None),
    (b"\0" * 128 + b"DICM", Invalid, "SOPInstanceUID"),
    (b"\0" * 128 + b"NONE" + b"x" * 100, Malformed, None),
    (file_of(data_set(StudyInstanceUID=None)), Invalid, "StudyInstanceUID"),
    (file_of(data_set(SeriesInstanceUID="")), Invalid, "SeriesInstanceUID"),
    (file_of(data_set(StudyInstanceUID="9" * 12), raw=(b"9" * 12, b"../../etc/pw")), Invalid, "StudyInstanceUID"),
    (file_of(data_set(), sop="1.2.9"), Invalid, "SOPInstanceUID"),
]


@pytest.mark.parametrize(("file", "kind", "place"), BROKEN)
def test_a_broken_file_is_refused_with_the_place(file, kind, place):
    with pytest.raises(Problem) as refused:
        received(file)
    assert (type(refused.value), refused.value.place) == (kind, place)


def test_every_cut_of_a_file_is_read_or_refused():
    file = file_of(data_set(PatientName="A^B", SpecificCharacterSet="GB18030"))
    for size in range(len(file)):
        try:
            assert received(file[:size]).sop == "1.2.3.4"
        except Problem as problem:
            assert problem.code.startswith("dicom.")


def test_complaints_of_the_library_about_values_are_not_printed(capfd, recwarn):
    header = data_set()
    header.add_new(0x00200013, "LO", "王小明1")
    header.SpecificCharacterSet = "ISO_IR 192"
    assert received(file_of(header)).instance_number is None
    printed = "".join(capfd.readouterr()) + "".join(str(warning.message) for warning in recwarn)
    assert "王小明" not in printed


def test_the_data_set_is_kept_byte_for_byte():
    file = part10(
        b"as it was sent", sop_class=CT, sop="1.2.3", transfer_syntax=ImplicitVRLittleEndian, calling_ae="CT1"
    )
    assert file.endswith(b"as it was sent")
    assert file[128:132] == b"DICM"
    assert b"CT1 " in file


def test_metadata_is_dicom_json_in_utf8_without_pixels():
    found = instance_json(bundled("CT_small.dcm"))
    assert found["00080060"] == {"vr": "CS", "Value": ["CT"]}
    assert found["00280030"]["Value"] == [0.661468, 0.661468]
    assert "7FE00010" not in found
    chinese = instance_json(file_of(data_set(SpecificCharacterSet="GB18030", PatientName="王^小明")))
    assert chinese["00100010"]["Value"] == [{"Alphabetic": "王^小明"}]
    assert chinese["00080005"]["Value"] == ["ISO_IR 192"]


def test_each_level_has_its_attributes_and_the_required_ones_even_empty():
    metadata = instance_json(bundled("CT_small.dcm"))
    study, series, instance = (qido(metadata, level) for level in ("study", "series", "instance"))
    assert study["00100020"]["Value"] == ["1CT1"]
    assert study["00080050"] == {"vr": "SH"}
    assert (series["00080060"]["Value"], instance["00280010"]["Value"]) == (["CT"], [128])
    assert "00100010" not in series
    assert "00080060" not in instance


def test_series_and_instance_say_when_a_picture_was_taken():
    metadata = instance_json(bundled("CT_small.dcm"))
    series, instance = qido(metadata, "series"), qido(metadata, "instance")
    assert [series[tag]["Value"] for tag in ("00080020", "00080030")] == [["20040119"], ["072730"]]
    assert [instance[tag]["Value"] for tag in ("00080022", "00080023")] == [["19970430"], ["19970430"]]
    assert instance["00180050"]["Value"] == [5]


def test_a_date_that_a_header_does_not_hold_is_left_out():
    metadata = instance_json(file_of(data_set()))
    assert "00080020" not in qido(metadata, "series")
    assert "00080022" not in qido(metadata, "instance")
    assert qido(metadata, "study")["00080020"] == {"vr": "DA"}


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (NotFound("patient.unknown"), 0x0124),
        (Forbidden("dicom.unknown_peer"), 0x0124),
        (Invalid("dicom.uid", place="StudyInstanceUID"), 0xA900),
        (InsufficientStorage("blobs.full"), 0xA700),
        (Unavailable("db.away"), 0xA700),
        (Malformed("dicom.data_set"), 0xC000),
        (Problem("internal"), 0xC000),
    ],
)
def test_a_problem_has_one_status_and_its_code_as_comment(problem, status):
    told = status_of(problem)
    assert told["Status"] == status
    assert told["ErrorComment"].startswith(problem.code)


def test_a_comment_keeps_to_its_length():
    assert len(status_of(Invalid("dicom.uid", place="X" * 100))["ErrorComment"]) == 64
