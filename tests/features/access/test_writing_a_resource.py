"""Writing a resource straight at the database: a key of it is needed before and after."""

from __future__ import annotations

import asyncpg
import pytest

from tests.conftest import Home
from tests.features.access.test_straight_at_the_database import _contents, _enter
from tests.make.cases import SECOND, STRANGER, Ward, person
from yuanzhen.infrastructure.db.actor import Actor

PUT = (
    "SELECT * FROM records.put('', ARRAY['Patient'], ARRAY[$1::text], ARRAY[NULL::int], ARRAY[$1::text], "
    "ARRAY[$2::text], ARRAY[false], ARRAY[''], ARRAY[to_json($3::text[])::text], ARRAY[false], "
    "ARRAY['{}'], ARRAY['{}'], " + "NULL, " * 29 + "NULL)"
)


@pytest.mark.parametrize(
    ("actor", "audience"),
    [
        (STRANGER, ["house:liuhe"]),  # keys that are not the writer's
        (STRANGER, ["house:baishi"]),  # the writer's own, over a resource of somebody else's
        (SECOND, [SECOND.id]),  # to whom nobody was entrusted
        (person("liu", "patient", "liuhe", "liu"), ["@liu"]),
    ],
    ids=["others-keys", "own-keys", "expert", "patient"],
)
async def test_a_resource_is_written_by_who_holds_a_key_of_it_before_and_after(
    ward: Ward, raw: asyncpg.Connection, home: Home, actor: Actor, audience: list[str]
) -> None:
    before = await _contents(home)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="not writable"):
        async with raw.transaction():
            await _enter(raw, actor)
            await raw.fetch(PUT, ward.patient, "baishi", audience)
    assert await _contents(home) == before
