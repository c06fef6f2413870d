"""What must not be read: the password anywhere, a patient's words in the log."""

# ruff: noqa: ASYNC240  # a test waits for its own files alone

import os
from pathlib import Path

import asyncpg
import pytest

from tests.features.embedded.servers import PASSWORD, Start, connected, eventually, serving
from yuanzhen.infrastructure.db.embedded import logfile

NAME = "欧阳建国"


def command_lines() -> bytes:
    return b"".join(_command_line(process) for process in Path("/proc").glob("[0-9]*"))


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


@pytest.mark.slow
async def test_the_password_is_on_no_command_line_and_in_no_file_of_the_home(
    home: Path, start_elsewhere: Start
) -> None:
    seen: list[bytes] = []
    starter = start_elsewhere(home)

    def whole() -> bool:
        seen.append(command_lines())
        return (home / "postgresql" / "data").exists()

    await eventually(whole)
    await starter.said()
    seen.append(command_lines())
    assert any(b"--pwfile=" in lines for lines in seen)
    assert not any(PASSWORD.encode() in lines for lines in seen)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) > 900
    assert not any(PASSWORD.encode() in path.read_bytes() for path in files)


@pytest.mark.slow
async def test_a_clients_error_leaves_its_values_out_of_the_log(home: Path) -> None:
    async with serving(home) as server, connected(server.socket_dir) as connection:
        await connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
        await connection.execute("INSERT INTO person VALUES ($1)", NAME)
        with pytest.raises(asyncpg.UniqueViolationError, match=r".*"):
            await connection.execute("INSERT INTO person VALUES ($1)", NAME)
        with pytest.raises(asyncpg.DataError, match=NAME):
            await connection.execute(f"SELECT '{NAME}'::date")
    told = (home / "log" / "postgresql.log").read_text()
    assert "database system is ready" in told
    assert NAME not in told
    assert "person" not in told


def test_the_log_is_turned_over_when_it_has_grown_and_its_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log" / "postgresql.log"
    with os.fdopen(logfile.opened(path), "wb", buffering=0) as writer:
        writer.write(b"old line\n" * 10)
        logfile.bound(path, largest=1000)
        assert path.stat().st_size == 90
        logfile.bound(path, largest=50)
        writer.write(b"new line\n")
    assert path.read_bytes() == b"new line\n"
    assert path.with_name("postgresql.log.1").read_bytes() == b"old line\n" * 10
