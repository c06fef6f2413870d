"""One act while a log-in is slowed: somebody else's guesses may not keep an expert from an emergency that calls them.

The second factor alone opens that act and nothing else: there is no session, and the attempts are counted apart, so
that they are neither slowed by guesses at the password nor free.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Unauthenticated
from yuanzhen.security.identity import factors, model, store
from yuanzhen.security.identity.factors import CodeProof
from yuanzhen.security.identity.service import Attempt, Identity, begin, door, noted, refuse, succeeded
from yuanzhen.security.identity.session import Caller, Pending

VERB = "auth.answer"
Awaited = Callable[[Actor], Awaitable[bool]]


async def shown(identity: Identity, caller: Caller, name: str, code: str, awaited: Awaited) -> Actor:
    """Whoever shows a one-time code of theirs while their log-in is slowed, and is `awaited`.

    Raises Unauthenticated `auth.factor_wrong`, whatever of that is not so; TooMany `auth.slow_down`.
    """
    folded = model.login_name(name)
    attempt = await begin(identity, caller, VERB, Attempt.of("answer", folded, caller, apart=True))
    async with identity.db.look(door(caller)) as look:
        row = await store.actor_named(look, folded)
        is_slowed = row is not None and await _is_slowed(look, caller, folded, row["id"], identity.clock())
    wrong = Unauthenticated("auth.factor_wrong")
    if row is None or not is_slowed:
        raise await refuse(identity, caller, wrong, VERB, row["id"] if row else "")
    actor = Actor("person", row["id"], row["role"], row["institution"], row["patient"], "treatment", caller.origin,
                  caller.request)  # fmt: skip
    if not await awaited(actor):
        raise await refuse(identity, caller, wrong, VERB, actor.id)
    nobody_yet = Pending("", actor.id, folded, "factor", 0)
    async with identity.db.verb(door(caller)) as tx:
        found = await factors.prove(tx, identity, nobody_yet, CodeProof(code), identity.clock())
        if found is not None:
            await succeeded(tx, attempt)
            noted(tx, VERB, actor.id, actor.role)
    if found is None:
        raise await refuse(identity, caller, wrong, VERB, actor.id)
    return actor


async def _is_slowed(reads: Reads, caller: Caller, name: str, person: str, now: datetime) -> bool:
    """Whether failures of late slow this log-in, its second step or its address; also between two of their waits."""
    paces = dict((*Attempt.of("login", name, caller).paces(), *Attempt.of("factor", person, caller).paces()))
    return any(
        model.delay_s(model.counted(row["count"], row["last"], paces[row["key"]], now=now), paces[row["key"]]) > 0
        for row in await store.failures(reads, list(paces))
    )
