"""A restore gives back what was acknowledged, all of it, or a home that says it is not finished."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.features.operations.conftest import IMAGES, Filled
from tests.make.center import BIN, Center
from tests.make.images import SUCCESS, ct, sent, shown

pytestmark = pytest.mark.slow


def test_every_acknowledged_resource_and_image_is_there_again(filled: Filled, tmp_path: Path) -> None:
    done = filled.restored(tmp_path / "home")
    assert done.returncode == 0, done.stderr
    center = Center.at(tmp_path / "home").start()
    try:
        machine = center.machine()
        for patient in filled.patients:
            assert machine.get(f"/fhir/R4/Patient/{patient['id']}").json() == patient
        assert shown(machine) == [*range(1, IMAGES + 1)]
        # It goes on: new rows get new numbers, the same image again is the same image.
        body = {"resourceType": "Patient", "name": [{"text": "新来"}]}
        headers = {"content-type": "application/fhir+json"}
        assert machine.post("/fhir/R4/Patient", json=body, headers=headers).status_code == 201
        assert sent(center.port("dicom"), ct(2), ct(9)) == [SUCCESS, SUCCESS]
        assert shown(machine) == [*range(1, IMAGES + 1), 9]
        proved = center.run("audit", "verify")
        assert proved.returncode == 0, proved.stderr
    finally:
        center.stop()


def test_certificates_and_the_mark_come_back_as_they_were(filled: Filled, tmp_path: Path) -> None:
    mark = filled.center.home / "opened-beyond-loopback"
    mark.write_text("a forwarded request\n")
    try:
        backup = tmp_path / "backup"
        assert filled.center.run("backup", str(backup)).returncode == 0
    finally:
        mark.unlink()
    assert Center.at(tmp_path / "home").run("restore", str(backup)).returncode == 0
    for path in ("tls/ca.key", "tls/ca.pem", "tls/server.pem", "root.key"):
        before, after = filled.center.home / path, tmp_path / "home" / path
        assert after.read_bytes() == before.read_bytes()
        assert after.stat().st_mode == before.stat().st_mode
    assert (tmp_path / "home" / mark.name).read_text() == "a forwarded request\n"


def test_a_home_that_is_not_empty_is_not_touched(filled: Filled) -> None:
    done = filled.restored(filled.center.home)
    assert done.returncode == 1 and "home.not_empty" in done.stderr
    assert filled.center.machine().get("/fhir/R4/Patient").status_code == 200


def test_an_altered_backup_is_refused_with_file_and_rule_before_anything_is_made(
    filled: Filled, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(filled.backup, tmp_path / "copy"))
    victim = copy / "database" / "records.resource"
    victim.write_bytes(victim.read_bytes()[:-1])
    done = Center.at(tmp_path / "home").run("restore", str(copy))
    assert done.returncode == 1 and "backup.not_whole" in done.stderr
    assert "database/records.resource: " in done.stderr and "bytes instead of" in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("line", [
    pytest.param("", marks=pytest.mark.long), "table records.resource",
    pytest.param("table security.trail", marks=pytest.mark.long),
])  # fmt: skip
def test_killed_at_work_it_leaves_a_home_that_says_so_and_never_one_that_starts(
    filled: Filled, tmp_path: Path, line: str
) -> None:
    center = Center.at(tmp_path / "home")
    killed_after(center, filled.backup, line)
    for words in (("serve",), ("restore", str(filled.backup))):
        refused = center.run(*words)
        assert refused.returncode == 1 and "home.unfinished_restore" in refused.stderr
    assert not (tmp_path / "home" / "root.key").exists()
    shutil.rmtree(tmp_path / "home")
    done = center.run("restore", str(filled.backup))
    assert done.returncode == 0, done.stderr


def killed_after(center: Center, backup: Path, line: str) -> None:
    """Kills a restore when it has said a line that begins so, and the home is marked."""
    process = subprocess.Popen(
        [BIN / "yuanzhen", "restore", backup], env=center.environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    while not (center.home / "unfinished-restore").exists():
        assert process.poll() is None
    for said in process.stdout if line else ():
        if said.startswith(line):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
