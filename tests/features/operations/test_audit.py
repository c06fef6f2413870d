"""`audit verify` proves the log beside a centre and without one, and names what was done to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.make import inside
from tests.make.center import Center, served

pytestmark = pytest.mark.slow

# As the owner of the server can: past every policy and every function of ours.
CHANGE = "UPDATE security.trail SET reason = 'nothing' WHERE id = $1"
CUT = (
    "DELETE FROM security.trail WHERE id > $1",
    "DELETE FROM security.trail_leaf WHERE trail_id > $1",
    "DELETE FROM security.trail_head WHERE size > (SELECT count(*) FROM security.trail_leaf WHERE trail_id <= $1)",
)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    """A centre whose log has several heads."""
    with served(tmp_path / "home") as center:
        for name in ("柳河镇卫生院", "白石镇卫生院"):
            center.told("institution", "add", name, "--level", "township")
            done = center.run("audit", "verify")
            assert done.returncode == 0 and done.stdout.rstrip().endswith(": whole"), done.stderr
        yield center


def test_without_a_centre_the_last_rows_of_a_stop_are_no_fault(center: Center) -> None:
    center.stop()
    center.told("institution", "add", "清水镇卫生院", "--level", "township")
    done = center.run("audit", "verify")
    assert done.returncode == 0 and done.stdout.rstrip().endswith(": whole"), done.stderr


def test_a_row_that_was_changed_is_named(center: Center) -> None:
    row = inside.value(center.home, "SELECT min(trail_id) FROM security.trail_leaf WHERE position = 0")
    inside.rows(center.home, CHANGE, row)
    done = center.run("audit", "verify")
    assert done.returncode == 1 and done.stdout.rstrip().endswith(": broken")
    assert done.stderr.startswith(f"trail.row_changed at row {row}, leaf 0: ")


def test_an_end_that_was_cut_off_is_seen_by_the_head_beside_the_database(center: Center) -> None:
    size = inside.value(center.home, "SELECT min(size) FROM security.trail_head")
    last = inside.value(center.home, "SELECT max(trail_id) FROM security.trail_leaf WHERE position < $1", size)
    for sql in CUT:
        inside.rows(center.home, sql, last)
    done = center.run("audit", "verify")
    assert done.returncode == 1 and "trail.known_head_gone" in done.stderr, done.stdout
