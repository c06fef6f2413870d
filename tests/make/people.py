"""People of a small region for tests, with passwords, one-time codes and a clock that stands still until told."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity import model
from yuanzhen.security.identity.people import NewPerson, add_department, add_institution, add_person
from yuanzhen.security.identity.service import Identity

MASTER = bytes(range(32, 64))
PASSWORD = "thirty pale lanterns"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Tells the time that a test sets."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **by: float) -> None:
        """Lets time pass: `seconds=31`, `minutes=6`."""
        self.at += timedelta(**by)


@dataclass
class Person:
    """Somebody who can log in; `code()` is what their authenticator app shows, after the next step has begun."""

    id: str
    name: str
    clock: Clock = field(repr=False)
    secret: bytes | None
    password: str = PASSWORD

    def code(self) -> str:
        """A code that was not used yet: the clock moves to the next step, because a code is good once."""
        assert self.secret is not None
        self.clock.pass_(seconds=model.STEP_S)
        return model.totp(self.secret, model.step_at(self.clock()))


@dataclass
class Region:
    """A city hospital with two departments and a township health centre, and the people who are asked for."""

    db: Database
    clock: Clock
    identity: Identity

    @classmethod
    async def of(cls, db: Database) -> Region:
        """The region in an empty database, its clock at START."""
        clock = Clock()
        async with db.verb(system("setup")) as tx:
            await add_institution(tx, "市第一人民医院", "city", id="city")
            await add_institution(tx, "青石镇卫生院", "township", "city", id="qingshi")
            await add_department(tx, "心内科", "city", id="cardiology")
            await add_department(tx, "神经内科", "city", id="neurology")
        return cls(db, clock, Identity(db, MASTER, frozenset({"localhost"}), clock=clock))

    async def person(self, name: str, role: str = "expert", *, one_time: bool = False, **more: object) -> Person:
        """Adds somebody to the city hospital, or wherever `institution=` says."""
        fields = {"institution": "city", "password": None if one_time else PASSWORD} | more
        async with self.db.verb(system("setup")) as tx:
            added = await add_person(tx, self.identity, NewPerson(name, role, **fields))  # type: ignore[arg-type]
        secret = base64.b32decode(added.totp_secret) if added.totp_secret else None
        return Person(added.id, name, self.clock, secret, added.one_time_password or PASSWORD)
