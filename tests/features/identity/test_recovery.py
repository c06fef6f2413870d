"""A forgotten password, a lost factor."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import Home
from tests.make.people import PASSWORD, Person, Region
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from yuanzhen.security.identity import login, model, people, recovery, service
from yuanzhen.security.identity.factors import CodeProof
from yuanzhen.security.identity.session import Caller

WHERE = Caller("10.1.2.3", "r1")
NEW = "forty loud umbrellas"
OFFICER = Actor("person", "officer1", "officer", "city")


async def issued(region: Region, person: Person, actor: Actor = OFFICER) -> str:
    async with region.db.verb(actor) as tx:
        return await recovery.issue_recovery(tx, region.identity, person.id)


async def entered(region: Region, person: Person) -> login.Entered:
    begun = await login.login(region.identity, WHERE, person.name, person.password)
    return await login.factor(region.identity, WHERE, begun.token, CodeProof(person.code()))


async def test_with_an_officers_code_a_new_password_is_set_and_old_sessions_end(region: Region, home: Home) -> None:
    chen = await region.person("Chen")
    token = (await entered(region, chen)).token
    code = await issued(region, chen)
    assert len(code) == 10
    assert set(code) <= set(model.CROCKFORD)
    await recovery.recover(region.identity, WHERE, "Chen", f" {code[:5].lower()}-{code[5:]}", NEW)
    with pytest.raises(Unauthenticated, match=r"auth\.unknown"):
        await service.session_of(region.identity, token)
    with pytest.raises(Unauthenticated, match=r"auth\.wrong"):
        await login.login(region.identity, WHERE, "Chen", PASSWORD)
    chen.password = NEW
    assert (await login.login(region.identity, WHERE, "Chen", NEW)).next == "factor"  # the second factor stays
    assert ("officer1", "identity.issue_recovery", 0, "") in await home.trail()
    assert (chen.id, "auth.recovery", 0, "") in await home.trail()


async def test_a_code_is_good_once_also_for_two_at_once(region: Region) -> None:
    chen = await region.person("Chen")
    code = await issued(region, chen)
    outcomes = await asyncio.gather(
        *(recovery.recover(region.identity, WHERE, "Chen", code, NEW) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "Unauthenticated"]
    with pytest.raises(Unauthenticated, match=r"auth\.recovery_wrong"):
        await recovery.recover(region.identity, WHERE, "Chen", code, NEW)


async def test_a_code_lives_five_minutes(region: Region) -> None:
    chen = await region.person("Chen")
    code = await issued(region, chen)
    region.clock.pass_(minutes=5)
    with pytest.raises(Unauthenticated, match=r"auth\.recovery_wrong"):
        await recovery.recover(region.identity, WHERE, "Chen", code, NEW)


async def test_after_five_wrong_tries_the_right_code_is_refused_too(region: Region) -> None:
    chen = await region.person("Chen")
    code = await issued(region, chen)
    for _ in range(5):
        with pytest.raises(Unauthenticated, match=r"auth\.recovery_wrong"):
            await recovery.recover(region.identity, WHERE, "Chen", "0" * 10, NEW)
        region.clock.pass_(seconds=20)
    with pytest.raises(Unauthenticated, match=r"auth\.recovery_wrong"):
        await recovery.recover(region.identity, WHERE, "Chen", code, NEW)


async def test_a_later_code_makes_the_earlier_void(region: Region) -> None:
    chen = await region.person("Chen")
    first, second = await issued(region, chen), await issued(region, chen)
    with pytest.raises(Unauthenticated):
        await recovery.recover(region.identity, WHERE, "Chen", first, NEW)
    await recovery.recover(region.identity, WHERE, "Chen", second, NEW)


async def test_an_unknown_name_is_answered_as_a_wrong_code_and_slowed_down_as_one(region: Region) -> None:
    with pytest.raises(Unauthenticated, match=r"auth\.recovery_wrong"):
        await recovery.recover(region.identity, WHERE, "nobody", "0" * 10, NEW)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await recovery.recover(region.identity, WHERE, "nobody", "0" * 10, NEW)
    with pytest.raises(TooMany, match=r"auth\.slow_down"):
        await recovery.recover(region.identity, WHERE, "nobody", "0" * 10, NEW)


async def test_a_bad_new_password_uses_no_try(region: Region) -> None:
    chen = await region.person("Chen")
    code = await issued(region, chen)
    for _ in range(6):
        with pytest.raises(Invalid, match=r"password\.too_short"):
            await recovery.recover(region.identity, WHERE, "Chen", code, "short")
    await recovery.recover(region.identity, WHERE, "Chen", code, NEW)


async def test_recovery_does_not_open_a_disabled_account(region: Region) -> None:
    chen = await region.person("Chen")
    code = await issued(region, chen)
    async with region.db.verb(OFFICER) as tx:
        await people.disable_person(tx, region.identity, chen.id)
    with pytest.raises(Unauthenticated):
        await recovery.recover(region.identity, WHERE, "Chen", code, NEW)


async def test_a_one_time_password_is_replaced_by_recovery(region: Region) -> None:
    wei = await region.person("Wei", one_time=True)
    await recovery.recover(region.identity, WHERE, "Wei", await issued(region, wei, system("setup")), NEW)
    assert (await login.login(region.identity, WHERE, "Wei", NEW)).next == "enrol"


async def test_a_code_is_issued_by_login_name_in_any_spelling(region: Region) -> None:
    await region.person("Chen")
    async with region.db.verb(system("setup")) as tx:
        code = await recovery.issue_to(tx, region.identity, " CHEN ")
    await recovery.recover(region.identity, WHERE, "chen", code, NEW)
    assert (await login.login(region.identity, WHERE, "chen", NEW)).next == "factor"


async def test_with_the_factor_lost_too_the_next_log_in_enrols_one(region: Region) -> None:
    await region.person("Chen")
    async with region.db.verb(system("setup")) as tx:
        code = await recovery.issue_to(tx, region.identity, "chen", factor=True)
    await recovery.recover(region.identity, WHERE, "chen", code, NEW)
    assert (await login.login(region.identity, WHERE, "chen", NEW)).next == "enrol"


async def test_whether_a_name_is_known_is_told_to_administrators_alone(region: Region) -> None:
    await region.person("Chen")
    for name in ("chen", "nobody"):
        with pytest.raises(Forbidden, match=r"identity\.not_yours"):
            async with region.db.verb(Actor("person", "p9", "manager", "city")) as tx:
                await recovery.issue_to(tx, region.identity, name)
    with pytest.raises(NotFound, match=r"identity\.unknown"):
        async with region.db.verb(OFFICER) as tx:
            await recovery.issue_to(tx, region.identity, "nobody")


async def test_nobody_but_officer_and_set_up_issues_a_code(region: Region, home: Home) -> None:
    chen = await region.person("Chen")
    for role in ("expert", "manager", "quality", "patient"):
        with pytest.raises(Forbidden, match=r"identity\.not_yours"):
            await issued(region, chen, Actor("person", role, role, "city"))
        assert (role, "identity.issue_recovery", 4, "identity.not_yours") in await home.trail()


async def test_a_code_for_nobody_is_not_issued(region: Region) -> None:
    with pytest.raises(NotFound, match=r"identity\.unknown"):
        await issued(region, Person("p404", "x", region.clock, None))


async def test_after_a_reset_the_next_log_in_enrols_anew(region: Region) -> None:
    chen = await region.person("Chen")
    token = (await entered(region, chen)).token
    async with region.db.verb(OFFICER) as tx:
        await people.reset_factors(tx, region.identity, chen.id)
    with pytest.raises(Unauthenticated, match=r"auth\.unknown"):
        await service.session_of(region.identity, token)
    assert (await login.login(region.identity, WHERE, "Chen", PASSWORD)).next == "enrol"


async def test_nobody_but_officer_and_set_up_resets_factors(region: Region, home: Home) -> None:
    chen = await region.person("Chen")
    with pytest.raises(Forbidden, match=r"identity\.not_yours"):
        async with region.db.verb(Actor("person", "p9", "manager", "city")) as tx:
            await people.reset_factors(tx, region.identity, chen.id)
    assert ("p9", "identity.reset_factors", 4, "identity.not_yours") in await home.trail()
    assert (await login.login(region.identity, WHERE, "Chen", PASSWORD)).next == "factor"
