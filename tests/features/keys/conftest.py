"""A database of this folder's own on the tests' server, and people who act in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from yuanzhen.infrastructure.db import database, provision
from yuanzhen.infrastructure.db.actor import Signer
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.keys.root import Root
from yuanzhen.security.keys.vault import Vault

MIGRATIONS = Path(provision.__file__).parents[2] / "programs" / "migrations"
CONTEXT_KEY = bytes(32)


@pytest.fixture(scope="session")
def admin() -> provision.Admin:
    return provision.Admin("postgres", "x", "/tmp/pgtry", 5499)


@pytest.fixture(scope="session")
async def db(admin: provision.Admin) -> AsyncIterator[Database]:
    dsn = await provision.provision(
        admin, database="keys_tests", password="keys-tests", context_key=CONTEXT_KEY, migrations=MIGRATIONS
    )
    opened = await database.connect(dsn, Signer(CONTEXT_KEY), {})
    yield opened
    await opened.close()


@pytest.fixture
def vault() -> Vault:
    return Vault(Root(bytes(range(32)), sealed=False))
