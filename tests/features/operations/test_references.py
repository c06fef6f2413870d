"""Every column that names a stored object is known to the backup, which asks for each object that a row names."""

from __future__ import annotations

import pytest

from tests.conftest import Home
from tests.features.operations.conftest import IMAGES, Filled
from tests.make import inside
from yuanzhen.infrastructure.db.provision import OWNER
from yuanzhen.programs.operations.store import REFERENCES

# The owner's columns in which a name could stand
COLUMNS = f"""
SELECT format('%s.%s.%s', n.nspname, c.relname, a.attname) AS column, format('%I.%I', n.nspname, c.relname) AS table,
       quote_ident(a.attname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p') AND pg_get_userbyid(c.relowner) = '{OWNER}'"""
CALLED_BLOB = f"SELECT found.column FROM ({COLUMNS}) AS found WHERE name ~ '(^|_)blob$'"


async def called_blob(home: Home) -> set[str]:
    return {row["column"] for row in await home.rows(CALLED_BLOB)}


async def test_each_column_that_is_called_blob_is_asked_for(home: Home) -> None:
    assert await called_blob(home) == set(REFERENCES)


async def test_each_is_looked_at_before_an_object_is_swept(home: Home) -> None:
    (row,) = await home.rows("SELECT pg_get_functiondef('records.unnamed'::regproc) AS text")
    tables = {column.rpartition(".")[0] for column in REFERENCES}
    assert {table for table in tables if f"FROM {table} " in row["text"]} == tables


async def test_one_that_a_migration_adds_is_found(home: Home) -> None:
    await home.run(f"SET ROLE {OWNER}; CREATE TABLE consultation.recording (id text PRIMARY KEY, sound_blob text)")
    assert await called_blob(home) - set(REFERENCES) == {"consultation.recording.sound_blob"}


@pytest.mark.slow
def test_no_other_column_of_a_home_with_images_names_an_object(filled: Filled) -> None:
    """Whatever it is called, and also in the middle of a text: each value of each column is looked at."""
    folder = filled.center.home / "blobs" / "objects"
    keys = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert len(keys) == IMAGES
    look = (
        f"SELECT '{row['column']}' AS column WHERE EXISTS (SELECT FROM {row['table']} AS t "
        f"JOIN unnest($1::text[]) AS wanted (object) ON strpos(t.{row['name']}::text, wanted.object) > 0)"
        for row in inside.rows(filled.center.home, COLUMNS)
    )
    naming = {row["column"] for row in inside.rows(filled.center.home, " UNION ALL ".join(look), keys)}
    assert naming >= {"records.instance.blob"}
    assert naming - set(REFERENCES) == set()
