"""The chain finds every committed row, in whatever order rows commit, and holds nobody up."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.features.audit.conftest import NURSE, Log
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.security.audit import store, trail
from yuanzhen.security.audit.chain import ACTOR, Chain, Horizon
from yuanzhen.security.audit.leaf import COLUMNS, SignedHead
from yuanzhen.security.crypto.merkle import Frontier


async def unchained(log: Log) -> list[int]:
    rows = await log.server.fetch(
        "SELECT id FROM security.trail t WHERE NOT EXISTS "
        "(SELECT FROM security.trail_leaf l WHERE l.trail_id = t.id) ORDER BY id"
    )
    return [row["id"] for row in rows]


async def test_each_row_is_chained_once(empty_log: Log) -> None:
    chain = Chain(empty_log.db, empty_log.vault)
    await empty_log.act(3)
    assert await empty_log.chain(chain) == 4  # and the row of the log's new key
    assert await empty_log.chain(chain) == 0
    await empty_log.act(2)
    assert await empty_log.chain(chain) == 2
    assert await unchained(empty_log) == []
    assert (await empty_log.report()).rows == 6


async def test_a_row_that_commits_after_later_rows_were_chained_is_not_missed(empty_log: Log) -> None:
    chain = Chain(empty_log.db, empty_log.vault)
    await empty_log.chain(chain)
    async with empty_log.db.verb(NURSE) as slow:
        written = json.dumps([trail.row(NURSE, "slow.act", "R")])
        await slow.run("SELECT infrastructure.settle($1::jsonb, NULL, NULL)", written)
        await empty_log.act(3)
        await empty_log.chain(chain)
        await empty_log.act(1)
        await empty_log.chain(chain)
        assert await unchained(empty_log) == []  # of those that can be seen
    assert len(await unchained(empty_log)) == 1
    assert await empty_log.chain(chain) == 1
    assert (await empty_log.report()).whole


async def test_rows_written_by_many_at_once_while_the_chain_runs_are_all_chained(empty_log: Log) -> None:
    stop = asyncio.Event()
    running = [asyncio.create_task(Chain(empty_log.db, empty_log.vault).run(stop)) for _ in range(2)]
    await asyncio.gather(*(empty_log.act(40) for _ in range(6)))
    stop.set()
    await asyncio.gather(*running)
    await empty_log.chain()
    report = await empty_log.report()
    assert (report.findings, report.rows, await unchained(empty_log)) == ([], 241, [])


async def test_a_row_is_chained_within_a_second_of_its_commit(empty_log: Log) -> None:
    heads: asyncio.Queue[SignedHead] = asyncio.Queue()
    stop = asyncio.Event()
    running = asyncio.create_task(Chain(empty_log.db, empty_log.vault, heads.put).run(stop))
    await empty_log.act()
    while (await heads.get()).size < 2:  # the row, and that of the log's new key
        pass
    waited = []
    for _ in range(3):
        await empty_log.act()
        committed = asyncio.get_running_loop().time()
        head = await heads.get()
        waited.append(asyncio.get_running_loop().time() - committed)
        assert head == await empty_log.newest_head()  # told when it was committed
    assert min(waited) < 1  # of three, since other work shares the machine
    stop.set()
    await running


async def test_a_chain_that_starts_finds_rows_whose_transactions_bear_any_number(log: Log) -> None:
    """A restored database counts transactions from the beginning again."""
    await log.act(2)
    await log.server.execute("UPDATE security.trail SET xid = '4' WHERE id = (SELECT max(id) FROM security.trail)")
    assert await log.chain() == 2
    assert await log.broken(later=timedelta(minutes=1)) == []


async def test_while_another_chains_this_one_waits_for_the_next_round(log: Log) -> None:
    chain = Chain(log.db, log.vault)
    await log.chain(chain)
    await log.act()
    async with log.db.verb(ACTOR) as other:
        assert await store.lock(other)
        assert await chain.step(datetime.now(UTC)) == 0
    assert await log.chain(chain) == 1


async def test_a_request_is_not_held_up_by_an_open_batch(log: Log) -> None:
    async with log.db.verb(ACTOR) as batch:
        assert await store.lock(batch)
        await store.add_leaves(batch, 31, [1000], [bytes(32)])
        await asyncio.wait_for(log.act(), 2)


async def test_after_rotation_of_the_logs_key_the_next_head_is_signed_with_the_new_one(log: Log) -> None:
    chain = Chain(log.db, log.vault)
    await log.chain(chain)
    before = await log.newest_head()
    async with log.db.verb(ACTOR) as tx:
        await log.vault.rotate(tx, "home:log", "log", now=datetime.now(UTC))
    await log.chain(chain)
    after = await log.newest_head()
    assert before is not None and after is not None
    assert before.signature.key != after.signature.key
    assert await log.broken() == []


async def test_a_tree_that_does_not_grow_from_its_newest_head_is_not_signed(log: Log) -> None:
    await log.act()
    for tampering in (
        "UPDATE security.trail_frontier SET frontier = '\\x0000000000000000'",
        "UPDATE security.trail_head SET root = sha256('') WHERE size = 31",
        "DELETE FROM security.trail_head WHERE size > 20",
        "DELETE FROM security.trail_frontier",
    ):
        await log.server.execute(tampering)
        heads = await log.server.fetch("SELECT * FROM security.trail_head")
        with pytest.raises(Problem):
            await log.chain()
        assert await log.server.fetch("SELECT * FROM security.trail_head") == heads, tampering


async def test_a_leaf_beyond_the_newest_head_stops_the_chain(log: Log) -> None:
    await log.server.execute("INSERT INTO security.trail_leaf VALUES (31, 1000, sha256(''))")
    await log.act()
    with pytest.raises(Problem, match=r"trail.frontier_wrong"):
        await log.chain()


async def test_the_chain_says_why_it_stands_still_and_goes_on_when_it_can(log: Log) -> None:
    frontier = await log.server.fetchval("SELECT frontier FROM security.trail_frontier")
    await log.server.execute("UPDATE security.trail_frontier SET frontier = $1", Frontier().to_bytes())
    await log.act()
    chain, stop = Chain(log.db, log.vault), asyncio.Event()
    stop.set()
    await chain.run(stop)  # one last round
    assert chain.problem is not None
    assert chain.problem.code == "trail.frontier_wrong"
    await log.server.execute("UPDATE security.trail_frontier SET frontier = $1", frontier)
    await chain.run(stop)
    assert (chain.problem, await unchained(log)) == (None, [])


async def test_every_column_of_the_trail_is_part_of_a_leaf(log: Log) -> None:
    rows = await log.server.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'security' AND table_name = 'trail'"
    )
    assert {row["column_name"] for row in rows} == {*COLUMNS, "xid"}


OFFICER = Actor("person", "o", "officer", "city")


async def test_nobody_changes_or_deletes_what_is_logged(log: Log) -> None:
    for statement in (
        "UPDATE security.trail SET reason = ''",
        "DELETE FROM security.trail",
        "TRUNCATE security.trail",
        "UPDATE security.trail_leaf SET leaf = leaf",
        "DELETE FROM security.trail_leaf",
        "UPDATE security.trail_head SET root = root",
        "DELETE FROM security.trail_head",
    ):
        for actor in (ACTOR, OFFICER):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with log.db.verb(actor) as tx:
                    await tx.run(statement)


async def test_nobody_but_the_chain_adds_leaves_and_heads_or_moves_the_frontier(log: Log) -> None:
    for actor in (NURSE, OFFICER, system("door")):
        for statement in (
            "INSERT INTO security.trail_leaf VALUES (31, 1000, sha256(''))",
            "INSERT INTO security.trail_head VALUES (32, sha256(''), now(), '', '')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with log.db.verb(actor) as tx:
                    await tx.run(statement)
        async with log.db.verb(actor) as tx:
            assert await tx.run("UPDATE security.trail_frontier SET frontier = ''") == 0


def test_a_snapshot_tells_what_had_not_begun_and_what_was_in_progress() -> None:
    assert Horizon.read("10:20:10,14,15") == Horizon(20, (10, 14, 15))
    assert Horizon.read("20:20:") == Horizon(20, ())
