"""One real case through the whole house: from the township's HIS and scanner to the signed opinion that comes back."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pydicom
import pytest
from pydicom.data import get_testdata_file

from tests.make.center import BIN, free_ports
from tests.whole.conftest import Region
from yuanzhen.programs.demo.his import His

pytestmark = pytest.mark.slow

T = TypeVar("T")

ADT = (
    "MSH|^~\\&|HIS|LIUHE|YUANZHEN|CITY|20260318091200+0800||ADT^A04^ADT_A01|{control}|P|2.5.1|||||CHN|UNICODE UTF-8\r"
    "EVN|A04|20260318091200+0800\r"
    "PID|1||{number}^^^LIUHE^MR||{name}||19590321|F\r"
    "PV1|1|O\r"
)


def until(look: Callable[[], T], what: str, *, seconds: float = 20) -> T:
    """What `look` finds as soon as it finds something; fails with `what` when time is up."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def his(tmp_path_factory: pytest.TempPathFactory) -> Iterator[His]:
    """The township's simulated HIS, with the facility name of its enrolment."""
    port, page = free_ports(2)
    with His.running(tmp_path_factory.mktemp("his") / "received.jsonl", port=port, page_port=page) as his:
        yield his


@pytest.fixture(scope="module")
def patient(region: Region, his: His) -> dict[str, Any]:
    """刘淑英 as the township's HIS announced her, found by her clinician."""
    region.center.told(
        "peer", "add", "柳河镇 HIS", "--institution", region.township, "--hl7-facility", "LIUHE",
        "--hl7-to", f"127.0.0.1:{his.port}", "--send", "ORU", "--ae", "LIUHE_CT",
    )  # fmt: skip
    answer = mllp_send(region, ADT.format(control="A1", number="00017", name="刘^淑英"))
    assert "MSA|AA|A1" in answer
    found = region.clinician.http.get("/fhir/R4/Patient", params={"name": "刘淑英"}).json()
    assert len(found["entry"]) == 1
    resource: dict[str, Any] = found["entry"][0]["resource"]
    return resource


def mllp_send(region: Region, message: str) -> str:
    """The answer that a foreign client (python-hl7's mllp_send) gets."""
    file = region.center.home.parent / "message.hl7"
    file.write_bytes(b"\x0b" + message.encode() + b"\x1c\r")
    done = subprocess.run(
        [BIN / "mllp_send", "-f", file, "-p", str(region.center.port("mllp")), "127.0.0.1"],
        capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    return done.stdout.decode()


@pytest.fixture(scope="module")
def study(region: Region, patient: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A CT of the patient, sent by DCMTK's storescu from the township's scanner; its UID once it is described."""
    folder = tmp_path_factory.mktemp("ct")
    for number in range(1, 4):
        image = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
        image.SpecificCharacterSet, image.PatientName = "ISO_IR 192", "刘^淑英"
        image.PatientID, image.PatientBirthDate, image.PatientSex = "00017", "19590321", "F"
        image.IssuerOfPatientID = "LIUHE"
        image.InstanceNumber, image.SOPInstanceUID = number, f"2.25.4711.{number}"
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.save_as(folder / f"{number}.dcm")
    subprocess.run(
        ["storescu", "-aet", "LIUHE_CT", "-aec", "YUANZHEN", "127.0.0.1", str(region.center.port("dicom")),
         *sorted(map(str, folder.iterdir()))], check=True, timeout=60,
    )  # fmt: skip

    def described() -> list[dict[str, Any]]:
        asked = {"patient": patient["id"]}
        return region.clinician.http.get("/fhir/R4/ImagingStudy", params=asked).json().get("entry", [])

    resource = until(described, "the study is not described")[0]["resource"]
    assert resource["numberOfInstances"] == 3
    return str(resource["identifier"][0]["value"]).removeprefix("urn:oid:")


def ask(region: Region, patient: dict[str, Any]) -> dict[str, Any]:
    """The clinician asks the neurologists, with the patient's consent."""
    text = region.clinician.http.get("/api/consent-texts/current").json()
    asked = region.clinician.http.post("/api/consultations", json={
        "patient": patient["id"], "department": region.department, "urgency": "emergency",
        "question": "右侧肢体无力 50 分钟，是否溶栓？",
        "consent": {"version": text["version"], "given_by": "patient", "how": "signed"},
    })  # fmt: skip
    assert asked.status_code == 201, asked.text
    assert asked.json()["state"] == "ringing"
    found: dict[str, Any] = asked.json()
    return found


@pytest.fixture(scope="module")
def case(region: Region, patient: dict[str, Any], study: str) -> dict[str, Any]:
    """The clinician asked, and nobody has answered yet."""
    return ask(region, patient)


def test_the_record_opens_to_the_expert_with_the_case_and_closes_with_the_signature(
    region: Region, patient: dict[str, Any], study: str, case: dict[str, Any], his: His
) -> None:
    expert, path = region.expert.http, f"/api/consultations/{case['id']}"
    record = f"/fhir/R4/Patient/{patient['id']}"
    images = f"/dicom-web/studies/{study}/series"

    waiting = expert.get(path).json()
    assert waiting["patient"]["name"] == "刘*英" and waiting["patient"]["masked"]
    assert expert.get(record).status_code == 404
    assert expert.get(images).status_code == 404

    assert expert.post(f"{path}/accept").json()["state"] == "accepted"
    assert expert.get(record).json()["name"][0]["text"] == "刘淑英"
    series = expert.get(images).json()[0]["0020000E"]["Value"][0]
    instances = expert.get(f"{images}/{series}/instances").json()
    assert [one["00200013"]["Value"][0] for one in instances] == [1, 2, 3]
    picture = expert.get(f"{images}/{series}/instances/2.25.4711.2/rendered", params={"window": "40,80,linear"})
    assert picture.headers["content-type"] == "image/png" and picture.content.startswith(b"\x89PNG")

    opinion = {"findings": "左侧低密度影", "conclusion": "考虑急性脑梗死", "advice": "符合条件者静脉溶栓"}
    assert expert.put(f"{path}/opinion", json=opinion).status_code == 204
    assert region.clinician.http.get(f"{path}/opinion").json()["items"] == []
    assert region.clinician.http.get(f"{path}/opinion").json()["draft"] is None

    wrong = expert.post(f"{path}/opinion/sign", json={"patient": {"name": "刘淑芳", "birth_date": "1959-03-21"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "opinion.not_this_patient")
    signed = expert.post(f"{path}/opinion/sign", json={"patient": {"name": "刘淑英", "birth_date": "1959-03-21"}})
    assert (signed.status_code, signed.json()["state"]) == (200, "signed")
    assert expert.get(record).status_code == 404

    versions = region.clinician.http.get(f"{path}/opinion").json()["items"]
    assert [(one["conclusion"], one["signature"]) for one in versions] == [("考虑急性脑梗死", "valid")]
    assert [one["who"]["id"] for one in versions[0]["opened"]] == [region.clinician.id]  # this was the first look
    heard = until(
        lambda: [one for one in his.reports() if one.conclusion == "考虑急性脑梗死"], "the HIS received nothing"
    )
    assert [one.name for one in heard] == ["刘淑英"]


def test_who_has_no_part_in_a_case_finds_nothing_of_it(
    region: Region, patient: dict[str, Any], study: str, case: dict[str, Any]
) -> None:
    for person in (region.stranger, region.outsider):
        assert person.http.get(f"/api/consultations/{case['id']}").status_code == 404
        assert person.http.get("/api/consultations").json()["items"] == []
        assert person.http.get(f"/fhir/R4/Patient/{patient['id']}").status_code == 404
        assert person.http.get("/fhir/R4/Patient", params={"name": "刘"}).json().get("entry", []) == []
        assert person.http.get(f"/dicom-web/studies/{study}/series").status_code == 404
        assert person.http.post(f"/api/consultations/{case['id']}/accept").status_code == 404


def test_every_act_and_every_refusal_stands_in_the_log(region: Region, patient: dict[str, Any]) -> None:
    case = ask(region, patient)
    path, expert = f"/api/consultations/{case['id']}", region.expert.http
    assert region.stranger.http.get(path).status_code == 404
    assert expert.post(f"{path}/accept").status_code == 200
    opinion = {"findings": "未见出血", "conclusion": "不像急性脑梗死", "advice": "观察"}
    assert expert.put(f"{path}/opinion", json=opinion).status_code == 204
    signing = {"patient": {"name": "刘淑英", "birth_date": "1959-03-21"}}
    assert expert.post(f"{path}/opinion/sign", json=signing).status_code == 200
    machine = region.center.machine()
    found = machine.get("/fhir/R4/AuditEvent", params={"entity": f"consultation/{case['id']}"}).json()["entry"]
    rows = {
        (one["resource"]["agent"][0]["who"].get("reference", ""), one["resource"]["subtype"][0]["code"],
         one["resource"]["outcome"])
        for one in found
    }  # fmt: skip
    assert (f"Practitioner/{region.clinician.id}", "consultation.ask", "0") in rows
    assert (f"Practitioner/{region.expert.id}", "consultation.accept", "0") in rows
    assert (f"Practitioner/{region.expert.id}", "consultation.sign", "0") in rows
    assert (f"Practitioner/{region.stranger.id}", "consultation.read", "4") in rows
