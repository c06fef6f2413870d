"""When the doctor warns, and when it says that the product cannot serve."""

from __future__ import annotations

import pytest

from yuanzhen.infrastructure.db.copying.catalogue import Step
from yuanzhen.infrastructure.db.migrate import Migration
from yuanzhen.programs.operations.doctor.data import outbox, schema, trail
from yuanzhen.programs.operations.doctor.finding import Finding, language_of
from yuanzhen.programs.operations.doctor.machine import FULL, SCARCE, disk_level

GIB = 1 << 30
KNOWN = [Migration(number, f"000{number}_x.sql", f"-- {number}") for number in (1, 2)]
DONE = [Step(one.number, one.name, one.checksum) for one in KNOWN]


@pytest.mark.parametrize(
    ("free", "total", "files", "level"),
    [
        (FULL - 1, 100 * GIB, None, "fail"),
        (FULL, 100 * GIB, None, "warn"),
        (SCARCE - 1, 20 * GIB, None, "warn"),
        (SCARCE, 20 * GIB, None, "ok"),
        (100 * GIB, 4000 * GIB, None, "warn"),
        (100 * GIB, 200 * GIB, 0, "fail"),
        (100 * GIB, 200 * GIB, 9_999, "warn"),
        (100 * GIB, 200 * GIB, 10_000, "ok"),
    ],
)
def test_a_disk_is_judged_by_bytes_share_and_files(free: int, total: int, files: int | None, level: str) -> None:
    assert disk_level(free, total, files) == level


def test_a_schema_is_whole_behind_ahead_or_changed() -> None:
    assert schema(DONE, KNOWN).level == "ok"
    assert schema(DONE[:1], KNOWN) == Finding(
        "warn", "schema", "有 1 步升级，将在下次启动时执行(先备份)", "1 steps wait for the next start: back up first"
    )
    assert schema(DONE, KNOWN[:1]).level == "fail"
    assert schema([Step(1, "0001_x.sql", "other")], KNOWN).level == "fail"


def test_what_waits_while_nobody_serves_is_no_fault() -> None:
    late = [{"listener": "send-report", "count": 3, "age_s": 90.0, "problems": ["hl7.refused"]}]
    assert outbox(late, serving=False).level == "ok"  # type: ignore[arg-type]
    told = outbox(late, serving=True)  # type: ignore[arg-type]
    assert told.line("en") == "warn outbox: not delivered: send-report 3 (90 s, hl7.refused)"
    assert outbox([], serving=True).level == "ok"
    assert [trail(5, 11, serving=True).level, trail(5, 9, serving=True).level] == ["warn", "ok"]
    assert trail(5, 9000, serving=False).line("zh") == "ok trail: 5 条日志将在下次启动时入链"


def test_the_language_is_the_chosen_one_else_the_terminals() -> None:
    assert [language_of("zh", "en_US"), language_of("en", "zh_CN.UTF-8")] == ["zh", "en"]
    assert [language_of(None, "zh_CN.UTF-8"), language_of(None, "C.UTF-8"), language_of(None, "")] == ["zh", "en", "en"]
