"""The application's role as every start leaves it, and servers that a start cannot use."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import pytest

from tests.conftest import CONTEXT_KEY, MIGRATIONS, RUN, Home
from yuanzhen.infrastructure.db import provision
from yuanzhen.infrastructure.db.provision import Admin
from yuanzhen.infrastructure.errors import Forbidden, Unauthenticated, Unavailable

NAME, PASSWORD = f"{RUN}_provisioned", f"{RUN} of its own"


async def test_what_the_application_role_did_to_itself_ends_with_the_next_start(database_server: Admin) -> None:
    told = {"database": NAME, "password": PASSWORD, "context_key": CONTEXT_KEY, "migrations": MIGRATIONS}
    try:
        dsn = await provision.provision(database_server, **told)
        itself = await asyncpg.connect(dsn)
        await itself.execute("ALTER ROLE current_user SET default_transaction_read_only = on")
        await itself.execute(f'ALTER ROLE current_user IN DATABASE "{NAME}" SET search_path = nowhere')
        await itself.execute("ALTER ROLE current_user PASSWORD 'another'")
        await itself.close()
        again = await asyncpg.connect(await provision.provision(database_server, **told))
        assert await again.fetchval("SHOW default_transaction_read_only") == "off"
        assert await again.fetchval("SHOW search_path") != "nowhere"
        await again.close()
    finally:
        await Home(replace(database_server, database="postgres"), "").run(f'DROP DATABASE IF EXISTS "{NAME}" (FORCE)')
        await Home(replace(database_server, database="postgres"), "").run(
            f"DROP ROLE IF EXISTS {provision.login_role(PASSWORD)}"
        )


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid"])
async def test_a_server_that_is_not_there_is_named(host: str) -> None:
    nobody = Admin("somebody", "a secret", host, 1)
    with pytest.raises(Unavailable, match=rf"database\.down at {host}:1") as told:
        await provision.provision(nobody, database="x", password="x", context_key=CONTEXT_KEY, migrations=MIGRATIONS)
    assert "a secret" not in str(told.value)


async def test_an_administrator_who_is_none_is_told_so(database_server: Admin) -> None:
    told = {"database": NAME, "password": PASSWORD, "context_key": CONTEXT_KEY, "migrations": MIGRATIONS}
    nobody, server = f"{RUN}_nobody", Home(replace(database_server, database="postgres"), "")
    await server.run(f"CREATE ROLE {nobody} LOGIN PASSWORD 'p'")
    try:
        with pytest.raises(Unauthenticated, match=r"database\.password_refused"):
            await provision.provision(replace(database_server, user=nobody, password="another"), **told)
        with pytest.raises(Forbidden, match=r"database\.not_administrator"):
            await provision.provision(replace(database_server, user=nobody, password="p"), **told)
    finally:
        await server.run(f"DROP ROLE {nobody}")
