"""DCMTK's clients, unchanged: they echo, store, find with Chinese names, get, and have images moved to a peer."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pydicom
import pytest

from tests.features.images.conftest import Archive, bundled, stow, written
from tests.make.center import free_ports
from tests.make.images import ct

FOLDER = "/usr/bin"  # pynetdicom puts scripts of the same names into our own environment
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("storescu", path=FOLDER) is None, reason="DCMTK is not here"),
]


def run(archive: Archive, name: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    port = str(archive.center.port("dicom"))
    return subprocess.run(
        [f"{FOLDER}/{name}", "-aec", "YUANZHEN", "127.0.0.1", port, *words],
        env=os.environ | {"TCP_NODELAY": "1"}, capture_output=True, timeout=120, encoding="utf-8", errors="replace",
    )  # fmt: skip


def keys(*asked: str) -> list[str]:
    return [word for key in asked for word in ("-k", key)]


def found(done: subprocess.CompletedProcess[str], keyword: str) -> list[str]:
    assert done.returncode == 0, done.stderr
    return re.findall(rf"\[([^\]]*?)[ \0]*\] *# .* {keyword}$", done.stdout + done.stderr, re.MULTILINE)


def test_echo_and_store(archive: Archive, tmp_path: Path) -> None:
    assert run(archive, "echoscu").returncode == 0
    (tmp_path / "one.dcm").write_bytes(bundled("MR_small.dcm"))
    assert run(archive, "storescu", tmp_path / "one.dcm").returncode == 0


@pytest.mark.parametrize("name", ["刘*", "刘^淑?", "刘^淑英"])
def test_a_chinese_name_is_found_and_told_in_utf_8(archive: Archive, name: str) -> None:
    asked = keys("QueryRetrieveLevel=STUDY", "SpecificCharacterSet=ISO_IR 192", f"PatientName={name}",
                 "StudyInstanceUID", "NumberOfStudyRelatedInstances", "ModalitiesInStudy")  # fmt: skip
    done = run(archive, "findscu", "-S", *asked)
    assert found(done, "PatientName") == ["刘^淑英"]
    assert found(done, "StudyInstanceUID") == [archive.study]
    assert found(done, "NumberOfStudyRelatedInstances") == ["2"]


def test_a_peer_that_asks_in_gb18030_is_answered_in_it(archive: Archive, tmp_path: Path) -> None:
    asked = pydicom.Dataset()
    asked.SpecificCharacterSet, asked.QueryRetrieveLevel, asked.PatientName = "GB18030", "STUDY", "刘*"
    asked.PatientID = ""
    asked.save_as(tmp_path / "asked.dcm", implicit_vr=True, little_endian=True)
    done = run(archive, "findscu", "-S", "-X", "-od", tmp_path, tmp_path / "asked.dcm")
    assert done.returncode == 0, done.stderr
    (answer,) = tmp_path.glob("rsp*.dcm")
    told = pydicom.dcmread(answer, force=True)
    assert (told.SpecificCharacterSet, str(told.PatientName)) == ("GB18030", "刘^淑英")


@pytest.mark.parametrize(("level", "count"), [("PATIENT", 1), ("STUDY", 1), ("SERIES", 1), ("IMAGE", 2)])
def test_every_level_is_searched(archive: Archive, level: str, count: int) -> None:
    above = ["StudyInstanceUID=" + archive.study] if level in ("SERIES", "IMAGE") else []
    done = run(archive, "findscu", "-P", *keys(f"QueryRetrieveLevel={level}", "PatientID=00017", *above))
    assert len(found(done, "PatientID")) == count


def test_one_image_that_names_no_vr_keeps_nobody_from_being_found(archive: Archive) -> None:
    odd = pydicom.dcmread(io.BytesIO(bundled("MR_small.dcm")))
    odd.StudyInstanceUID, odd.SOPInstanceUID = "2.25.4711.88", "2.25.4711.88.1"
    odd.PatientName, odd.PatientID = "Odd", "odd"
    odd.file_meta.MediaStorageSOPInstanceUID = odd.SOPInstanceUID
    file = written(odd).replace(b"\x10\0\x10\0PN", b"\x10\0\x10\0ZZ")
    assert stow(archive.machine, file).status_code == 200
    names = found(run(archive, "findscu", "-S", *keys("QueryRetrieveLevel=STUDY", "PatientName")), "PatientName")
    assert {"Odd", "刘^淑英"} <= set(names)


def test_a_level_that_its_root_has_not_is_refused(archive: Archive) -> None:
    done = run(archive, "findscu", "-d", "-S", *keys("QueryRetrieveLevel=PATIENT", "PatientID"))
    assert "dicom.query_level at QueryRetrieveLevel" in done.stdout + done.stderr


def test_a_study_is_got_as_it_was_sent(archive: Archive, tmp_path: Path) -> None:
    asked = keys("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={archive.study}")
    assert run(archive, "getscu", "-S", "+B", "-od", tmp_path, *asked).returncode == 0
    got = [pydicom.dcmread(file) for file in sorted(tmp_path.iterdir())]
    assert [one.InstanceNumber for one in got] == [1, 2]
    assert got[0].PixelData == ct(1).PixelData


def test_an_image_that_cannot_be_decoded_is_left_out_and_the_others_come(archive: Archive, tmp_path: Path) -> None:
    pair = [pydicom.dcmread(io.BytesIO(bundled("JPEG2000.dcm"))) for _ in range(2)]
    for nth, one in enumerate(pair):
        one.StudyInstanceUID, one.SOPInstanceUID = "2.25.4711.77", f"2.25.4711.77.{nth}"
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    pair[0].PixelData = pydicom.encaps.encapsulate([b"\xff\x4f\xff\x51" + bytes(100)])
    assert stow(archive.machine, *map(written, pair)).status_code == 200
    asked = keys("QueryRetrieveLevel=STUDY", "StudyInstanceUID=2.25.4711.77")
    run(archive, "getscu", "-S", "+B", "-od", tmp_path, *asked)
    (got,) = [pydicom.dcmread(file) for file in tmp_path.iterdir()]
    assert got.SOPInstanceUID == "2.25.4711.77.1"
    series = f"/dicom-web/studies/2.25.4711.77/series/{got.SeriesInstanceUID}/instances/"
    plain = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1'}
    broken = archive.machine.get(f"{series}2.25.4711.77.0", headers=plain)
    assert (broken.status_code, broken.json()["code"]) == (400, "dicom.pixels")
    assert archive.machine.get(f"{series}2.25.4711.77.1", headers=plain).status_code == 200


def test_images_are_moved_to_an_enrolled_peer_and_to_nobody_else(archive: Archive, tmp_path: Path) -> None:
    asked = keys("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={archive.study}")
    assert "MoveDestinationUnknown" in run(archive, "movescu", "-S", "-aem", "NOBODY", *asked).stderr
    (port,) = free_ports(1)
    added = ("--institution", archive.institution, "--ae", "OTHER", "--dicom-to", f"127.0.0.1:{port}")
    archive.center.told("peer", "add", "other", *added)
    away = run(archive, "movescu", "-S", "-aem", "OTHER", *asked)
    assert away.returncode != 0  # nobody listens there yet
    receiver = subprocess.Popen([f"{FOLDER}/storescp", "-od", tmp_path, "-aet", "OTHER", "+xa", str(port)])
    try:
        for _ in range(20):
            if run(archive, "movescu", "-S", "-aem", "OTHER", *asked).returncode == 0:
                break
        assert sorted(pydicom.dcmread(file).InstanceNumber for file in tmp_path.iterdir()) == [1, 2]
    finally:
        receiver.terminate()
        receiver.wait()
