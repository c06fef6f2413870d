"""Machine clients: a secret of 256 random bits, and bearer tokens of an hour (client credentials, RFC 6749 4.4)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound, Problem, Unauthenticated
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import model
from yuanzhen.security.identity.people import institution_name
from yuanzhen.security.identity.scopes import Scopes
from yuanzhen.security.identity.service import Identity, administrator, door
from yuanzhen.security.identity.session import Caller, Machine, digest, new_token

_DOOR = system("door")


@dataclass(frozen=True, slots=True)
class AddedClient:
    """The client's id and its secret, which is told once."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A bearer token, its life in seconds and its scopes."""

    token: str
    expires_in_s: int
    scopes: Scopes


async def add_client(tx: Tx, identity: Identity, name: str, scope: str, institution: str) -> AddedClient:
    """A machine client of an institution. Raises Invalid `scope.unknown`, NotFound `institution.unknown`."""
    id, secret = new_id(), new_token()
    administrator(tx, "identity.add_client", "client", id)
    scopes = Scopes.parse(scope)
    if await institution_name(tx, institution) is None:
        raise NotFound("institution.unknown", place="institution")
    await tx.run(
        "INSERT INTO security.client (id, name, digest, scopes, institution, created) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        name,
        digest(secret),
        str(scopes),
        institution,
        identity.clock(),
    )
    trail.noted(tx, "identity.add_client", "C", entity_type="client", entity=id)
    return AddedClient(id, secret)


async def disable_client(tx: Tx, client: str) -> None:
    """Lets a client in no more; its tokens are void at once."""
    administrator(tx, "identity.disable_client", "client", client)
    if not await tx.value("SELECT security.disable_client($1)", client):
        raise NotFound("client.unknown", place="client")
    trail.noted(tx, "identity.disable_client", "U", entity_type="client", entity=client)


async def issue(identity: Identity, caller: Caller, client: str, secret: str, scope: str | None) -> Issued:
    """A token with the client's scopes, or with those asked for, if it holds them.

    Raises Unauthenticated `client.wrong`, Forbidden `scope.not_held`, Invalid `scope.unknown`.
    """
    async with identity.db.look(door(caller)) as look:
        row = await look.row("SELECT digest, scopes, disabled FROM security.client WHERE id = $1", client)
    if row is None or row["disabled"] or not hmac.compare_digest(row["digest"], digest(secret)):
        raise await _refuse(identity, caller, Unauthenticated("client.wrong"), client if row else "")
    held = Scopes.parse(row["scopes"])
    try:
        wanted = held if scope is None else Scopes.parse(scope)
        if not wanted.within(held):
            raise Forbidden("scope.not_held", place="scope")
    except (Forbidden, Invalid) as problem:
        raise await _refuse(identity, caller, problem, client) from None
    token = new_token()
    async with identity.db.verb(door(caller)) as tx:
        await tx.run(
            "INSERT INTO security.token (digest, client, scopes, ends) VALUES ($1, $2, $3, $4)",
            digest(token),
            client,
            str(wanted),
            identity.clock() + model.TOKEN_LIFE,
        )
        trail.noted(tx, "auth.token", "E", entity_type="client", entity=client)
    return Issued(token, int(model.TOKEN_LIFE.total_seconds()), wanted)


async def machine_of(identity: Identity, token: str) -> Machine:
    """The client behind a bearer token; Unauthenticated `auth.token_unknown`."""
    hashed, now = digest(token), identity.clock()
    known = identity.tokens.find(hashed, now)
    if known is not None:
        return known
    turn = identity.tokens.turn
    async with identity.db.look(_DOOR) as look:
        row = await look.row(
            "SELECT t.client, t.scopes, t.ends, c.institution FROM security.token t "
            "JOIN security.client c ON c.id = t.client WHERE t.digest = $1 AND t.ends > $2 AND NOT c.disabled",
            hashed,
            now,
        )
    if row is None:
        raise Unauthenticated("auth.token_unknown")
    machine = Machine(row["client"], row["institution"], Scopes.parse(row["scopes"]))
    identity.tokens.remember(hashed, machine, row["ends"], now=now, turn=turn)
    return machine


async def _refuse(identity: Identity, caller: Caller, problem: Problem, client: str) -> Problem:
    actor = door(caller)
    row = trail.row(
        actor, "auth.token", "E", outcome=trail.REFUSED, entity_type="client", entity=client, code=problem.code
    )
    async with identity.db.look(actor) as look:
        look.note(row)
    return problem


async def sweep(identity: Identity, now: datetime) -> None:
    """Removes what has run out: pending log-ins, challenges, codes, tokens, guests' links, old failures, sessions of a
    month ago.
    """
    async with identity.db.verb(_DOOR) as tx:
        await tx.run("DELETE FROM security.pending WHERE ends < $1", now)
        await tx.run("DELETE FROM security.challenge WHERE ends < $1", now)
        await tx.run("DELETE FROM security.recovery WHERE ends < $1", now)
        await tx.run("DELETE FROM security.token WHERE ends < $1", now)
        await tx.run("DELETE FROM security.guest WHERE ends < $1", now)
        await tx.run("DELETE FROM security.failures WHERE last < $1", now - model.FORGOTTEN)
        await tx.run("DELETE FROM security.session WHERE ends < $1", now - model.KEPT_SESSION)
