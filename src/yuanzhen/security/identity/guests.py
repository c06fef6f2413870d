"""Guests: people without a log-in, each behind one link, for one place, on the device that opened it first.

What a guest may see is said by the place, whose rows name them in their audience while they are welcome; here is only
whether they are who came by the link.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Unauthenticated
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import store
from yuanzhen.security.identity.service import Attempt, Identity, begin, door, refuse, succeeded
from yuanzhen.security.identity.session import Caller, digest, new_token

VERB = "guest.enter"
LIFE = timedelta(hours=4)  # of a link, and of whoever came by it


@dataclass(frozen=True, slots=True)
class Link:
    """What was made for one guest; the token is in the link and nowhere else."""

    guest: str
    token: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class GuestSession:
    """A guest on their device, and the one place that is open to them."""

    id: str
    place: str
    csrf: str
    ends: datetime

    def actor(self, caller: Caller) -> Actor:
        """This guest as row-level security knows them: their own id opens what names it, and nothing else does."""
        return Actor("guest", self.id, "guest", "", "", "treatment", caller.origin, caller.request)


async def invite(tx: Tx, place: str, now: datetime) -> Link:
    """A link for somebody who is not known yet, for this place. Whoever calls has checked who may."""
    link = Link(new_id(), new_token(), now + LIFE)
    await store.add_guest(tx, link.guest, place, digest(link.token), tx.actor.id, link.ends)
    return link


async def enter(identity: Identity, caller: Caller, token: str) -> tuple[str, GuestSession]:
    """Somebody opens a link, which from then on opens nothing elsewhere. Returns their cookie's token.

    Raises Unauthenticated `guest.link`, whatever is wrong with it; TooMany `auth.slow_down` for who guesses.
    """
    attempt = await begin(identity, caller, VERB, Attempt.of("guest", token, caller))
    cookie, now = new_token(), identity.clock()
    async with identity.db.verb(door(caller)) as tx:
        row = await store.use_guest(tx, digest(token), digest(cookie), secrets.token_urlsafe(24), now)
        if row is not None:
            await succeeded(tx, attempt)
            came = GuestSession(**row)
            tx.note(trail.row(came.actor(caller), VERB, "E", entity_type="room", entity=came.place))
    if row is None:
        raise await refuse(identity, caller, Unauthenticated("guest.link"), VERB)
    return cookie, came


async def session_of(identity: Identity, token: str) -> GuestSession:
    """The guest behind a cookie. Raises Unauthenticated `guest.over`."""
    async with identity.db.look(door(Caller())) as look:
        row = await store.find_guest(look, digest(token), identity.clock())
    if row is None:
        raise Unauthenticated("guest.over")
    return GuestSession(**row)
