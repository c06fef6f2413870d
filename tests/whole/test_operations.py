"""A backup taken in the middle of the day's work is one moment of it, and the moment holds what was acknowledged."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.make.center import Center, served
from tests.make.images import SUCCESS, ct, sent

pytestmark = pytest.mark.slow

FHIR = {"content-type": "application/fhir+json"}


@dataclass
class Day:
    """Two who work without pause: one writes and changes patients, one sends images."""

    center: Center
    patients: dict[str, int] = field(default_factory=dict)  # id -> the version that was acknowledged
    images: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def write(self, machine: httpx.Client) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            body: dict[str, Any] = {"resourceType": "Patient", "name": [{"text": f"病人{number}"}]}
            made = machine.post("/fhir/R4/Patient", json=body, headers=FHIR)
            assert made.status_code == 201, made.text
            self.patients[made.json()["id"]] = 1
            changed = machine.put(
                f"/fhir/R4/Patient/{made.json()['id']}", json={**made.json(), "gender": "female"}, headers=FHIR
            )
            assert changed.status_code == 200, changed.text
            self.patients[made.json()["id"]] = 2

    def send(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            assert sent(self.center.port("dicom"), ct(number)) == [SUCCESS]
            self.images.append(number)

    def acknowledged(self) -> tuple[dict[str, int], list[int]]:
        """What was acknowledged up to now."""
        return dict(self.patients), list(self.images)


@contextmanager
def at_work(center: Center) -> Iterator[Day]:
    day = Day(center)
    workers = [threading.Thread(target=day.write, args=(center.machine(),)), threading.Thread(target=day.send)]
    for worker in workers:
        worker.start()
    try:
        yield day
    finally:
        day.over.set()
        for worker in workers:
            worker.join()


def test_a_backup_during_work_restores_to_one_moment_with_all_that_was_acknowledged_before(tmp_path: Path) -> None:
    with served(tmp_path / "home") as center, at_work(center) as day:
        while not (len(day.patients) > 5 and len(day.images) > 2):
            day.over.wait(0.1)
        patients, images = day.acknowledged()
        done = center.run("backup", str(tmp_path / "backup"))
        assert done.returncode == 0, done.stderr
        after, _ = day.acknowledged()
    assert len(after) > len(patients), "nobody worked while the backup was taken"

    restored = Center.at(tmp_path / "restored")
    assert restored.run("verify", str(tmp_path / "backup")).returncode == 0
    done = restored.run("restore", str(tmp_path / "backup"))
    assert done.returncode == 0, done.stderr
    restored.start()
    try:
        machine = restored.machine()
        for one, version in patients.items():
            found = machine.get(f"/fhir/R4/Patient/{one}").json()
            assert int(found["meta"]["versionId"]) >= version
        # One moment: a resource is there with all its versions, whichever side of the moment its changes were on.
        there = [found for one in after if (found := machine.get(f"/fhir/R4/Patient/{one}")).status_code == 200]
        assert len(there) >= len(patients)
        for found in there:
            now = int(found.json()["meta"]["versionId"])
            history = f"/fhir/R4/Patient/{found.json()['id']}/_history"
            assert machine.get(f"{history}/{now}").json() == found.json()
            assert machine.get(f"{history}/1").status_code == 200
            assert machine.get(f"{history}/{now + 1}").status_code == 404
        study = f"/dicom-web/studies/{ct(1).StudyInstanceUID}/series"
        series = machine.get(study).json()[0]["0020000E"]["Value"][0]
        instances = machine.get(f"{study}/{series}/instances").json()
        assert set(images) <= {one["00200013"]["Value"][0] for one in instances}
        for one in instances:  # each row's object came with it
            uid = one["00080018"]["Value"][0]
            assert machine.get(f"{study}/{series}/instances/{uid}/rendered").status_code == 200
        proved = restored.run("audit", "verify")
        assert proved.returncode == 0, proved.stderr
    finally:
        restored.stop()
