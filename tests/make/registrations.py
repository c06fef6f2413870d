"""People as several hospitals register them: invented, with the errors that registries make, and known who is whom.

The shares of errors are set by us, higher than a good registry's, so that each sort occurs often enough to be counted.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pypinyin import Style, lazy_pinyin, pinyin

from yuanzhen.data.matching.numbers import check

# Family names, roughly by how often they are borne (per mille); the last line has rare and double ones.
FAMILIES = (
    ("王", 72), ("李", 71), ("张", 67), ("刘", 52), ("陈", 47), ("杨", 31), ("赵", 22), ("黄", 22), ("周", 20),
    ("吴", 20), ("徐", 15), ("孙", 15), ("胡", 13), ("朱", 13), ("高", 12), ("林", 12), ("何", 12), ("郭", 11),
    ("马", 11), ("罗", 9), ("梁", 9), ("宋", 8), ("郑", 8), ("谢", 8), ("韩", 7), ("唐", 7), ("冯", 6),
    ("于", 6), ("董", 6), ("萧", 6), ("单", 2), ("曾", 5), ("仇", 1), ("查", 1), ("解", 1), ("任", 4),
    ("覃", 2), ("欧阳", 1), ("司马", 1), ("上官", 1),
)  # fmt: skip
GIVEN = {
    "male": "伟强磊军洋勇杰涛明超刚平辉健波斌华国建文志海东峰鹏飞龙亮俊宇浩子轩博昊天宏永春生福德林根",
    "female": "芳娜敏静秀娟英丽艳霞玲桂兰红梅琴淑珍凤洁婷雪琳晶莹倩欣怡雅诗涵梓萱佳玉翠莲香云月春华",
}
DISTANT = (("买买提", "吐尔逊"), ("阿依古丽", "买买提"), ("扎西", "次仁"), ("巴特尔", "苏和"), ("古丽娜尔", "艾山"))
HOUSES = ("city", "liuhe", "baishi", "qinghe")


@dataclass(frozen=True)
class Person:
    """Somebody as they are."""

    name: str
    sex: str
    born: date
    card: str
    phone: str
    newborn_of: Person | None = None


@dataclass
class Region:
    """Registrations, and of each whose it is: `truth[i]` is the person of `patients[i]`."""

    patients: list[dict[str, Any]] = field(default_factory=list)
    truth: list[int] = field(default_factory=list)

    def pairs(self) -> set[tuple[int, int]]:
        """Registrations of one person, two by two."""
        of: dict[int, list[int]] = {}
        for at, person in enumerate(self.truth):
            of.setdefault(person, []).append(at)
        return {(a, b) for many in of.values() for a in many for b in many if a < b}


def region(people: int, seed: int = 7) -> Region:
    """So many people, each registered one to three times."""
    chance = random.Random(seed)
    found = Region()
    for number, person in enumerate(_people(chance, people)):
        for _ in range(chance.choice((1, 1, 2, 2, 2, 3))):
            found.patients.append(_registered(chance, person, f"p{len(found.patients)}"))
            found.truth.append(number)
    return found


def _people(chance: random.Random, count: int) -> list[Person]:
    people: list[Person] = []
    while len(people) < count:
        family = _family(chance)
        parent = _person(chance, family, chance.choice(("male", "female")), _day(chance, 1935, 2000))
        people.append(parent)
        if chance.random() < 0.35:  # a child with the parent's telephone
            born = _day(chance, 2001, 2025)
            child = _person(chance, family, chance.choice(("male", "female")), born, phone=parent.phone)
            people.append(child)
            if chance.random() < 0.05:  # and its twin, a character apart
                twin = child.name[:-1] + chance.choice([one for one in GIVEN[child.sex] if one != child.name[-1]])
                people.append(_person(chance, family, child.sex, born, phone=parent.phone, name=twin))
        if parent.sex == "female" and chance.random() < 0.06:
            born = _day(chance, 2024, 2026)
            people.append(_person(chance, _family(chance), "male", born, phone=parent.phone, mother=parent))
    return people[:count]


def _family(chance: random.Random) -> str:
    return chance.choices([name for name, _ in FAMILIES], [many for _, many in FAMILIES])[0]


def _day(chance: random.Random, first: int, last: int) -> date:
    return date(first, 1, 1) + timedelta(days=chance.randrange(365 * (last - first)))


def _person(
    chance: random.Random,
    family: str,
    sex: str,
    born: date,
    *,
    phone: str = "",
    name: str = "",
    mother: Person | None = None,
) -> Person:
    given = "".join(chance.choices(GIVEN[sex], k=1 if chance.random() < 0.25 else 2))
    if not name and chance.random() < 0.02:
        name = "·".join(chance.choice(DISTANT))
    seventeen = f"610{chance.randrange(100, 130)}{born:%Y%m%d}{chance.randrange(500) * 2 + (sex == 'male'):03d}"[:17]
    return Person(name or family + given, sex, born, seventeen + check(seventeen),
                  phone or f"1{chance.choice('3578')}{chance.randrange(10**9):09d}", mother)  # fmt: skip


def _registered(chance: random.Random, person: Person, id: str) -> dict[str, Any]:
    """One registration, with what may go wrong in one."""
    name, card, born = _name(chance, person), _card(chance, person), _born(chance, person)
    sex = person.sex if chance.random() > 0.005 else {"male": "female", "female": "male"}[person.sex]
    phone = f"13{chance.randrange(10**9):09d}" if chance.random() < 0.15 else person.phone
    patient: dict[str, Any] = {"resourceType": "Patient", "id": id, "name": [{"text": name}], "gender": sex}
    if born:
        patient["birthDate"] = born
    if card:
        patient["identifier"] = [{"system": "urn:yuanzhen:number:NNCHN", "value": card}]
    if chance.random() > 0.20:
        patient["telecom"] = [{"system": "phone", "value": f"+86 {phone}" if chance.random() < 0.1 else phone}]
    patient["managingOrganization"] = {"reference": f"Organization/{chance.choice(HOUSES)}"}
    return patient


def _name(chance: random.Random, person: Person) -> str:
    name, dice = person.name, chance.random()
    if person.newborn_of is not None and chance.random() < 0.5:
        return person.newborn_of.name + ("之子" if person.sex == "male" else "之女")
    if dice < 0.04:
        read = [one.upper() for one in lazy_pinyin(name.replace("·", ""), style=Style.NORMAL)]
        return f"{read[0]} {''.join(read[1:])}" if dice < 0.03 else f"{''.join(read[1:])} {read[0]}"
    if dice < 0.06:
        return _other_character(chance, name, alike=True)
    if dice < 0.07:
        return _other_character(chance, name, alike=False)
    if dice < 0.075 and len(name) == 3:
        return name[1:] + name[0]
    if dice < 0.095:
        return f"{name[0]} {name[1:]}"
    if dice < 0.2 and "·" in name:
        return name.split("·")[0]
    if dice < 0.2 and name[0] in "萧张陈刘":
        return {"萧": "肖", "张": "張", "陈": "陳", "刘": "劉"}[name[0]] + name[1:]
    return name


def _other_character(chance: random.Random, name: str, *, alike: bool) -> str:
    """One character of the given name is another, read the same or not."""
    at = len(name) - 1
    pool = [one for one in GIVEN["male"] + GIVEN["female"] if one != name[at]]
    if alike:
        reading = pinyin(name[at], style=Style.NORMAL)
        pool = [one for one in pool if pinyin(one, style=Style.NORMAL) == reading] or [name[at]]
    return name[:at] + chance.choice(pool)


def _card(chance: random.Random, person: Person) -> str:
    dice = chance.random()
    if person.newborn_of is not None:
        return person.newborn_of.card if dice < 0.3 else ""
    if dice < 0.40:
        return ""
    if dice < 0.42 and person.born.year < 1999:
        return person.card[:6] + person.card[8:17]
    if dice < 0.43:  # a digit wrong
        at = chance.randrange(14, 17)
        return person.card[:at] + str((int(person.card[at]) + 1) % 10) + person.card[at + 1 :]
    return person.card


def _born(chance: random.Random, person: Person) -> str:
    born, dice = person.born, chance.random()
    if dice < 0.01:
        return f"{born:%Y}-01-01"
    if dice < 0.015 and born.day <= 12:
        return f"{born:%Y}-{born.day:02d}-{born.month:02d}"
    if dice < 0.03:
        return f"{born:%Y-%m}-{max(born.day ^ 1, 1):02d}" if born.day < 28 else f"{born.year - 1}-{born:%m}-28"
    return "" if dice < 0.05 else born.isoformat()
