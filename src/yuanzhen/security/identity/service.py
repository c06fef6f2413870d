"""`Identity`: what the verbs of log-in share, and who is behind a cookie's token."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import asyncpg
import msgspec

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden, Problem, TooMany, Unauthenticated
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import model, store
from yuanzhen.security.identity.session import Caller, Pending, Session, digest
from yuanzhen.security.identity.tokens import Tokens

_DOOR = system("door")


@dataclass(frozen=True, slots=True)
class Identity:
    """The database, the 32-byte master key that seals secrets, the host names that WebAuthn may be asked from.

    `tokens`: what is remembered of machine clients.
    """

    db: Database
    master: bytes = field(repr=False)
    hosts: frozenset[str] = frozenset({"localhost"})
    lifetimes: model.Lifetimes = model.LIFETIMES
    clock: Callable[[], datetime] = clock.now
    tokens: Tokens = field(default_factory=Tokens, repr=False)

    def __post_init__(self) -> None:
        if len(self.master) != 32:
            raise ValueError("the master key has 32 bytes")


def door(caller: Caller) -> Actor:
    """The doors themselves, acting for a caller who is not known yet."""
    return msgspec.structs.replace(_DOOR, origin=caller.origin, request=caller.request)


async def session_of(identity: Identity, token: str) -> Session:
    """The session behind a cookie; Unauthenticated `auth.factor_missing` or `auth.unknown`."""
    found = await find_session(identity, token)
    if found is None:
        pending = await find_pending(identity, token)
        raise Unauthenticated("auth.unknown" if pending is None else "auth.factor_missing")
    return found


async def holder_of(identity: Identity, token: str) -> Session | Pending:
    """The session or pending log-in behind a cookie; Unauthenticated `auth.unknown` else."""
    found = await find_session(identity, token) or await find_pending(identity, token)
    if found is None:
        raise Unauthenticated("auth.unknown")
    return found


async def check_session(identity: Identity, token: str) -> None:
    """Raises Unauthenticated `auth.unknown` when the session is over. An open page that only asks this grows idle."""
    if await _living(identity, token) is None:
        raise Unauthenticated("auth.unknown")


async def find_session(identity: Identity, token: str) -> Session | None:
    """The living session of a token; its use is written down once a minute."""
    row = await _living(identity, token)
    if row is None:
        return None
    if identity.clock() - row["seen"] >= model.TOUCH_EVERY:
        await touch(identity, row["id"])
    return Session(**{key: value for key, value in row.items() if key != "seen"})


async def _living(identity: Identity, token: str) -> asyncpg.Record | None:
    now = identity.clock()
    async with identity.db.look(_DOOR) as look:
        return await store.find_session(look, digest(token), now, now - identity.lifetimes.idle)


async def touch(identity: Identity, session: str) -> None:
    """Writes down that a session is in use; for what stays open without calling (`/live`)."""
    async with identity.db.verb(_DOOR) as tx:
        await store.touch_session(tx, session, identity.clock())


async def find_pending(identity: Identity, token: str) -> Pending | None:
    """The pending log-in of a token."""
    async with identity.db.look(_DOOR) as look:
        row = await store.find_pending(look, digest(token), identity.clock())
    if row is None:
        return None
    return Pending(row["id"], row["person"], row["name"], "factor" if row["has_factor"] else "enrol", row["tries"])


# ---- slow-down


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, counted as a failure beforehand, so that a hundred side by side are a hundred.

    `at` is when it was counted, `before` the time of the address's last failure until then.
    """

    account: str
    address: str
    at: datetime | None = None
    before: datetime | None = None

    @classmethod
    def of(cls, kind: str, account: str, caller: Caller, *, apart: bool = False) -> Attempt:
        """`account` is hashed: what was typed as a name may have been a password.

        `apart`: counted beside all other kinds, for the address too.
        """
        named = hashlib.sha256(account.encode()).hexdigest()[:32]
        return cls(f"{kind}:{named}", f"address:{caller.origin}" if not apart else f"{kind}-address:{caller.origin}")

    def paces(self) -> list[tuple[str, model.Pace]]:
        """The counters that it falls under, in the one order in which rows are held."""
        return sorted([(self.account, model.ACCOUNT), (self.address, model.ADDRESS)], key=lambda pair: pair[0])


async def begin(identity: Identity, caller: Caller, verb: str, attempt: Attempt, person: str = "") -> Attempt:
    """Counts an attempt, or refuses it with TooMany `auth.slow_down` and the seconds to wait. Never a lock.

    What it returns is for `succeeded`.
    """
    now = identity.clock()
    async with identity.db.verb(door(caller)) as tx:
        held = [(key, pace, await store.hold_failures(tx, key, now)) for key, pace in attempt.paces()]
        wait = max(model.wait_s(row["count"], row["last"], pace, now=now) for _, pace, row in held)
        if wait > 0:
            raise refusal(tx, TooMany("auth.slow_down", retry_after_s=wait), verb, person)
        for key, pace, row in held:
            await store.count_failure(tx, key, model.counted(row["count"], row["last"], pace, now=now) + 1, now)
    before = next(row["last"] for key, _, row in held if key == attempt.address)
    return replace(attempt, at=now, before=before)


async def succeeded(tx: Tx, attempt: Attempt) -> None:
    """Takes the count back: the account's whole, of the address only this one."""
    # In the order of `paces`, or somebody who begins meanwhile and this one would wait for each other.
    await store.take_back_failure(tx, attempt.address, attempt.at, attempt.before)
    await store.forget_failures(tx, attempt.account)


# ---- the trail


def refusal(reads: Reads, problem: Problem, verb: str, person: str) -> Problem:
    """Keeps a refusal in the trail and returns it, to be raised."""
    return trail.refused(reads, problem, verb, "E", entity_type="person", entity=person)


async def refuse(identity: Identity, caller: Caller, problem: Problem, verb: str, person: str = "") -> Problem:
    """As `refusal`, where no transaction is open: committed before this returns."""
    row = trail.row(
        door(caller), verb, "E", outcome=trail.REFUSED, entity_type="person", entity=person, code=problem.code
    )
    async with identity.db.look(door(caller)) as look:
        look.note(row)
    return problem


def noted(tx: Tx, verb: str, person: str, role: str) -> None:
    """Keeps what a person has just done as themselves."""
    me = msgspec.structs.replace(tx.actor, kind="person", id=person, role=role)
    tx.note(trail.row(me, verb, "E", entity_type="person", entity=person))


ADMINISTRATORS = frozenset({"officer", "setup"})


def administrator(tx: Tx, verb: str, entity_type: str, entity: str) -> None:
    """Only the system's officer and set-up; Forbidden `identity.not_yours` for anybody else, kept in the trail."""
    if tx.actor.role not in ADMINISTRATORS:
        problem = Forbidden("identity.not_yours", role=tx.actor.role)
        raise trail.refused(tx, problem, verb, "E", entity_type=entity_type, entity=entity)
