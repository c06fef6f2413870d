"""How illnesses go, as a laboratory and a record see them: diagnoses, medicines, and values over the years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Course:
    """One illness. `values`: what the laboratory measures -> its value at the first and at the last visit.

    `visits` are days before the demo's first day; `born` is about when such patients were; `sensitive` is a diagnosis
    that the record labels so.
    """

    code: str  # ICD-10
    name: str
    since: str
    born: int
    visits: tuple[int, ...]
    values: Mapping[str, tuple[float, float]]
    medicines: tuple[tuple[str, str], ...] = ()  # name and how
    also: tuple[str, ...] = ()  # further diagnoses
    allergy: str = ""
    sensitive: str = ""
    question: str = ""  # what a clinician would ask an expert
    texts: Mapping[str, str] = field(default_factory=dict)  # results in words


COURSES: tuple[Course, ...] = (
    Course(
        "I10", "高血压病 3 级（很高危）", "2012", 1958, (720, 365, 180, 60),
        {"K": (4.3, 3.6), "CREA": (78, 92), "LDL": (3.8, 2.6), "GLU": (5.6, 5.9)},
        (("苯磺酸氨氯地平片", "5 mg，口服，每日 1 次"), ("缬沙坦胶囊", "80 mg，口服，每日 1 次")), ("高脂血症",),
        question="两药联用血压仍 168/98 mmHg，血钾偏低，是否要查继发性高血压？",
    ),
    Course(
        "E11.9", "2 型糖尿病", "2016", 1965, (540, 360, 180, 90, 20),
        {"GLU": (11.2, 7.4), "HBA1C": (9.6, 7.1), "CREA": (66, 71), "LDL": (3.6, 2.4), "TG": (3.1, 1.9)},
        (("盐酸二甲双胍片", "0.5 g，口服，每日 3 次"), ("达格列净片", "10 mg，口服，每日 1 次")), ("周围神经病变",),
        texts={"UPRO": "阴性"}, question="糖化血红蛋白已降到 7.1%，双足麻木加重，用药如何调整？",
    ),
    Course(
        "I25.1", "冠状动脉粥样硬化性心脏病", "2019", 1955, (600, 300, 120, 15),
        {"LDL": (3.9, 1.7), "GLU": (6.3, 6.0), "BNP": (210, 160), "CREA": (80, 84)},
        (("阿司匹林肠溶片", "100 mg，口服，每日 1 次"), ("阿托伐他汀钙片", "20 mg，口服，每晚 1 次"),
         ("酒石酸美托洛尔片", "25 mg，口服，每日 2 次")), ("经皮冠状动脉支架植入术后",),
        question="支架术后 11 个月，拔牙前双抗能否停用？",
    ),
    Course(
        "I50.9", "慢性心力衰竭", "2021", 1949, (400, 260, 130, 40, 3),
        {"BNP": (4200, 1260), "K": (4.0, 5.2), "CREA": (98, 126), "HGB": (128, 117)},
        (("沙库巴曲缬沙坦钠片", "50 mg，口服，每日 2 次"), ("螺内酯片", "20 mg，口服，每日 1 次"),
         ("呋塞米片", "20 mg，口服，每日 1 次")), ("心房颤动",),
        allergy="青霉素类", question="血钾升到 5.2 mmol/L，肌酐上升，螺内酯是否减量？",
    ),
    Course(
        "N18.3", "慢性肾脏病 3 期", "2018", 1960, (700, 420, 200, 75),
        {"CREA": (132, 171), "K": (4.6, 5.3), "HGB": (121, 103), "UA": (430, 512)},
        (("碳酸氢钠片", "1 g，口服，每日 3 次"), ("缬沙坦胶囊", "80 mg，口服，每日 1 次")), ("肾性贫血",),
        texts={"UPRO": "2+"}, question="半年内肌酐由 151 升到 171，是否需要转诊肾内科？",
    ),
    Course(
        "J44.9", "慢性阻塞性肺疾病", "2015", 1951, (500, 330, 150, 30),
        {"WBC": (7.2, 11.8), "CRP": (4.0, 36.0), "HGB": (152, 158), "K": (4.1, 3.9)},
        (("噻托溴铵粉吸入剂", "18 μg，吸入，每日 1 次"), ("布地奈德福莫特罗粉吸入剂", "160/4.5 μg，吸入，每日 2 次")),
        question="一年内第三次急性加重，家庭氧疗的指征和流量？",
    ),
    Course(
        "M10.9", "痛风", "2020", 1974, (450, 240, 100, 10),
        {"UA": (586, 402), "CREA": (88, 90), "ALT": (46, 38), "GLU": (5.8, 5.7)},
        (("非布司他片", "40 mg，口服，每日 1 次"),), ("高尿酸血症",),
        question="非布司他 40 mg 半年，血尿酸 402 μmol/L，是否加量？",
    ),
    Course(
        "K76.0", "脂肪性肝病", "2019", 1978, (520, 280, 80),
        {"ALT": (92, 44), "LDL": (3.7, 3.0), "TG": (3.6, 1.8), "GLU": (6.2, 5.6)},
        (), sensitive="慢性乙型病毒性肝炎", texts={"HBSAG": "阳性"},
        question="表面抗原阳性，转氨酶反复轻度升高，是否开始抗病毒治疗？",
    ),
    Course(
        "D50.9", "缺铁性贫血", "2024", 1986, (220, 120, 60, 15),
        {"HGB": (76, 112), "MCV": (70, 82), "WBC": (5.1, 5.6), "PLT": (410, 280)},
        (("琥珀酸亚铁片", "0.1 g，口服，每日 3 次"),), ("月经过多",),
        question="补铁三个月血红蛋白 112 g/L，还要补多久，是否查胃肠镜？",
    ),
    Course(
        "I69.3", "脑梗死后遗症", "2022", 1953, (430, 250, 110, 25),
        {"LDL": (3.4, 1.8), "GLU": (6.8, 6.4), "HBA1C": (6.9, 6.6), "CREA": (74, 79)},
        (("硫酸氢氯吡格雷片", "75 mg，口服，每日 1 次"), ("瑞舒伐他汀钙片", "10 mg，口服，每晚 1 次")),
        ("左侧肢体偏瘫",), allergy="碘造影剂", question="左上肢肌张力增高影响穿衣，康复和用药建议？",
    ),
    Course(
        "E05.9", "甲状腺功能亢进症", "2025", 1990, (200, 130, 70, 12),
        {"TSH": (0.01, 0.42), "FT4": (41.0, 18.2), "WBC": (5.6, 3.4), "ALT": (52, 30)},
        (("甲巯咪唑片", "10 mg，口服，每日 1 次"),), (),
        question="服甲巯咪唑两个月白细胞降到 3.4，是否停药？",
    ),
    Course(
        "Z00.0", "健康查体", "2025", 1982, (730, 365, 5),
        {"GLU": (5.1, 5.2), "LDL": (2.6, 2.9), "ALT": (22, 25), "CREA": (66, 68), "HGB": (142, 140)},
        question="查体发现窦性心动过缓 52 次/分，无症状，是否需要进一步检查？",
    ),
)  # fmt: skip
