"""Whole patients as Bundles of type transaction, in Synthea's shape: a life's encounters and all that came of them.

Invented here, the same each time. As in Synthea's own files a patient has some 177 resources of 1.4 KB, half of them
Observations, a quarter bills; each names the others by `urn:uuid:`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

Json = dict[str, Any]

ENCOUNTERS = 16
TAGS = {"tag": [{"system": "https://yuanzhen.invalid/tags", "code": "invented"}]}
LOINC, SNOMED, CVX = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/cvx"
TERMS = "http://terminology.hl7.org/CodeSystem"
VITALS = (
    ("8302-2", "Body Height", "cm", 168), ("29463-7", "Body Weight", "kg", 61),
    ("39156-5", "Body Mass Index", "kg/m2", 21), ("8867-4", "Heart rate", "/min", 71),
    ("2708-6", "Oxygen saturation in Arterial blood", "%", 98),
)  # fmt: skip
FAMILIES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡", "伟强磊军洋勇杰涛明超刚平辉健波斌华国建文志海"
ILLS = (("10509002", "Acute bronchitis (disorder)"), ("59621000", "Hypertension (disorder)"))
FEES = ("coinsurance_amount", "provider_payment_amount", "submitted_charge_amount", "allowed_charge_amount",
        "beneficiary_deductible_amount")  # fmt: skip
CHECK_UP = ("185349003", "Encounter for check up (procedure)")


def bundle(number: int) -> Json:
    """One patient; another for each number."""
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(_entries(number))}


def _entries(number: int) -> Iterator[Json]:
    life = _Life(number)
    for resource in life.resources():
        yield {
            "fullUrl": f"urn:uuid:{resource['id']}",
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }


def _concept(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _coded(system: str, code: str, display: str = "") -> Json:
    return {"coding": [{"system": f"{TERMS}/{system}", "code": code, **({"display": display} if display else {})}]}


def _money(value: float) -> Json:
    return {"value": value, "currency": "CNY"}


class _Life:
    """One patient's resources, made in the order of their references."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._made = 0
        self._patient = self._id()
        self._house, self._doctor = self._id(), self._id()

    def _id(self) -> str:
        self._made += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"whole patient {self._number} {self._made}"))

    def _new(self, kind: str, id: str = "", **members: Any) -> Json:
        return {"resourceType": kind, "id": id or self._id(), "meta": TAGS, **members}

    def _to(self, id: str) -> Json:
        return {"reference": f"urn:uuid:{id}"}

    def resources(self) -> Iterator[Json]:
        """All of them."""
        yield self._person()
        yield self._new(
            "Organization", self._house, active=True, type=[_coded("organization-type", "prov", "Healthcare Provider")],
            identifier=[{"system": "urn:invented:house", "value": str(self._number)}], name=f"第{self._number}医院",
            telecom=[{"system": "phone", "value": "025-5555-0100"}],
            address=[{"line": ["中山路 1 号"], "city": "南京", "postalCode": "210000", "country": "CN"}],
        )  # fmt: skip
        yield self._new(
            "Practitioner", self._doctor, active=True, gender="female", name=[{"family": "李", "given": ["秀英"]}],
            identifier=[{"system": "urn:invented:doctor", "value": str(self._number)}],
        )  # fmt: skip
        for nth in range(ENCOUNTERS):
            yield from self._encounter(nth, datetime(2011, 5, 29, 5, 28, 53, tzinfo=UTC) + timedelta(days=200 * nth))

    def _person(self) -> Json:
        born = date(1940, 1, 1) + timedelta(days=self._number * 7919 % 28000)  # nobody is taken for another
        mr = {"coding": [{"system": f"{TERMS}/v2-0203", "code": "MR", "display": "Medical Record Number"}]}
        return self._new(
            "Patient", self._patient, gender="male", birthDate=born.isoformat(), multipleBirthBoolean=False,
            text={"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Invented.</div>'},
            identifier=[{"type": mr, "system": "urn:invented:mr", "value": f"M{self._number}"},
                        {"system": "urn:invented:card", "value": f"C{self._number}"}],
            name=[{"use": "official", "family": FAMILIES[self._number % len(FAMILIES)],
                   "given": [GIVEN[self._number * 7 % len(GIVEN)] + GIVEN[self._number * 11 % len(GIVEN)]]}],
            telecom=[{"system": "phone", "value": f"139{self._number:08d}", "use": "home"}],
            address=[{"line": [f"中山路 {self._number} 号"], "city": "南京", "state": "江苏", "postalCode": "210000"}],
            maritalStatus=_concept(f"{TERMS}/v3-MaritalStatus", "S", "Never Married"),
        )  # fmt: skip

    def _encounter(self, nth: int, at: datetime) -> Iterator[Json]:
        """One visit: what was measured, found, given, ordered and paid for."""
        starts, ends = at.isoformat(), (at + timedelta(minutes=30)).isoformat()
        whose = {"subject": self._to(self._patient)}
        met = self._new(
            "Encounter", status="finished", period={"start": starts, "end": ends}, **whose,
            type=[_concept(SNOMED, *CHECK_UP)],
            participant=[{"individual": self._to(self._doctor)}], serviceProvider=self._to(self._house),
            **{"class": {"system": f"{TERMS}/v3-ActCode", "code": "AMB"}},
        )  # fmt: skip
        yield met
        here = {**whose, "encounter": self._to(met["id"])}
        measured = [self._observation(*one, starts, here) for one in VITALS]
        yield from measured
        if nth % 3 == 0:
            yield self._new(
                "DiagnosticReport", status="final", effectiveDateTime=starts, issued=starts, **here,
                category=[_coded("v2-0074", "LAB", "Laboratory")],
                code=_concept(LOINC, "58410-2", "Complete blood count (hemogram) panel - Blood by Automated count"),
                result=[{**self._to(one["id"]), "display": one["code"]["text"]} for one in measured],
            )  # fmt: skip
            ill = self._new(
                "Condition", clinicalStatus=_coded("condition-clinical", "resolved"), onsetDateTime=starts, **here,
                verificationStatus=_coded("condition-ver-status", "confirmed"), recordedDate=starts,
                code=_concept(SNOMED, *ILLS[nth % 2]),
            )  # fmt: skip
            yield ill
            yield self._new(
                "MedicationRequest", status="stopped", intent="order", authoredOn=starts, **here,
                medicationCodeableConcept=_concept("http://www.nlm.nih.gov/research/umls/rxnorm", "313782",
                                                   "Acetaminophen 325 MG Oral Tablet"),
                requester=self._to(self._doctor), reasonReference=[self._to(ill["id"])],
            )  # fmt: skip
        done = self._new(
            "Procedure",
            status="completed",
            performedPeriod={"start": starts, "end": ends},
            **here,
            code=_concept(SNOMED, "428191000124101", "Documentation of current medications"),
        )
        given = self._new(
            "Immunization", status="completed", occurrenceDateTime=starts, primarySource=True,
            vaccineCode=_concept(CVX, "140", "Influenza, seasonal, injectable, preservative free"),
            patient=whose["subject"], encounter=here["encounter"],
        )  # fmt: skip
        yield from (done, given)
        claim = self._claim(met["id"], done["id"], given["id"], starts, ends)
        yield claim
        yield self._paid(claim, met["id"], starts, ends)

    def _observation(self, code: str, name: str, unit: str, value: float, at: str, here: Json) -> Json:
        return self._new(
            "Observation", status="final", code=_concept(LOINC, code, name), effectiveDateTime=at, issued=at, **here,
            category=[_coded("observation-category", "vital-signs", "vital-signs")],
            valueQuantity={"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        )  # fmt: skip

    def _claim(self, met: str, done: str, given: str, starts: str, ends: str) -> Json:
        return self._new(
            "Claim", status="active", type=_coded("claim-type", "institutional"), use="claim", created=ends,
            patient=self._to(self._patient), billablePeriod={"start": starts, "end": ends},
            provider=self._to(self._house), priority=_coded("processpriority", "normal"),
            supportingInfo=[{"sequence": 1, "category": _coded("claiminformationcategory", "info"),
                             "valueReference": self._to(given)}],
            procedure=[{"sequence": 1, "procedureReference": self._to(done)}],
            insurance=[{"sequence": 1, "focal": True, "coverage": {"display": "private"}}],
            item=[{"sequence": n, "productOrService": _concept(SNOMED, *CHECK_UP),
                   "encounter": [self._to(met)], "net": _money(140.52)} for n in (1, 2, 3)],
            total=_money(421.56),
        )  # fmt: skip

    def _paid(self, claim: Json, met: str, starts: str, ends: str) -> Json:
        fees = [{"category": _coded("adjudication", one, "What it came to"), "amount": _money(28.104)} for one in FEES]
        place = _coded("ex-serviceplace", "19", "Off Campus-Outpatient Hospital")
        items = [{"sequence": n, "category": _coded("ex-benefitcategory", "1", "Medical care"),
                  "productOrService": _concept(SNOMED, *CHECK_UP),
                  "servicedPeriod": {"start": starts, "end": ends}, "locationCodeableConcept": place,
                  "encounter": [self._to(met)], "net": _money(140.52), "adjudication": fees}
                 for n in (1, 2, 3)]  # fmt: skip
        referral = {"resourceType": "ServiceRequest", "id": "referral", "status": "completed", "intent": "order",
                    "subject": self._to(self._patient), "requester": self._to(self._doctor)}  # fmt: skip
        return self._new(
            "ExplanationOfBenefit", contained=[referral], status="active", use="claim", outcome="complete",
            identifier=[{"system": "urn:invented:claim", "value": claim["id"]}], type=claim["type"],
            patient=claim["patient"], billablePeriod=claim["billablePeriod"], created=ends,
            insurer={"display": "private"}, provider=claim["provider"], referral={"reference": "#referral"},
            claim=self._to(claim["id"]), item=items, payment={"amount": _money(337.248)},
            insurance=[{"focal": True, "coverage": {"display": "private"}}],
            careTeam=[{"sequence": 1, "provider": self._to(self._doctor),
                       "role": _coded("claimcareteamrole", "primary", "Primary Care Practitioner")}],
            total=[{"category": _coded("adjudication", "submitted", "Submitted Amount"), "amount": _money(421.56)}],
        )  # fmt: skip
