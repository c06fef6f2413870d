"""Twenty kills at moments of chance, under load by HTTP, HL7 and DICOM at once."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.make.yard import Yard

KILLS = 20
SEED = 20260318


def kept_at(work: Callable[[], object], stop: threading.Event, faults: list[Exception]) -> threading.Thread:
    """Works until told to stop. That the centre is away is no fault; whatever else goes wrong is."""

    def loop() -> None:
        while not stop.is_set():
            try:
                work()
            except Exception as fault:  # noqa: BLE001 - a thread's exception fails no test by itself
                faults.append(fault)
            time.sleep(0.01)

    thread = threading.Thread(target=loop)
    thread.start()
    return thread


@pytest.mark.long
def test_twenty_kills_under_load_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    yard = Yard.of(tmp_path)
    assert yard.clinician.http
    assert yard.expert.http
    stop, numbers = threading.Event(), iter(range(1, 10**6))
    cases: list[str] = []
    faults: list[Exception] = []

    def ask() -> None:
        case = yard.ask(f"load {next(numbers)}")
        if case:
            cases.append(case)

    def sign() -> None:
        if cases:
            case = cases.pop()
            yard.write(case)
            yard.sign(case)

    try:
        workers = [
            kept_at(work, stop, faults)
            for work in (ask, sign, lambda: yard.announce(f"7{next(numbers)}"), lambda: yard.store(next(numbers)))
        ]
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.2, 2.5))
            yard.center.kill()
            yard.book.kills["chance"] += 1
            yard.center.start()
        time.sleep(1)
        stop.set()
        for worker in workers:
            worker.join(60)
        assert faults == []
        yard.hold()
        yard.hold_reports()
        done = yard.center.run("audit", "verify")
        assert done.returncode == 0, done.stdout + done.stderr
        sys.stderr.write(f"\nkills at chance: {yard.counts()}\n")
        assert len(yard.book.asked) > KILLS
    finally:
        stop.set()
        yard.close()
