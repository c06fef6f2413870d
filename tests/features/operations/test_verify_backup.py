"""Whatever is changed in a backup, verification names it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.features.operations.conftest import Filled
from yuanzhen.programs.operations import manifest as manifests
from yuanzhen.programs.operations.sealed import hashed
from yuanzhen.programs.operations.verify import Report, verify
from yuanzhen.security.keys.root import Root

pytestmark = pytest.mark.slow


def report(backup: Path) -> Report:
    return verify(backup, None, lambda _: None)


@pytest.fixture
def backup(filled: Filled, tmp_path: Path) -> Path:
    """A copy to alter."""
    return Path(shutil.copytree(filled.backup, tmp_path / "backup"))


def files(backup: Path) -> list[Path]:
    return sorted(path for path in backup.rglob("*") if path.is_file() and path.stat().st_size)


def test_a_backup_that_nobody_touched_is_whole(filled: Filled) -> None:
    done = filled.center.run("verify", str(filled.backup))
    assert (done.returncode, done.stderr) == (0, "")
    assert report(filled.backup).whole


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_one_bit_anywhere_is_found_and_its_file_named(backup: Path) -> None:
    for path in files(backup):
        content = path.read_bytes()
        path.write_bytes(flipped(content))
        faults = report(backup).faults
        path.write_bytes(content)
        name = path.relative_to(backup).as_posix()
        # The manifest's own proof fails alike for manifest, proof and key.
        if name in ("manifest.json", "manifest.mac", "root.key"):
            assert len(faults) == 1 and faults[0].startswith(("manifest.json: ", "root.key: ")), name
        else:
            assert faults[0].startswith(f"{name}: "), (name, faults)
    assert report(backup).whole


@pytest.mark.parametrize(
    ("name", "altered"),
    [
        ("cut short", lambda path: path.write_bytes(path.read_bytes()[:-1])),
        ("made longer", lambda path: path.write_bytes(path.read_bytes() + b"\0")),
        ("taken out", lambda path: path.unlink()),
    ],
)
def test_every_file_that_is_altered_is_found(backup: Path, name: str, altered: Callable[[Path], None]) -> None:
    for path in files(backup):
        content = path.read_bytes()
        altered(path)
        assert report(backup).faults, f"{path} {name}"
        path.write_bytes(content)


def test_a_file_that_does_not_belong_there_is_found(backup: Path) -> None:
    for name in ("letter", "database/records.other", "objects/dicom/ab/other"):
        (backup / name).parent.mkdir(parents=True, exist_ok=True)
        (backup / name).write_text("dear")
        assert report(backup).faults == [f"{name}: not a part of this backup"]
        (backup / name).unlink()


def test_a_table_cannot_stand_in_the_place_of_another(backup: Path) -> None:
    """Even for somebody who has the key and writes the manifest anew: each file is bound to its path."""
    one, other = backup / "database" / "records.token", backup / "database" / "records.word"
    one.write_bytes(other.read_bytes())
    manifest = manifests.decode((backup / "manifest.json").read_bytes())
    altered = [hashed(backup, file.path) if file.path == "database/records.token" else file for file in manifest.files]
    content = manifests.encode(msgspec.structs.replace(manifest, files=altered))
    (backup / "manifest.json").write_bytes(content)
    (backup / "manifest.mac").write_bytes(manifests.mac(Root.open(backup / "root.key", None), content))
    assert report(backup).faults == ["database/records.token: stream.other_context"]


def test_a_backup_of_a_later_program_is_told_apart_from_a_broken_one(backup: Path) -> None:
    (backup / "manifest.json").write_bytes(b'{"format": 2}')
    assert report(backup).faults == ["manifest.json: backup.format"]
    (backup / "manifest.json").write_bytes(b"{")
    assert report(backup).faults == ["manifest.json: backup.manifest_unreadable"]
