"""Opening a home: its root key, its database, and the parts of the product that stand on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from yuanzhen.applications.administration import service as administration
from yuanzhen.data.intake import messages
from yuanzhen.data.records import indexing
from yuanzhen.infrastructure.blobs import open_blobs
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db import database, embedded, provision
from yuanzhen.infrastructure.db.actor import Signer, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.embedded import Server
from yuanzhen.infrastructure.db.provision import Admin
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.listeners import LISTENS
from yuanzhen.security.audit import log as audit_log
from yuanzhen.security.audit import trail
from yuanzhen.security.audit.log import Asked
from yuanzhen.security.identity import people
from yuanzhen.security.identity.people import NewPerson
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.keys.media import MediaKeys
from yuanzhen.security.keys.objects import Objects
from yuanzhen.security.keys.root import Root
from yuanzhen.security.keys.vault import Vault

MIGRATIONS = Path(__file__).with_name("migrations")
SUPERUSER = "yuanzhen_super"
DATABASE = "yuanzhen"
SETUP = system("setup")
CHECK = system("chain")  # writes its own trail row, and reads the trail
OFFICER = "officer"
LOG_HEAD = "log.head"  # the newest signed head of the trail, beside the database: it cannot be cut short unseen


@dataclass(frozen=True, slots=True)
class First:
    """What the first start made, told once: the system officer's one-time password."""

    officer: str
    one_time_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Home:
    """An opened home. `server` is the embedded database server, None with a real one."""

    settings: Settings
    root: Root
    dsn: str = field(repr=False)
    db: Database
    bus: Bus
    metrics: Metrics
    identity: Identity
    vault: Vault
    media_keys: MediaKeys
    objects: Objects
    server: Server | None
    first: First | None


@asynccontextmanager
async def opened(settings: Settings, *, serving: bool = False) -> AsyncIterator[Home]:
    """The home, ready for use: database up and at this program's schema, first people made.

    Beside a running `serve` its database server is used; without one it is started and, at the end, stopped.
    `serving` starts it always, so that a second `serve` on one home is refused (Conflict `home.in_use`).
    """
    root = open_root(settings)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(database_server(settings, root, serving=serving))
        dsn = await provisioned(settings, root, server)
        db = await database.connect(dsn, Signer(root.derive("context"), root.derive("patient numbers")), LISTENS)
        stack.push_async_callback(db.close)
        await indexing.bring_up(db)
        metrics = Metrics()
        bus = Bus(dsn, metrics)
        identity = Identity(db, root.derive("identity"), frozenset(settings.names))
        identity.tokens.follow(bus)
        yield Home(
            settings=settings,
            root=root,
            dsn=dsn,
            db=db,
            bus=bus,
            metrics=metrics,
            identity=identity,
            vault=Vault(root),
            media_keys=MediaKeys(root),
            objects=Objects(root, open_blobs(settings.blobs_url, settings.home)),
            server=server,
            first=await _first(db, identity),
        )


@asynccontextmanager
async def database_server(settings: Settings, root: Root, *, serving: bool = False) -> AsyncIterator[Server | None]:
    """The embedded server, found, or started for the block (with `serving` always); None with a real one."""
    if settings.database_url is not None:
        yield None
    elif not serving and (found := embedded.running(settings.home)) is not None:
        yield found
    else:
        server = await embedded.start(settings.home, superuser=SUPERUSER, password=superuser_password(root))
        try:
            yield server
        finally:
            await server.stop()


def open_root(settings: Settings) -> Root:
    """The home's root key, made with the home; never anew for a home that has a database."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = settings.passphrase_file.read_bytes().strip() if settings.passphrase_file else None
    return Root.open(settings.home / "root.key", passphrase, may_create=not (settings.home / "postgresql").exists())


def superuser_password(root: Root) -> str:
    """The embedded server's superuser's password."""
    return root.derive_text("database superuser")


def application_dsn(settings: Settings, root: Root, server: Server | None) -> str:
    """Where the application's role finds the home's database."""
    password = root.derive_text("database application")
    return administrator(settings, root, server).dsn(user=provision.login_role(password), password=password)


async def provisioned(settings: Settings, root: Root, server: Server | None) -> str:
    """Brings the home's database up to this program's schema; returns the application role's DSN."""
    admin = administrator(settings, root, server)
    return await provision.provision(
        admin,
        database=admin.database,
        password=root.derive_text("database application"),
        context_key=root.derive("context"),
        migrations=MIGRATIONS,
    )


def administrator(settings: Settings, root: Root, server: Server | None) -> Admin:
    """Who may read and write all of the home's database, which `database` names."""
    if settings.database_url is not None:
        return provision.parse(settings.database_url)
    if server is None:
        raise Unavailable("database.down")
    return Admin(SUPERUSER, superuser_password(root), str(server.socket_dir), server.port, DATABASE)


async def _first(db: Database, identity: Identity) -> First | None:
    """At the first start: the home's own institution, and the officer with a password that is good once."""
    await messages.sealed(db)
    async with db.verb(SETUP) as tx:
        if await people.home_institution(tx) is not None:
            return None
        institution = await administration.add_institution(tx, "市中心医院", "city", None)
        added = await administration.add_user(
            tx, identity, NewPerson(OFFICER, "officer", institution, display="系统管理员")
        )
        return First(OFFICER, added.one_time_password or "")


async def proved(db: Database) -> bool:
    """One write committed and read back: the row of this start in the trail."""
    async with db.verb(CHECK) as tx:
        trail.noted(tx, "center.start", "E", entity_type="center", entity=(start := new_id()))
    async with db.look(CHECK) as look:
        return bool(await audit_log.find(look, Asked(entity=start, count=1)))
