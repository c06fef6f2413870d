"""A year of the demo's patient, as the township's systems tell it: visits, results, a letter by HL7, the rest by FHIR.

All of it is invented. The same day makes the same bytes, so that telling it again changes nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from yuanzhen.programs.demo.messages import message, pid, stamp
from yuanzhen.programs.demo.model import DemoPatient
from yuanzhen.programs.demo.paper import pdf

Json = dict[str, Any]


class Item(NamedTuple):
    """What a laboratory measures: its name, LOINC code, unit and usual range as they print it."""

    name: str
    loinc: str
    unit: str
    range: str


ITEMS = {
    "GLU": Item("空腹血糖", "14771-0", "mmol/L", "3.9-6.1"),
    "HBA1C": Item("糖化血红蛋白", "4548-4", "%", "4.0-6.5"),
    "K": Item("血钾", "2823-3", "mmol/L", "3.5-5.3"),
    "CREA": Item("肌酐", "14682-9", "umol/L", "41-81"),
    "LDL": Item("低密度脂蛋白胆固醇", "39469-2", "mmol/L", "<3.4"),
    "HGB": Item("血红蛋白", "718-7", "g/L", "115-150"),
    "MCV": Item("平均红细胞体积", "787-2", "fL", "82-100"),
    "B12": Item("维生素 B12", "2132-9", "pg/mL", "180-914"),
    "CRP": Item("C 反应蛋白", "1988-5", "mg/L", "<10"),
    "UPRO": Item("尿蛋白", "20454-5", "", "阴性"),
    "HBSAG": Item("乙型肝炎表面抗原", "5196-1", "", "阴性"),
    "TG": Item("甘油三酯", "14927-8", "mmol/L", "<1.7"),
    "BNP": Item("N 末端脑钠肽前体", "33762-6", "pg/mL", "<125"),
    "UA": Item("尿酸", "14933-6", "umol/L", "208-428"),
    "ALT": Item("丙氨酸氨基转移酶", "1742-6", "U/L", "7-40"),
    "WBC": Item("白细胞计数", "6690-2", "10*9/L", "3.5-9.5"),
    "PLT": Item("血小板计数", "777-3", "10*9/L", "125-350"),
    "TSH": Item("促甲状腺激素", "3016-3", "m[IU]/L", "0.27-4.2"),
    "FT4": Item("游离甲状腺素", "14920-3", "pmol/L", "12-22"),
    "ANA": Item("抗核抗体滴度", "8061-4", "", "<1:100"),
}
# Days before the demo's first day -> the values and flags of one sample, as the laboratory wrote them
SAMPLES: dict[int, dict[str, str]] = {
    330: {"GLU": "7.8 H", "HBA1C": "7.9 H", "K": "4.1", "CREA": "68", "LDL": "3.9 H", "HGB": "121", "MCV": "93",
          "CRP": "2.1", "UPRO": "阴性"},
    200: {"GLU": "8.4 H", "K": "3.3 L", "CREA": "74", "LDL": "4.1 H", "HGB": "118", "MCV": "95", "B12": "298",
          "CRP": "12.4 H", "UPRO": "阴性", "HBSAG": "阴性 N"},
    193: {"GLU": "7.2 H", "HBA1C": "7.6 H", "K": "4.0", "CREA": "70", "LDL": "3.2", "HGB": "120", "MCV": "96",
          "CRP": "3.0"},
    95: {"GLU": "7.0 H", "HBA1C": "7.4 H", "K": "4.2", "CREA": "71", "LDL": "2.7", "HGB": "116", "MCV": "99",
         "B12": "241", "CRP": "<0.50"},
    40: {"GLU": "6.6 H", "K": "4.1", "CREA": "73", "LDL": "2.5", "HGB": "113 L", "MCV": "101 H", "B12": "205",
         "CRP": "<0.50", "UPRO": "阴性"},
    1: {"GLU": "6.4 H", "HBA1C": "7.1 H", "K": "5.9 H", "CREA": "75", "LDL": "2.4", "HGB": "110 L", "MCV": "103 H",
        "B12": "142 LL", "CRP": "<0.50", "UPRO": "阴性", "ANA": "1:100"},
}  # fmt: skip
CORRECTED = (1, "K", "4.3")  # the sample was haemolysed, and was measured again


class Visit(NamedTuple):
    """`days` before, class (table 0004), how many days, what for (ICD-10 and words), by whom."""

    days: int
    kind: str
    length: int
    code: str
    reason: str
    doctor: str


VISITS = (
    Visit(330, "O", 0, "I10", "高血压病复诊", "许^静"),
    Visit(200, "I", 8, "G45.9", "短暂性脑缺血发作", "何^平"),
    Visit(95, "O", 0, "E11.9", "2 型糖尿病复诊", "许^静"),
    Visit(40, "O", 0, "E11.9", "2 型糖尿病复诊，手脚发麻", "许^静"),
    Visit(1, "O", 0, "R42", "头晕、步态不稳两周", "许^静"),
)
STAY = VISITS[1]
LETTER = (
    "出院小结",
    "刘淑英  女  住院 8 天  神经内科",
    "入院情况：突发右侧肢体无力、言语不清 20 分钟，自行缓解。",
    "诊疗经过：头颅 CT 未见出血。予抗血小板、调脂、控制血压和血糖。",
    "出院诊断：短暂性脑缺血发作；高血压病；2 型糖尿病；低钾血症。",
    "出院医嘱：阿司匹林、阿托伐他汀、氨氯地平、二甲双胍；四周后复查。",
)


def told(patient: DemoPatient, day: datetime) -> list[bytes]:
    """All messages, in the order in which they were sent."""
    messages = [(one.days - one.length, visit(patient, one, day)) for one in VISITS]
    messages += [(days, sample(patient, days, values, day)) for days, values in SAMPLES.items()]
    messages += [
        (STAY.days - STAY.length, _letter(patient, day)),
        (0, _culture(patient, day)),
        (0, _again(patient, day)),
    ]
    return [body for _, body in sorted(messages, key=lambda one: -one[0])]


def _at(day: datetime, days: float) -> datetime:
    return (day - timedelta(days=days)).replace(microsecond=0)


def _number(patient: DemoPatient, one: Visit) -> str:
    return f"V{patient.number[-3:]}{one.days:04}"


def visit(patient: DemoPatient, one: Visit, day: datetime) -> bytes:
    """The end of a stay or of a visit, which tells all of it."""
    begins, ends = _at(day, one.days), _at(day, one.days - one.length - 0.02)
    ward = "神经内科^03^12" if one.kind == "I" else "内科门诊"
    fields = {
        2: one.kind,
        3: ward,
        7: f"1001^{one.doctor}",
        19: _number(patient, one),
        44: stamp(begins),
        45: stamp(ends),
    }
    visit = "PV1|1|" + "|".join(fields.get(number, "") for number in range(2, 46))
    diagnosis = f"DG1|1||{one.code}^{one.reason}^I10||{stamp(begins)}|F"
    segments = (f"EVN|A03|{stamp(ends)}", pid(patient), visit, diagnosis)
    return message(patient, "ADT^A03^ADT_A03", f"H{patient.number[-4:]}{one.days:04}A03", ends, *segments)


def sample(patient: DemoPatient, days: int, values: Mapping[str, str], day: datetime) -> bytes:
    """What the laboratory found that many days ago: ORU^R01."""
    taken = _at(day, days)
    lines = [_obx(number, code, value, taken) for number, (code, value) in enumerate(values.items(), 1)]
    return _report(patient, f"L{days:04}", "CHEM^血生化、血常规与尿常规^99L", taken, "F", *lines)


def _again(patient: DemoPatient, day: datetime) -> bytes:
    """The newest sample once more, one of its values corrected."""
    days, corrected, value = CORRECTED
    taken = _at(day, days)
    lines = [
        _obx(number, code, value, taken, "C") + "\rNTE|1||首次标本溶血，已重新测定"
        if code == corrected
        else _obx(number, code, told_, taken)
        for number, (code, told_) in enumerate(SAMPLES[days].items(), 1)
    ]
    return _report(patient, f"L{days:04}", "CHEM^血生化、血常规与尿常规^99L", taken, "C", *lines)


def _culture(patient: DemoPatient, day: datetime) -> bytes:
    taken = _at(day, 1)
    line = f"OBX|1|ST|UCULT^尿培养^99L^630-4^^LN||24 小时未见生长||||||P|||{stamp(taken)}"
    return _report(patient, "M0001", "UCULT^尿培养^99L", taken, "P", line)


def _report(patient: DemoPatient, number: str, service: str, taken: datetime, status: str, *lines: str) -> bytes:
    request = f"OBR|1||{number}^{patient.facility}_LIS|{service}|||{stamp(taken)}||||||||||||||||||LAB|{status}"
    segments = (pid(patient), request, *lines)
    sent = taken + timedelta(hours=4 if status == "C" else 3)
    return message(patient, "ORU^R01^ORU_R01", f"H{patient.number[-4:]}{number}{status}", sent, *segments)


def _obx(number: int, code: str, told_: str, taken: datetime, status: str = "F") -> str:
    """OBX-8 is what the laboratory flagged; a value with a comparator or a ratio goes as SN."""
    item = ITEMS[code]
    value, _, flag = told_.partition(" ")
    kind, written = _typed(value)
    meant = f"{code}^{item.name}^99L^{item.loinc}^^LN"
    return f"OBX|{number}|{kind}|{meant}||{written}|{item.unit}|{item.range}|{flag}|||{status}|||{stamp(taken)}"


def _typed(value: str) -> tuple[str, str]:
    if value.startswith("<"):
        return "SN", f"<^{value[1:]}"
    if ":" in value:
        return "SN", f"^{value.replace(':', '^:^')}"
    return ("NM", value) if value.replace(".", "").isdigit() else ("ST", value)


def _letter(patient: DemoPatient, day: datetime) -> bytes:
    """MDM^T02: the discharge letter, a PDF."""
    written = _at(day, STAY.days - STAY.length - 0.1)
    data = base64.b64encode(pdf(LETTER)).decode()
    segments = (
        f"EVN|T02|{stamp(written)}",
        pid(patient),
        "PV1|1|I" + "|" * 17 + _number(patient, STAY),
        f"TXA|1|DS^出院小结^99L|||{stamp(written)}|{stamp(written)}||||||D0001^LIUSHU_EMR|||||LA||AV",
        f"OBX|1|ED|DS^出院小结^99L||^application^pdf^Base64^{data}||||||F",
    )
    return message(patient, "MDM^T02^MDM_T02", "H0192T02", written, *segments)


# ---- what R4 tells better than HL7 v2: by the HIS's own FHIR client

RESTRICTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
CONDITION = "http://terminology.hl7.org/CodeSystem/condition-clinical"
CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
MEDICINES = (  # days before, status, name, how
    (330, "active", "苯磺酸氨氯地平片", "5 mg，口服，每日 1 次"),
    (330, "active", "盐酸二甲双胍片", "0.5 g，口服，每日 3 次，餐中"),
    (192, "active", "阿司匹林肠溶片", "100 mg，口服，每日 1 次"),
    (192, "active", "阿托伐他汀钙片", "20 mg，口服，每晚 1 次"),
    (330, "stopped", "复方利血平氨苯蝶啶片", "1 片，口服，每日 1 次"),
)


DIAGNOSES = (("c1", "高血压病", "2015"), ("c2", "2 型糖尿病", "2017"))  # and since when


def resources(patient: str, day: datetime) -> list[Json]:
    """Medicines, an allergy, diagnoses, one of them labelled sensitive, for the Patient of that id."""
    made = [
        medicine(patient, n, status, name, how, _at(day, days)) for n, (days, status, name, how) in enumerate(MEDICINES)
    ]
    made.append(allergy(patient, "磺胺类", "全身皮疹", "2011-06"))
    made += [diagnosis(patient, number, name, since) for number, name, since in DIAGNOSES]
    made.append(sensitive_diagnosis(patient, "焦虑状态", _at(day, 260)))
    return made


def _id(patient: str, what: str) -> str:
    return f"liushu-{patient[-12:]}-{what}"


def _whose(patient: str) -> Json:
    return {"reference": f"Patient/{patient}"}


def medicine(patient: str, number: int, status: str, name: str, how: str, at: datetime) -> Json:
    """R4 MedicationRequest."""
    return {
        "resourceType": "MedicationRequest", "id": _id(patient, f"m{number}"), "status": status, "intent": "order",
        "subject": _whose(patient), "authoredOn": f"{at:%Y-%m-%d}", "medicationCodeableConcept": {"text": name},
        "dosageInstruction": [{"text": how}],
    }  # fmt: skip


def allergy(patient: str, name: str, shows: str, recorded: str) -> Json:
    """R4 AllergyIntolerance, confirmed."""
    return {
        "resourceType": "AllergyIntolerance", "id": _id(patient, "a0"), "patient": _whose(patient),
        "code": {"text": name},
        "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "active"}]}, "criticality": "high",
        "verificationStatus": {"coding": [{"system": VERIFIED, "code": "confirmed"}]}, "recordedDate": recorded,
        "reaction": [{"manifestation": [{"text": shows}]}],
    }  # fmt: skip


def diagnosis(patient: str, number: str, name: str, since: str) -> Json:
    """R4 Condition, active."""
    return {
        "resourceType": "Condition", "id": _id(patient, number), "subject": _whose(patient), "code": {"text": name},
        "onsetDateTime": since, "clinicalStatus": {"coding": [{"system": CONDITION, "code": "active"}]},
    }  # fmt: skip


def sensitive_diagnosis(patient: str, name: str, recorded: datetime) -> Json:
    """R4 Condition that its sender has labelled R."""
    return {
        "resourceType": "Condition", "id": _id(patient, "c0"), "subject": _whose(patient), "code": {"text": name},
        "meta": {"security": [RESTRICTED]}, "recordedDate": f"{recorded:%Y-%m-%d}",
    }  # fmt: skip
