"""The application's role as every start leaves it."""

from __future__ import annotations

from dataclasses import replace

import asyncpg

from tests.conftest import CONTEXT_KEY, MIGRATIONS, RUN, Home
from yuanzhen.infrastructure.db import provision
from yuanzhen.infrastructure.db.provision import Admin

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
