"""`kill -9` of every process at every named point: what was acknowledged is there, nothing is there by half."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.make import inside
from tests.make.acts import Acts
from tests.make.dying import POINTS, found
from tests.make.yard import Yard, until

# Those that stand for the rest in every run; the rest are for the long one.
SAMPLE = {
    "ask after commit", "message before answer", "image after file", "report after delivery", "claim at commit",
    "answer before ring", "book after slot",
}  # fmt: skip
POINTS_TO_DIE_AT = [
    pytest.param(point, marks=() if point in SAMPLE else pytest.mark.long, id=point.replace(" ", "-"))
    for point in POINTS
]


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """One home lives through all of it."""
    yard = Yard.of(Path(tmp_path_factory.mktemp("kills")))
    yield yard
    yard.close()


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS_TO_DIE_AT)
def test_the_centre_dies_at_a_point_and_nothing_acknowledged_is_lost(yard: Yard, point: str) -> None:
    number, what = yard.next(), point.split()[0]
    thing = yard.ready(what, number)
    yard.dying_at(point)
    answered = yard.does(what, number, thing)
    assert what == "report" or not answered  # a report dies on its way, the signature may have been answered before
    yard.died()
    yard.book.kills[point] += 1
    yard.hold()
    assert yard.does(what, number, thing)  # whoever heard nothing asks again, and it is done once
    if what in ("signature", "report"):
        yard.hold_reports()
    yard.hold()


@pytest.mark.slow
def test_the_centre_dies_right_after_each_answer(yard: Yard) -> None:
    number = yard.next()
    case = yard.ask(f"after {number}", mode="written")
    assert case
    for does in (
        lambda: yard.ask(f"k{number}"),
        lambda: yard.announce(f"9{number}"),
        lambda: yard.store(number),
        lambda: yard.does("book", 100 + number, yard.slot(100 + number)),
        lambda: yard.act(case, "claim"),
    ):
        assert does()
        yard.center.kill()
        yard.book.kills["after an answer"] += 1
        yard.center.start()
        yard.hold()


@pytest.mark.long  # a start after each of them
def test_every_other_write_that_was_answered_outlives_the_process(yard: Yard) -> None:
    """What either side, quality and the officer do about a case: answered, the process dies, and it is there once."""
    acts = Acts.of(yard)
    for what, does, times in acts.all():
        assert does() in (200, 201, 202, 204), what
        yard.center.kill()
        yard.book.kills["after an answer"] += 1
        yard.center.start()
        assert times() == 1, what
    yard.hold()


@pytest.mark.slow
def test_a_claim_outlives_its_process_and_is_answered(yard: Yard) -> None:
    """Between the claim and the answer, and between the signature and the delivery of the report."""
    case = yard.ask(f"claim {yard.next()}", mode="written")
    assert case
    assert yard.act(case, "claim")
    before = yard.expert.http.get(f"/api/consultations/{case}").json()
    yard.center.kill()
    yard.center.start()
    assert yard.expert.http.get(f"/api/consultations/{case}").json() == before  # until when it is theirs, too
    yard.write(case)
    yard.his.kill()
    assert yard.sign(case)
    yard.center.kill()
    yard.book.kills["claim to delivery"] += 2
    yard.center.start()
    yard.his.start()
    yard.hold_reports()
    yard.hold()


@pytest.mark.slow
@pytest.mark.parametrize("process", ["postmaster", "backend"])
def test_the_database_dies_and_the_centre_goes_on(yard: Yard, process: str) -> None:
    """Whoever asks meanwhile is told 503 and when to come again; what was acknowledged is there."""
    number = yard.next()
    assert yard.ask(f"k{number}")
    assert yard.announce(f"9{number}")
    before = inside.postmaster(yard.center.home)
    if process == "postmaster":
        os.kill(before, signal.SIGKILL)
    else:
        backends = inside.rows(
            yard.center.home, "SELECT pid FROM pg_stat_activity WHERE usename LIKE 'yuanzhen_app%' AND pid > 0"
        )
        os.kill(backends[0]["pid"], signal.SIGKILL)
    told: list[tuple[int, str | None]] = []

    def back() -> bool:
        answer = yard.clinician.http.get("/api/me")
        told.append((answer.status_code, answer.headers.get("retry-after")))
        return answer.status_code == 200 and yard.machine.get("/fhir/R4/Organization").status_code == 200

    until(back, "the centre does not come back")
    assert {status for status, _ in told} <= {200, 503}
    assert all(again and int(again) > 0 for status, again in told if status == 503)
    assert yard.center.process is not None
    assert yard.center.process.poll() is None
    assert yard.ask(f"k{number}+")
    assert yard.announce(f"8{number}")
    assert yard.store(number)
    yard.hold()


@pytest.mark.slow
def test_the_his_dies_in_every_place_and_gets_its_report_all_the_same(yard: Yard) -> None:
    for when in ("die before store", "die before answer"):
        case = yard.ask(f"his {when}")
        (yard.his.folder / when).touch()
        assert case
        yard.write(case)
        assert yard.sign(case)
        assert yard.his.ended() == -signal.SIGKILL
        (yard.his.folder / when).unlink()
        yard.his.start()
        yard.hold_reports()
    case = yard.ask("his away")
    yard.his.kill()
    assert case
    yard.write(case)
    assert yard.sign(case)
    yard.his.start()
    yard.hold_reports()


@pytest.mark.slow
def test_after_all_this_the_log_is_whole(yard: Yard) -> None:
    done = yard.center.run("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    yard.center.stop()
    done = yard.center.run("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    yard.center.start()
    sys.stderr.write(f"\nkill points: {yard.counts()}\n")


def test_every_point_is_a_function_of_the_product() -> None:
    """A point whose function was renamed would be tried by no test."""
    for name, point in POINTS.items():
        if point.function != "commit":
            owner, function = found(point)
            assert callable(getattr(owner, function)), name
