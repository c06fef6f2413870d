"""Logging in: password, second factor, session."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import Home
from tests.make.people import PASSWORD, START, Person, Region
from yuanzhen.infrastructure.errors import TooMany, Unauthenticated
from yuanzhen.security.identity import login, service
from yuanzhen.security.identity.factors import CodeProof
from yuanzhen.security.identity.service import Attempt
from yuanzhen.security.identity.session import Caller, digest

WHERE = Caller("10.1.2.3", "r1")


async def entered(region: Region, person: Person) -> login.Entered:
    begun = await login.login(region.identity, WHERE, person.name, person.password)
    return await login.factor(region.identity, WHERE, begun.token, CodeProof(person.code()))


async def test_password_and_code_make_a_session_that_knows_the_person(region: Region) -> None:
    chen = await region.person("Chen", departments=["cardiology"])
    session = await service.session_of(region.identity, (await entered(region, chen)).token)
    assert (session.person, session.role, session.institution) == (chen.id, "expert", "city")
    assert session.factor_at == region.clock()
    assert not session.only_enrol


async def test_the_database_keeps_no_token_but_its_digest(region: Region, home: Home) -> None:
    token = (await entered(region, await region.person("Chen"))).token
    rows = await home.rows("SELECT * FROM security.session")
    assert [row["digest"] for row in rows] == [digest(token)]
    assert token not in str(rows)


async def test_a_password_alone_is_no_session(region: Region) -> None:
    chen = await region.person("Chen")
    begun = await login.login(region.identity, WHERE, "chen", PASSWORD)
    assert begun.next == "factor"
    with pytest.raises(Unauthenticated, match=r"auth\.factor_missing"):
        await service.session_of(region.identity, begun.token)
    assert chen.secret is not None


@pytest.mark.parametrize("name", ["CHEN", "Ｃｈｅｎ", "  chen "])
async def test_the_name_may_be_typed_in_other_case_and_width(region: Region, name: str) -> None:
    await region.person("Chen")
    assert (await login.login(region.identity, WHERE, name, PASSWORD)).next == "factor"


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer_and_both_are_kept(
    region: Region, home: Home
) -> None:
    chen = await region.person("Chen")
    for name in ("chen", "nobody"):
        with pytest.raises(Unauthenticated) as refused:
            await login.login(region.identity, WHERE, name, "not the right one")
        assert (refused.value.code, refused.value.facts) == ("auth.wrong", {})
    kept = [row for row in await home.trail("verb", "outcome", "entity", "code", "origin") if row[0] == "auth.login"]
    assert kept == [
        ("auth.login", 4, chen.id, "auth.wrong", "10.1.2.3"),
        ("auth.login", 4, "", "auth.wrong", "10.1.2.3"),
    ]


async def test_success_is_kept_as_the_persons_own_act(region: Region, home: Home) -> None:
    chen = await region.person("Chen")
    await entered(region, chen)
    kept = [row for row in await home.trail("kind", "actor", "verb", "outcome") if str(row[2]).startswith("auth.")]
    assert kept == [("person", chen.id, "auth.login", 0), ("person", chen.id, "auth.factor", 0)]


async def test_a_code_is_good_once(region: Region) -> None:
    chen = await region.person("Chen")
    code = chen.code()
    first = await login.login(region.identity, WHERE, "chen", PASSWORD)
    second = await login.login(region.identity, WHERE, "chen", PASSWORD)
    await login.factor(region.identity, WHERE, first.token, CodeProof(code))
    with pytest.raises(Unauthenticated, match=r"auth\.factor_wrong"):
        await login.factor(region.identity, WHERE, second.token, CodeProof(code))


async def test_of_two_at_once_with_one_code_one_gets_in(region: Region) -> None:
    chen = await region.person("Chen")
    code = chen.code()
    begun = [await login.login(region.identity, WHERE, "chen", PASSWORD) for _ in range(2)]
    outcomes = await asyncio.gather(
        *(login.factor(region.identity, WHERE, each.token, CodeProof(code)) for each in begun), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Entered", "Unauthenticated"]


async def test_five_wrong_codes_end_the_log_in_but_lock_nobody_out(region: Region) -> None:
    chen = await region.person("Chen")
    begun = await login.login(region.identity, WHERE, "chen", PASSWORD)
    for _ in range(5):
        with pytest.raises(Unauthenticated, match=r"auth\.factor_wrong"):
            await login.factor(region.identity, WHERE, begun.token, CodeProof("000000"))
        region.clock.pass_(seconds=10)
    with pytest.raises(Unauthenticated, match=r"auth\.unknown"):
        await login.factor(region.identity, WHERE, begun.token, CodeProof(chen.code()))
    assert (await entered(region, chen)).csrf


async def test_a_log_in_waits_five_minutes_for_its_factor(region: Region) -> None:
    chen = await region.person("Chen")
    begun = await login.login(region.identity, WHERE, "chen", PASSWORD)
    region.clock.pass_(minutes=5)
    with pytest.raises(Unauthenticated, match=r"auth\.unknown"):
        await login.factor(region.identity, WHERE, begun.token, CodeProof(chen.code()))


async def test_failures_slow_down_and_the_right_password_works_after_the_wait(region: Region) -> None:
    chen = await region.person("Chen")
    waits = []
    for _ in range(10):
        try:
            await login.login(region.identity, WHERE, "chen", "not the right one")
        except TooMany as slow:
            waits.append(slow.facts["retry_after_s"])
            region.clock.pass_(seconds=float(str(slow.facts["retry_after_s"])))
        except Unauthenticated:
            pass
    assert waits == [1, 2, 4, 8]
    assert (await entered(region, chen)).csrf


async def test_a_hundred_guesses_side_by_side_are_a_hundred(region: Region, home: Home) -> None:
    await region.person("Chen")
    outcomes = await asyncio.gather(
        *(login.login(region.identity, WHERE, "chen", f"not the right {n}") for n in range(20)), return_exceptions=True
    )
    names = [type(outcome).__name__ for outcome in outcomes]
    assert (names.count("Unauthenticated"), names.count("TooMany")) == (3, 17)


async def test_one_address_is_slowed_down_over_many_names(region: Region) -> None:
    await region.person("Chen")
    for n in range(61):
        await service.begin(region.identity, WHERE, "auth.login", Attempt.of("login", f"name {n}", WHERE))
    with pytest.raises(TooMany, match=r"auth\.slow_down"):
        await login.login(region.identity, WHERE, "chen", PASSWORD)
    assert (await login.login(region.identity, Caller("10.9.9.9"), "chen", PASSWORD)).next == "factor"


async def test_who_mistypes_in_a_whole_hospital_slows_nobody_else_down(region: Region) -> None:
    await region.person("Chen")
    for n in range(300):  # somebody each minute, and between them somebody who does not
        await service.begin(region.identity, WHERE, "auth.login", Attempt.of("login", f"name {n}", WHERE))
        region.clock.pass_(seconds=30)
        right = await service.begin(region.identity, WHERE, "auth.login", Attempt.of("login", f"right {n}", WHERE))
        async with region.db.verb(service.door(WHERE)) as tx:
            await service.succeeded(tx, right)
        region.clock.pass_(seconds=30)
    assert (await login.login(region.identity, WHERE, "chen", PASSWORD)).next == "factor"


async def test_a_session_ends_after_half_an_hour_unused_and_twelve_hours_in_all(region: Region) -> None:
    chen = await region.person("Chen")
    token = (await entered(region, chen)).token
    region.clock.pass_(minutes=29)
    assert await service.session_of(region.identity, token)
    region.clock.pass_(minutes=31)
    with pytest.raises(Unauthenticated):
        await service.session_of(region.identity, token)

    token = (await entered(region, chen)).token
    began = region.clock()
    while (region.clock() - began).total_seconds() < 11.5 * 3600:
        region.clock.pass_(minutes=20)
        assert await service.session_of(region.identity, token)
    region.clock.pass_(minutes=29)
    with pytest.raises(Unauthenticated):
        await service.session_of(region.identity, token)


async def test_showing_the_factor_again_makes_it_fresh_and_changes_the_token(region: Region) -> None:
    chen = await region.person("Chen")
    before = await entered(region, chen)
    region.clock.pass_(minutes=10)
    after = await login.factor(region.identity, WHERE, before.token, CodeProof(chen.code()))
    assert after.csrf == before.csrf
    assert (await service.session_of(region.identity, after.token)).factor_at == region.clock()
    with pytest.raises(Unauthenticated, match=r"auth\.unknown"):
        await service.session_of(region.identity, before.token)


async def test_after_log_out_the_token_is_nobodys(region: Region) -> None:
    token = (await entered(region, await region.person("Chen"))).token
    await login.logout(region.identity, WHERE, token)
    with pytest.raises(Unauthenticated, match=r"auth\.unknown"):
        await service.session_of(region.identity, token)


async def test_logging_in_anew_ends_the_session_that_this_browser_held(region: Region) -> None:
    chen = await region.person("Chen")
    token = (await entered(region, chen)).token
    await login.login(region.identity, WHERE, "chen", PASSWORD, old=token)
    with pytest.raises(Unauthenticated, match=r"auth\.unknown"):
        await service.session_of(region.identity, token)


async def test_a_session_outlives_the_process(region: Region, home: Home) -> None:
    token = (await entered(region, await region.person("Chen"))).token
    await region.db.close()
    again = await home.open()
    session = await service.session_of(service.Identity(again, region.identity.master, clock=region.clock), token)
    assert session.name == "Chen"
    assert session.factor_at > START
    await again.close()
