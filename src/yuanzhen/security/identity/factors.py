"""Second factors: one-time codes here, security keys in `security_keys`; enrolling one, and proving that one has it."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.crypto.envelope import open_secret, seal_secret
from yuanzhen.security.identity import model, security_keys, store
from yuanzhen.security.identity.fresh import fresh
from yuanzhen.security.identity.security_keys import KeyProof
from yuanzhen.security.identity.service import Identity, door, holder_of, refuse
from yuanzhen.security.identity.session import Caller, Pending, Session

SECRET_BYTES = 20  # RFC 4226 4, R6: 160 bits
ISSUER = "Yuanzhen"


@dataclass(frozen=True, slots=True)
class CodeProof:
    """A one-time code as typed."""

    code: str


Proof = CodeProof | KeyProof
Found = Literal["known", "new"]  # a factor of before, or one whose enrolment this completes


@dataclass(frozen=True, slots=True)
class Secret:
    """A new secret for one-time codes: base 32, and the address that authenticator apps read from a picture."""

    secret: str
    uri: str


async def enrol_code(identity: Identity, caller: Caller, token: str) -> Secret:
    """A new secret for one-time codes; it counts once its first code was shown. Raises as `may_enrol`."""
    holder = await may_enrol(identity, caller, token)
    async with identity.db.verb(door(caller)) as tx:
        person = await store.by_id(tx, holder.person)
        secret = await add_secret(tx, identity, holder.person, confirmed=False)
        trail.noted(tx, "auth.enrol", "C", entity_type="person", entity=holder.person)
    return Secret(secret, uri(person["name"] if person else "", secret))


async def may_enrol(identity: Identity, caller: Caller, token: str) -> Session | Pending:
    """Whoever may enrol a factor: a log-in of somebody without one, or a session with a fresh one.

    Raises Forbidden `auth.factor_first` or `factor.stale`.
    """
    holder = await holder_of(identity, token)
    try:
        if isinstance(holder, Session):
            fresh(holder, identity.clock())
        elif holder.next == "factor":
            raise Forbidden("auth.factor_first")
    except Forbidden as refused:
        raise await refuse(identity, caller, refused, "auth.enrol", holder.person) from None
    return holder


async def add_secret(tx: Tx, identity: Identity, person: str, *, confirmed: bool) -> str:
    """Stores a new sealed secret and returns it in base 32; each is sealed for its own row."""
    id, secret = new_id(), secrets.token_bytes(SECRET_BYTES)
    sealed = seal_secret(identity.master, f"totp:{id}", secret)
    await store.add_totp(tx, id, person, sealed, confirmed, identity.clock())
    return base64.b32encode(secret).decode()


def uri(name: str, secret: str) -> str:
    """The `otpauth` address of a secret, as authenticator apps read it."""
    return f"otpauth://totp/{ISSUER}:{quote(name, safe='')}?secret={secret}&issuer={ISSUER}"


async def prove(tx: Tx, identity: Identity, holder: Session | Pending, proof: Proof, now: datetime) -> Found | None:
    """Whether this is a factor of the holder's person; what proved it is used up with this transaction."""
    if isinstance(proof, KeyProof):
        return "known" if await security_keys.prove(tx, holder, proof, now) else None
    may_be_new = isinstance(holder, Session) or holder.next == "enrol"
    for row in await store.totp_factors(tx, holder.person):
        if not (row["confirmed"] or may_be_new):
            continue
        secret = open_secret(identity.master, f"totp:{row['id']}", row["secret"])
        step = model.accepted_step(secret, proof.code, last=row["last_step"], now=now)
        if step is None or not await store.use_step(tx, row["id"], step):
            continue
        if row["confirmed"]:
            return "known"
        await store.confirm_totp(tx, row["id"], holder.person)
        return "new"
    return None
