"""What the tests run leaves the machine to others, whoever starts it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.make.pages import CAMERA, CHROMIUM, browser
from tests.make.recorded import pictures

PLAYS = """async () => {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const sound = new AudioContext();
  sound.createMediaStreamSource(microphone).connect(sound.destination);
  await sound.resume();
  return sound.state;
}"""


def below(process: int) -> Iterator[int]:
    """The processes that a process has started, and theirs."""
    for told in Path("/proc").glob(f"{process}/task/*/children"):
        try:
            children = told.read_text().split()
        except OSError:  # it has just ended
            continue
        for child in map(int, children):
            yield child
            yield from below(child)


def rank(thread: int) -> int:
    """How the kernel ranks a thread; one that has just ended as all are."""
    try:
        return os.sched_getscheduler(thread)
    except ProcessLookupError:
        return os.SCHED_OTHER


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here: no page was opened")
def test_no_thread_of_a_browser_with_sound_ranks_above_those_of_others() -> None:
    with browser(*CAMERA, "--autoplay-policy=no-user-gesture-required") as window:
        page = window.new_page()
        page.route("**/*", lambda route: route.fulfill(content_type="text/html", body="<!doctype html>"))
        page.goto("https://sound.test/")
        assert page.evaluate(PLAYS) == "running"
        threads = [int(one.name) for child in below(os.getpid()) for one in Path("/proc").glob(f"{child}/task/*")]
        assert {rank(thread) for thread in threads} == {os.SCHED_OTHER}


def test_who_encodes_av1_ranks_above_nobody_afterwards() -> None:
    assert pictures(1, codec="av1")
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
