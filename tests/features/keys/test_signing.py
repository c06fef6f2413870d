"""People sign with keys of their own, opened by a second factor shown a moment ago."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from tests.conftest import Home
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.security.identity.fresh import FreshFactor, fresh
from yuanzhen.security.identity.session import Session
from yuanzhen.security.keys import store
from yuanzhen.security.keys.model import Signature, Verdict
from yuanzhen.security.keys.root import Root
from yuanzhen.security.keys.vault import Vault

NOW = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)
OPINION = b'{"conclusion":"no fracture"}'


def expert() -> Actor:
    """An expert whom no other test knows."""
    return Actor("person", f"expert-{uuid4()}", "expert", "city")


def factor(actor: Actor, at: datetime = NOW) -> FreshFactor:
    return fresh(Session("s", actor.id, "li", actor.role, actor.institution, "", at, "csrf", False), at)


async def signed(
    db: Database, vault: Vault, actor: Actor, *, purpose: str = "opinion", now: datetime = NOW
) -> Signature:
    async with db.verb(actor) as tx:
        return await vault.sign(tx, factor(actor, now), purpose, OPINION, now=now)


async def verdict(
    db: Database,
    vault: Vault,
    signature: Signature,
    *,
    purpose: str = "opinion",
    message: bytes = OPINION,
    owner: str = "",
) -> Verdict:
    """The vault's judgement; without an `owner`, on a signature of whoever owns its key."""
    async with db.look(expert()) as look:
        key = await store.find(look, signature.key)
        return await vault.verify(look, signature, purpose, message, owner=owner or (key.owner if key else ""))


async def trail_of(db: Database, actor: Actor) -> list[tuple[str, int, str]]:
    rows = await db.once(
        system("chain"), "SELECT verb, outcome, code FROM security.trail WHERE actor = $1 ORDER BY id", actor.id
    )
    return [tuple(row) for row in rows]


async def test_a_signature_of_somebody_else_proves_nothing(db: Database, vault: Vault) -> None:
    signature = await signed(db, vault, expert())
    assert await verdict(db, vault, signature, owner="wang") == "unknown-key"


async def test_a_signature_is_valid_for_whoever_looks(db: Database, vault: Vault) -> None:
    li = expert()
    signature = await signed(db, vault, li)
    assert await verdict(db, vault, signature) == "valid"
    assert await trail_of(db, li) == [("key.create", 0, ""), ("key.sign", 0, "")]


async def test_a_signature_kept_as_json_is_the_same_signature(db: Database, vault: Vault) -> None:
    signature = await signed(db, vault, expert())
    kept = msgspec.json.decode(msgspec.json.encode(signature), type=Signature)
    assert kept == signature
    assert await verdict(db, vault, kept) == "valid"


async def test_one_person_has_one_key(db: Database, vault: Vault) -> None:
    li = expert()
    assert len({(await signed(db, vault, li)).key for _ in range(3)}) == 1
    assert (await signed(db, vault, expert())).key != (await signed(db, vault, li)).key


async def test_first_signatures_at_the_same_moment_share_one_key(db: Database, vault: Vault) -> None:
    li = expert()
    signatures = await asyncio.gather(*(signed(db, vault, li) for _ in range(6)))
    assert len({signature.key for signature in signatures}) == 1
    assert [await verdict(db, vault, signature) for signature in signatures] == ["valid"] * 6


async def test_a_changed_message_purpose_time_or_value_is_broken(db: Database, vault: Vault) -> None:
    signature = await signed(db, vault, expert())
    assert await verdict(db, vault, signature, message=OPINION + b" ") == "broken"
    assert await verdict(db, vault, signature, purpose="prescription") == "broken"
    later = msgspec.structs.replace(signature, at=signature.at + timedelta(microseconds=1))
    assert await verdict(db, vault, later) == "broken"
    for value in ("", "?", "AAAA", signature.value[:-4], signature.value + "AAAA"):
        assert await verdict(db, vault, msgspec.structs.replace(signature, value=value)) == "broken"


async def test_a_signature_cannot_be_given_to_another_person(db: Database, vault: Vault) -> None:
    mine, other = await signed(db, vault, expert()), await signed(db, vault, expert())
    assert await verdict(db, vault, msgspec.structs.replace(mine, key=other.key)) == "broken"


async def test_a_key_that_nobody_knows_is_unknown(db: Database, vault: Vault) -> None:
    signature = await signed(db, vault, expert())
    assert await verdict(db, vault, msgspec.structs.replace(signature, key="no-such-key")) == "unknown-key"


async def test_a_factor_of_five_minutes_ago_signs_and_one_second_later_no_more(db: Database, vault: Vault) -> None:
    li = expert()
    proof = factor(li)
    async with db.verb(li) as tx:
        await vault.sign(tx, proof, "opinion", OPINION, now=NOW + timedelta(minutes=5))
    with pytest.raises(Forbidden, match=r"factor.stale"):
        async with db.verb(li) as tx:
            await vault.sign(tx, proof, "opinion", OPINION, now=NOW + timedelta(minutes=5, seconds=1))
    assert await trail_of(db, li) == [("key.create", 0, ""), ("key.sign", 0, ""), ("key.sign", 4, "factor.stale")]


async def test_another_persons_factor_does_not_sign(db: Database, vault: Vault) -> None:
    li, wang = expert(), expert()
    await signed(db, vault, wang)
    with pytest.raises(Forbidden, match=r"key.not_yours"):
        async with db.verb(li) as tx:
            await vault.sign(tx, factor(wang), "opinion", OPINION, now=NOW)
    assert await trail_of(db, li) == [("key.sign", 4, "key.not_yours")]


async def test_nobody_opens_anothers_key_even_with_our_signature(db: Database, vault: Vault) -> None:
    wang = expert()
    key = (await signed(db, vault, wang)).key
    for other in (expert(), system("setup"), system("chain"), msgspec.structs.replace(expert(), role="officer")):
        async with db.verb(other) as tx:
            assert await store.open_(tx, key) is None
    async with db.verb(wang) as tx:
        assert await store.open_(tx, key) is not None


async def test_a_statement_without_our_signature_opens_nothing(db: Database, vault: Vault) -> None:
    li = expert()
    key = (await signed(db, vault, li)).key
    for statement in (
        f"SELECT security.open_key('{key}', '{'0' * 64}')",
        f"SELECT security.end_key('{key}', 'active', 'revoked', now(), now(), '')",
        "SELECT security.keep_key('k', 'li', 'person', '', '', '', now(), '')",
        "SELECT sealed FROM security.signing_secret",
        f"UPDATE security.signing_key SET state = 'active' WHERE id = '{key}'",
        f"DELETE FROM security.signing_key WHERE id = '{key}'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.verb(li) as tx:
                await tx.run(statement)


async def test_what_is_rolled_back_leaves_no_key(db: Database, vault: Vault) -> None:
    li = expert()
    with pytest.raises(ZeroDivisionError):
        async with db.verb(li) as tx:
            await vault.sign(tx, factor(li), "opinion", OPINION, now=NOW)
            raise ZeroDivisionError
    async with db.look(li) as look:
        assert await store.of_owner(look, li.id) == []


async def test_the_private_half_lies_in_the_database_sealed(db: Database, vault: Vault, home: Home) -> None:
    li = expert()
    key = (await signed(db, vault, li)).key
    async with db.verb(li) as tx:
        raw = (await vault._open(tx, await store.find(tx, key))).private.to_raw()
    rows = await home.rows("SELECT sealed FROM security.signing_secret")
    assert rows
    assert not any(raw in row["sealed"] for row in rows)


async def test_a_key_put_there_by_the_servers_owner_is_nobodys(db: Database, vault: Vault, home: Home) -> None:
    li = expert()
    stranger = Vault(Root(bytes(32), sealed=False))
    forged = await signed(db, stranger, li)
    assert await verdict(db, stranger, forged) == "valid"
    assert await verdict(db, vault, forged) == "unknown-key"


async def test_a_key_given_to_another_by_the_servers_owner_is_nobodys(db: Database, vault: Vault, home: Home) -> None:
    li, wang = expert(), expert()
    signature = await signed(db, vault, li)
    await home.rows("UPDATE security.signing_key SET owner = $1 WHERE id = $2", wang.id, signature.key)
    assert await verdict(db, vault, signature) == "unknown-key"
