"""Makes a home's database ready: the roles, the database itself, the schema, and the key that signs contexts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import asyncpg

from yuanzhen.infrastructure.db import migrate
from yuanzhen.infrastructure.db.actor import Signer
from yuanzhen.infrastructure.errors import Forbidden, Unauthenticated, Unavailable, Unsupported

OWNER = "yuanzhen_owner"
APPLICATION = "yuanzhen_app"
OLDEST = 150000  # PostgreSQL 15: one dialect from there on


@dataclass(frozen=True, slots=True)
class Admin:
    """How to reach a server as a role that may create roles and databases."""

    user: str
    password: str
    host: str  # a name, an address, or the folder of a Unix socket
    port: int
    database: str = "postgres"

    def dsn(self, *, user: str = "", password: str = "", database: str = "") -> str:
        """The same server, as somebody else or in another database."""
        who = f"{quote(user or self.user, safe='')}:{quote(password or self.password, safe='')}"
        where = f"/{quote(database or self.database, safe='')}?host={quote(self.host, safe='')}&port={self.port}"
        return f"postgresql://{who}@{where}"


def parse(url: str) -> Admin:
    """The administrator of a real server, from `YUANZHEN_DATABASE_URL`; its path names the home's own database.

    A Unix socket is named as libpq does: `postgresql://USER:PASSWORD@/DATABASE?host=FOLDER&port=PORT`.
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    return Admin(
        user=unquote(parts.username or "postgres"),
        password=unquote(parts.password or ""),
        host=asked.get("host", [parts.hostname or "localhost"])[0],
        port=int(asked.get("port", [parts.port or 5432])[0]),
        database=parts.path.lstrip("/") or "yuanzhen",
    )


def login_role(password: str) -> str:
    """The application's login on this server: several homes on one server have one each."""
    return f"{APPLICATION}_{hashlib.sha256(password.encode()).hexdigest()[:8]}"


async def provision(admin: Admin, *, database: str, password: str, context_key: bytes, migrations: Path) -> str:
    """Brings the database up to date; returns the application role's DSN.

    Raises `Unsupported` below PostgreSQL 15, Unavailable `database.down`, Unauthenticated `database.password_refused`,
    Forbidden `database.not_administrator`; the place is the server.
    """
    server = await _connect(admin, "postgres")
    try:
        if (version := await _version(server)) < OLDEST:
            raise Unsupported("database.too_old", place="server_version_num", found=version, oldest=OLDEST)
        login = login_role(password)
        try:
            await _roles(server, login, password)
        except asyncpg.InsufficientPrivilegeError as refused:
            where = f"{admin.host}:{admin.port}"
            raise Forbidden("database.not_administrator", place=where, user=admin.user, rule="CREATEROLE") from refused
        if not await server.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
            await server.execute(f'CREATE DATABASE "{database}" OWNER {OWNER} TEMPLATE template0 ENCODING UTF8')
    finally:
        await server.close()
    owner = await _connect(admin, database)
    try:
        await owner.execute(f'ALTER ROLE {login} IN DATABASE "{database}" RESET ALL')
        await owner.execute(f"{closed(database)}; REVOKE ALL ON SCHEMA public FROM PUBLIC; SET ROLE {OWNER}")
        await migrate.apply(owner, migrate.read(migrations))
        signer = Signer(context_key)
        await owner.execute(
            "INSERT INTO security.context_key (inner_pad, outer_pad) VALUES ($1, $2) ON CONFLICT (one) DO UPDATE "
            "SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
            signer.inner_pad,
            signer.outer_pad,
        )
    finally:
        await owner.close()
    return admin.dsn(user=login, password=password, database=database)


def closed(database: str) -> str:
    """The statements after which the application's role may connect to a database, and make nothing in it."""
    return f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC; GRANT CONNECT ON DATABASE "{database}" TO {APPLICATION}'


async def _connect(admin: Admin, database: str) -> asyncpg.Connection:
    where = f"{admin.host}:{admin.port}"
    try:
        return await asyncpg.connect(admin.dsn(database=database), timeout=10)
    except asyncpg.InvalidAuthorizationSpecificationError as refused:
        raise Unauthenticated("database.password_refused", place=where, user=admin.user) from refused
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failed:
        raise Unavailable("database.down", place=where, error=type(failed).__name__) from failed


async def _version(server: asyncpg.Connection) -> int:
    return int(await server.fetchval("SHOW server_version_num"))


async def _roles(server: asyncpg.Connection, login: str, password: str) -> None:
    """Two roles that cannot log in (owner, application) and one that can; created once, the password renewed.

    So are the settings of the one: any role may give itself some, and `default_transaction_read_only` would outlive us.
    """
    await server.execute(
        f"""DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN CREATE ROLE {OWNER} NOLOGIN; END IF;
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}') THEN
            CREATE ROLE {APPLICATION} NOLOGIN NOBYPASSRLS; END IF;
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{login}') THEN
            CREATE ROLE {login} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS INHERIT
              IN ROLE {APPLICATION}; END IF;
          EXECUTE format('GRANT {OWNER} TO %I', current_user);
        END $$"""  # noqa: S608
    )
    literal = await server.fetchval("SELECT quote_literal($1::text)", password)
    await server.execute(f"ALTER ROLE {login} PASSWORD {literal}; ALTER ROLE {login} RESET ALL")
