"""What a patient complains of, which departments are asked then, and what for. A table, in both languages. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Complaint:
    """`words`: how a visit's reason tells of it; `departments`: what theirs are called, the fittest first.

    `asks`: what is usually asked; what is in it with a blank is for the asker to fill in.
    """

    id: str
    name: tuple[str, str]  # zh, en
    words: tuple[str, ...]
    departments: tuple[str, ...]
    asks: tuple[str, str]  # zh, en


COMPLAINTS: Final = (
    Complaint("stroke", ("肢体无力、言语不清", "Weakness, slurred speech"),
              ("无力", "偏瘫", "言语不清", "口角歪斜", "卒中", "脑梗", "stroke", "weakness", "slurred", "hemiparesis"),
              ("卒中", "神经内科", "脑血管", "stroke", "neurology"),
              ("发病 ＿＿ 分钟，是否溶栓或取栓？", "Onset ＿＿ minutes ago. Thrombolysis or thrombectomy?")),
    Complaint("chest-pain", ("胸痛", "Chest pain"),
              ("胸痛", "胸闷", "心梗", "chest pain", "angina", "infarction"),
              ("胸痛中心", "心内科", "心血管", "chest pain", "cardiology"),
              ("发病 ＿＿ 分钟，是否急性冠脉综合征，是否转运？",
               "Onset ＿＿ minutes ago. Acute coronary syndrome? Transfer?")),
    Complaint("headache", ("头痛、头晕", "Headache, dizziness"),
              ("头痛", "头晕", "眩晕", "步态不稳", "headache", "dizz", "vertigo"),
              ("神经内科", "neurology"),
              ("是否颅内病变，还要做什么检查？", "Anything intracranial? What else to examine?")),
    Complaint("trauma", ("外伤", "Injury"),
              ("外伤", "骨折", "坠落", "车祸", "injury", "trauma", "fracture", "fall"),
              ("创伤", "急诊", "神经外科", "骨科", "trauma", "emergency", "neurosurgery", "orthop"),
              ("是否手术，转运前怎样处理？", "Surgery? What to do before transfer?")),
    Complaint("dyspnoea", ("呼吸困难", "Shortness of breath"),
              ("呼吸困难", "气促", "气短", "喘", "咯血", "dyspn", "breath"),
              ("呼吸", "重症", "respiratory", "pulmon", "intensive"),
              ("原因是什么，怎样支持？", "What is the cause, which support?")),
    Complaint("abdominal-pain", ("腹痛", "Abdominal pain"),
              ("腹痛", "呕血", "黑便", "abdominal", "belly", "melena"),
              ("普外", "普通外科", "消化", "surgery", "gastro"),
              ("是否急腹症，是否手术？", "An acute abdomen? Surgery?")),
    Complaint("fever", ("发热", "Fever"),
              ("发热", "高热", "寒战", "fever", "chills"),
              ("感染", "呼吸", "infect", "respiratory"),
              ("感染部位与用药？", "Where is the infection, which drugs?")),
    Complaint("pregnancy", ("孕产", "Pregnancy, delivery"),
              ("妊娠", "孕", "产后", "阴道流血", "pregnan", "labour", "labor", "postpartum"),
              ("产科", "妇产", "obstetric", "gynaec"),
              ("母胎风险，是否转运？", "Risk for mother and child? Transfer?")),
    Complaint("child", ("儿童急症", "Sick child"),
              ("患儿", "新生儿", "抽搐", "惊厥", "child", "infant", "newborn", "convuls"),
              ("儿科", "新生儿", "paediatric", "pediatric", "neonat"),
              ("怎样处理，是否转运？", "What to do? Transfer?")),
    Complaint("imaging", ("看片", "Reading of images"),
              ("看片", "影像", "imaging"),
              ("影像", "放射", "radiology", "imaging"),
              ("请看片，有无 ＿＿？", "Please read the images: any ＿＿?")),
)  # fmt: skip


def complaint_of(reason: str) -> Complaint | None:
    """Which complaint the reason of a visit tells of: the one whose word stands first in it."""
    told = reason.casefold()
    found = [(told.find(word), one) for one in COMPLAINTS for word in one.words if word in told]
    return min(found, key=lambda each: each[0])[1] if found else None


def fitting(complaint: Complaint, departments: dict[str, str]) -> list[str]:
    """The ids of the departments (id -> name) that are asked for a complaint, the fittest first."""
    ranked = [
        (rank, name, id)
        for id, name in departments.items()
        if (rank := next((nth for nth, word in enumerate(complaint.departments) if word in name.casefold()), None))
        is not None
    ]
    return [id for _, _, id in sorted(ranked)]


def question(reason: str, complaint: Complaint) -> tuple[str, str]:
    """What may be asked, zh and en: why the patient came, and what is usually asked then."""
    told = reason.strip().rstrip("。.")
    zh, en = complaint.asks
    first_zh, first_en = (told, told) if told else complaint.name
    return f"{first_zh}。{zh}", f"{first_en}. {en}"
