"""One act while a log-in is slowed: somebody else's guesses may not keep an expert from an emergency that calls them.

The second factor alone opens that act and nothing else: there is no session, and the attempts are counted apart, so
that they are neither slowed by guesses at the password nor free.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Unauthenticated
from yuanzhen.security.identity import factors, model, security_keys, store
from yuanzhen.security.identity.factors import Proof
from yuanzhen.security.identity.security_keys import Party
from yuanzhen.security.identity.service import Attempt, Identity, begin, door, noted, refuse, succeeded
from yuanzhen.security.identity.session import Caller, Pending

VERB = "auth.answer"
Awaited = Callable[[Actor], Awaitable[bool]]


async def shown(identity: Identity, caller: Caller, name: str, proof: Proof, awaited: Awaited) -> Actor:
    """Whoever shows a second factor of theirs while their log-in is slowed, and is `awaited`.

    Raises Unauthenticated `auth.factor_wrong`, whatever of that is not so; TooMany `auth.slow_down`.
    """
    attempt, actor, nobody_yet = await _called(identity, caller, name, awaited)
    async with identity.db.verb(door(caller)) as tx:
        found = await factors.prove(tx, identity, nobody_yet, proof, identity.clock())
        if found is not None:
            await succeeded(tx, attempt)
            noted(tx, VERB, actor.id, actor.role)
    if found is None:
        raise await refuse(identity, caller, _wrong(), VERB, actor.id)
    return actor


async def options(identity: Identity, caller: Caller, name: str, party: Party, awaited: Awaited) -> dict[str, Any]:
    """What a security key signs instead of a code. Raises as `shown`; Invalid `webauthn.none` for who has no key."""
    _, _, nobody_yet = await _called(identity, caller, name, awaited)
    return await security_keys.options_for(identity, caller, nobody_yet, party)


async def _called(identity: Identity, caller: Caller, name: str, awaited: Awaited) -> tuple[Attempt, Actor, Pending]:
    """Somebody whose log-in is slowed and who is awaited, in nobody's session; the attempt is counted."""
    folded = model.login_name(name)
    attempt = await begin(identity, caller, VERB, Attempt.of("answer", folded, caller, apart=True))
    async with identity.db.look(door(caller)) as look:
        row = await store.actor_named(look, folded)
        is_slowed = row is not None and await _is_slowed(look, caller, folded, row["id"], identity.clock())
    if row is None or not is_slowed:
        raise await refuse(identity, caller, _wrong(), VERB, row["id"] if row else "")
    actor = Actor("person", row["id"], row["role"], row["institution"], row["patient"], "treatment", caller.origin,
                  caller.request)  # fmt: skip
    if not await awaited(actor):
        raise await refuse(identity, caller, _wrong(), VERB, actor.id)
    return attempt, actor, Pending(f"answer:{actor.id}", actor.id, folded, "factor", 0)


def _wrong() -> Unauthenticated:
    return Unauthenticated("auth.factor_wrong")


async def _is_slowed(reads: Reads, caller: Caller, name: str, person: str, now: datetime) -> bool:
    """Whether failures of late slow this log-in, its second step or its address; also between two of their waits."""
    paces = dict((*Attempt.of("login", name, caller).paces(), *Attempt.of("factor", person, caller).paces()))
    return any(
        model.delay_s(model.counted(row["count"], row["last"], paces[row["key"]], now=now), paces[row["key"]]) > 0
        for row in await store.failures(reads, list(paces))
    )
