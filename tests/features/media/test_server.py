"""The media server's own life: reached by us alone, started again when it dies, gone with us, or not there at all."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.features.media.conftest import PORTS, Media, Room, running
from tests.features.media.test_rooms import came
from yuanzhen.infrastructure.errors import Forbidden, Unavailable
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.network.media import messages
from yuanzhen.network.media.configuration import API, Ground
from yuanzhen.network.media.events import RoomOptions, ServerLost, ServerUp, Wanted
from yuanzhen.network.media.shell.line import REQUESTS, line
from yuanzhen.network.media.shell.sfu import Sfu

pytestmark = pytest.mark.slow
LISTENS = "0A"  # proc(5), /proc/net/tcp


async def test_a_killed_server_is_back_with_its_rooms_and_whoever_was_in_it_is_told(room: Room) -> None:
    sender, receiver = await room.caller("a"), await room.caller("b")
    await sender.send()
    await came(room, "a")
    await receiver.receive([Wanted("a")])
    await receiver.sees("1")
    room.media.told.clear()
    os.kill(room.media.pid, signal.SIGKILL)
    await room.media.until_told(ServerLost((room.id,)))
    await room.media.until_told(ServerUp((room.id,)))
    await sender.send()
    await came(room, "a")
    await receiver.receive([Wanted("a")])
    await receiver.sees("1")


async def test_a_server_that_does_not_answer_is_replaced() -> None:
    async with running() as media:
        first = media.pid
        media.told.clear()
        os.kill(first, signal.SIGSTOP)
        await media.until_told(ServerUp(()))
        assert media.pid != first
        assert not _lives(first)


async def test_it_listens_on_two_sockets_of_ours_and_on_no_port(room: Room) -> None:
    await (await room.caller("a")).send()
    await came(room, "a")
    mine = _sockets(room.media.pid)
    tcp = [port for inode, port, state in _ports("tcp") if inode in mine and state == LISTENS]
    udp = {port for inode, port, _ in _ports("udp") if inode in mine}
    assert tcp == []
    assert udp
    assert udp <= set(PORTS)


async def test_nobody_asks_it_anything_without_the_secret_of_this_start_or_enters_without_the_pin(media: Media) -> None:
    folder = media.started.folder
    async with line(folder / API, REQUESTS, {"apisecret": "guessed"}, lambda _: None) as stranger:
        with pytest.raises(Forbidden, match=r"media\.not_allowed"):
            await stranger.open_session()
    async with line(folder / API, REQUESTS, {"apisecret": media.started.secrets.api}, lambda _: None) as known:
        await known.open_session()
        handle = await known.attach()
        made = messages.create("ward", RoomOptions(), secret="s", pin="p", key="guessed")
        with pytest.raises(Forbidden, match=r"media\.not_allowed"):
            await known.tell(handle, made)
        await media.sfu.open_room("ward")
        with pytest.raises(Forbidden, match=r"media\.not_allowed"):
            await known.tell(handle, messages.watch("ward", "stranger", "guessed"))
        with pytest.raises(Forbidden, match=r"media\.not_allowed"):
            await known.tell(handle, messages.destroy("ward", "guessed"))
        await media.sfu.close_room("ward")


async def test_its_files_are_its_users_alone_are_new_at_each_start_and_go_with_it() -> None:
    async with running() as media:
        folder, first, pid = media.started.folder, media.started.secrets, media.pid
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in folder.glob("*.jcfg")} == {0o600}
        assert folder.stat().st_uid == _user(pid)
        if os.geteuid() == 0:
            assert folder.stat().st_uid != 0
        media.told.clear()
        os.kill(pid, signal.SIGKILL)
        await media.until_told(ServerUp(()))
        assert media.started.secrets.api != first.api
        pid = media.pid
    assert not folder.parent.exists()
    assert not _lives(pid)


async def test_where_none_is_installed_it_is_said_and_every_verb_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    sfu = Sfu(tmp_path, Ground(PORTS), Metrics())
    task = asyncio.create_task(sfu.run())
    with pytest.raises(Unavailable, match=r"media\.no_server"):
        await sfu.open_room("ward")
    with pytest.raises(Unavailable, match=r"media\.no_server"):
        await sfu.publish("ward", "a", "v=0", sealed=True)
    assert sfu.rooms == ()
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})


def _user(pid: int) -> int:
    return Path("/proc", str(pid)).stat().st_uid


def _lives(pid: int) -> bool:
    return Path("/proc", str(pid)).exists()


def _sockets(pid: int) -> set[str]:
    """The inodes of a process's sockets."""
    links = [str(link.readlink()) for link in Path("/proc", str(pid), "fd").iterdir()]
    return {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}


def _ports(protocol: str) -> list[tuple[str, int, str]]:
    """Of every socket of this machine: its inode, its port and its state."""
    rows = [
        row.split()
        for table in (protocol, f"{protocol}6")
        for row in Path("/proc/net", table).read_text().splitlines()[1:]
    ]
    return [(row[9], int(row[1].rpartition(":")[2], 16), row[3]) for row in rows]
