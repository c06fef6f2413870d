"""The program of a release fills a home; today's takes it over, and everything that was acknowledged is there.

`UPGRADE_FROM` beside this file names the release's commit.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.make import inside
from tests.make.center import Center
from tests.make.yard import OPINION, Yard, until
from yuanzhen.infrastructure import settings
from yuanzhen.infrastructure.db.copying import out
from yuanzhen.infrastructure.db.copying.catalogue import Table
from yuanzhen.programs.operations import reach

ROOT = Path(__file__).parents[2]
FROM = Path(__file__).with_name("UPGRADE_FROM")
# Not data: where the chain and a live channel stand moves with each row (what rang before rings on, and is told), and
# the program's own table of rights comes with the program.
MOVES = ("security.trail_frontier", "security.grants", "infrastructure.channel")
# Reckoned anew from the resources by whichever program opens the home.
INDEX = ("records.token", "records.word", "records.link", "records.moment")
# Tables that are no more, and where their rows went: the same columns in the same order.
WENT = {"records.received": "SELECT sender, control, digest, institution, kind, received FROM intake.message"}
SPELT = "audience"  # how a row's keys are spelt comes with the program too
UNDONE = "SELECT id FROM infrastructure.outbox WHERE done IS NULL"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FROM.exists(), reason="tests/long/UPGRADE_FROM does not name a release yet"),
]

Rows = dict[Table, Counter[bytes]]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The release's sources, in a worktree of their own."""
    folder = tmp_path_factory.mktemp("release") / "sources"
    git, commit = ["git", "-C", str(ROOT)], FROM.read_text().strip()
    if subprocess.run([*git, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True).returncode:
        pytest.skip(f"the release's commit {commit} is not in this repository: a copy without its history?")
    subprocess.run([*git, "worktree", "add", "--detach", folder, commit], check=True, capture_output=True)
    yield folder
    subprocess.run([*git, "worktree", "remove", "--force", folder], check=True, capture_output=True)


@pytest.fixture(scope="module")
def filled(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """A home that the release's program has filled, at rest and stopped."""
    folder = tmp_path_factory.mktemp("upgrade")
    with pytest.MonkeyPatch.context() as environment:
        # Before the installed sources: the same parts, the release's program.
        environment.setenv("PYTHONPATH", str(release / "src"))
        assert Path(_said("import yuanzhen; print(yuanzhen.__path__[0])")).is_relative_to(release)
        yard = Yard.of(folder)
        try:
            for number in range(3):
                assert yard.announce(f"90{number}") and yard.store(number + 1)
            signed, waiting = yard.ask("signed"), yard.ask("waiting")
            assert signed and waiting
            yard.write(signed)
            assert yard.sign(signed)
            yard.hold_reports()
            until(lambda: not inside.rows(yard.center.home, UNDONE), "the release does not come to rest")
        finally:
            yard.center.stop()
    yield yard
    yard.close()


def test_no_row_of_the_release_is_changed_or_lost_by_the_upgrade(filled: Yard) -> None:
    before = rows(filled.center, None)
    assert sum(found.total() for found in before.values()) > 100
    filled.center.start()
    filled.center.stop()
    after = rows(filled.center, list(before))
    changed = [str(table) for table, found in before.items() if found - after[table]]
    assert not set(changed) - set(MOVES)
    counted = channels(after)
    assert all(counted[name] >= number for name, number in channels(before).items())  # no page is told a number twice


def test_what_the_release_acknowledged_is_there_and_goes_on(filled: Yard) -> None:
    filled.center.start()
    filled.hold()
    filled.hold_reports()
    opinion = f"/api/consultations/{filled.book.asked['signed']}/opinion"
    versions = filled.clinician.http.get(opinion).json()["items"]
    assert [(one["conclusion"], one["signature"]) for one in versions] == [(OPINION["conclusion"], "valid")]
    waiting = filled.book.asked["waiting"]
    assert waiting
    filled.write(waiting)
    assert filled.sign(waiting)
    filled.hold_reports()
    proved = filled.center.run("audit", "verify")
    assert proved.returncode == 0, proved.stderr


def _said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip()


def rows(center: Center, tables: list[Table] | None) -> Rows:
    """Each table's rows as text: of these tables and columns, or of all that there are."""
    return asyncio.run(_rows(center, tables))


def channels(found: Rows) -> dict[bytes, int]:
    """Where each live channel stands."""
    lines = next(lines for table, lines in found.items() if str(table) == "infrastructure.channel")
    return {name: int(number) for name, number in (line.split(b"\t") for line in lines)}


def _without_keys(table: Table) -> Table:
    return replace(table, columns=tuple(name for name in table.columns if name != SPELT))


def _compared(tables: list[Table]) -> list[Table]:
    return [_without_keys(table) for table in tables if str(table) not in INDEX]


async def _rows(center: Center, tables: list[Table] | None) -> Rows:
    chosen = settings.read({**center.settings, "YUANZHEN_HOME": str(center.home)}, {})
    found: Rows = {}
    async with (
        reach.reached(chosen, reach.known_root(chosen)) as reached,
        reach.connected(reached.admin) as connection,
        out.snapshot(connection) as there,
    ):
        still = {str(table) for table in there}
        for table in tables or _compared(there):
            text = bytearray()

            async def take(piece: bytes, text: bytearray = text) -> None:
                text.extend(piece)

            if str(table) in still:
                await out.copy_out(connection, table, take)
            else:
                await connection.copy_from_query(WENT[str(table)], output=take)
            found[table] = Counter(bytes(text).splitlines())
    return found
