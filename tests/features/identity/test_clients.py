"""Machine clients and what runs out."""

from __future__ import annotations

import pytest

from tests.conftest import Home
from tests.make.people import PASSWORD, Region
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound, Unauthenticated
from yuanzhen.security.identity import clients, login
from yuanzhen.security.identity.clients import AddedClient
from yuanzhen.security.identity.factors import CodeProof
from yuanzhen.security.identity.session import Caller

WHERE = Caller("10.1.2.3", "r1")


async def added(region: Region, scope: str = "system/*.*") -> AddedClient:
    async with region.db.verb(system("setup")) as tx:
        return await clients.add_client(tx, region.identity, "HIS", scope, "qingshi")


async def test_id_and_secret_get_a_token_of_an_hour(region: Region) -> None:
    his = await added(region)
    issued = await clients.issue(region.identity, WHERE, his.client_id, his.client_secret, None)
    assert (issued.expires_in_s, str(issued.scopes)) == (3600, "system/*.read system/*.write")
    machine = await clients.machine_of(region.identity, issued.token)
    assert (machine.client, machine.institution) == (his.client_id, "qingshi")
    region.clock.pass_(minutes=60)
    with pytest.raises(Unauthenticated, match=r"auth\.token_unknown"):
        await clients.machine_of(region.identity, issued.token)


async def test_the_role_follows_from_the_scopes_of_the_token(region: Region) -> None:
    his = await added(region)
    for scope, role in (("system/Patient.read", "machine-r"), ("system/Patient.write", "machine-rw")):
        issued = await clients.issue(region.identity, WHERE, his.client_id, his.client_secret, scope)
        actor = (await clients.machine_of(region.identity, issued.token)).actor(WHERE)
        assert (actor.kind, actor.role, actor.institution, actor.origin) == ("machine", role, "qingshi", "10.1.2.3")


async def test_a_wrong_secret_and_an_unknown_client_are_refused_alike_and_kept(region: Region, home: Home) -> None:
    his = await added(region)
    for client in (his.client_id, "nobody"):
        with pytest.raises(Unauthenticated, match=r"client\.wrong"):
            await clients.issue(region.identity, WHERE, client, "wrong", None)
    kept = [row for row in await home.trail("verb", "outcome", "entity", "code") if row[0] == "auth.token"]
    assert kept == [("auth.token", 4, his.client_id, "client.wrong"), ("auth.token", 4, "", "client.wrong")]


async def test_more_than_was_granted_is_refused(region: Region) -> None:
    his = await added(region, "system/Observation.read")
    with pytest.raises(Forbidden, match=r"scope\.not_held"):
        await clients.issue(region.identity, WHERE, his.client_id, his.client_secret, "system/*.read")
    with pytest.raises(Invalid, match=r"scope\.unknown"):
        await clients.issue(region.identity, WHERE, his.client_id, his.client_secret, "openid")


async def test_a_client_needs_a_known_institution_and_a_scope(region: Region) -> None:
    for scope, institution, error in (("x", "city", Invalid), ("system/*.*", "nowhere", NotFound)):
        with pytest.raises(error):
            async with region.db.verb(system("setup")) as tx:
                await clients.add_client(tx, region.identity, "HIS", scope, institution)


async def test_a_disabled_clients_tokens_are_void_at_once(region: Region) -> None:
    his = await added(region)
    issued = await clients.issue(region.identity, WHERE, his.client_id, his.client_secret, None)
    async with region.db.verb(system("setup")) as tx:
        await clients.disable_client(tx, his.client_id)
    with pytest.raises(Unauthenticated, match=r"auth\.token_unknown"):
        await clients.machine_of(region.identity, issued.token)
    with pytest.raises(Unauthenticated, match=r"client\.wrong"):
        await clients.issue(region.identity, WHERE, his.client_id, his.client_secret, None)


async def test_the_database_keeps_neither_secret_nor_token(region: Region, home: Home) -> None:
    his = await added(region)
    issued = await clients.issue(region.identity, WHERE, his.client_id, his.client_secret, None)
    rows = str(await home.rows("SELECT * FROM security.client, security.token"))
    assert his.client_secret not in rows
    assert issued.token not in rows


async def test_sweeping_removes_what_ran_out_and_nothing_else(region: Region, home: Home) -> None:
    chen = await region.person("Chen")
    await login.login(region.identity, WHERE, "Chen", PASSWORD)
    begun = await login.login(region.identity, WHERE, "Chen", PASSWORD)
    await login.factor(region.identity, WHERE, begun.token, CodeProof(chen.code()))
    his = await added(region)
    await clients.issue(region.identity, WHERE, his.client_id, his.client_secret, None)

    async def left() -> list[int]:
        tables = ("pending", "session", "token", "failures")
        return [(await home.rows(f"SELECT count(*) FROM security.{table}"))[0][0] for table in tables]

    await clients.sweep(region.identity, region.clock())
    assert await left() == [1, 1, 1, 1]
    region.clock.pass_(hours=2)
    await clients.sweep(region.identity, region.clock())
    assert await left() == [0, 1, 0, 0]
    region.clock.pass_(days=31)
    await clients.sweep(region.identity, region.clock())
    assert await left() == [0, 0, 0, 0]
