"""What `yuanzhen database-url` gives away: a way in for the application's role, and through it not one row."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.whole.conftest import Region
from yuanzhen.infrastructure.db.actor import Actor, Signer
from yuanzhen.security.keys.root import Root

pytestmark = pytest.mark.slow

TABLES = (
    "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname IN ('infrastructure', 'security', 'records', 'intake', 'consultation') AND c.relkind = 'r' "
    "AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"
)
OFFICER = Actor("person", "officer", "officer", "city")


@pytest.fixture(scope="module")
def dsn(region: Region) -> str:
    """The way into a home in which a patient, a study of the people and a log-in have left their rows."""
    machine = region.center.machine()
    house = {"reference": f"Organization/{region.township}"}
    made = machine.put(
        "/fhir/R4/Patient/liu", json={"resourceType": "Patient", "id": "liu", "managingOrganization": house}
    )
    assert made.status_code == 201, made.text
    assert region.clinician.http.get("/fhir/R4/Patient/liu").status_code == 200
    told = region.center.run("database-url")
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()


async def shown(dsn: str, signer: Signer | None) -> dict[str, int]:
    """The tables that show rows to whoever holds the DSN, and signs a context of the officer's with some key."""
    connection = await asyncpg.connect(dsn)
    try:
        if signer is not None:
            context = signer.context(OFFICER, connection.get_server_pid())
            await connection.execute("SELECT set_config('yuanzhen.context', $1, false)", context)
        tables = [row[0] for row in await connection.fetch(TABLES)]
        assert "records.resource" in tables and "security.session" in tables
        counted = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}
        return {table: count for table, count in counted.items() if count}
    finally:
        await connection.close()


def test_the_way_in_shows_no_row(dsn: str) -> None:
    assert asyncio.run(shown(dsn, None)) == {}


def test_a_context_signed_with_another_key_shows_no_row(dsn: str) -> None:
    assert asyncio.run(shown(dsn, Signer(bytes(32)))) == {}


def test_with_the_homes_own_key_there_are_rows_to_see(dsn: str, region: Region) -> None:
    """Else the two tests above would tell nothing: the same rows, with what only the home's owner has."""
    root = Root.open(region.center.home / "root.key", None, may_create=False)
    seen = asyncio.run(shown(dsn, Signer(root.derive("context"))))
    assert {"security.person", "security.institution", "security.trail"} <= set(seen)
    assert "security.session" not in seen  # what proves who somebody is shows itself to the doors alone


def test_the_role_of_the_way_in_is_nobody_else(dsn: str) -> None:
    async def tried() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in ("SET ROLE yuanzhen_owner", "SET SESSION AUTHORIZATION yuanzhen_super"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(tried())
