"""The SQL of log-in: people, credentials, factors, pending log-ins, sessions, failures. One function a statement."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.identity.model import PENDING_TRIES

# ---- people and their passwords


async def by_name(reads: Reads, name: str) -> asyncpg.Record | None:
    """The person of a folded login name, with the password's hash: id, name, role, disabled, hash, one_time."""
    return await reads.row(
        "SELECT p.id, p.name, p.role, p.disabled, c.hash, c.one_time "
        "FROM security.person p JOIN security.credential c ON c.person = p.id WHERE p.name = $1",
        name,
    )


async def by_id(reads: Reads, person: str) -> asyncpg.Record | None:
    """As `by_name`, of one person's id."""
    return await reads.row(
        "SELECT p.id, p.name, p.role, p.disabled, c.hash, c.one_time "
        "FROM security.person p JOIN security.credential c ON c.person = p.id WHERE p.id = $1",
        person,
    )


async def actor_named(reads: Reads, name: str) -> asyncpg.Record | None:
    """Who the person of a folded login name acts as: id, role, institution, patient; None for a disabled one."""
    return await reads.row(
        "SELECT id, role, institution, patient FROM security.person WHERE name = $1 AND NOT disabled", name
    )


async def person_named(reads: Reads, name: str) -> str | None:
    """The id of a folded login name."""
    id: str | None = await reads.value("SELECT id FROM security.person WHERE name = $1", name)
    return id


async def is_person(reads: Reads, person: str) -> bool:
    """Whether somebody has this id."""
    return bool(await reads.value("SELECT true FROM security.person WHERE id = $1", person))


async def house_names(reads: Reads) -> list[str]:
    """What the houses of the region are called, for what may not be in a password."""
    return [row["name"] for row in await reads.rows("SELECT name FROM security.institution")]


async def add_password(tx: Tx, person: str, hash_: str, one_time: bool, at: datetime) -> None:
    """A new person's first password."""
    await tx.run(
        "INSERT INTO security.credential (person, hash, one_time, changed) VALUES ($1, $2, $3, $4)",
        person,
        hash_,
        one_time,
        at,
    )


async def set_password(tx: Tx, person: str, hash_: str, one_time: bool, at: datetime) -> None:
    """Replaces a person's password."""
    await tx.run(
        "UPDATE security.credential SET hash = $2, one_time = $3, changed = $4 WHERE person = $1",
        person,
        hash_,
        one_time,
        at,
    )


async def renew_hash(tx: Tx, person: str, old: str, new: str) -> None:
    """The same password under today's parameters, unless it was changed meanwhile."""
    await tx.run("UPDATE security.credential SET hash = $3 WHERE person = $1 AND hash = $2", person, old, new)


# ---- failures


async def hold_failures(tx: Tx, key: str, now: datetime) -> asyncpg.Record:
    """The count of one key, held until the transaction ends, so that attempts side by side are counted one by one."""
    row = await tx.row(
        "INSERT INTO security.failures AS f (key, count, last) VALUES ($1, 0, $2) "
        "ON CONFLICT (key) DO UPDATE SET count = f.count RETURNING count, last",
        key,
        now,
    )
    assert row is not None  # noqa: S101 - RETURNING of an upsert
    return row


async def failures(reads: Reads, keys: list[str]) -> list[asyncpg.Record]:
    """The counts of several keys, held by nobody: key, count, last."""
    return await reads.rows("SELECT key, count, last FROM security.failures WHERE key = ANY ($1)", keys)


async def count_failure(tx: Tx, key: str, count: int, at: datetime) -> None:
    """Writes the new count of one key."""
    await tx.run("UPDATE security.failures SET count = $2, last = $3 WHERE key = $1", key, count, at)


async def forget_failures(tx: Tx, key: str) -> None:
    """After a success: the account starts anew."""
    await tx.run("DELETE FROM security.failures WHERE key = $1", key)


async def take_back_failure(tx: Tx, key: str, at: datetime | None, before: datetime | None) -> None:
    """After a success: the attempt that was counted `at` was no failure; earlier ones of the address stay, the last of
    them `before`, unless somebody else was counted meanwhile.
    """
    await tx.run(
        "UPDATE security.failures SET count = greatest(count - 1, 0), "
        "last = CASE WHEN last = $2 THEN coalesce($3, last) ELSE last END WHERE key = $1",
        key,
        at,
        before,
    )


# ---- pending log-ins

_PENDING = (
    "SELECT d.id, d.person, d.tries, p.name, "
    "EXISTS (SELECT FROM security.factor f WHERE f.person = d.person AND f.confirmed) AS has_factor "
    "FROM security.pending d JOIN security.person p ON p.id = d.person"
)


async def add_pending(tx: Tx, digest: bytes, id: str, person: str, ends: datetime) -> None:
    """A password was right."""
    await tx.run(
        "INSERT INTO security.pending (digest, id, person, ends) VALUES ($1, $2, $3, $4)", digest, id, person, ends
    )


async def find_pending(reads: Reads, digest: bytes, now: datetime) -> asyncpg.Record | None:
    """A pending log-in that has neither run out nor used up its tries."""
    return await reads.row(
        f"{_PENDING} WHERE d.digest = $1 AND d.ends > $2 AND NOT p.disabled AND d.tries < $3",
        digest,
        now,
        PENDING_TRIES,
    )


async def count_try(tx: Tx, digest: bytes) -> int:
    """Uses up one try of a pending log-in; 0 when none was left."""
    return await tx.run(
        "UPDATE security.pending SET tries = tries + 1 WHERE digest = $1 AND tries < $2", digest, PENDING_TRIES
    )


async def end_pending(tx: Tx, digest: bytes) -> None:
    """One pending log-in is over."""
    await tx.run("DELETE FROM security.pending WHERE digest = $1", digest)


async def end_pendings_of(tx: Tx, person: str, but: bytes) -> None:
    """All pending log-ins of a person but one."""
    await tx.run("DELETE FROM security.pending WHERE person = $1 AND digest <> $2", person, but)


async def rotate_pending(tx: Tx, old: bytes, new: bytes) -> None:
    """The same pending log-in under a new token."""
    await tx.run("UPDATE security.pending SET digest = $2 WHERE digest = $1", old, new)


# ---- sessions


async def add_session(tx: Tx, id: str, digest: bytes, person: str, csrf: str, at: datetime, ends: datetime) -> None:
    """A person is logged in."""
    await tx.run(
        "INSERT INTO security.session (id, digest, person, csrf, created, seen, factor_at, ends) "
        "VALUES ($1, $2, $3, $4, $5, $5, $5, $6)",
        id,
        digest,
        person,
        csrf,
        at,
        ends,
    )


async def find_session(reads: Reads, digest: bytes, now: datetime, idle_since: datetime) -> asyncpg.Record | None:
    """A session that is neither revoked nor over nor idle, of a person who is not disabled."""
    return await reads.row(
        "SELECT s.id, s.person, p.display AS name, p.role, p.institution, p.patient, s.factor_at, s.csrf, s.seen, "
        "c.one_time AS only_enrol FROM security.session s JOIN security.person p ON p.id = s.person "
        "JOIN security.credential c ON c.person = s.person "
        "WHERE s.digest = $1 AND s.revoked IS NULL AND s.ends > $2 AND s.seen > $3 AND NOT p.disabled",
        digest,
        now,
        idle_since,
    )


async def touch_session(tx: Tx, id: str, now: datetime) -> None:
    """A session was used."""
    await tx.run("UPDATE security.session SET seen = greatest(seen, $2) WHERE id = $1", id, now)


async def rotate_session(tx: Tx, id: str, new: bytes) -> None:
    """The same session under a new token; the old one is nobody's."""
    await tx.run("UPDATE security.session SET digest = $2 WHERE id = $1", id, new)


async def renew_session(tx: Tx, id: str, new: bytes, factor_at: datetime) -> None:
    """A second factor was shown again."""
    await tx.run("UPDATE security.session SET digest = $2, factor_at = $3 WHERE id = $1", id, new, factor_at)


async def revoke_session(tx: Tx, digest: bytes, at: datetime) -> None:
    """One session is over."""
    await tx.run("UPDATE security.session SET revoked = $2 WHERE digest = $1 AND revoked IS NULL", digest, at)


async def revoke_sessions_of(tx: Tx, person: str, but: str, at: datetime) -> None:
    """All sessions of a person but one are over."""
    await tx.run(
        "UPDATE security.session SET revoked = $3 WHERE person = $1 AND id <> $2 AND revoked IS NULL", person, but, at
    )


# ---- factors


async def totp_factors(reads: Reads, person: str) -> list[asyncpg.Record]:
    """A person's one-time code secrets, the confirmed one first: id, secret, last_step, confirmed."""
    return await reads.rows(
        "SELECT id, secret, last_step, confirmed FROM security.factor WHERE person = $1 AND kind = 'totp' "
        "ORDER BY confirmed DESC",
        person,
    )


async def add_totp(tx: Tx, id: str, person: str, secret: bytes, confirmed: bool, at: datetime) -> None:
    """A secret for one-time codes, sealed; it replaces one that was never confirmed."""
    await tx.run("DELETE FROM security.factor WHERE person = $1 AND kind = 'totp' AND NOT confirmed", person)
    await tx.run(
        "INSERT INTO security.factor (id, person, kind, secret, confirmed, created) "
        "VALUES ($1, $2, 'totp', $3, $4, $5)",
        id,
        person,
        secret,
        confirmed,
        at,
    )


async def use_step(tx: Tx, id: str, step: int) -> bool:
    """Uses up a time step and all before it; False when another request was quicker with the same code."""
    return bool(await tx.run("UPDATE security.factor SET last_step = $2 WHERE id = $1 AND last_step < $2", id, step))


async def confirm_totp(tx: Tx, id: str, person: str) -> None:
    """The first code was right: this secret takes the place of the one before."""
    await tx.run(
        "DELETE FROM security.factor WHERE person = $1 AND kind = 'totp' AND confirmed AND id <> $2", person, id
    )
    await tx.run("UPDATE security.factor SET confirmed = true WHERE id = $1", id)


async def keys_of(reads: Reads, person: str) -> list[asyncpg.Record]:
    """A person's security keys: id, credential, public_key, sign_count."""
    return await reads.rows(
        "SELECT id, credential, public_key, sign_count FROM security.factor WHERE person = $1 AND kind = 'webauthn'",
        person,
    )


async def add_key(
    tx: Tx, id: str, person: str, label: str, credential: bytes, public_key: bytes, sign_count: int, at: datetime
) -> bool:
    """A security key; False when its credential is known already."""
    return bool(
        await tx.run(
            "INSERT INTO security.factor (id, person, kind, confirmed, label, credential, public_key, sign_count, "
            "created) VALUES ($1, $2, 'webauthn', true, $3, $4, $5, $6, $7) ON CONFLICT (credential) DO NOTHING",
            id,
            person,
            label,
            credential,
            public_key,
            sign_count,
            at,
        )
    )


async def set_sign_count(tx: Tx, id: str, before: int, count: int) -> bool:
    """Keeps an authenticator's counter; False when it was changed meanwhile."""
    return bool(
        await tx.run("UPDATE security.factor SET sign_count = $3 WHERE id = $1 AND sign_count = $2", id, before, count)
    )


async def drop_factors(tx: Tx, person: str) -> None:
    """Forgets all second factors of a person."""
    await tx.value("SELECT security.forget_factors($1)", person)


async def end_log_ins(tx: Tx, person: str, at: datetime) -> None:
    """All sessions and pending log-ins of a person are over."""
    await tx.value("SELECT security.end_log_ins($1, $2)", person, at)


async def put_recovery(tx: Tx, person: str, hash_: str, ends: datetime) -> None:
    """A recovery code; the one before is void."""
    await tx.value("SELECT security.put_recovery($1, $2, $3)", person, hash_, ends)


async def put_challenge(tx: Tx, holder: str, purpose: str, challenge: bytes, ends: datetime) -> None:
    """What an authenticator is to sign; the one before is void."""
    await tx.run(
        "INSERT INTO security.challenge (holder, purpose, challenge, ends) VALUES ($1, $2, $3, $4) ON CONFLICT "
        "(holder, purpose) DO UPDATE SET challenge = excluded.challenge, ends = excluded.ends",
        holder,
        purpose,
        challenge,
        ends,
    )


async def take_challenge(tx: Tx, holder: str, purpose: str, now: datetime) -> bytes | None:
    """The challenge, once: whoever comes second finds none."""
    value: bytes | None = await tx.value(
        "DELETE FROM security.challenge WHERE holder = $1 AND purpose = $2 AND ends > $3 RETURNING challenge",
        holder,
        purpose,
        now,
    )
    return value


# ---- guests

_GUEST = "id, place, csrf, ends"


async def add_guest(tx: Tx, id: str, place: str, link: bytes, by: str, ends: datetime) -> None:
    """A link for one guest; for whoever invites them."""
    await tx.run(
        "INSERT INTO security.guest (id, place, link, invited_by, ends) VALUES ($1, $2, $3, $4, $5)",
        id,
        place,
        link,
        by,
        ends,
    )


async def use_guest(tx: Tx, link: bytes, session: bytes, csrf: str, now: datetime) -> asyncpg.Record | None:
    """Somebody comes by a link, once; None when it is none, has been used, or is over."""
    return await tx.row(
        "UPDATE security.guest SET session = $2, csrf = $3, used = $4 "  # noqa: S608
        f"WHERE link = $1 AND used IS NULL AND ends > $4 RETURNING {_GUEST}",
        link,
        session,
        csrf,
        now,
    )


async def find_guest(reads: Reads, session: bytes, now: datetime) -> asyncpg.Record | None:
    """The guest of a cookie, until their time is over."""
    return await reads.row(
        f"SELECT {_GUEST} FROM security.guest WHERE session = $1 AND ends > $2",  # noqa: S608
        session,
        now,
    )
