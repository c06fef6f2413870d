"""A time server's answer is believed when it is to our question and its clock is set; RFC 4330."""

from __future__ import annotations

import pytest

from yuanzhen.infrastructure.errors import Malformed
from yuanzhen.programs.operations.doctor import sntp
from yuanzhen.programs.operations.doctor.time_source import clock_level

COOKIE, SENT_S = 0x0123456789ABCDEF, 1_790_000_000.0


def stamp(seconds: float) -> int:
    return round((seconds + sntp.EPOCH_S) * sntp.FRACTION) % (1 << 64)


def told(*, first: int = 4 << 3 | 4, stratum: int = 2, cookie: int = COOKIE, there: float, back: float) -> bytes:
    return sntp.PACKET.pack(first, stratum, 6, -20, 0, 0, b"GPS\0", 0, cookie, stamp(there), stamp(back))


def test_the_offset_is_what_remains_when_the_way_is_taken_out() -> None:
    packet = told(there=SENT_S + 5.25, back=SENT_S + 5.26)
    said = sntp.answer(packet, COOKIE, sent_s=SENT_S, received_s=SENT_S + 0.51)
    assert said.offset_s == pytest.approx(5.0, abs=1e-6)
    assert said.delay_s == pytest.approx(0.5, abs=1e-6)
    assert said.stratum == 2


def test_after_2036_seconds_are_counted_anew_and_read_alike() -> None:
    later = 2_085_978_496.0 + 100  # 2036-02-07, when NTP's 32 bits of seconds are used up
    said = sntp.answer(told(there=later, back=later), COOKIE, sent_s=later - 2, received_s=later - 2)
    assert said.offset_s == pytest.approx(2.0, abs=1e-6)


@pytest.mark.parametrize(
    "packet",
    [
        b"\x24" * 47,
        told(there=SENT_S, back=SENT_S, cookie=COOKIE + 1),
        told(there=SENT_S, back=SENT_S, first=4 << 3 | 3),
        told(there=SENT_S, back=SENT_S, first=3 << 6 | 4 << 3 | 4),
        told(there=SENT_S, back=SENT_S, stratum=0),
        told(there=SENT_S, back=SENT_S, stratum=16),
        told(there=SENT_S, back=-sntp.EPOCH_S),
    ],
    ids=["too short", "another's question", "a client", "unsynchronised", "kiss of death", "stratum 16", "no time"],
)
def test_anything_else_is_no_answer(packet: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        sntp.answer(packet, COOKIE, sent_s=SENT_S, received_s=SENT_S)
    assert refused.value.code == "sntp.answer"


def test_a_clock_is_judged_by_what_is_sure() -> None:
    def level(offset_s: float, delay_s: float) -> str:
        return clock_level(sntp.Answer(offset_s, delay_s, 1))

    assert [level(0.9, 0), level(-1.5, 0.1), level(31, 0.2), level(-31, 0.2)] == ["ok", "warn", "fail", "fail"]
    assert level(1.5, 1.2) == "ok"  # the way may have eaten it
