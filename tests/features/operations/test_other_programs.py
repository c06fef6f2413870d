"""A backup goes into a later program, which brings its schema up, and never into an earlier one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.features.operations.conftest import Filled
from tests.make import inside
from tests.make.center import Center
from yuanzhen.infrastructure.db import migrate
from yuanzhen.programs import home as homes

pytestmark = pytest.mark.slow

SOURCES = Path(homes.__file__).parents[2]


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The sources of a program with one migration more, which needs the rows to be there."""
    sources = tmp_path / "later"
    shutil.copytree(SOURCES / "yuanzhen", sources / "yuanzhen", ignore=shutil.ignore_patterns("__pycache__"))
    number = len(migrate.read(homes.MIGRATIONS)) + 1
    (sources / "yuanzhen" / "programs" / "migrations" / f"{number:04}_later.sql").write_text(
        "CREATE TABLE records.later (type text, id text, PRIMARY KEY (type, id));\n"
        "INSERT INTO records.later SELECT type, id FROM records.resource;\n"
    )
    return sources


def test_a_later_program_restores_it_as_it_was_and_then_brings_it_up(
    filled: Filled, later: Path, tmp_path: Path
) -> None:
    home = Center.at(tmp_path / "home", PYTHONPATH=str(later))
    done = home.run("restore", str(filled.backup))
    assert done.returncode == 0, done.stderr
    home.start()
    try:
        found = inside.rows(home.home, "SELECT id FROM records.later")
        assert {patient["id"] for patient in filled.patients} <= {row["id"] for row in found}
        proved = home.run("audit", "verify")
        assert proved.returncode == 0, proved.stderr
    finally:
        home.stop()


def test_an_earlier_program_refuses_it_before_anything_is_made(later: Path, tmp_path: Path) -> None:
    newer = Center.at(tmp_path / "newer", PYTHONPATH=str(later))
    newer.told("institution", "add", "柳河镇卫生院", "--level", "township")
    assert newer.run("backup", str(tmp_path / "backup")).returncode == 0
    earlier = Center.at(tmp_path / "earlier")
    assert earlier.run("verify", str(tmp_path / "backup")).returncode == 0
    refused = earlier.run("restore", str(tmp_path / "backup"))
    assert refused.returncode == 1 and "backup.newer_schema" in refused.stderr and "_later.sql" in refused.stderr
    assert not (tmp_path / "earlier").exists()
