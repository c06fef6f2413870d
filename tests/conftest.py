"""A database server for the whole run, and for each test a database of its own, cloned from one provisioned once.

`db` is what most tests want; `home` also reaches the rows as the server's administrator, past all policies.
`YUANZHEN_TEST_DATABASE_ADMIN=postgresql://USER:PASSWORD@HOST:PORT` (or `?host=FOLDER&port=PORT`) names a server to
use; without it the embedded one is started in memory.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import pytest
import uvloop
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.make import rank
from tests.make.memory import folder_in_memory
from yuanzhen.infrastructure.db import database, embedded, provision
from yuanzhen.infrastructure.db.actor import Signer
from yuanzhen.infrastructure.db.database import Database, Listeners
from yuanzhen.infrastructure.db.embedded.options import SETTINGS
from yuanzhen.infrastructure.db.lent import Connections
from yuanzhen.infrastructure.db.provision import Admin

settings.register_profile("same", derandomize=True, database=None)  # the same examples in every run
settings.load_profile("same")
rank.renounce()

MIGRATIONS = Path(provision.__file__).parents[2] / "programs" / "migrations"
CONTEXT_KEY = bytes(range(32))
NUMBERS_KEY = bytes(range(32, 64))
RUN = f"test_{os.getpid()}"  # names what this run makes on a server that others use too
_LOCK = 0x74657374  # roles are the whole server's: one run at a time provisions
# Nobody asks for these rows after a power failure, and nobody guesses these passwords.
_QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "scram_iterations": "1",
}


TESTS = Path(__file__).parent


@dataclass(frozen=True)
class Home:
    """One database, as the application reaches it (`dsn`) and as the server's administrator does."""

    admin: Admin
    dsn: str

    async def open(self, listeners: Listeners | None = None, *, size: int = 10) -> Database:
        """A `Database` of it; whoever opens it closes it."""
        return await database.connect(self.dsn, Signer(CONTEXT_KEY, NUMBERS_KEY), listeners or {}, size=size)

    async def rows(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """Rows as the administrator sees them, who passes every policy."""
        async with self._administrators.one() as connection:
            return await connection.fetch(sql, *args)

    async def run(self, script: str) -> None:
        """Statements as the administrator."""
        await _execute(self.admin, script, database=self.admin.database)

    async def refused(self, verb: str) -> list[tuple[object, ...]]:
        """The refusals of a verb as the trail keeps them: actor, code, entity."""
        rows = await self.rows(
            "SELECT actor, code, entity FROM security.trail WHERE outcome = 4 AND verb = $1 ORDER BY id", verb
        )
        return [tuple(row) for row in rows]

    async def trail(self, *columns: str) -> list[tuple[object, ...]]:
        """The trail's rows in their order; without names of columns: actor, verb, outcome, code."""
        wanted = ", ".join(columns or ("actor", "verb", "outcome", "code"))
        return [tuple(row) for row in await self.rows(f"SELECT {wanted} FROM security.trail ORDER BY id")]

    async def close(self) -> None:
        """Ends the administrator's connections, which `rows` keeps because tests ask again and again."""
        await self._administrators.close(patience_s=10)

    @cached_property
    def _administrators(self) -> Connections:
        return Connections(lambda: asyncpg.connect(self.admin.dsn()), size=4)


@dataclass(frozen=True)
class Template:
    """A provisioned database that nobody is connected to, and how to copy it."""

    admin: Admin
    dsn: str
    _server: asyncpg.Connection
    _numbers: itertools.count[int]

    async def filled(self, home: Home) -> Template:
        """Another, from a copy of this one that now holds more; nobody uses that any longer."""
        await home.close()
        return replace(self, admin=home.admin, dsn=home.dsn)

    @asynccontextmanager
    async def clone(self) -> AsyncIterator[Home]:
        """A copy, dropped at the end. Grants on the database itself are not copied: they come anew."""
        template, name = self.admin.database, f"{RUN}_{next(self._numbers)}"
        await self._server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        await self._server.execute(provision.closed(name))
        home = Home(replace(self.admin, database=name), self.dsn.replace(template, name))
        try:
            yield home
        finally:
            await home.close()
            await self._server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
async def database_server() -> AsyncIterator[Admin]:
    """The administrator of the server that this run uses."""
    named = os.environ.get("YUANZHEN_TEST_DATABASE_ADMIN")
    if named:
        yield _admin(named)
        return
    with folder_in_memory() as folder:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in _QUICK.items():
                patch.setitem(SETTINGS, name, value)
            server = await embedded.start(folder / "server", superuser="postgres", password="test")
        admin = Admin("postgres", "test", str(server.socket_dir), server.port)
        await _execute(admin, "ALTER ROLE postgres PASSWORD 'test'")  # with as few iterations as were set
        yield admin
        await server.stop()


@pytest.fixture(scope="session")
async def database_template(database_server: Admin) -> AsyncIterator[Template]:
    """The product's whole schema, provisioned once a run."""
    name = f"{RUN}_template"
    server = await asyncpg.connect(database_server.dsn(database="postgres"))
    try:
        await server.execute("SELECT pg_advisory_lock($1)", _LOCK)
        dsn = await provision.provision(
            database_server, database=name, password=RUN, context_key=CONTEXT_KEY, migrations=MIGRATIONS
        )
        await server.execute("SELECT pg_advisory_unlock($1)", _LOCK)
        yield Template(replace(database_server, database=name), dsn, server, itertools.count(1))
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await server.execute(f"DROP ROLE {provision.login_role(RUN)}")
    finally:
        await server.close()


@pytest.fixture
async def home(database_template: Template) -> AsyncIterator[Home]:
    """A database of this test's own."""
    async with database_template.clone() as home:
        yield home


@pytest.fixture
async def db(home: Home) -> AsyncIterator[Database]:
    """The application's way into `home`; facts have no listeners."""
    db = await home.open()
    yield db
    await db.close()


def _admin(url: str) -> Admin:
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    return Admin(
        unquote(parts.username or "postgres"),
        unquote(parts.password or ""),
        asked.get("host", [parts.hostname or "localhost"])[0],
        int(asked.get("port", [parts.port or 5432])[0]),
    )


async def _execute(admin: Admin, sql: str, *, database: str = "postgres") -> None:
    connection = await asyncpg.connect(admin.dsn(database=database))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


class PagesApart(LoadScopeScheduling):
    """By file, but all that open pages in a row, by one worker: a browser wants a core of its own."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "pages" if _opens_pages(file) else file


@cache
def _opens_pages(file: str) -> bool:
    return file.startswith("tests/features/media/") or "playwright" in (TESTS.parent / file).read_text("utf-8")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> PagesApart:
    """Divides the tests among the workers of a run by several."""
    return PagesApart(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the database are coroutines: any other one would run without the loop that its fixtures live in."""
    for one in items:
        uses = isinstance(one, pytest.Function) and "database_server" in one.fixturenames
        if uses and not inspect.iscoroutinefunction(getattr(one, "obj", None)):
            raise pytest.UsageError(f"{one.nodeid} uses the database and is not `async def`")


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The product runs on uvloop, and so do its tests."""
    return {"uvloop": uvloop.new_event_loop}
