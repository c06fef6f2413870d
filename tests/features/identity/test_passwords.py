"""Hashing, with the real library and the real parameters."""

from __future__ import annotations

import asyncio
import time

from argon2 import PasswordHasher

from tests.conftest import Home
from tests.make.people import PASSWORD, Region
from yuanzhen.security.identity import login, passwords
from yuanzhen.security.identity.session import Caller


async def test_a_password_matches_its_own_hash_alone() -> None:
    made = await passwords.hashed(PASSWORD)
    assert await passwords.matches(made, PASSWORD)
    assert not await passwords.matches(made, PASSWORD + ".")
    assert not await passwords.matches(passwords.NOBODY, PASSWORD)


async def test_the_same_word_typed_with_composed_and_wide_letters_matches() -> None:
    assert await passwords.matches(await passwords.hashed("cafe\u0301 ｌａｎｔｅｒｎ"), "café lantern")


async def test_an_overlong_password_is_not_hashed_at_all() -> None:
    made, overlong = await passwords.hashed(PASSWORD), "x" * 10_000_000
    assert await cost(made, overlong) < 0.1 * await cost(made, "not the right one")


async def test_an_unknown_name_costs_the_work_of_a_known_one() -> None:
    """Both are verified with the same parameters."""
    wrong = "not the right one"
    known, unknown = await cost(await passwords.hashed(PASSWORD), wrong), await cost(passwords.NOBODY, wrong)
    assert 0.5 < unknown / known < 2


async def cost(made: str, password: str) -> float:
    """Seconds of processor that refusing a wrong password eight times takes; a busy machine matters little."""
    began = time.process_time()
    for _ in range(8):
        assert not await passwords.matches(made, password)
    return time.process_time() - began


async def test_the_loop_goes_on_while_passwords_are_reckoned() -> None:
    longest, stop = 0.0, asyncio.Event()

    async def heartbeat() -> None:
        nonlocal longest
        while not stop.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - began)

    beat = asyncio.create_task(heartbeat())
    began = time.perf_counter()
    await asyncio.gather(*(passwords.hashed(PASSWORD) for _ in range(4)))
    whole = time.perf_counter() - began
    stop.set()
    await beat
    assert longest < whole / 2


async def test_a_hash_of_older_parameters_is_renewed_at_the_next_log_in(region: Region, home: Home) -> None:
    await region.person("Chen")
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    await home.rows("UPDATE security.credential SET hash = $1", old)
    assert passwords.outdated(old)
    await login.login(region.identity, Caller(), "Chen", PASSWORD)
    [row] = await home.rows("SELECT hash FROM security.credential")
    assert not passwords.outdated(row["hash"])
    assert await passwords.matches(row["hash"], PASSWORD)
