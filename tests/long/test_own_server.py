"""A home moves from the embedded server into the hospital's own and back, and loses nothing on the way."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.make.center import Center, served
from tests.make.images import SUCCESS, ct, sent, shown
from tests.make.older_server import PASSWORD, PROGRAMS, needs_older_server, older_server

pytestmark = [pytest.mark.long, needs_older_server]

FHIR = {"content-type": "application/fhir+json"}
HANDBOOK = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with older_server() as url:
        yield url


def test_a_home_moves_to_an_older_server_and_back(url: str, tmp_path: Path) -> None:
    with served(tmp_path / "home") as center:
        machine = center.machine()
        body = {"resourceType": "Patient", "name": [{"text": "刘\t淑\\英"}], "birthDate": "1959-03-21"}
        kept = machine.post("/fhir/R4/Patient", json=body, headers=FHIR).json()
        assert sent(center.port("dicom"), ct(1)) == [SUCCESS]
        assert center.run("backup", str(tmp_path / "first")).returncode == 0

    there = Center.at(tmp_path / "there", YUANZHEN_DATABASE_URL=f"{url}/yuanzhen")
    done = there.run("restore", str(tmp_path / "first"))
    assert done.returncode == 0, done.stderr
    there.start()
    try:
        machine = there.machine()
        assert machine.get(f"/fhir/R4/Patient/{kept['id']}").json() == kept
        assert sent(there.port("dicom"), ct(2)) == [SUCCESS]
        assert shown(machine) == [1, 2]
        assert there.run("audit", "verify").returncode == 0
        done = there.run("backup", str(tmp_path / "second"))
        assert done.returncode == 0, done.stderr
    finally:
        there.stop()

    back = Center.at(tmp_path / "back")
    done = back.run("restore", str(tmp_path / "second"))
    assert done.returncode == 0, done.stderr
    back.start()
    try:
        machine = back.machine()
        assert machine.get(f"/fhir/R4/Patient/{kept['id']}").json() == kept
        assert shown(machine) == [1, 2]
        assert back.run("audit", "verify").returncode == 0
    finally:
        back.stop()


def test_an_administrator_who_is_no_superuser_can_back_up_and_restore(url: str, tmp_path: Path) -> None:
    """As hospitals and clouds give them: who may make roles and databases, and passes no row-level security."""
    said(url, "CREATE ROLE manager LOGIN CREATEDB CREATEROLE PASSWORD 'of-the-manager'")
    own = url.replace(url.split("//")[1].split("@")[0], "manager:of-the-manager")
    center = Center.at(tmp_path / "home", YUANZHEN_DATABASE_URL=f"{own}/managed")
    center.told("institution", "add", "柳河镇卫生院", "--level", "township")
    done = center.run("backup", str(tmp_path / "backup"))
    assert done.returncode == 0 and "table security.institution: 2 rows" in done.stdout, done.stderr
    restored = Center.at(tmp_path / "restored", YUANZHEN_DATABASE_URL=f"{own}/managed_again")
    done = restored.run("restore", str(tmp_path / "backup"))
    assert done.returncode == 0, done.stderr
    assert restored.run("audit", "verify").returncode == 0


def test_rows_that_are_there_are_never_touched_by_a_restore(url: str, tmp_path: Path) -> None:
    taken = Center.at(tmp_path / "taken", YUANZHEN_DATABASE_URL=f"{url}/taken")
    taken.told("institution", "add", "柳河镇卫生院", "--level", "township")
    assert taken.run("backup", str(tmp_path / "backup")).returncode == 0
    other = Center.at(tmp_path / "other", YUANZHEN_DATABASE_URL=f"{url}/taken")
    refused = other.run("restore", str(tmp_path / "backup"))
    assert refused.returncode == 1 and "database.not_empty" in refused.stderr
    assert taken.told("institution", "add", "白石镇卫生院", "--level", "township")["id"]


def test_the_doctor_warns_of_a_server_that_logs_statements_until_the_handbook_was_followed(
    url: str, tmp_path: Path
) -> None:
    center = Center.at(tmp_path / "home", YUANZHEN_DATABASE_URL=f"{url}/yuanzhen_logs")
    center.told("institution", "add", "柳河镇卫生院", "--level", "township")
    before = center.run("doctor", "--lang", "en")
    assert before.returncode == 0
    assert "ok database: PostgreSQL 15." in before.stdout and "your own" in before.stdout
    assert re.search(r"^warn database-log: .*log_min_error_statement=error", before.stdout, re.M)
    found = re.search(r"```sql\n(.+?)```", HANDBOOK.read_text(), re.S)
    assert found
    said(url, found[1].replace("DATABASE yuanzhen", "DATABASE yuanzhen_logs"))
    assert "ok database-log: no statements in it" in center.run("doctor", "--lang", "en").stdout


def said(url: str, sql: str) -> None:
    """Says something to the server as its superuser, by another's client."""
    subprocess.run(
        [PROGRAMS / "psql", f"{url}/postgres", "-v", "ON_ERROR_STOP=1", "-c", sql],
        env={"PGPASSWORD": PASSWORD}, check=True, capture_output=True,
    )  # fmt: skip
