"""Numbered steps, each once and in order; what was applied is not changed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Home
from yuanzhen.infrastructure.db import migrate
from yuanzhen.infrastructure.db.migrate import Migration
from yuanzhen.infrastructure.db.provision import OWNER
from yuanzhen.infrastructure.errors import Conflict, Invalid


@pytest.fixture
async def owner(home: Home) -> AsyncIterator[asyncpg.Connection]:
    """The owner of a database with the product's schema (a copy is its maker's at first)."""
    await home.run(f'ALTER DATABASE "{home.admin.database}" OWNER TO {OWNER}')
    connection = await asyncpg.connect(home.admin.dsn())
    await connection.execute(f"SET ROLE {OWNER}")
    yield connection
    await connection.close()


async def steps(home: Home) -> list[Migration]:
    rows = await home.rows("SELECT number, name FROM infrastructure.migration ORDER BY number")
    folder = Path(migrate.__file__).parents[2] / "programs" / "migrations"
    known = migrate.read(folder)
    assert [(row["number"], row["name"]) for row in rows] == [(one.number, one.name) for one in known]
    return known


async def test_what_was_applied_is_not_applied_again(owner: asyncpg.Connection, home: Home) -> None:
    assert await migrate.apply(owner, await steps(home)) == []


async def test_a_new_step_is_applied_and_kept(owner: asyncpg.Connection, home: Home) -> None:
    known = await steps(home)
    new = Migration(len(known) + 1, "9999_new.sql", "CREATE TABLE records.new (a int)")
    assert await migrate.apply(owner, [*known, new]) == ["9999_new.sql"]
    assert await migrate.apply(owner, [*known, new]) == []


async def test_a_step_that_fails_leaves_nothing_of_itself(owner: asyncpg.Connection, home: Home) -> None:
    known = await steps(home)
    bad = Migration(len(known) + 1, "9999_bad.sql", "CREATE TABLE records.bad (a int); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate.apply(owner, [*known, bad])
    assert await home.rows("SELECT FROM pg_class WHERE relname = 'bad'") == []
    assert await migrate.apply(owner, known) == []


async def test_a_step_that_was_changed_after_it_was_applied_is_named(owner: asyncpg.Connection, home: Home) -> None:
    first, *rest = await steps(home)
    with pytest.raises(Conflict, match=r"migration\.changed_after_release") as problem:
        await migrate.apply(owner, [Migration(first.number, first.name, first.sql + " "), *rest])
    assert problem.value.place == first.name


async def test_a_database_that_is_newer_than_the_program_is_left_alone(owner: asyncpg.Connection, home: Home) -> None:
    known = await steps(home)
    with pytest.raises(Conflict, match=r"migration\.database_is_newer"):
        await migrate.apply(owner, known[:-1])


@pytest.mark.parametrize(
    "names", [["0001_a.sql", "0003_b.sql"], ["0001_a.sql", "0001_b.sql"], ["1_a.sql"], ["0001-A.sql"]]
)
def test_a_gap_or_a_bad_name_is_named(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(Invalid, match=r"migration\.numbering"):
        migrate.read(tmp_path)
