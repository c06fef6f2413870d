"""Which passwords are refused, each beside what is taken (ASVS 5.0 V6.2)."""

from __future__ import annotations

import pytest

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.identity.guessable import check_password

KNOWN = ["chenyuan long", "officer", "li", "市中心医院", "Liuhe Health Centre"]


@pytest.mark.parametrize(
    "password",
    [
        "thirty pale lanterns",
        "二十个字的口令也可以用来登录",
        "x y z w" * 17 + "q",
        "a brilliant little lily",  # 'li' is too short to be looked for
        "seven officers in a boat",  # long enough without the name
        "在市中心医院后面的桥上看三只白鹭飞",
        "48213907715306",
    ],
)
def test_a_long_enough_password_needs_no_digits_or_signs(password: str) -> None:
    check_password(password, KNOWN)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "password.too_short"),
        ("x" * 129, "password.too_long"),
        ("ChenYuAn Long", "password.is_name"),
        ("officer12345", "password.is_name"),
        ("2026-Officer-2026", "password.is_name"),
        ("ＯＦＦＩＣＥＲ１２３４５", "password.is_name"),
        ("officerofficer", "password.is_name"),
        ("yuanzhen2026!", "password.is_name"),
        ("远诊系统2026年的口令", "password.is_name"),
        ("市中心医院2026年的口令", "password.is_name"),
        ("liuhehealthcentre1", "password.is_name"),
        ("officer123456789012", "password.too_common"),  # long enough without the name, and common then
        ("Password1234", "password.too_common"),
        ("ｐａｓｓｗｏｒｄ１２３４", "password.too_common"),
        ("sunshine!2026", "password.too_common"),
        ("123-sunshine-456", "password.too_common"),
        ("yisheng12345", "password.too_common"),
        ("abcdefgh1234", "password.too_common"),
        ("aaaaaaaaaaaaa", "password.too_common"),
        ("121212121212", "password.too_common"),
        ("blue!bird7blue!bird7", "password.too_common"),
    ],
)
def test_a_password_is_refused_by_name_of_the_rule(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, KNOWN)
    assert refused.value.code == code
    assert password not in str(refused.value)
