"""Sensitive labels asked for straight at the database: nobody without a context of ours sets or ends one."""

from __future__ import annotations

import asyncpg
import pytest

from tests.conftest import Home
from tests.make.cases import Ward


@pytest.mark.parametrize(
    "call",
    [
        "records.set_label('Patient', $1, 1, 'R', 'w', 1)",
        "records.end_label($1, 'Patient', $1, 'w', 1)",
        "records.relabel((SELECT key FROM records.resource WHERE id = $1), 'R', '{}', 1)",
    ],
)
async def test_no_label_is_set_or_ended_without_an_actor(
    ward: Ward, raw: asyncpg.Connection, home: Home, call: str
) -> None:
    sql = "SELECT r.version, r.meta, r.label, l.ended FROM records.resource r LEFT JOIN records.label l USING (key)"
    before = await home.rows(f"{sql} ORDER BY r.key")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await raw.fetch(f"SELECT {call}", ward.patient)
    assert await home.rows(f"{sql} ORDER BY r.key") == before
    assert await raw.fetch("SELECT * FROM records.labels($1)", ward.patient) == []
