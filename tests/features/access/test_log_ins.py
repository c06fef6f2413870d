"""What proves who somebody is: nobody but the doors reads it, whatever is slipped into a statement of theirs."""

from __future__ import annotations

import asyncpg
import pytest

from tests.conftest import CONTEXT_KEY, Home
from tests.make.cases import Ward
from yuanzhen.infrastructure.db.actor import Actor, Signer

OURS = Signer(CONTEXT_KEY)
PROOFS = ("credential", "factor", "pending", "session", "challenge", "failures", "recovery", "client", "token")
KEEPERS = {"officer", "setup", "door"}
CALLS = (
    "SELECT security.end_log_ins('p', now())",
    "SELECT security.forget_factors('p')",
    "SELECT security.put_recovery('p', 'h', now())",
    "SELECT security.disable_client('c')",
)


async def roles(home: Home) -> list[str]:
    """Every role that holds any key, the product's own parts too."""
    return [row["role"] for row in await home.rows("SELECT DISTINCT role FROM security.grants ORDER BY role")]


async def acting(raw: asyncpg.Connection, role: str) -> None:
    """From here on this connection is somebody of that role, at their own house and with their own id."""
    actor = Actor("person", "p", role, "city", "p" if role in ("patient", "carer") else "")
    token = OURS.context(actor, raw.get_server_pid())
    await raw.execute("SELECT set_config('yuanzhen.context', $1, false)", token)


async def test_no_role_but_the_doors_reads_or_changes_it(raw: asyncpg.Connection, home: Home, ward: Ward) -> None:
    seen = {}
    for role in await roles(home):
        await acting(raw, role)
        seen[role] = [table for table in PROOFS if await raw.fetchval(f"SELECT count(*) FROM security.{table}")]
        if role != "door":
            for table in PROOFS:
                key = await home.rows(
                    "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum = 1",
                    f"security.{table}",
                )
                column = key[0]["attname"]
                assert await raw.execute(f"UPDATE security.{table} SET {column} = {column}") == "UPDATE 0", role
    assert {"officer", "setup", "door", "expert", "machine-rw"} <= set(seen)
    assert seen == {role: list(PROOFS) if role == "door" else [] for role in seen}


async def test_an_officer_cannot_learn_it_by_entering_it_again(raw: asyncpg.Connection, ward: Ward) -> None:
    await acting(raw, "officer")
    for statement in (
        "INSERT INTO security.credential VALUES ('p', 'x', false, now()) ON CONFLICT (person) DO UPDATE SET hash = 'x'",
        "INSERT INTO security.client VALUES ('d', 'd', 'd', '', 'city', false, now()) RETURNING digest",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await raw.execute(statement)


@pytest.mark.parametrize("call", CALLS)
async def test_who_keeps_log_ins_alone_may_void_them(
    raw: asyncpg.Connection, home: Home, ward: Ward, call: str
) -> None:
    for role in await roles(home):
        await acting(raw, role)
        attempt = raw.transaction()
        await attempt.start()
        try:
            if role in KEEPERS:
                await raw.execute(call)
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await raw.execute(call)
        finally:
            await attempt.rollback()
