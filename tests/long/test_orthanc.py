"""Orthanc as a modality, both ways: it sends to us, finds with us, and has our images moved to itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.features.images.conftest import as_file
from tests.make.center import Center, free_ports, served
from tests.make.images import ct
from tests.make.orthanc import has_orthanc, orthanc

pytestmark = [pytest.mark.long, pytest.mark.skipif(not has_orthanc(), reason="orthanc is not here")]


@dataclass
class Pair:
    """Our centre and an Orthanc that know each other."""

    center: Center
    theirs: httpx.Client
    machine: httpx.Client


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with served(tmp_path / "home") as center:
        (dicom,) = free_ports(1)
        ours = {"ours": ["YUANZHEN", "127.0.0.1", center.port("dicom")]}
        machine = center.machine()
        token = {"Authorization": machine.headers["Authorization"]}
        servers = {"ours": {"Url": f"{center.url}/dicom-web/", "HttpHeaders": token}}
        web = {"Enable": True, "Root": "/dicom-web/", "Servers": servers}
        with orthanc(tmp_path / "orthanc", DicomPort=dicom, DicomModalities=ours, DicomWeb=web) as other:
            house = machine.get("/fhir/R4/Organization").json()["entry"][0]["resource"]["id"]
            told = ("--institution", house, "--ae", "ORTHANC", "--dicom-to", f"127.0.0.1:{dicom}")
            center.told("peer", "add", "orthanc", *told)
            with httpx.Client(base_url=other.url, timeout=60) as theirs:
                yield Pair(center, theirs, machine)


def test_orthanc_echoes_sends_finds_and_retrieves(pair: Pair) -> None:
    assert pair.theirs.post("/modalities/ours/echo", json={}).status_code == 200
    for number in (1, 2):
        assert pair.theirs.post("/instances", content=as_file(number)).status_code == 200
    (study,) = pair.theirs.get("/studies").json()
    assert pair.theirs.post("/modalities/ours/store", json={"Resources": [study]}).json()["FailedInstancesCount"] == 0
    (found,) = pair.machine.get("/dicom-web/studies?PatientID=00017").json()
    assert (found["00100010"]["Value"], found["00201208"]["Value"]) == ([{"Alphabetic": "刘^淑英"}], [2])
    pair.theirs.delete(f"/studies/{study}")
    asked = {"Level": "Study", "Query": {"PatientName": "刘*"}}
    query = pair.theirs.post("/modalities/ours/query", json=asked).json()["ID"]
    assert pair.theirs.get(f"/queries/{query}/answers").json() == ["0"]
    assert pair.theirs.post(f"/queries/{query}/retrieve", json={"TargetAet": "ORTHANC"}).status_code == 200
    (back,) = pair.theirs.get("/studies?expand").json()
    assert back["MainDicomTags"]["StudyInstanceUID"] == ct(1).StudyInstanceUID
    assert len(pair.theirs.get("/instances").json()) == 2


def test_orthanc_stores_finds_and_retrieves_by_dicomweb(pair: Pair) -> None:
    """Its parts are parted by 73 letters, three more than RFC 2046 allows."""
    sent = [pair.theirs.post("/instances", content=as_file(number)).json()["ID"] for number in (1, 2)]
    stored = pair.theirs.post("/dicom-web/servers/ours/stow", json={"Resources": sent, "Synchronous": True})
    assert stored.status_code == 200, stored.text
    assert len(pair.theirs.post("/dicom-web/servers/ours/qido", json={"Uri": "/studies"}).json()) == 1
    study = ct(1).StudyInstanceUID
    assert len(pair.machine.get(f"/dicom-web/studies/{study}/instances").json()) == 2
    for one in sent:
        pair.theirs.delete(f"/instances/{one}")
    asked = {"Resources": [{"Study": study}], "Synchronous": True}
    assert pair.theirs.post("/dicom-web/servers/ours/retrieve", json=asked).status_code == 200
    assert len(pair.theirs.get("/instances").json()) == 2
