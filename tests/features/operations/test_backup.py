"""A backup holds everything, tells nothing, and is there whole or not at all."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.features.operations.conftest import IMAGES, PATIENTS, Filled
from tests.make.center import BIN, Center
from tests.make.small_disk import needs_root, small_disk
from yuanzhen.programs.operations import manifest as manifests

pytestmark = pytest.mark.slow


def test_it_counts_what_is_there_and_says_that_it_is_whole(filled: Filled) -> None:
    manifest = manifests.decode((filled.backup / "manifest.json").read_bytes())
    rows = {str(one.table): one.rows for one in manifest.tables}
    assert rows["records.instance"] == manifest.objects == IMAGES
    assert rows["records.resource"] >= PATIENTS and rows["security.trail"] >= PATIENTS
    assert filled.told.stdout.splitlines()[-1] == f"backup {filled.backup}: whole"


def test_it_warns_loudly_that_the_root_key_has_no_passphrase(filled: Filled) -> None:
    assert "WARNING: root.key has no passphrase" in filled.told.stderr


def test_no_file_of_it_tells_a_name(filled: Filled) -> None:
    for path in filled.backup.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert "王".encode() not in content and "刘".encode() not in content, path
            assert path.stat().st_mode & 0o077 == 0, path


def test_a_folder_that_holds_something_is_not_touched(filled: Filled, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    done = filled.center.run("backup", str(tmp_path))
    assert done.returncode == 1 and "backup.not_empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


def test_it_does_not_go_into_the_home_that_it_copies(filled: Filled) -> None:
    done = filled.center.run("backup", str(filled.center.home / "copy"))
    assert done.returncode == 1 and "backup.in_home" in done.stderr
    assert not list(filled.center.home.glob("*copy*"))


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    done = Center.at(tmp_path / "home").run("backup", str(tmp_path / "backup"))
    assert done.returncode == 1 and "home.not_there" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_killed_at_work_it_leaves_nothing_of_that_name_and_the_next_one_tidies_up(
    filled: Filled, tmp_path: Path
) -> None:
    target = tmp_path / "backup"
    process = subprocess.Popen(
        [BIN / "yuanzhen", "backup", target], env=filled.center.environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("table ")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not target.exists() and (tmp_path / ".backup.unfinished").is_dir()
    assert filled.center.run("backup", str(target)).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_an_object_that_the_home_has_lost_is_named_and_all_else_is_copied(filled: Filled, tmp_path: Path) -> None:
    home = filled.center.home
    first, second, *_ = sorted(path for path in (home / "blobs" / "objects").rglob("*") if path.is_file())
    kept = {path: path.read_bytes() for path in (first, second)}
    try:
        first.unlink()
        second.write_bytes(kept[second][:-1])
        done = filled.center.run("backup", str(tmp_path / "backup"))
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    keys = [path.relative_to(home / "blobs" / "objects").as_posix() for path in (first, second)]
    assert done.returncode == 1
    assert f"LOST objects/{keys[0]}: blobs.missing" in done.stdout
    assert f"LOST objects/{keys[1]}: stream." in done.stdout
    checked = filled.center.run("verify", str(tmp_path / "backup"))
    assert checked.returncode == 1
    assert sorted(line.split(":")[0] for line in checked.stderr.splitlines()) == [f"objects/{key}" for key in keys]
    manifest = msgspec.json.decode((tmp_path / "backup" / "manifest.json").read_bytes())
    assert (manifest["objects"], manifest["lost"]) == (IMAGES - 2, 2)


@needs_root
def test_on_a_disk_that_fills_up_it_says_so_and_leaves_nothing(filled: Filled, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "96k") as disk:
        done = filled.center.run("backup", str(disk.path / "backup"))
        assert done.returncode == 1 and "backup.disk_full" in done.stderr
        assert list(disk.path.iterdir()) == []


def test_a_sealed_root_key_stays_sealed_and_nobody_is_warned(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("once upon a time\n")
    sealed = Center.at(tmp_path / "home", YUANZHEN_PASSPHRASE_FILE=str(tmp_path / "passphrase"))
    sealed.told("institution", "add", "柳河镇卫生院", "--level", "township")
    done = sealed.run("backup", str(tmp_path / "backup"))
    assert done.returncode == 0 and "WARNING" not in done.stderr
    assert sealed.run("verify", str(tmp_path / "backup")).returncode == 0
    without = Center.at(tmp_path / "home").run("verify", str(tmp_path / "backup"))
    assert without.returncode == 1 and without.stderr == "root.key: root.passphrase_wanted\n"
    shutil.rmtree(tmp_path / "home")
    assert sealed.run("restore", str(tmp_path / "backup")).returncode == 0
    added = sealed.told("institution", "add", "白石镇卫生院", "--level", "township")
    assert added["id"]
