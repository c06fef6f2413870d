"""The rules of identity, each beside what it refuses."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.identity import model

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


# ---- names


@pytest.mark.parametrize(
    ("typed", "folded"),
    [("Chen", "chen"), ("ＣＨＥＮ", "chen"), ("  li   wei ", "li wei"), ("陈予安", "陈予安"), ("Straße", "strasse")],
)
def test_a_name_is_compared_folded(typed: str, folded: str) -> None:
    assert model.login_name(typed) == folded


@pytest.mark.parametrize("typed", ["", "   ", "x" * 65, "a\x00b", "a\u200bb"])
def test_a_name_is_short_and_printable(typed: str) -> None:
    with pytest.raises(Invalid, match=r"identity\.name"):
        model.login_name(typed)


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(typed: str) -> None:
    try:
        folded = model.login_name(typed)
    except Invalid:
        return
    assert model.login_name(folded) == folded


# ---- codes


@pytest.mark.parametrize(
    ("seconds", "code"),  # RFC 6238 appendix B, SHA-1, the last six digits
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert model.totp(b"12345678901234567890", seconds // 30) == code


@given(st.binary(min_size=16, max_size=32), st.integers(min_value=0, max_value=2**40))
def test_codes_agree_with_another_program(secret: bytes, step: int) -> None:
    assert model.totp(secret, step) == pyotp.TOTP(base64.b32encode(secret).decode()).generate_otp(step)


@pytest.mark.parametrize(("drift", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_taken_one_step_to_either_side(drift: int, accepted: bool) -> None:
    secret, here = b"k" * 20, model.step_at(NOW)
    found = model.accepted_step(secret, model.totp(secret, here + drift), last=0, now=NOW)
    assert found == (here + drift if accepted else None)


def test_a_step_that_was_accepted_is_not_accepted_again_nor_one_before_it() -> None:
    secret, here = b"k" * 20, model.step_at(NOW)
    assert model.accepted_step(secret, model.totp(secret, here), last=here, now=NOW) is None
    assert model.accepted_step(secret, model.totp(secret, here - 1), last=here, now=NOW) is None
    assert model.accepted_step(secret, model.totp(secret, here + 1), last=here, now=NOW) == here + 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12 456", "１２３４５６", "abcdef"])
def test_what_is_not_six_digits_is_no_code(code: str) -> None:
    assert model.accepted_step(b"k" * 20, code, last=0, now=NOW) is None


def test_a_recovery_code_may_be_written_down_in_any_way() -> None:
    assert model.normal_code("o1il-abc dz") == "0111ABCDZ"


@given(st.integers(min_value=0, max_value=2**50 - 1))
def test_a_code_keeps_every_bit_and_reads_back_as_itself(number: int) -> None:
    code = model.crockford(number, 10)
    assert sum(model.CROCKFORD.index(letter) << 5 * place for place, letter in enumerate(reversed(code))) == number
    assert model.normal_code(code.lower()) == code


# ---- slow-down


def test_the_wait_doubles_to_a_minute_and_no_further() -> None:
    delays = [model.delay_s(count, model.ACCOUNT) for count in range(14)]
    assert delays == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    assert model.delay_s(10**9, model.ACCOUNT) == 60


def test_an_address_has_more_free_failures_than_an_account() -> None:
    assert [model.delay_s(count, model.ADDRESS) for count in (60, 61, 62)] == [0, 1, 2]


def test_the_wait_is_told_in_whole_seconds_and_ends() -> None:
    assert model.wait_s(4, NOW, model.ACCOUNT, now=NOW) == 2
    assert model.wait_s(4, NOW, model.ACCOUNT, now=NOW + timedelta(milliseconds=1500)) == 1
    assert model.wait_s(4, NOW, model.ACCOUNT, now=NOW + timedelta(seconds=2)) == 0


def test_a_clock_that_was_put_back_shuts_nobody_out() -> None:
    assert model.wait_s(40, NOW, model.ACCOUNT, now=NOW - timedelta(hours=1)) == 0


def test_old_failures_are_forgotten() -> None:
    assert model.counted(50, NOW, model.ACCOUNT, now=NOW + timedelta(minutes=14, seconds=59)) == 50
    for pace in (model.ACCOUNT, model.ADDRESS):
        assert model.counted(50, NOW, pace, now=NOW + timedelta(minutes=15)) == 0


def test_an_address_forgets_a_failure_each_half_minute() -> None:
    counts = [model.counted(50, NOW, model.ADDRESS, now=NOW + timedelta(seconds=s)) for s in (-60, 0, 29, 30, 600)]
    assert counts == [50, 50, 50, 49, 30]


@given(st.integers(0, 40), st.integers(0, 2000))
def test_waiting_as_long_as_told_is_enough(count: int, after_s: int) -> None:
    now = NOW + timedelta(seconds=after_s)
    wait = model.wait_s(count, NOW, model.ACCOUNT, now=now)
    assert 0 <= wait <= model.SLOWEST_S
    assert model.wait_s(count, NOW, model.ACCOUNT, now=now + timedelta(seconds=wait)) == 0
