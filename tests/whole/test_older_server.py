"""A sample on the oldest database server that is supported; `tests/long/test_postgresql15.py` is the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.make.center import Center
from tests.make.images import SUCCESS, ct, sent, shown
from tests.make.older_server import needs_older_server, older_server

pytestmark = [pytest.mark.slow, needs_older_server]

FHIR = {"content-type": "application/fhir+json"}


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    with older_server() as url:
        center = Center.at(tmp_path / "home", YUANZHEN_DATABASE_URL=f"{url}/sample").start()
        yield center
        center.stop()


def test_the_schema_is_made_on_the_oldest_server_and_takes_a_patient_and_an_image(center: Center) -> None:
    machine = center.machine()
    told = {"resourceType": "Patient", "name": [{"text": "刘淑英"}], "birthDate": "1959-03-21"}
    kept = machine.post("/fhir/R4/Patient", json=told, headers=FHIR).json()
    assert machine.get(f"/fhir/R4/Patient/{kept['id']}").json() == kept
    assert sent(center.port("dicom"), ct(1)) == [SUCCESS] and shown(machine) == [1]
    assert center.run("audit", "verify").returncode == 0
    assert not (center.home / "postgresql").exists()
