"""kill -9 in every place: of the server, of the process that started it, of initdb."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.features.embedded.servers import (
    PASSWORD,
    Start,
    connected,
    eventually,
    keep_a_row,
    process_in,
    processes_in,
    rows,
    serving,
)
from yuanzhen.infrastructure.db import embedded
from yuanzhen.infrastructure.processes import child

pytestmark = pytest.mark.slow


async def test_what_was_committed_is_there_after_the_postmaster_was_killed(home: Path) -> None:
    server = await embedded.start(home, password=PASSWORD)
    await keep_a_row(server.socket_dir, "committed")
    os.kill(server.pid, signal.SIGKILL)
    assert await asyncio.wait_for(server.wait(), 15) == -signal.SIGKILL
    async with serving(home) as again:
        assert await rows(again.socket_dir) == ["committed"]


async def test_a_start_waits_for_the_children_of_a_killed_postmaster(home: Path) -> None:
    server = await embedded.start(home, password=PASSWORD)
    data = home / "postgresql" / "data"
    lingering = next(pid for pid in processes_in(data) if pid != server.pid)
    os.kill(lingering, signal.SIGSTOP)
    try:
        os.kill(server.pid, signal.SIGKILL)
        await server.wait()
        starting = asyncio.create_task(embedded.start(home, password=PASSWORD))
        await eventually(lambda: processes_in(data) == [lingering])
        await asyncio.wait({starting}, timeout=1.0)
        assert not starting.done()
        assert processes_in(data) == [lingering]
        assert embedded.running(home) is None
    finally:
        os.kill(lingering, signal.SIGCONT)
    again = await asyncio.wait_for(starting, 60)
    assert lingering not in processes_in(data)
    await again.stop()


async def test_the_server_ends_by_itself_when_its_starter_is_killed(home: Path, start_elsewhere: Start) -> None:
    starter = start_elsewhere(home)
    said = await starter.said()
    await keep_a_row(Path(said["socket_dir"]), "kept")
    starter.kill()
    await eventually(lambda: processes_in(home / "postgresql" / "data") == [])
    assert embedded.running(home) is None
    async with serving(home) as server:
        assert await rows(server.socket_dir) == ["kept"]


async def test_a_start_right_after_the_starter_was_killed_waits_for_its_server(
    home: Path, start_elsewhere: Start
) -> None:
    starter = start_elsewhere(home)
    said = await starter.said()
    async with connected(Path(said["socket_dir"])) as busy:
        await busy.execute("CREATE TABLE kept AS SELECT 'busy' || n AS word FROM generate_series(1, 9) n")
        starter.kill()
        async with serving(home) as server:
            assert server.pid != said["pid"]
            assert len(await rows(server.socket_dir)) == 9


async def test_an_old_server_that_does_not_end_by_itself_is_ended_by_the_next_start(
    home: Path, start_elsewhere: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ((None, 0.3), (signal.SIGQUIT, 20.0), (signal.SIGKILL, 20.0))
    monkeypatch.setattr("yuanzhen.infrastructure.db.embedded.server.OLD_SERVER_STEPS", steps)
    starter = start_elsewhere(home)
    said = await starter.said()
    await keep_a_row(Path(said["socket_dir"]), "committed")
    data = home / "postgresql" / "data"
    os.kill(process_in(data, "checkpointer"), signal.SIGSTOP)  # a fast shutdown waits for its checkpoint
    starter.kill()
    async with serving(home) as again:
        assert await rows(again.socket_dir) == ["committed"]
        assert said["pid"] not in processes_in(data)


async def test_a_home_whose_making_was_killed_is_made_by_the_next_start(home: Path, start_elsewhere: Start) -> None:
    half = home / "postgresql" / "data.new"
    for _ in range(3):
        starter = start_elsewhere(home)
        await eventually((half / "PG_VERSION").exists)
        starter.kill()
        assert not (home / "postgresql" / "data").exists()
    async with serving(home) as server:
        await keep_a_row(server.socket_dir, "whole")
    assert not half.exists()


def test_a_child_whose_parent_died_before_it_asked_for_the_signal_does_not_start() -> None:
    not_its_parent = os.getppid()
    command = [
        sys.executable,
        "-I",
        "-S",
        str(child.LAUNCHER),
        str(not_its_parent),
        str(os.geteuid()),
        "0",
        "/bin/true",
    ]
    assert subprocess.run(command, check=False, timeout=30).returncode == 75


async def test_a_process_that_ignores_the_gentle_steps_is_ended_by_the_last() -> None:
    deaf = subprocess.Popen(  # noqa: ASYNC220  # end() awaits it by its pid
        [
            sys.executable,
            "-c",
            "import signal as s; s.signal(2, s.SIG_IGN); s.signal(3, s.SIG_IGN); print(1); s.pause()",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert deaf.stdout is not None
    assert await asyncio.to_thread(deaf.stdout.readline) == "1\n"
    steps = ((signal.SIGINT, 0.2), (signal.SIGQUIT, 0.2), (signal.SIGKILL, 10.0))
    await child.end(deaf.pid, steps)
    assert deaf.wait(0) == -signal.SIGKILL
    deaf.stdout.close()
