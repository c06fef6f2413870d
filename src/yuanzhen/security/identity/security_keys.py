"""Security keys (WebAuthn Level 2): enrolling one and proving possession; a challenge is good once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import webauthn
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import model, store
from yuanzhen.security.identity.service import Identity, door, holder_of
from yuanzhen.security.identity.session import Caller, Pending, Session

PRODUCT = "远诊 Yuanzhen"
CHALLENGE_BYTES = 32
_UNFIT = (WebAuthnException, ValueError, KeyError, TypeError)  # what the library raises for what is not a credential


@dataclass(frozen=True, slots=True)
class Party:
    """The relying party as the browser sees it: its id (a host name) and its origin."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class KeyProof:
    """What `navigator.credentials.get()` returned, and to whom it should be addressed."""

    credential: Mapping[str, Any]
    party: Party


def party(identity: Identity, host: str, scheme: str) -> Party:
    """The relying party of a request's Host; Invalid `webauthn.host` for a name that is not ours."""
    name = host.rsplit(":", 1)[0].lower()
    if name not in identity.hosts:
        raise Invalid("webauthn.host", place="Host", allowed=sorted(identity.hosts))
    return Party(name, f"{scheme}://{host.lower()}")


async def enrol_options(identity: Identity, caller: Caller, holder: Session | Pending, party: Party) -> dict[str, Any]:
    """What `navigator.credentials.create()` takes; whether the holder may enrol was asked before."""
    challenge = await _challenge(identity, caller, holder, "enrol")
    async with identity.db.look(door(caller)) as look:
        person = await store.by_id(look, holder.person)
        known = await store.keys_of(look, holder.person)
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=PRODUCT,
        user_id=holder.person.encode(),
        user_name=person["name"] if person else "",
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=row["credential"]) for row in known],
    )
    return options_to_json_dict(options)


async def enrol(
    identity: Identity,
    caller: Caller,
    holder: Session | Pending,
    credential: Mapping[str, Any],
    label: str,
    party: Party,
) -> None:
    """Adds a security key. Raises Invalid `webauthn.refused`, Conflict `webauthn.known`."""
    now = identity.clock()
    async with identity.db.verb(door(caller)) as tx:
        challenge = await store.take_challenge(tx, holder.id, "enrol", now)
    try:
        if challenge is None:
            raise ValueError("no challenge")
        made = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
        )
    except _UNFIT as unfit:
        raise Invalid("webauthn.refused", place="credential") from unfit
    async with identity.db.verb(door(caller)) as tx:
        id, key = made.credential_id, made.credential_public_key
        if not await store.add_key(tx, new_id(), holder.person, label, id, key, made.sign_count, now):
            raise Conflict("webauthn.known", place="credential")
        trail.noted(tx, "auth.enrol", "C", entity_type="person", entity=holder.person)


async def factor_options(identity: Identity, caller: Caller, token: str, party: Party) -> dict[str, Any]:
    """What `navigator.credentials.get()` takes; Invalid `webauthn.none` for somebody without a key."""
    return await options_for(identity, caller, await holder_of(identity, token), party)


async def options_for(identity: Identity, caller: Caller, holder: Session | Pending, party: Party) -> dict[str, Any]:
    """As `factor_options`, for a holder who is known already."""
    async with identity.db.look(door(caller)) as look:
        known = await store.keys_of(look, holder.person)
    if not known:
        raise Invalid("webauthn.none")
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=await _challenge(identity, caller, holder, "factor"),
        allow_credentials=[PublicKeyCredentialDescriptor(id=row["credential"]) for row in known],
    )
    return options_to_json_dict(options)


async def prove(tx: Tx, holder: Session | Pending, proof: KeyProof, now: datetime) -> bool:
    """Whether a key of this person signed the challenge that is out; the challenge is used up either way."""
    challenge = await store.take_challenge(tx, holder.id, "factor", now)
    keys = {bytes_to_base64url(row["credential"]): row for row in await store.keys_of(tx, holder.person)}
    key = keys.get(str(proof.credential.get("id", "")))
    if challenge is None or key is None:
        return False
    try:
        shown = webauthn.verify_authentication_response(
            credential=dict(proof.credential),
            expected_challenge=challenge,
            expected_rp_id=proof.party.id,
            expected_origin=proof.party.origin,
            credential_public_key=key["public_key"],
            credential_current_sign_count=key["sign_count"],
        )
    except _UNFIT:
        return False
    return await store.set_sign_count(tx, key["id"], key["sign_count"], shown.new_sign_count)


async def _challenge(identity: Identity, caller: Caller, holder: Session | Pending, purpose: str) -> bytes:
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    async with identity.db.verb(door(caller)) as tx:
        await store.put_challenge(tx, holder.id, purpose, challenge, identity.clock() + model.CHALLENGE_LIFE)
    return challenge
