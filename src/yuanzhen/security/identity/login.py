"""Logging in and out: password, then second factor, then a session; and the change of one's own password."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden, Invalid, Unauthenticated
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.identity import factors, model, passwords, store
from yuanzhen.security.identity.factors import Proof
from yuanzhen.security.identity.guessable import check_password
from yuanzhen.security.identity.service import (
    Attempt,
    Identity,
    begin,
    door,
    find_pending,
    holder_of,
    noted,
    refuse,
    succeeded,
)
from yuanzhen.security.identity.session import Caller, Pending, Session, digest, new_token


@dataclass(frozen=True, slots=True)
class Begun:
    """The password was right: what is owed next, and the token that stands for it."""

    next: model.Next
    token: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A token and the csrf value of its session (None while a factor is owed)."""

    token: str
    csrf: str | None


async def login(identity: Identity, caller: Caller, name: str, password: str, *, old: str | None = None) -> Begun:
    """Name and password. `old`: the token that the browser still held, whose session ends.

    Raises Unauthenticated `auth.wrong` (the same, and as slowly, for an unknown name), TooMany `auth.slow_down`.
    """
    folded = model.login_name(name)
    attempt = Attempt.of("login", folded, caller)
    attempt = await begin(identity, caller, "auth.login", attempt)
    async with identity.db.look(door(caller)) as look:
        row = await store.by_name(look, folded)
    right = await passwords.matches(row["hash"] if row else passwords.NOBODY, password)
    if row is None or row["disabled"] or not right:
        raise await refuse(identity, caller, Unauthenticated("auth.wrong"), "auth.login", row["id"] if row else "")
    renewed = await passwords.hashed(password) if passwords.outdated(row["hash"]) else None
    token, now = new_token(), identity.clock()
    async with identity.db.verb(door(caller)) as tx:
        await succeeded(tx, attempt)
        if renewed:
            await store.renew_hash(tx, row["id"], row["hash"], renewed)
        if old:
            await _end(tx, old, now)
        await store.add_pending(tx, digest(token), new_id(), row["id"], now + model.PENDING_LIFE)
        noted(tx, "auth.login", row["id"], row["role"])
    pending = await find_pending(identity, token)
    if pending is None:  # disabled between the two statements
        raise Unauthenticated("auth.wrong")
    return Begun(pending.next, token)


async def factor(identity: Identity, caller: Caller, token: str, proof: Proof) -> Entered:
    """The second factor: a pending log-in becomes a session, a session's factor becomes fresh; the token changes.

    Raises Unauthenticated `auth.factor_wrong`, or `auth.unknown` when there is nothing (any more) to complete.
    """
    holder = await holder_of(identity, token)
    attempt = Attempt.of("factor", holder.person, caller)
    attempt = await begin(identity, caller, "auth.factor", attempt, holder.person)
    if isinstance(holder, Pending):
        await _use_try(identity, caller, token, holder)
    fresh, now = new_token(), identity.clock()
    async with identity.db.verb(door(caller)) as tx:
        found = await factors.prove(tx, identity, holder, proof, now)
        if found is not None:
            await succeeded(tx, attempt)
            csrf = await _entered(tx, identity, holder, digest(token), digest(fresh), found, now)
            person = await store.by_id(tx, holder.person)
            noted(tx, "auth.factor", holder.person, person["role"] if person else "")
    if found is None:
        raise await refuse(identity, caller, Unauthenticated("auth.factor_wrong"), "auth.factor", holder.person)
    return Entered(fresh, csrf)


async def _use_try(identity: Identity, caller: Caller, token: str, holder: Pending) -> None:
    async with identity.db.verb(door(caller)) as tx:
        left = await store.count_try(tx, digest(token))
    if not left:
        raise await refuse(identity, caller, Unauthenticated("auth.unknown"), "auth.factor", holder.person)


async def _entered(
    tx: Tx, identity: Identity, holder: Session | Pending, old: bytes, new: bytes, found: factors.Found, now: datetime
) -> str:
    if isinstance(holder, Session):
        # A secret that has just been enrolled proves nothing that the enrolment did not ask for already.
        await store.renew_session(tx, holder.id, new, now if found == "known" else holder.factor_at)
        return holder.csrf
    csrf = secrets.token_urlsafe(24)
    await store.end_pending(tx, old)
    await store.add_session(tx, new_id(), new, holder.person, csrf, now, now + identity.lifetimes.absolute)
    return csrf


async def change_password(identity: Identity, caller: Caller, token: str, old: str, new: str) -> Entered:
    """One's own password: every other session and log-in of this person ends, and this one's token changes.

    Before the second factor only who has none yet may (a one-time password leads here). Raises Forbidden
    `auth.factor_first`, Unauthenticated `auth.wrong`, Invalid `password...`.
    """
    holder = await holder_of(identity, token)
    if isinstance(holder, Pending) and holder.next == "factor":
        raise await refuse(identity, caller, Forbidden("auth.factor_first"), "auth.password", holder.person)
    async with identity.db.look(door(caller)) as look:
        row = await store.by_id(look, holder.person)
    if row is None:
        raise Unauthenticated("auth.unknown")
    attempt = Attempt.of("login", row["name"], caller)
    attempt = await begin(identity, caller, "auth.password", attempt, holder.person)
    if not await passwords.matches(row["hash"], old):
        raise await refuse(identity, caller, Unauthenticated("auth.wrong"), "auth.password", holder.person)
    async with identity.db.look(door(caller)) as look:
        check_password(new, [row["name"], *await store.house_names(look)])
    if new == old:
        raise Invalid("password.same", place="new")
    hash_ = await passwords.hashed(new)
    rotated = new_token()
    async with identity.db.verb(door(caller)) as tx:
        await succeeded(tx, attempt)
        await store.set_password(tx, holder.person, hash_, False, identity.clock())
        await _only(tx, holder, digest(token), digest(rotated), identity.clock())
        noted(tx, "auth.password", holder.person, row["role"])
    return Entered(rotated, holder.csrf if isinstance(holder, Session) else None)


async def _only(tx: Tx, holder: Session | Pending, old: bytes, new: bytes, now: datetime) -> None:
    """This holder alone goes on, under a new token."""
    if isinstance(holder, Session):
        await store.rotate_session(tx, holder.id, new)
    else:
        await store.rotate_pending(tx, old, new)
    await store.revoke_sessions_of(tx, holder.person, holder.id, now)
    await store.end_pendings_of(tx, holder.person, new)


async def logout(identity: Identity, caller: Caller, token: str) -> None:
    """Ends the session or pending log-in of a token; nobody's token is no error."""
    async with identity.db.verb(door(caller)) as tx:
        row = await store.find_session(tx, digest(token), identity.clock(), identity.clock() - identity.lifetimes.idle)
        await _end(tx, token, identity.clock())
        if row is not None:
            noted(tx, "auth.logout", row["person"], row["role"])


async def _end(tx: Tx, token: str, now: datetime) -> None:
    await store.revoke_session(tx, digest(token), now)
    await store.end_pending(tx, digest(token))
