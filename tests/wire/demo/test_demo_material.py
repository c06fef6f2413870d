"""The demo's CT: the real head's pixels, whole and in order, under the headers of the township's scanner."""

from __future__ import annotations

import hashlib
import tarfile
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from yuanzhen.data.exchange.dicom import codec
from yuanzhen.programs.demo import material
from yuanzhen.programs.demo.cast import PATIENT

AT = datetime(2026, 3, 4, 9, 30, tzinfo=timezone(timedelta(hours=8)))
ARCHIVE = material.volume_file()
with_volume = pytest.mark.skipif(ARCHIVE is None, reason="the CT volume is not here (make setup brings it): 108 slices")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return material.write(tmp_path_factory.mktemp("ct"), PATIENT, AT, ARCHIVE)


@with_volume
def test_every_pixel_is_the_volumes_own_with_its_rows_turned_over(study):
    with tarfile.open(ARCHIVE) as tar:
        stored = np.frombuffer(tar.extractfile(next(m for m in tar if m.name.endswith("matrix.dat"))).read(), "<i2")
    read = np.stack([dcmread(path).pixel_array for path in study.files])
    assert (read.shape, read.dtype) == ((108, 256, 256), np.int16)
    assert np.array_equal(read[:, ::-1, :].ravel(), stored)


@with_volume
def test_the_slices_go_upward_in_their_numbers_at_the_volumes_spacing(study):
    headers = [dcmread(path, stop_before_pixels=True) for path in study.files]
    assert [header.InstanceNumber for header in headers] == list(range(1, 109))
    assert [header.ImagePositionPatient[2] for header in headers] == [1.5 * index for index in range(108)]
    assert {tuple(header.PixelSpacing) for header in headers} == {(0.9570312, 0.9570312)}
    assert {tuple(header.ImageOrientationPatient) for header in headers} == {(1, 0, 0, 0, 1, 0)}
    assert len({header.SOPInstanceUID for header in headers}) == 108
    assert (
        len({(header.StudyInstanceUID, header.SeriesInstanceUID, header.FrameOfReferenceUID) for header in headers})
        == 1
    )


@with_volume
def test_the_table_lies_behind_the_head(study):
    top = dcmread(study.files[95]).pixel_array > 0  # above the ears: the head and, apart from it, the table's arc
    assert top[200:].any()
    assert not top[:40].any()


@with_volume
def test_nothing_in_the_headers_calls_it_normal(study):
    for path in study.files:
        words = str(dcmread(path, stop_before_pixels=True)).casefold()
        assert "normal" not in words
        assert "正常" not in words
        assert "未见异常" not in words


@with_volume
def test_the_centre_reads_whose_it_is(study):
    fact = codec.received(study.files[0].read_bytes())
    assert (fact.patient.value, fact.patient.issuer, fact.name.full) == (PATIENT.number, "LIUSHU", "刘淑英")
    assert (fact.sex, fact.birth_date, fact.study_date) == ("female", "1962-03-17", "2026-03-04")
    assert (fact.description, fact.modality, fact.rows, fact.frames) == ("头颅 CT 平扫", "CT", 256, 1)
    assert fact.study.startswith("2.25.")
    assert len(fact.study) <= 64


@with_volume
def test_the_same_day_gives_the_same_files_and_another_day_other_uids(study, tmp_path):
    again = material.write(tmp_path / "again", PATIENT, AT, ARCHIVE)
    assert [_digest(path) for path in again.files] == [_digest(path) for path in study.files]
    later = material.write(tmp_path / "later", PATIENT, AT + timedelta(days=1), ARCHIVE)
    assert codec.received(later.files[0].read_bytes()).study != codec.received(study.files[0].read_bytes()).study


def test_without_the_volume_a_real_slice_stands_in_and_says_so(tmp_path):
    study = material.write(tmp_path, PATIENT, AT, None)
    source, sent = dcmread(get_testdata_file(material.SINGLE, download=False)), dcmread(study.files[0])
    assert (study.whole, len(study.files), study.credit) == (False, 1, material.CREDITS["single"])
    assert np.array_equal(sent.pixel_array, source.pixel_array)
    assert sent.StudyDescription == "CT 示例单层图像(非头颅)"
    assert str(source.PatientName) not in str(sent)
    fact = codec.received(study.files[0].read_bytes())
    assert (fact.name.full, fact.patient.value) == ("刘淑英", PATIENT.number)


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
