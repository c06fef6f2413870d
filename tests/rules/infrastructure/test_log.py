"""What is written to standard error: JSON lines without anybody's words, and no harm when it cannot be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WORDS = "刘淑英"
BEGIN = f"""
import asyncio, gc, logging, sys, threading, warnings
from yuanzhen.infrastructure.log import configure, log
configure()
WORDS = {WORDS!r}
"""
ENDS_WITH_ONE = """
async def fails():
    raise ValueError(WORDS)
asyncio.run(fails())
"""
SAID = {
    "a library's record": ("logging.getLogger('uvicorn.error').warning('of %s', WORDS)", "library_said"),
    "a library's error": (
        "try:\n    raise KeyError(WORDS)\nexcept KeyError:\n    logging.getLogger('x').exception('of ' + WORDS)",
        "library_said",
    ),
    "a warning": ("warnings.warn('of ' + WORDS)", "library_warned"),
    "a thread": ("one = threading.Thread(target=lambda: int(WORDS)); one.start(); one.join()", "uncaught_in_thread"),
    "a finalizer": (
        "class A:\n    def __del__(self):\n        raise ValueError(WORDS)\nA()\ngc.collect()",
        "uncaught_at_end",
    ),
    "a task that nobody awaited": (
        "async def main():\n    asyncio.get_running_loop().create_task(fails())\n    await asyncio.sleep(0)\n"
        "async def fails():\n    raise ValueError(WORDS)\nasyncio.run(main())\ngc.collect()",
        "library_said",
    ),
}


def run(program: str, stderr: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BEGIN + program], stdout=subprocess.PIPE, stderr=stderr, text=True, check=False
    )


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(("program", "event"), SAID.values(), ids=SAID)
def test_what_others_say_is_a_line_of_ours_without_their_words(program: str, event: str) -> None:
    done = run(program)
    [line] = lines(done.stderr)
    assert (done.returncode, line["event"]) == (0, event)
    assert line["level"] in ("warning", "error")
    assert line["time"]
    assert WORDS not in done.stderr


def test_an_error_that_nobody_caught_ends_the_program_and_is_told_by_kind_and_place() -> None:
    done = run(ENDS_WITH_ONE)
    [line] = lines(done.stderr)
    assert (done.returncode, line["event"], line["error"]) == (1, "uncaught", "ValueError")
    assert (
        line["through"][-1]
        == f"<string>:{(BEGIN + ENDS_WITH_ONE).splitlines().index('    raise ValueError(WORDS)') + 1}"
    )
    assert WORDS not in done.stderr


def test_our_own_events_keep_their_facts_and_what_is_below_the_level_is_left_out() -> None:
    done = run("log.debug('low'); log.info('taken', peer='p1', count=3)")
    [line] = lines(done.stderr)
    assert {name: line[name] for name in ("event", "peer", "count", "level")} == {
        "event": "taken", "peer": "p1", "count": 3, "level": "info",
    }  # fmt: skip


MANY = "for number in range(50):\n    log.info('taken', number=number)\nwarnings.warn('x')\nprint('done')"


def test_a_full_disk_under_the_log_breaks_nothing() -> None:
    with Path("/dev/full").open("w") as full:
        done = run(MANY, full.fileno())
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_a_reader_that_has_gone_breaks_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run(MANY, writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_when_it_can_be_written_again_it_says_how_many_lines_are_lost() -> None:
    done = run(
        "import os\nkept = os.dup(2)\nos.dup2(os.open('/dev/full', os.O_WRONLY), 2)\n"
        "log.info('a')\nlog.info('b')\nos.dup2(kept, 2)\nlog.info('c')\nlog.info('d')"
    )
    told = lines(done.stderr)
    assert [line["event"] for line in told] == ["log_lines_lost", "c", "d"]
    assert told[0]["lines"] == 2
