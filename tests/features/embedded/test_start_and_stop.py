"""What a home's server promises when all goes well, and who is refused."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.features.embedded.servers import PASSWORD, Start, connected, keep_a_row, processes_in, rows, serving
from yuanzhen.infrastructure.db import embedded
from yuanzhen.infrastructure.errors import Conflict, Unauthenticated

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on"}


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[embedded.Server]:
    """One server for the tests that only look."""
    async with serving(tmp_path_factory.mktemp("served") / ".yuanzhen") as server:
        yield server


async def test_a_row_outlives_the_first_server(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    took = []
    for word in ("first", "second"):
        began = time.perf_counter()
        async with serving(home) as server:
            took.append(f"{word} start {time.perf_counter() - began:.2f} s")
            await keep_a_row(server.socket_dir, word)
            kept = await rows(server.socket_dir)
    assert kept == ["first", "second"]
    with capsys.disabled():
        sys.stdout.write(f"\n{', '.join(took)}\n")


@pytest.mark.slow
async def test_it_is_durable_whatever_a_file_of_the_home_says(home: Path) -> None:
    async with serving(home) as server, connected(server.socket_dir) as connection:
        await connection.execute("ALTER SYSTEM SET fsync = off")
        await connection.execute("ALTER SYSTEM SET full_page_writes = off")
    async with serving(home) as server, connected(server.socket_dir) as connection:
        assert {name: await connection.fetchval(f"SHOW {name}") for name in DURABLE} == DURABLE


@pytest.mark.slow
async def test_it_sorts_by_code_point_stores_utf8_and_counts_in_utc(served: embedded.Server) -> None:
    async with connected(served.socket_dir) as connection:
        row = await connection.fetchrow(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) AS encoding, current_setting('TimeZone')"
            " AS zone FROM pg_database WHERE datname = 'postgres'"
        )
    assert tuple(row.values()) == (b"b", "C.UTF-8", "UTF8", "UTC")


@pytest.mark.slow
async def test_vectors_can_be_had(served: embedded.Server) -> None:
    async with connected(served.socket_dir) as connection:
        await connection.execute("CREATE EXTENSION vector")
        assert await connection.fetchval("SELECT '[3,4]'::vector <-> '[0,0]'::vector") == 5.0


@pytest.mark.slow
async def test_it_is_reached_through_its_socket_alone_and_by_password_alone(served: embedded.Server) -> None:
    assert served.socket_dir.stat().st_mode & 0o777 == 0o700
    async with connected(served.socket_dir) as connection:
        assert await connection.fetchval("SHOW listen_addresses") == ""
        methods = await connection.fetch("SELECT DISTINCT type, auth_method FROM pg_hba_file_rules")
    assert {tuple(row) for row in methods} == {("local", "scram-sha-256"), ("host", "reject")}
    with pytest.raises(asyncpg.InvalidPasswordError):
        async with connected(served.socket_dir, password="guess"):
            pass


@pytest.mark.slow
async def test_stop_leaves_no_process_and_no_socket_even_with_a_client_in_a_transaction(home: Path) -> None:
    server = await embedded.start(home, password=PASSWORD)
    data = home / "postgresql" / "data"
    async with connected(server.socket_dir) as connection:
        await connection.execute("BEGIN; CREATE TABLE half (done int)")
        assert server.pid in processes_in(data)
        await server.stop()
        assert processes_in(data) == []
        assert not server.socket_dir.exists()
        assert await server.wait() == 0
    await server.stop()  # once more does no harm


@pytest.mark.slow
async def test_wait_returns_when_the_server_ends(home: Path) -> None:
    async with serving(home) as server:
        waiting = [asyncio.create_task(server.wait()) for _ in range(2)]
        await stop_by_another_hand(home)
        assert await asyncio.wait_for(asyncio.gather(*waiting), 15) == [0, 0]


async def stop_by_another_hand(home: Path) -> None:
    found = embedded.running(home)
    assert found is not None
    await found.stop()


async def test_a_second_start_in_the_same_process_is_refused(home: Path) -> None:
    async with serving(home) as server:
        with pytest.raises(Conflict) as refused:
            await embedded.start(home, password=PASSWORD)
        assert (refused.value.code, refused.value.facts["pid"]) == ("home.in_use", os.getpid())
        await keep_a_row(server.socket_dir, "undisturbed")


@pytest.mark.slow
async def test_a_start_beside_another_process_is_refused_and_names_it(home: Path, start_elsewhere: Start) -> None:
    other = start_elsewhere(home)
    await other.said()
    with pytest.raises(Conflict) as refused:
        await embedded.start(home, password=PASSWORD)
    assert (refused.value.code, refused.value.facts["pid"]) == ("home.in_use", other.process.pid)


@pytest.mark.slow
async def test_another_process_finds_the_running_server(home: Path, start_elsewhere: Start) -> None:
    assert embedded.running(home) is None
    said = await start_elsewhere(home).said()
    found = embedded.running(home)
    assert found is not None
    assert (found.pid, str(found.socket_dir), found.port) == (said["pid"], said["socket_dir"], 5432)
    await keep_a_row(found.socket_dir, "beside")
    await found.stop()
    assert embedded.running(home) is None


@pytest.mark.slow
async def test_two_homes_run_side_by_side(home: Path) -> None:
    async with serving(home) as one, serving(home.with_name("other")) as two:
        await keep_a_row(one.socket_dir, "one")
        await keep_a_row(two.socket_dir, "two")
        assert (await rows(one.socket_dir), await rows(two.socket_dir)) == (["one"], ["two"])


@pytest.mark.slow
async def test_a_wrong_password_is_refused_and_leaves_no_server(home: Path) -> None:
    async with serving(home) as server:
        socket_dir = server.socket_dir
    with pytest.raises(Unauthenticated, match=r"database\.password_refused"):
        await embedded.start(home, password="not this home's")
    assert not socket_dir.exists()
    assert processes_in(home / "postgresql" / "data") == []
    async with serving(home):
        pass
