"""Names as they are compared."""

from __future__ import annotations

import pytest

from yuanzhen.data.matching.model import name_agreement
from yuanzhen.data.matching.names import named, syllables


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("刘淑英", "刘淑英", "same"),
        ("刘淑英", "劉淑英", "same"),  # before the reform
        ("刘 淑英", "刘淑英", "same"),
        ("刘淑英", "\uff2c\uff29\uff35 Shuying", "romanised"),  # full width
        ("萧红", "肖红", "same_short"),
        ("刘淑英", "淑英刘", "swapped"),
        ("欧阳建国", "建国欧阳", "swapped"),
        ("刘淑英", "LIU^SHUYING", "romanised"),
        ("刘淑英", "Shuying Liu", "romanised"),
        ("单田芳", "SHAN TIANFANG", "romanised"),  # as a family name is read
        ("吕梁", "LV LIANG", "romanised"),
        ("吕梁", "Lü Liang", "romanised"),
        ("吕梁", "LYU LIANG", "romanised"),  # as passports have it
        ("单田芳", "Dan Tianfang", "romanised"),  # as a program reads it
        ("张长弓", "Zhang Changgong", "romanised"),  # one of two readings
        ("孙重阳", "CHONGYANG SUN", "romanised"),
        ("刘西安", "Liu Xian", "romanised"),  # without the mark between its syllables
        ("欧阳修", "Xiu Ouyang", "romanised"),
        ("张长弓", "Zhang Chang", "differs"),
        ("王行", "Wang Xin", "differs"),
        ("刘淑英", "刘淑瑛", "read_alike"),
        ("刘淑英", "刘淑芳", "one_character"),
        ("刘淑英", "王建国", "differs"),
        ("王芳", "王方", "read_alike"),
        ("王芳", "王兰", "differs"),  # of two characters one is half
        ("买买提·吐尔逊", "买买提吐尔逊", "same"),
        ("买买提·吐尔逊", "买买提•吐尔逊", "same"),
        ("买买提·吐尔逊", "买买提", "part"),
        ("刘淑英之子", "刘淑英之子", "same"),
        ("刘淑英之子", "刘淑英之女", "part"),
        ("刘淑英之子", "李明", ""),  # a child without a name of its own may bear any
        ("刘淑英之子", "刘淑英", ""),  # its mother is another question
        ("无名氏", "无名氏", ""),
        ("", "刘淑英", ""),
    ],
)
def test_how_two_names_agree(one: str, other: str, agreement: str) -> None:
    assert name_agreement(named(one), named(other)) == agreement
    assert name_agreement(named(other), named(one)) == agreement


def test_pinyin_is_cut_into_its_syllables():
    assert syllables("shuying") == ("shu", "ying")
    assert syllables("ouyang") == ("ou", "yang")
    assert syllables("smith") == ("smith",)


def test_a_name_is_the_same_when_it_is_read_back_from_the_index():
    for text in ("欧阳建国", "刘淑英之子", "买买提·吐尔逊", "Shuying LIU"):
        one = named(text)
        assert named(one.han or " ".join(one.latin)) == one
