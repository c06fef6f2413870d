"""Who else is there: an expert in each department, a clinician in each house, patients with long courses.

All of it is invented, and the same in every demo: what chance would decide is decided by number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pypinyin import lazy_pinyin

from yuanzhen.programs.demo import cast
from yuanzhen.programs.demo.courses import COURSES, Course
from yuanzhen.programs.demo.houses import CITY
from yuanzhen.programs.demo.model import DemoPatient, Player

FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
SPOKEN = {"曾": "zeng"}  # as a family's name it is said otherwise than as a word
MEN = (
    "建国", "志强", "国庆", "德明", "文斌", "永福", "长山", "海涛", "玉成", "振华", "守义", "学军", "立新",
    "春生", "保全", "天佑", "家宝", "少华", "金生", "明远",
)  # fmt: skip
WOMEN = (
    "桂兰", "秀英", "玉珍", "淑芬", "春梅", "红霞", "丽华", "月娥", "凤琴", "素云", "小燕", "雪梅", "慧敏",
    "爱莲", "翠花", "晓琳", "静怡", "美玲", "金凤", "巧云",
)  # fmt: skip

# House -> how many patients its systems tell of
PATIENTS_OF = {cast.TOWNSHIP: 14, "baishi": 10, "qinghe": 12}
FIRST_NUMBER = 501


@dataclass(frozen=True, slots=True)
class Told:
    """A patient and what has become of them over the years."""

    patient: DemoPatient
    course: Course


def staff() -> Iterator[Player]:
    """An expert in each department of the city hospital, a clinician in each county hospital and township."""
    taken = {player.login for player in cast.STAFF}
    for number, department in enumerate(cast.DEPARTMENTS):
        yield _player(number, "expert", CITY, (department,), taken)
    primary = [house for house in cast.HOUSES if house.level != "city"]
    for number, house in enumerate(primary, len(cast.DEPARTMENTS)):
        yield _player(number, "clinician", house.key, (), taken)


def _player(number: int, role: str, house: str, departments: tuple[str, ...], taken: set[str]) -> Player:
    family, given, _ = _named(number * 7 + 3)
    login = SPOKEN.get(family, "".join(lazy_pinyin(family))) + "".join(lazy_pinyin(given))
    while login in taken:
        login += "2"
    taken.add(login)
    return Player(login, family + given, role, house, departments)


def patients() -> Iterator[Told]:
    """Everybody whom the houses' systems tell of, beside those that a visitor is led to."""
    number = 0
    for house, many in PATIENTS_OF.items():
        for nth in range(many):
            course = COURSES[number % len(COURSES)]
            family, given, is_woman = _named(number * 11 + 5)
            born = date(course.born + number * 7 % 20 - 10, 1 + number * 5 % 12, 1 + number * 13 % 28)
            record = f"{house[:2].upper()}{FIRST_NUMBER + nth:06}"
            sex: Literal["F", "M"] = "F" if is_woman else "M"
            sequence = 101 + 2 * number + (1 if is_woman else 0)  # odd for men
            yield Told(DemoPatient(record, family, given, "", sex, born, sequence, house), course)
            number += 1


def _named(number: int) -> tuple[str, str, bool]:
    """A name by number: family, given, whether a woman's."""
    is_woman = number % 2 == 0
    given = (WOMEN if is_woman else MEN)[number // 3 % len(WOMEN)]
    return FAMILIES[number * 17 % len(FAMILIES)], given, is_woman
