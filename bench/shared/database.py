"""An embedded server of its own with a database as a home's is."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from yuanzhen.infrastructure.db import embedded, provision

MIGRATIONS = Path(provision.__file__).parents[2] / "programs" / "migrations"
NAME = "bench"


@asynccontextmanager
async def provisioned(key: bytes) -> AsyncIterator[tuple[provision.Admin, str]]:
    """Who administers the server, and the application's DSN; `key` is the one that contexts are signed with."""
    with tempfile.TemporaryDirectory() as folder:
        server = await embedded.start(Path(folder) / "home", superuser="postgres", password=NAME)
        try:
            admin = provision.Admin("postgres", NAME, str(server.socket_dir), server.port)
            dsn = await provision.provision(admin, database=NAME, password=NAME, context_key=key, migrations=MIGRATIONS)
            yield admin, dsn
        finally:
            await server.stop()
