"""Somebody else guesses at a log-in: the second factor alone still opens the one act that waits for its person."""

from __future__ import annotations

import pytest

from tests.conftest import Home
from tests.make.people import Person, Region
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Problem, TooMany, Unauthenticated
from yuanzhen.security.identity import login, slowed
from yuanzhen.security.identity.factors import CodeProof
from yuanzhen.security.identity.session import Caller

WHERE, ELSEWHERE = Caller("10.1.2.3", "r1"), Caller("10.9.9.9", "r2")


async def guessed_at(region: Region, person: Person, times: int = 5) -> None:
    """Somebody at another address guesses at the password, as often as the slow-down lets them."""
    for _ in range(times):
        region.clock.pass_(seconds=61)
        with pytest.raises(Unauthenticated):
            await login.login(region.identity, ELSEWHERE, person.name, "guess")


async def shown(region: Region, name: str, code: str, *, awaited: bool = True) -> Actor:
    async def asked(actor: Actor) -> bool:
        return awaited

    return await slowed.shown(region.identity, WHERE, name, CodeProof(code), asked)


async def test_a_slowed_log_in_is_opened_for_one_act_by_its_second_factor(region: Region, home: Home) -> None:
    chen = await region.person("Chen", departments=["cardiology"])
    await guessed_at(region, chen)
    with pytest.raises(TooMany, match=r"auth\.slow_down"):
        await login.login(region.identity, WHERE, chen.name, chen.password)
    actor = await shown(region, "CHEN", chen.code())
    assert (actor.kind, actor.id, actor.role, actor.institution) == ("person", chen.id, "expert", "city")
    assert await home.rows("SELECT FROM security.session") == [], "nothing else opens"
    assert (chen.id, "auth.answer", 0, "") in await home.trail()


async def test_a_code_is_good_once(region: Region) -> None:
    chen = await region.person("Chen")
    await guessed_at(region, chen)
    code = chen.code()
    await shown(region, chen.name, code)
    with pytest.raises(Unauthenticated, match=r"auth\.factor_wrong"):
        await shown(region, chen.name, code)


@pytest.mark.parametrize("why", ["not slowed", "not awaited", "wrong code", "nobody", "disabled"])
async def test_whatever_is_amiss_the_answer_is_the_same(region: Region, home: Home, why: str) -> None:
    chen = await region.person("Chen")
    if why != "not slowed":
        await guessed_at(region, chen)
    if why == "disabled":
        await home.run("UPDATE security.person SET disabled = true")
    code = "000000" if why == "wrong code" else chen.code()
    with pytest.raises(Unauthenticated) as refused:
        await shown(region, "nobody" if why == "nobody" else chen.name, code, awaited=why != "not awaited")
    assert refused.value.code == "auth.factor_wrong"
    assert ("auth.answer", 4, "auth.factor_wrong") in await home.trail("verb", "outcome", "code")


async def test_guesses_at_the_code_are_slowed_too_and_slow_nothing_else(region: Region) -> None:
    chen = await region.person("Chen")
    await guessed_at(region, chen, 3)
    found: list[str] = []
    for _ in range(6):
        try:
            await shown(region, chen.name, "000000")
        except Problem as problem:
            found.append(problem.code)
    assert found == ["auth.factor_wrong"] * 3 + ["auth.slow_down"] * 3
    region.clock.pass_(minutes=20)
    assert (await login.login(region.identity, WHERE, chen.name, chen.password)).next == "factor"
