"""Homes that were moved, copied, closed to others, of another version, or another user's."""

# ruff: noqa: ASYNC240  # a test waits for its own files alone

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import yuanzhen
from tests.features.embedded.servers import (
    PASSWORD,
    STARTER,
    Start,
    eventually,
    keep_a_row,
    processes_in,
    rows,
    serving,
)
from yuanzhen.infrastructure.db import embedded
from yuanzhen.infrastructure.db.embedded import binaries
from yuanzhen.infrastructure.errors import Conflict, Forbidden
from yuanzhen.infrastructure.processes import runtime
from yuanzhen.infrastructure.processes.account import Account, may_use

pytestmark = pytest.mark.slow
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
NOBODY = Account(pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
DEBIANS_PYTHON = Path("/usr/bin/python3")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everyone may enter."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def stranger() -> Iterator[int]:
    """A living process of the server's user that got a dead server's pid; PostgreSQL alone would take it for one."""
    as_whom = {"user": NOBODY.uid} if os.geteuid() == 0 else {}
    process = subprocess.Popen(["/bin/sleep", "600"], **as_whom)
    yield process.pid
    process.kill()
    process.wait()


async def test_a_moved_home_keeps_its_rows(home: Path) -> None:
    async with serving(home) as server:
        await keep_a_row(server.socket_dir, "moved")
    elsewhere = home.rename(home.parent.parent / "elsewhere")
    async with serving(elsewhere) as server:
        assert await rows(server.socket_dir) == ["moved"]


async def test_a_home_may_be_moved_while_its_server_runs(home: Path) -> None:
    async with serving(home) as server:
        await keep_a_row(server.socket_dir, "before")
        elsewhere = home.rename(home.parent.parent / "elsewhere")
        await keep_a_row(server.socket_dir, "after")
        assert embedded.running(elsewhere) == server
        with pytest.raises(Conflict, match=r"home\.in_use"):
            await embedded.start(elsewhere, password=PASSWORD)
        with pytest.raises(Conflict, match=r"home\.socket_in_use"):
            await embedded.start(home, password=PASSWORD)
    async with serving(elsewhere) as server:
        assert await rows(server.socket_dir) == ["after", "before"]


async def test_a_copied_home_is_a_home_of_its_own(home: Path) -> None:
    async with serving(home) as server:
        await keep_a_row(server.socket_dir, "shared")
    copy = home.with_name("copy")
    shutil.copytree(home, copy)  # by root it all belongs to root, and the folder's mode may be wide
    (copy / "postgresql" / "data").chmod(0o755)
    async with serving(home) as one, serving(copy) as two:
        await keep_a_row(one.socket_dir, "one")
        assert await rows(two.socket_dir) == ["shared"]


@pytest.mark.parametrize("left", ["{pid}\n/old\n1\n5432\n/old\n\n1 1\nready\n", "{pid}\n", ""])
async def test_a_stale_pid_file_that_names_a_living_process_does_not_mislead(
    home: Path, left: str, stranger: int
) -> None:
    async with serving(home):
        pass
    stale = home / "postgresql" / "data" / "postmaster.pid"
    stale.write_text(left.format(pid=stranger))
    assert embedded.running(home) is None
    async with serving(home) as server:
        await keep_a_row(server.socket_dir, "started")


async def test_a_stale_socket_does_not_stand_in_the_way(home: Path, stranger: int) -> None:
    async with serving(home) as server:
        left = {name: (server.socket_dir / name) for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock")}
        assert all(path.exists() for path in left.values())
    server.socket_dir.mkdir()
    left[".s.PGSQL.5432.lock"].write_text(f"{stranger}\n/old\n1\n5432\n{server.socket_dir}\n")
    async with serving(home) as again:
        await keep_a_row(again.socket_dir, "started")


async def test_a_database_of_another_version_is_refused_with_both_named(home: Path) -> None:
    async with serving(home):
        pass
    version = home / "postgresql" / "data" / "PG_VERSION"
    version.write_text("19\n")
    with pytest.raises(Conflict) as refused:
        await embedded.start(home, password=PASSWORD)
    assert refused.value.code == "home.other_database"
    assert (refused.value.facts["found"], refused.value.facts["needed"]) == ("19", "18")
    version.write_text("18\n")
    async with serving(home):
        pass


async def test_a_data_folder_that_holds_no_database_is_refused_and_left_alone(home: Path) -> None:
    (home / "postgresql" / "data").mkdir(parents=True)
    (home / "postgresql" / "data" / "letter.txt").write_text("mine")
    with pytest.raises(Conflict, match=r"home\.no_database"):
        await embedded.start(home, password=PASSWORD)
    assert (home / "postgresql" / "data" / "letter.txt").read_text() == "mine"


def modes_above(path: Path) -> list[tuple[int, int]]:
    return [(folder.stat().st_mode, folder.stat().st_uid) for folder in path.parents]


@as_root
async def test_as_root_the_server_is_nobodys_below_folders_that_nobody_may_not_enter(home: Path) -> None:
    home.parent.mkdir(mode=0o700)
    before = modes_above(home)
    users = Path("/etc/passwd").read_bytes()
    async with serving(home) as server:
        await keep_a_row(server.socket_dir, "closed")
        data = home / "postgresql" / "data"
        assert not may_use(data, NOBODY)
        assert {Path("/proc", str(pid)).stat().st_uid for pid in processes_in(data)} == {NOBODY.uid}
        assert (data.stat().st_uid, stat.S_IMODE(data.stat().st_mode)) == (NOBODY.uid, 0o700)
        assert (home.stat().st_uid, stat.S_IMODE(home.stat().st_mode)) == (0, 0o700)
    assert modes_above(home) == before
    assert Path("/etc/passwd").read_bytes() == users


@as_root
async def test_programs_that_nobody_cannot_read_are_copied_once_and_run(home: Path, open_folder: Path) -> None:
    used = binaries.programs_for(Account(os.geteuid(), os.getegid())).parents[2]
    closed = home.parent / "site-packages"
    shutil.copytree(used / binaries.PROGRAMS, closed / binaries.PROGRAMS, ignore=binaries.NOT_NEEDED)
    shutil.copytree(used / binaries.LIBRARIES, closed / binaries.LIBRARIES)
    for path in closed.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    assert not binaries.usable(closed, NOBODY)
    copy = binaries.copied(closed, open_folder / "yuanzhen" / "postgresql-18")
    assert binaries.usable(copy, NOBODY)
    assert [path.name for path in copy.parent.iterdir()] == ["postgresql-18"]
    made = copy.stat().st_mtime_ns
    assert binaries.copied(closed, copy).stat().st_mtime_ns == made
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "yuanzhen.infrastructure.db.embedded.server.programs_for", lambda _: copy / binaries.PROGRAMS / "bin"
        )
        async with serving(home) as server:
            assert Path("/proc", str(server.pid), "exe").readlink().is_relative_to(copy)
            await keep_a_row(server.socket_dir, "from the copy")


@as_root
async def test_an_ordinary_users_home_is_served_by_that_user(open_folder: Path, start_elsewhere: Start) -> None:
    packages, source = Path(binaries.__file__), Path(yuanzhen.__file__).parent.parent
    libraries = next(Path(folder) for folder in sys.path if Path(folder, "asyncpg").is_dir())
    needed = (DEBIANS_PYTHON, packages.parent, STARTER.parent, libraries, source)
    if not all(path.exists() and may_use(path, NOBODY) for path in needed):
        pytest.skip(f"nobody cannot read one of {', '.join(map(str, needed))}")
    if (DEBIANS_PYTHON.resolve().name) != f"python3.{sys.version_info.minor}":
        pytest.skip(f"{DEBIANS_PYTHON} is not the Python that the packages were built for")
    os.chown(open_folder, NOBODY.uid, NOBODY.gid)
    home = open_folder / ".yuanzhen"
    environment = {"PYTHONPATH": f"{source}:{libraries}", "PATH": "/usr/bin:/bin"}
    starter = start_elsewhere(
        home, python=str(DEBIANS_PYTHON), user=NOBODY.uid, group=NOBODY.gid, extra_groups=[], env=environment
    )
    said = await starter.said()
    assert said["socket_dir"].startswith(f"/tmp/yuanzhen-{NOBODY.uid}/")
    assert Path(said["socket_dir"]).parent.stat().st_uid == NOBODY.uid
    assert {path.stat().st_uid for path in home.rglob("*")} == {NOBODY.uid}
    await keep_a_row(Path(said["socket_dir"]), "a user's")
    starter.kill()
    await eventually(lambda: processes_in(home / "postgresql" / "data") == [])
    shutil.rmtree(said["socket_dir"])
    async with serving(home) as by_root:
        assert await rows(by_root.socket_dir) == ["a user's"]
        assert Path("/proc", str(by_root.pid)).stat().st_uid == NOBODY.uid


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("{folder}", "{folder}/yuanzhen"),
        ("", "/tmp/yuanzhen-1000"),
        ("not/absolute", "/tmp/yuanzhen-1000"),
        ("{folder}/not-there", "/tmp/yuanzhen-1000"),
        ("/run/user/1000", "/tmp/yuanzhen-1000"),  # gone at log-out
        ("{folder}/" + "long" * 25, "/tmp/yuanzhen-1000"),
    ],
)
def test_an_ordinary_users_socket_lies_where_it_lasts_and_its_path_fits(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, given: str, used: str
) -> None:
    (open_folder / ("long" * 25)).mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", given.format(folder=open_folder))
    assert str(runtime._runtime_root()) == used.format(folder=open_folder)


def test_a_runtime_folder_in_which_others_may_write_is_refused(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_folder.chmod(0o777)
    monkeypatch.setattr(runtime, "_runtime_root", lambda: open_folder)
    with pytest.raises(Forbidden, match=r"runtime\.folder_not_ours"):
        runtime.runtime_folder(Path("/home"), Account(os.geteuid(), os.getegid()))


def test_a_runtime_folder_that_is_a_link_is_refused(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (open_folder / "link").symlink_to("/")
    monkeypatch.setattr(runtime, "_runtime_root", lambda: open_folder / "link")
    with pytest.raises(Forbidden, match=r"runtime\.folder_not_ours"):
        runtime.runtime_folder(Path("/home"), Account(os.geteuid(), os.getegid()))
