"""Searching the record: no parameter finds or counts what is not the caller's, or reaches through it."""

from __future__ import annotations

import pytest

from tests.features.access.house import House
from tests.features.access.rows import UNRELATED

pytestmark = pytest.mark.slow

# Each finds something of the patient, by whatever somebody may know or guess; at the stage `signed`.
FINDING = (
    "Patient?_id={patient}",
    "Patient?identifier={number}",
    "Patient?identifier=urn:yuanzhen:issuer:liuhe:LIUHE|{number}",
    "Patient?name=刘",
    "Patient?gender=female",
    "Patient?birthdate=1959-03-21",
    "Patient?organization=liuhe",
    "ImagingStudy?_id={study}",
    "ImagingStudy?identifier=urn:oid:{uid}",
    "ImagingStudy?identifier=urn:dicom:uid|urn:oid:{uid}",
    "ImagingStudy?patient={patient}",
    "ImagingStudy?subject=Patient/{patient}",
    "ImagingStudy?status=available",
    "ImagingStudy?started=ge1990",
    "ImagingStudy?modality=CT",
    "Consent?_id={case}",
    "Consent?patient=Patient/{patient}",
    "Consent?status=active",
    "Consent?date=ge2020",
    "DiagnosticReport?_id={report}",
    "DiagnosticReport?identifier=urn:yuanzhen:consultation|{case}",
    "DiagnosticReport?patient={patient}",
    "DiagnosticReport?subject={patient}",
    "DiagnosticReport?status=final",
    "DiagnosticReport?code=11488-4",
    "DiagnosticReport?issued=ge2020",
)
# The same by QIDO-RS, whose answers are lists (PS3.18 10.6).
FINDING_IMAGES = (
    "studies",
    "studies?StudyInstanceUID={uid}",
    "studies?PatientID={number}",
    "studies?PatientID=6101*",
    "studies?PatientName=刘*",
    "studies?PatientBirthDate=19590321",
    "studies?ModalitiesInStudy=CT",
    "studies?limit=1&offset=0&includefield=all",
    "series?StudyInstanceUID={uid}",
    "series?SeriesInstanceUID={series}",
    "series?PatientID={number}",
    "instances?SOPInstanceUID={sop}",
    "instances?PatientID={number}",
)
# R4 3.1.1: what joins, counts or includes; each reaches the patient from outside their record.
REACHING = (
    "ImagingStudy?patient.name=刘",
    "ImagingStudy?subject:Patient.identifier={number}",
    "ImagingStudy?patient:Patient={patient}",
    "DiagnosticReport?subject:Patient.birthdate=1959-03-21",
    "DiagnosticReport?subject.identifier={number}",
    "Patient?_has:ImagingStudy:patient:identifier=urn:oid:{uid}",
    "Patient?_has:DiagnosticReport:subject:code=11488-4",
    "Patient?_has:Consent:patient:status=active",
    "Patient?gender:missing=false",
    "Patient?gender:not=male",
    "Patient?name:contains=刘",
    "Patient?_source:missing=false",
    "Patient?_lastUpdated=ge2020",
    "Patient?_sort=name",
    "Patient?_sort=-birthdate,_lastUpdated",
    "Patient?_elements=name",
    "Patient?_total=accurate",
    "Patient?_total=estimate&_count=1",
    "ImagingStudy?_include=ImagingStudy:patient",
    "ImagingStudy?_include=*",
    "ImagingStudy?_lastUpdated=ge2020&_include=ImagingStudy:patient&_revinclude:iterate=DiagnosticReport:patient",
    "Organization?_id=liuhe&_revinclude=Patient:organization",
    "Organization?_revinclude=Patient:organization&_revinclude:iterate=ImagingStudy:patient",
    "Practitioner?_revinclude=DiagnosticReport:results-interpreter",
    "Practitioner?_revinclude=DiagnosticReport:performer&_include:iterate=DiagnosticReport:subject",
    "Patient?_security=R",
    "Patient?_tag=x",
    "Patient?_profile=x",
)
# What would need text search, and is not built.
UNKNOWN = (
    "Patient?_content=刘",
    "Patient?_text=刘",
    "Patient?_filter=name sw 刘",
    "Patient?_has:AuditEvent:patient:_id=1",
)
COUNTED = (
    "Patient?_summary=count&_id={patient}",
    "Patient?_count=0&name=刘",
    "ImagingStudy?_total=accurate&patient={patient}",
)
NOT_FOUND_BY = ("anonymous", *UNRELATED, "second", "expert")  # the expert's part has ended with the signature
FOUND_BY = ("patient", "asker", "colleague", "robot")


@pytest.mark.parametrize("asked", FINDING)
async def test_only_whose_it_is_finds_it(house: House, asked: str) -> None:
    await house.at("signed")
    filled = asked.format(**house.given)
    for caller in FOUND_BY:
        bundle = (await house.browsers[caller].get(f"/fhir/R4/{filled}")).json()
        assert of_the_patient(house, bundle), caller
    for caller in NOT_FOUND_BY:
        answer = await house.browsers[caller].get(f"/fhir/R4/{filled}")
        bundle = answer.json()
        assert not of_the_patient(house, bundle), caller
        assert "total" not in bundle, caller
        assert all(link["relation"] == "self" for link in bundle.get("link", [])), caller


@pytest.mark.parametrize("asked", FINDING_IMAGES)
async def test_only_whose_they_are_finds_images(house: House, asked: str) -> None:
    await house.at("signed")
    filled = asked.format(**house.given)
    for caller in FOUND_BY:
        found = (await house.browsers[caller].get(f"/dicom-web/{filled}")).json()
        assert house.given["uid"] in str(found), caller
    for caller in NOT_FOUND_BY:
        answer = await house.browsers[caller].get(f"/dicom-web/{filled}")
        if answer.status_code == 200:
            assert answer.json() == [], caller
        else:
            assert answer.status_code == {"anonymous": 401, "machine": 403}[caller]


def of_the_patient(house: House, bundle: dict[str, object]) -> list[object]:
    """The entries that are, or speak of, the patient."""
    entries = bundle.get("entry", [])
    assert isinstance(entries, list)
    return [entry for entry in entries if house.given["patient"] in str(entry)]


@pytest.mark.parametrize("asked", REACHING)
async def test_nothing_of_others_is_reached_through_something_else(house: House, asked: str) -> None:
    await house.at("signed")
    for caller in NOT_FOUND_BY:
        answer = await house.browsers[caller].get(f"/fhir/R4/{asked.format(**house.given)}")
        assert not of_the_patient(house, answer.json()), caller
        narrow = 200 if asked.startswith("Practitioner") else 403
        assert answer.status_code == {"anonymous": 401, "machine": narrow}.get(caller, 200), caller


@pytest.mark.parametrize("asked", COUNTED)
async def test_nobody_counts_what_they_do_not_see(house: House, asked: str) -> None:
    await house.at("signed")
    filled = asked.format(**house.given)
    for caller in FOUND_BY:
        assert (await house.browsers[caller].get(f"/fhir/R4/{filled}")).json()["total"] == 1, caller
    for caller in UNRELATED:
        answer = (await house.browsers[caller].get(f"/fhir/R4/{filled}")).json()
        assert answer.get("total", 0) == 0, caller


@pytest.mark.parametrize("asked", UNKNOWN)
async def test_what_is_not_searched_by_is_refused(house: House, asked: str) -> None:
    await house.at("signed")
    for caller in ("neighbour", "stranger", "robot"):
        answer = await house.browsers[caller].get(f"/fhir/R4/{asked.format(**house.given)}")
        assert answer.status_code == 422, caller


async def test_a_machine_reaches_no_further_than_its_scopes(house: House) -> None:
    """The narrow machine may read Practitioners: nothing else is met, counted or brought along through them."""
    await house.at("signed")
    browser = house.browsers["machine"]
    for asked in ("_has:DiagnosticReport:performer:code=11488-4", "_has:PractitionerRole:practitioner:active=true"):
        assert (await browser.get(f"/fhir/R4/Practitioner?{asked}")).status_code == 403
    for asked in ("_revinclude=DiagnosticReport:performer", "_revinclude=DiagnosticReport:results-interpreter"):
        entries = (await browser.get(f"/fhir/R4/Practitioner?{asked}")).json()["entry"]
        assert {entry["resource"]["resourceType"] for entry in entries} == {"Practitioner"}


async def test_the_log_of_a_patient_holds_no_others(house: House) -> None:
    await house.at("signed")
    for asked in (
        "",
        "?patient={patient}",
        "?entity=Patient/{patient}",
        "?entity=ImagingStudy/{study}",
        "?agent={expert}",
    ):
        filled = asked.format(**house.given)
        own = (await house.browsers["patient"].get(f"/fhir/R4/AuditEvent{filled}")).json()
        assert of_the_patient(house, own), filled
        others = (await house.browsers["neighbour"].get(f"/fhir/R4/AuditEvent{filled}")).json()
        assert not of_the_patient(house, others), filled


async def test_a_list_holds_no_case_of_others(house: House) -> None:
    await house.at("signed")
    for caller in (*UNRELATED, "robot"):
        for query in ("", "?department=neurology", "?count=100", "?after=f"):
            answer = (await house.browsers[caller].get(f"/api/consultations{query}")).json()
            assert answer == {"items": [], "next": None}, caller
    for caller in ("patient", "asker", "colleague", "second", "expert"):
        items = (await house.browsers[caller].get("/api/consultations?count=100")).json()["items"]
        assert house.given["case"] in [one["id"] for one in items], caller
