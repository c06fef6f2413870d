"""A home with patients and images, filled by a real centre, and a backup of it that was taken while it served."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.make.center import Center, served
from tests.make.images import SUCCESS, ct, sent

PATIENTS, IMAGES = 25, 3
FHIR = {"content-type": "application/fhir+json"}


@dataclass
class Filled:
    """A centre that serves, what it has acknowledged, and where its backup is."""

    center: Center
    backup: Path
    told: subprocess.CompletedProcess[str]
    patients: list[dict[str, Any]] = field(default_factory=list)

    def restored(self, home: Path) -> subprocess.CompletedProcess[str]:
        """The backup brought to another home."""
        return Center.at(home).run("restore", str(self.backup))


@pytest.fixture(scope="package")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder = tmp_path_factory.mktemp("operations")
    with served(folder / "home") as center:
        machine = center.machine()
        patients = []
        for number in range(PATIENTS):
            # What COPY must escape: tabs, backslashes, line ends, and text beyond ASCII
            body = {"resourceType": "Patient", "name": [{"text": f"王\t{number}\\n"}], "birthDate": "1950-01-02"}
            answer = machine.post("/fhir/R4/Patient", json=body, headers=FHIR)
            assert answer.status_code == 201, answer.text
            patients.append(answer.json())
        assert sent(center.port("dicom"), *map(ct, range(1, IMAGES + 1))) == [SUCCESS] * IMAGES
        told = center.run("backup", str(folder / "backup"))
        assert told.returncode == 0, told.stderr
        yield Filled(center, folder / "backup", told, patients)
