"""What is going on in the region when a visitor comes: a case in each state, played by the people of the tables.

Each is asked and worked on by the product's own verbs, as it would be; opinions are signed at the product's own doors,
since a signature wants its signer's second factor. What rings comes later, when somebody is there to hear it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yuanzhen.applications.consultation.model import Mode, Urgency
from yuanzhen.programs.demo import cast


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what, with what; `write` and `sign` are the opinion's."""

    by: str  # a login
    name: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """One case: about which patient of a house (by number from 0), asked how many minutes ago, and what followed."""

    house: str
    patient: int
    asker: str
    department: str
    minutes_ago: int
    acts: tuple[Act, ...] = ()
    urgency: Urgency = "scheduled"
    mode: Mode = "written"
    question: str = ""  # by default the course's
    expert: str = ""  # a login: with whom an hour is booked


def _opinion(findings: str, conclusion: str, advice: str) -> tuple[Act, Act]:
    texts = {"findings": findings, "conclusion": conclusion, "advice": advice}
    return Act("linhai", "write", texts), Act("linhai", "sign")


SCENES: tuple[Scene, ...] = (
    Scene("liushu", 0, "xujing", "心血管内科", 190),
    Scene("liushu", 9, "xujing", "神经内科", 95),
    Scene("baishi", 4, "zhaolei", "神经内科", 12, urgency="emergency",
          question="突发眩晕、呕吐 3 小时，不能行走，血压 182/104，头颅 CT 未见出血，后循环梗死？"),
    Scene("liushu", 4, "xujing", "肾内科", 320),
    Scene("liushu", 1, "xujing", "神经内科", 45, (Act("linhai", "claim"), Act("linhai", "write", {
        "findings": "双足袜套样感觉减退，踝反射消失，振动觉减退。", "conclusion": "", "advice": ""}))),
    Scene("liushu", 2, "xujing", "神经内科", 260, (
        Act("linhai", "claim"),
        Act("linhai", "need-more", {"what": "请补充支架的类型和植入日期，以及近一月的血小板计数。"}))),
    Scene("baishi", 0, "zhaolei", "神经内科", 150, (
        Act("linhai", "claim"), *_opinion(
            "四肢腱反射对称，指鼻试验稳准，Romberg 征阴性；颈动脉听诊无杂音。", "良性阵发性位置性眩晕可能大。",
            "Epley 复位；一周后复查。出现复视、吞咽困难或肢体无力立即转诊。"))),
    Scene("liushu", 3, "xujing", "神经内科", 400, (
        Act("linhai", "claim"), *_opinion(
            "言语流利，四肢肌力 5 级，病理征未引出；心率 92 次/分，律不齐。", "心房颤动，短暂性脑缺血发作高风险。",
            "CHA2DS2-VASc 评分 5 分，无禁忌时口服抗凝；监测肾功能和血钾。"),
        Act("xujing", "rate", {"score": 5, "words": "两小时就有答复"}),
        Act("linhai", "rate", {"score": 4, "words": ""}),
        Act("xujing", "close"))),
    Scene("baishi", 7, "zhaolei", "神经外科", 500, (
        Act("linhai", "claim"), *_opinion(
            "头颅 CT：右额叶类圆形稍高密度影，边缘光滑，周围无明显水肿。", "右额凸面脑膜瘤可能，目前无占位效应。",
            "三个月后增强 MR 复查；新发头痛或抽搐随时就诊。"), Act("zhaolei", "close"))),
    Scene("baishi", 8, "zhaolei", "神经内科", 220, (Act("zhaolei", "cancel", {"reason": "患者已自行前往县医院就诊"}),)),
    Scene("baishi", 9, "zhaolei", "神经内科", 620, (
        Act("linhai", "claim"),
        Act("linhai", "did-not-take-place", {"reason": "两次联系不上申请医生，资料不全，无法判断"}))),
    Scene("liushu", 10, "xujing", "内分泌科", 75),
    Scene("liushu", 5, "xujing", "神经内科", 130, mode="live", expert="chenyuan"),
)  # fmt: skip

# What goes on in the demo's room.
ROOM = Scene(
    "liushu", 4, "xujing", cast.ROOM_EXPERT.departments[0], 1, (
        Act(cast.ROOM_EXPERT.login, "accept"),
        Act(cast.ROOM_EXPERT.login, "invite", {"person": cast.ROOM_VISITOR})),
    urgency="emergency", mode="live",
    question="慢性肾病，气促半天，颈静脉怒张，血压 92/60；床旁超声见心包积液，请实时看图：是否压塞，要不要穿刺？",
)  # fmt: skip

# What rings two minutes after the expert has come.
EMERGENCY = Scene(
    "baishi", 5, "zhaolei", "神经内科", 0, urgency="emergency", mode="live",
    question="左侧肢体无力、口角歪斜 70 分钟，NIHSS 11 分，血压 176/98，血糖 7.4，头颅 CT 未见出血，是否溶栓？",
)  # fmt: skip
