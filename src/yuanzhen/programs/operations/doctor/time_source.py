"""The clock: one-time codes, certificates and the order of the record hang on it."""

from __future__ import annotations

from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.operations.doctor import sntp
from yuanzhen.programs.operations.doctor.finding import Finding, Level

WRONG_S, OFF_S = 30.0, 1.0  # a one-time code lasts 30 s (RFC 6238); what is seen on a screen to the second


def clock(settings: Settings) -> Finding:
    """How far the clock is off, where a time source is set."""
    if settings.time_source is None:
        return Finding("ok", "clock", "未核对：没有设置时间服务器(YUANZHEN_TIME_SOURCE)",
                       "unchecked: no time source is set (YUANZHEN_TIME_SOURCE)")  # fmt: skip
    try:
        said = sntp.ask(*settings.time_source)
    except Problem as problem:
        return Finding("warn", "clock", f"未核对：{problem}", f"unchecked: {problem}")
    level = clock_level(said)
    return Finding(level, "clock", f"偏差 {said.offset_s:+.3f} 秒(往返 {said.delay_s * 1000:.0f} 毫秒)",
                   f"off by {said.offset_s:+.3f} s (round trip {said.delay_s * 1000:.0f} ms)")  # fmt: skip


def clock_level(said: sntp.Answer) -> Level:
    """How a clock stands that is off by so much, when the round trip leaves no doubt of it."""
    surely_s = abs(said.offset_s) - said.delay_s / 2
    return "fail" if surely_s > WRONG_S else "warn" if surely_s > OFF_S else "ok"
