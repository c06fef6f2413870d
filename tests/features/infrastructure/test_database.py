"""Looks, verbs and calls: what is kept, what is rolled back, and how the database's errors are told."""

from __future__ import annotations

import asyncio

import asyncpg
import msgspec
import pytest

from tests.conftest import Home
from tests.make.faults import kill_connections
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database, translated
from yuanzhen.infrastructure.db.gather import Gather
from yuanzhen.infrastructure.db.tx import KEEP
from yuanzhen.infrastructure.errors import (
    Conflict,
    Forbidden,
    InsufficientStorage,
    Invalid,
    NotFound,
    Problem,
    Unavailable,
)
from yuanzhen.security.audit import trail

LI = Actor("person", "li", "clinician", "liuhe")
SETUP = system("setup")
ADDED = "INSERT INTO security.institution VALUES ($1, $1, 'city', NULL)"

TRANSLATED = [
    (asyncpg.DiskFullError("x"), InsufficientStorage, "database.disk_full"),
    (asyncpg.SerializationError("x"), Conflict, "database.try_again"),
    (asyncpg.DeadlockDetectedError("x"), Conflict, "database.try_again"),
    (asyncpg.CharacterNotInRepertoireError("x"), Invalid, "database.value"),
    (asyncpg.NumericValueOutOfRangeError("x"), Invalid, "database.value"),
    (asyncpg.ConnectionDoesNotExistError("x"), Unavailable, "database.down"),
    (asyncpg.CannotConnectNowError("x"), Unavailable, "database.down"),
    (asyncpg.AdminShutdownError("x"), Unavailable, "database.down"),
    (asyncpg.CrashShutdownError("x"), Unavailable, "database.down"),
    (asyncpg.TooManyConnectionsError("x"), Unavailable, "database.down"),
    (asyncpg.InternalClientError("x"), Unavailable, "database.down"),
    (asyncpg.InterfaceError("x"), Unavailable, "database.down"),
    (asyncpg.OutOfMemoryError("x"), Unavailable, "database.down"),
    (asyncpg.QueryCanceledError("x"), Unavailable, "database.down"),
    (asyncpg.PostgresIOError("x"), Unavailable, "database.down"),
    (asyncpg.InvalidPasswordError("x"), Unavailable, "database.down"),
    (asyncpg.ReadOnlySQLTransactionError("x"), Unavailable, "database.down"),
    (asyncpg.ProgramLimitExceededError("x"), Invalid, "database.value"),
    (ConnectionRefusedError(), Unavailable, "database.down"),
    (TimeoutError(), Unavailable, "database.down"),
]


@pytest.mark.parametrize(("error", "problem", "code"), TRANSLATED, ids=lambda one: type(one).__name__)
def test_an_error_of_the_database_means_something_to_the_caller(error: Exception, problem: type, code: str) -> None:
    told = translated(error)
    assert type(told) is problem
    assert told.code == code


@pytest.mark.parametrize(
    "error", [asyncpg.UniqueViolationError("x"), asyncpg.InsufficientPrivilegeError("x"), KeyError()]
)
def test_what_is_a_fault_of_ours_is_not_dressed_up(error: Exception) -> None:
    assert translated(error) is None


async def test_a_value_that_cannot_be_sent_is_the_callers(db: Database) -> None:
    for value in ("a\0b", 1 << 70):
        with pytest.raises(Invalid, match=r"database\.value"):
            await db.once(SETUP, "SELECT $1::text" if isinstance(value, str) else "SELECT $1::int", value)


async def test_a_verb_is_kept_whole_with_its_trail(db: Database, home: Home) -> None:
    async with db.verb(SETUP) as tx:
        await tx.run(ADDED, "a")
        trail.noted(tx, "v", "C", entity_type="t", entity="a")
    assert await home.trail() == [("system:setup", "v", 0, "")]
    assert len(await home.rows("SELECT FROM security.institution")) == 1


async def test_of_a_verb_that_fails_nothing_is_kept_but_its_refusals(db: Database, home: Home) -> None:
    for error in (Forbidden("no"), RuntimeError()):
        with pytest.raises(type(error)):
            async with db.verb(SETUP) as tx:
                await tx.run(ADDED, "a")
                trail.noted(tx, "done", "C", entity_type="t", entity="a")
                trail.refused(tx, Forbidden("no"), "tried", "C", entity_type="t", entity="a")
                raise error
    assert await home.trail() == [("system:setup", "tried", 4, "no")] * 2
    assert await home.rows("SELECT FROM security.institution") == []


async def test_a_refusal_that_the_verb_got_over_is_not_told(db: Database, home: Home) -> None:
    async with db.verb(SETUP) as tx:
        trail.refused(tx, Forbidden("no"), "tried", "C", entity_type="t", entity="a")
    assert await home.trail() == []


async def test_a_look_keeps_what_it_noted_before_it_is_left(db: Database, home: Home) -> None:
    async with db.look(LI) as look:
        trail.noted(look, "seen", "R", entity_type="t", entity="a")
        assert await home.trail() == []
    assert await home.trail() == [("li", "seen", 0, "")]


async def test_a_look_that_was_refused_keeps_the_refusal_alone(db: Database, home: Home) -> None:
    with pytest.raises(NotFound):
        async with db.look(LI) as look:
            trail.noted(look, "seen", "R", entity_type="t", entity="a")
            raise trail.refused(look, NotFound("no"), "tried", "R", entity_type="t", entity="b")
    assert await home.trail() == [("li", "tried", 4, "no")]


async def test_no_answer_leaves_when_its_trail_cannot_be_kept(db: Database, home: Home) -> None:
    await home.run("ALTER TABLE security.trail ADD CONSTRAINT full_ CHECK (verb <> 'seen')")
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.look(LI) as look:
            trail.noted(look, "seen", "R", entity_type="t", entity="a")


async def test_what_comes_while_a_group_is_under_way_goes_with_the_next() -> None:
    groups: list[list[str]] = []
    gate = asyncio.Event()

    async def act(group: list[str]) -> list[str]:
        groups.append(group)
        await gate.wait()
        return [f"done {n}" for n in group]

    gather = Gather(act)
    work = [asyncio.create_task(gather.ask("0"))]
    await asyncio.sleep(0.01)
    work += [asyncio.create_task(gather.ask(str(n))) for n in range(1, 4)]
    await asyncio.sleep(0.01)
    assert groups == [["0"]]
    assert not any(one.done() for one in work)
    gate.set()
    assert not gather.is_idle
    assert await asyncio.gather(*work) == ["done 0", "done 1", "done 2", "done 3"]
    assert groups == [["0"], ["1", "2", "3"]]
    assert gather.is_idle


async def test_a_group_that_failed_fails_all_who_wait_for_it_and_the_next_goes_on() -> None:
    fails = [False, True, False, False]

    async def act(group: list[str]) -> list[str]:
        await asyncio.sleep(0)
        if fails.pop(0):
            raise Unavailable("database.down")
        return group

    gather = Gather(act, largest=2)
    answers = await asyncio.gather(*(gather.ask("0") for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in answers] == [str, str, Unavailable, Unavailable, str]
    assert gather.is_idle
    assert await gather.ask("1") == "1"


async def test_what_comes_in_one_moment_goes_together_and_in_as_many_groups_at_once_as_there_are_lanes() -> None:
    groups: list[list[str]] = []
    gate = asyncio.Event()

    async def act(group: list[str]) -> list[str]:
        groups.append(group)
        await gate.wait()
        return group

    gather = Gather(act, lanes=2)
    work: list[asyncio.Task[str]] = []
    for moment in ("ab", "cd", "ef"):
        work += [asyncio.create_task(gather.ask(one)) for one in moment]
        await asyncio.sleep(0.01)
    assert groups == [["a", "b"], ["c", "d"]]
    gate.set()
    assert "".join(await asyncio.gather(*work)) == "abcdef"
    assert groups[2:] == [["e", "f"]]
    assert gather.is_idle


async def test_who_comes_first_and_fails_or_goes_away_leaves_the_others_served() -> None:
    gate = asyncio.Event()

    async def act(group: list[str]) -> list[str]:
        await gate.wait()
        if "bad" in group:
            raise NotFound("no")
        return group

    for first in ("bad", "gone"):
        gate.clear()
        gather = Gather(act)
        leads, waits = (asyncio.create_task(gather.ask(one)) for one in (first, "0"))
        await asyncio.sleep(0.01)
        if first == "gone":
            leads.cancel()
            await asyncio.sleep(0.01)
        gate.set()
        assert await asyncio.wait_for(waits, 5) == "0"
        assert isinstance((await asyncio.gather(leads, return_exceptions=True))[0], NotFound | asyncio.CancelledError)
        assert gather.is_idle


async def test_a_row_that_cannot_be_kept_fails_its_own_caller_alone(db: Database, home: Home) -> None:
    async def read(entity: str) -> None:
        async with db.look(LI) as look:
            look.note({**trail.row(LI, "v", "R", entity_type="t"), "entity": entity})

    await asyncio.gather(read("before"), return_exceptions=True)
    answers = await asyncio.gather(*(read(one) for one in ("first", "a", "b\0", "c")), return_exceptions=True)
    assert [type(one) for one in answers] == [type(None), type(None), Invalid, type(None)]
    assert {row[0] for row in await home.trail("entity")} == {"before", "first", "a", "c"}


async def test_who_goes_away_while_their_group_is_under_way_harms_nobody_else() -> None:
    gate = asyncio.Event()

    async def act(group: list[str]) -> list[str]:
        await gate.wait()
        return group

    gather = Gather(act)
    gone, stays = (asyncio.create_task(gather.ask("0")) for _ in range(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.sleep(0)
    gate.set()
    await asyncio.wait_for(stays, 5)


NAMED = (
    "SELECT i.id, nth FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted(id, name, nth) "
    "JOIN security.institution i ON i.id = wanted.id AND i.name LIKE wanted.name || '%'"
)


async def test_a_call_is_committed_after_what_had_begun_and_not_at_all_if_that_fails(db: Database, home: Home) -> None:
    at_work = "SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' AND query = $1"

    async def begun(error: Problem | None) -> list[tuple[object, ...]]:
        while not await home.rows(at_work, KEEP):
            pass
        if error is not None:
            raise error
        return await home.trail()

    told = msgspec.json.encode([trail.row(LI, "v", "R", entity_type="t", entity="a")]).decode()
    with pytest.raises(InsufficientStorage):
        await db.call_after([asyncio.ensure_future(begun(InsufficientStorage("full")))], LI, KEEP, told)
    assert await home.trail() == []
    before = asyncio.ensure_future(begun(None))
    await db.call_after([before], LI, KEEP, told)
    assert before.result() == []
    await db.call_after([before], LI, KEEP, told)
    assert await home.trail() == [("li", "v", 0, "")] * 2


async def test_rows_of_many_keys_go_each_to_who_asked(db: Database) -> None:
    async with db.verb(SETUP) as tx:
        for id in ("a", "b", "c"):
            await tx.run(ADDED, id)
        assert (await tx.row_of(NAMED, "b", ""))["id"] == "b"  # type: ignore[index]
    asked = ("a", "b", "none", "b", "c", "a\0")
    told = await asyncio.gather(*(db.row_of(SETUP, NAMED, id, "") for id in asked), return_exceptions=True)
    assert [row and row["id"] if not isinstance(row, BaseException) else type(row) for row in told] == [
        "a", "b", None, "b", "c", Invalid,
    ]  # fmt: skip
    assert db._groups == {}


ON = "SELECT id FROM security.institution WHERE id >= $1 ORDER BY id"


async def test_rows_of_reads_in_the_same_words_go_each_to_who_asked(db: Database) -> None:
    async with db.verb(SETUP) as tx:
        for id in ("a", "b", "c"):
            await tx.run(ADDED, id)
        assert [row["id"] for row in await tx.rows_beside(ON, "b")] == ["b", "c"]
    asked = ("a", "c", "none", "b", "a\0")
    told = await asyncio.gather(*(db.beside(SETUP, ON, id) for id in asked), return_exceptions=True)
    assert [[row["id"] for row in rows] if isinstance(rows, list) else type(rows) for rows in told] == [
        ["a", "b", "c"], ["c"], [], ["b", "c"], Invalid,
    ]  # fmt: skip
    assert db._groups == {}


async def test_nobody_reads_with_the_rights_of_another(db: Database) -> None:
    async with db.verb(SETUP) as tx:
        await tx.run(ADDED, "a")
    actors = [SETUP, Actor("person", "li", "nobody"), SETUP]
    told = await asyncio.gather(*(db.row_of(actor, NAMED, "a", "") for actor in actors))
    assert [row is not None for row in told] == [True, False, True]
    rows = await asyncio.gather(*(db.beside(actor, ON, "a") for actor in actors))
    assert [len(one) for one in rows] == [1, 0, 1]


async def test_after_the_connections_were_cut_the_next_call_goes_on(db: Database, home: Home) -> None:
    await asyncio.gather(*(db.once(SETUP, "SELECT 1 AS one") for _ in range(20)))
    await kill_connections(home)
    answers = await asyncio.gather(*(db.once(SETUP, "SELECT 1 AS one") for _ in range(20)), return_exceptions=True)
    assert all(isinstance(one, list | Unavailable) for one in answers)
    assert await db.once(SETUP, "SELECT 1 AS one")


async def test_of_a_verb_whose_connection_was_cut_nothing_is_kept(db: Database, home: Home) -> None:
    with pytest.raises(Unavailable):
        async with db.verb(SETUP) as tx:
            await tx.run(ADDED, "a")
            await kill_connections(home)
            await tx.run(ADDED, "b")
    assert await home.rows("SELECT FROM security.institution") == []
