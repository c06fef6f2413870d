"""A forgotten password: an officer, or whoever owns the home, issues a code; with it the person sets a new password."""

from __future__ import annotations

import secrets

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import NotFound, Unauthenticated
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import model, passwords, store
from yuanzhen.security.identity.guessable import check_password
from yuanzhen.security.identity.people import end_all, reset_factors
from yuanzhen.security.identity.service import Attempt, Identity, administrator, begin, door, noted, refuse, succeeded
from yuanzhen.security.identity.session import Caller

CODE_LENGTH = 10  # 50 random bits, and five tries


async def issue_recovery(tx: Tx, identity: Identity, person: str) -> str:
    """A code for one person, good once, for five minutes and five tries; the one before is void."""
    administrator(tx, "identity.issue_recovery", "person", person)
    if not await store.is_person(tx, person):
        raise NotFound("identity.unknown", place="person")
    code = model.crockford(secrets.randbits(CODE_LENGTH * 5), CODE_LENGTH)
    await store.put_recovery(tx, person, await passwords.hashed(code), identity.clock() + model.RECOVERY_LIFE)
    trail.noted(tx, "identity.issue_recovery", "U", entity_type="person", entity=person)
    return code


async def issue_to(tx: Tx, identity: Identity, name: str, *, factor: bool = False) -> str:
    """As `issue_recovery`, by login name; `factor`: the second factor is lost as well, and enrolled anew.

    Raises Forbidden `identity.not_yours`, NotFound `identity.unknown`.
    """
    administrator(tx, "identity.issue_recovery", "person", "")
    person = await store.person_named(tx, model.login_name(name))
    if person is None:
        raise NotFound("identity.unknown", place="name")
    if factor:
        await reset_factors(tx, identity, person)
    return await issue_recovery(tx, identity, person)


async def recover(identity: Identity, caller: Caller, name: str, code: str, password: str) -> None:
    """Sets a new password; every session of the person ends, the second factor stays.

    Raises Unauthenticated `auth.recovery_wrong` (the same, and as slowly, for an unknown name), Invalid `password...`.
    """
    folded = model.login_name(name)
    async with identity.db.look(door(caller)) as look:
        # All houses' names, whoever it is: what is refused here tells nothing of who works where.
        check_password(password, [folded, *await store.house_names(look)])
    attempt = Attempt.of("recovery", folded, caller)
    attempt = await begin(identity, caller, "auth.recovery", attempt)
    async with identity.db.verb(door(caller)) as tx:
        row = await tx.row(
            "UPDATE security.recovery r SET tries = r.tries + 1 FROM security.person p WHERE p.id = r.person "
            "AND p.name = $1 AND NOT p.disabled AND r.ends > $2 AND r.tries < $3 RETURNING r.person, r.hash, p.role",
            folded,
            identity.clock(),
            model.RECOVERY_TRIES,
        )
    right = await passwords.matches(row["hash"] if row else passwords.NOBODY, model.normal_code(code))
    if row is None or not right:
        problem = Unauthenticated("auth.recovery_wrong")
        raise await refuse(identity, caller, problem, "auth.recovery", row["person"] if row else "")
    hash_ = await passwords.hashed(password)
    async with identity.db.verb(door(caller)) as tx:
        # Deleted by its hash: of two that came with the same code, one finds it gone.
        used = await tx.run("DELETE FROM security.recovery WHERE person = $1 AND hash = $2", row["person"], row["hash"])
        if used:
            await succeeded(tx, attempt)
            await store.set_password(tx, row["person"], hash_, False, identity.clock())
            await end_all(tx, row["person"], identity.clock())
            noted(tx, "auth.recovery", row["person"], row["role"])
    if not used:
        raise await refuse(identity, caller, Unauthenticated("auth.recovery_wrong"), "auth.recovery", row["person"])
