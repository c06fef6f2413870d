"""The life of a key: rotated, revoked, destroyed; by its owner or the system's officer, each step in the trail."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from tests.features.keys.test_signing import NOW, expert, signed, trail_of, verdict
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound
from yuanzhen.security.keys import store
from yuanzhen.security.keys.model import LOG_OWNER
from yuanzhen.security.keys.vault import Vault

LATER = NOW + timedelta(hours=1)


async def test_enrolment_makes_the_key_that_the_person_signs_with(db: Database, vault: Vault) -> None:
    li = expert()
    async with db.verb(system("setup")) as tx:
        key = await vault.enrol(tx, li.id, now=NOW)
    assert (await signed(db, vault, li)).key == key.id


async def test_after_rotation_the_old_signatures_stay_valid_and_the_new_key_signs(db: Database, vault: Vault) -> None:
    li = expert()
    old = await signed(db, vault, li)
    async with db.verb(li) as tx:
        key = await vault.rotate(tx, li.id, now=LATER)
    new = await signed(db, vault, li, now=LATER)
    assert (new.key, new.key != old.key) == (key.id, True)
    assert [await verdict(db, vault, old), await verdict(db, vault, new)] == ["valid", "valid"]
    assert [verb for verb, _, _ in await trail_of(db, li)] == [
        "key.create", "key.sign", "key.retire", "key.create", "key.sign"]  # fmt: skip


async def test_there_is_nothing_to_rotate_for_who_has_no_key(db: Database, vault: Vault) -> None:
    li = expert()
    with pytest.raises(NotFound, match=r"key.none_active"):
        async with db.verb(li) as tx:
            await vault.rotate(tx, li.id, now=NOW)


async def test_a_revoked_key_is_not_believed_from_the_moment_that_was_named(db: Database, vault: Vault) -> None:
    li = expert()
    early, late = await signed(db, vault, li), await signed(db, vault, li, now=LATER)
    officer = msgspec.structs.replace(expert(), role="officer")
    async with db.verb(officer) as tx:
        await vault.revoke(tx, early.key, since=LATER, now=LATER + timedelta(days=1), reason="laptop lost")
    assert [await verdict(db, vault, early), await verdict(db, vault, late)] == ["valid", "revoked"]
    async with db.verb(officer) as tx:
        await vault.revoke(tx, early.key, since=NOW, now=LATER + timedelta(days=2), reason="lost earlier than thought")
    assert await verdict(db, vault, early) == "revoked"
    assert (await signed(db, vault, li, now=LATER)).key != early.key


async def test_a_destroyed_key_still_verifies_and_signs_no_more(db: Database, vault: Vault) -> None:
    li = expert()
    signature = await signed(db, vault, li)
    async with db.verb(li) as tx:
        await vault.destroy(tx, signature.key, now=LATER)
        assert await store.open_(tx, signature.key) is None
    assert await verdict(db, vault, signature) == "valid"
    with pytest.raises(Conflict, match=r"key.not_now"):
        async with db.verb(li) as tx:
            await vault.destroy(tx, signature.key, now=LATER)
    async with db.verb(li) as tx:
        await vault.revoke(tx, signature.key, since=NOW, now=LATER, reason="a copy turned up")
    assert await verdict(db, vault, signature) == "revoked"


async def test_another_person_ends_nobodys_key(db: Database, vault: Vault) -> None:
    li, wang = expert(), expert()
    signature = await signed(db, vault, li)
    with pytest.raises(Forbidden, match=r"key.not_yours"):
        async with db.verb(wang) as tx:
            await vault.revoke(tx, signature.key, since=NOW, now=NOW, reason="")
    assert await trail_of(db, wang) == [("key.revoke", 4, "key.not_yours")]
    async with db.verb(wang) as tx:
        key = await store.find(tx, signature.key)
        assert key is not None
        assert not await store.end(tx, key.state, key.after("revoke", NOW, NOW), NOW)  # nor past the check
    assert await verdict(db, vault, signature) == "valid"


async def test_the_logs_key_opens_for_the_chain_alone(db: Database, vault: Vault) -> None:
    async with db.verb(system("chain")) as tx:
        signer = await vault.log_signer(tx, now=NOW)
    for other in (expert(), system("door"), msgspec.structs.replace(expert(), role="officer")):
        with pytest.raises(Forbidden, match=r"key.not_yours"):
            async with db.verb(other) as tx:
                await vault.log_signer(tx, now=NOW)
    signature = signer.sign("log.head", b"x", NOW)
    async with db.look(expert()) as look:
        assert await vault.verify(look, signature, "log.head", b"x", owner=LOG_OWNER) == "valid"
