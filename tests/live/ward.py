"""A small ward to follow: a table, verbs that change it and tell so, and a source that shows it."""

import asyncio
from typing import Any

import msgspec

from tests.conftest import Home
from tests.make.faults import PATIENCE_S
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Forbidden, NotFound

SCHEMA = (
    "CREATE SCHEMA toy",
    "GRANT USAGE ON SCHEMA toy TO yuanzhen_app",
    "CREATE TABLE toy.tally (ward text, bed text, n int NOT NULL, PRIMARY KEY (ward, bed))",
    "CREATE TABLE toy.staff (ward text, person text, PRIMARY KEY (ward, person))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON toy.tally, toy.staff TO yuanzhen_app",
)


def person(id: str) -> Actor:
    return Actor(kind="person", id=id, role="nurse")


async def furnish(home: Home, **wards: str) -> None:
    """Makes the tables; `one="li wang"` puts both on ward one."""
    for statement in SCHEMA:
        await home.rows(statement)
    for ward, staff in wards.items():
        for who in staff.split():
            await home.rows("INSERT INTO toy.staff VALUES ($1, $2)", ward, who)


async def add(db: Database, ward: str, bed: str, by: int) -> None:
    """Tells a sum, so that an event applied twice or not at all shows in the end."""
    async with db.verb(person("door")) as tx:
        await tx.run(
            "INSERT INTO toy.tally VALUES ($1, $2, $3) ON CONFLICT (ward, bed) DO UPDATE SET n = tally.n + $3",
            ward,
            bed,
            by,
        )
        tx.tell(f"ward/{ward}", "added", {"bed": bed, "by": by})


async def put(db: Database, ward: str, bed: str, n: int) -> None:
    """Tells what is so now, as the product's events do."""
    async with db.verb(person("door")) as tx:
        await tx.run(
            "INSERT INTO toy.tally VALUES ($1, $2, $3) ON CONFLICT (ward, bed) DO UPDATE SET n = $3", ward, bed, n
        )
        tx.tell(f"ward/{ward}", "is", {"bed": bed, "n": n})


async def empty(db: Database, ward: str, bed: str) -> None:
    async with db.verb(person("door")) as tx:
        # A bed that another verb is just filling is not seen here, so it is not emptied, and that must not be told.
        if await tx.run("DELETE FROM toy.tally WHERE ward = $1 AND bed = $2", ward, bed):
            tx.tell(f"ward/{ward}", "emptied", {"bed": bed})


class Wards:
    """The source: two statements, so that a commit between them would show."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def allowed(self, actor: Actor, id: str) -> None:
        if not await self._db.once(actor, "SELECT FROM toy.staff WHERE ward = $1 AND person = $2", id, actor.id):
            raise NotFound("ward.unknown")

    async def snapshot(self, actor: Actor, id: str) -> dict[str, Any]:
        await self.allowed(actor, id)
        beds: dict[str, int] = {}
        for half in ("bed < 'm'", "bed >= 'm'"):
            rows = await self._db.once(actor, f"SELECT bed, n FROM toy.tally WHERE ward = $1 AND {half}", id)
            beds |= {row["bed"]: row["n"] for row in rows}
        return {"beds": beds}


class SpokenWards(Wards):
    """A ward whose people show each other something: all but who only looks."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.asked = 0
        self.silent: set[str] = set()

    async def may_speak(self, actor: Actor, id: str) -> None:
        self.asked += 1
        await self.allowed(actor, id)
        if actor.id in self.silent:
            raise Forbidden("ward.only_looks")


class Page:
    """What a page does with its messages: keeps the beds, and refuses a number that is not the next."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.beds: dict[str, int] = {}
        self.seq: int | None = None
        self.snapshots = 0
        self.events = 0
        self.doubts = 0
        self.problems: list[tuple[str | None, str]] = []
        self.shown: list[tuple[str, Any]] = []  # in passing: by whom, and what
        self._changed = asyncio.Event()

    def doubt(self) -> None:
        self.doubts += 1
        self._changed.set()

    def give_passing(self, text: str) -> None:
        message = msgspec.json.decode(text)
        self.shown.append((message["from"], message["data"]))
        self._changed.set()

    def give(self, text: str) -> None:
        message = msgspec.json.decode(text)
        if "problem" in message:
            self.problems.append((message.get("channel"), message["problem"]["code"]))
        elif "snapshot" in message:
            self.beds, self.seq = dict(message["snapshot"]["beds"]), message["seq"]
            self.snapshots += 1
        elif "event" in message:
            assert message["seq"] == (self.seq or 0) + 1, (message, self.seq)
            self._apply(message["event"], message["data"])
            self.seq = message["seq"]
        self._changed.set()

    def _apply(self, event: str, data: dict[str, Any]) -> None:
        self.events += 1
        if event == "added":
            self.beds[data["bed"]] = self.beds.get(data["bed"], 0) + data["by"]
        elif event == "is":
            self.beds[data["bed"]] = data["n"]
        else:
            self.beds.pop(data["bed"], None)

    async def until(self, holds: Any) -> None:
        """Waits until something holds of this page."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(self):
                self._changed.clear()
                await self._changed.wait()
