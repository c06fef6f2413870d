"""Who cannot reach the media ports is relayed to the media server, and to nothing else."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.features.media.conftest import Room
from tests.features.media.test_rooms import came
from tests.make.center import free_ports
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.network.media.events import Wanted
from yuanzhen.network.media.shell import turn
from yuanzhen.network.media.shell.turn import Turn
from yuanzhen.network.media.turn import TurnServer, allowed, credentials

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not turn.available(), reason="coturn is not here"),
]
PATIENCE_S = 20


@dataclass
class Relayed:
    """A running relay."""

    turn: Turn
    server: TurnServer
    home: Path

    def ice(self, *, policy: str = "relay", **changed: str) -> dict[str, Any]:
        """What a page is given that may not reach anything else."""
        servers = [
            {**one, **changed} if "credential" in one else one for one in self.turn.ice_servers("a", clock.now())
        ]
        return {"iceServers": servers, "iceTransportPolicy": policy}

    async def until_up(self, *, up: bool = True) -> None:
        """Waits until it answers, or does not any more."""
        async with asyncio.timeout(PATIENCE_S):
            while bool(self.turn.ice_servers("a", clock.now())) != up:  # noqa: ASYNC110 - nothing to wait for
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(server: TurnServer) -> AsyncIterator[Relayed]:
    home = Path(tempfile.mkdtemp(prefix="turn-"))
    one = Relayed(Turn(home, server, Metrics()), server, home)
    task = asyncio.create_task(one.turn.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.wait({task})
        shutil.rmtree(home)


@pytest.fixture(params=["127.0.0.1", *turn.own_addresses()[:1]])
async def relayed(request: pytest.FixtureRequest) -> AsyncIterator[Relayed]:
    """Listens on loopback, as a centre does by default, or where others reach it."""
    (port,) = free_ports(1)
    async with running(TurnServer(port, range(23500, 23600), request.param, host=request.param)) as one:
        await one.until_up()
        yield one


@pytest.mark.parametrize("way", ["udp", "tcp"])
async def test_whoever_may_reach_only_the_relay_sends_and_receives(room: Room, relayed: Relayed, way: str) -> None:
    ice = relayed.ice()
    for one in ice["iceServers"]:
        one["urls"] = [url for url in one["urls"] if url.startswith("stun") or url.endswith(way)]
    sender, receiver = await room.caller("a"), await room.caller("b")
    await sender.send(ice=ice)
    await came(room, "a")
    await receiver.receive([Wanted("a")], ice=ice)
    await receiver.sees("1")
    assert await receiver.way() == "relay"


async def test_a_wrong_password_begins_no_relay_and_one_that_is_too_old_neither(room: Room, relayed: Relayed) -> None:
    old_name, old_password = credentials(relayed.turn._secret, "a", clock.now() - timedelta(minutes=11))
    for changed in ({"credential": "guessed"}, {"username": old_name, "credential": old_password}):
        sender = await room.caller("a")
        assert "candidate:" not in await sender.candidates(relayed.ice(**changed))
    assert "typ relay" in await (await room.caller("b")).candidates(relayed.ice())


async def test_a_killed_relay_is_back(relayed: Relayed) -> None:
    (pid,) = _pids(relayed.server.port)
    os.kill(pid, signal.SIGKILL)
    await relayed.until_up(up=False)
    assert relayed.turn.ice_servers("a", clock.now()) == []
    await relayed.until_up()
    assert _pids(relayed.server.port) != [pid]


async def test_a_port_that_another_program_has_is_not_shared_with_it() -> None:
    with turn.socket.create_server(("127.0.0.1", 0)) as taken:
        server = TurnServer(taken.getsockname()[1], range(23500, 23600), "127.0.0.1", host="127.0.0.1")
        with pytest.raises(turn.Unavailable, match=r"media\.turn_port_taken"):
            await Turn(Path("/nowhere"), server, Metrics())._start(server)


async def test_where_none_is_wanted_none_is_named() -> None:
    nobody = Turn(Path("/nowhere"), None, Metrics())
    task = asyncio.create_task(nobody.run())
    assert nobody.ice_servers("a", clock.now()) == []
    task.cancel()
    await asyncio.wait({task})


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.9.9.9", "224.0.0.1"])
async def test_it_relays_to_nobody_else(relayed: Relayed, peer: str) -> None:
    _, given = relayed.turn.ice_servers("a", clock.now())
    asking = await asyncio.create_subprocess_exec(
        "turnutils_uclient", "-v", "-n", "1", "-c", "-u", str(given["username"]), "-w", str(given["credential"]),
        "-e", peer, "-p", str(relayed.server.port), str(relayed.server.host), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(asking.communicate(), PATIENCE_S)
    assert b"error 403 (Forbidden IP)" in said


def test_it_relays_to_this_machine_and_to_networks_that_were_named() -> None:
    server = TurnServer(3478, range(21000, 22000), "hospital.example", address="203.0.113.7", peers=("10.2.0.0/16",))
    assert allowed(server, ("192.0.2.2",)) == ["192.0.2.2", "203.0.113.7", "10.2.0.0-10.2.255.255"]
    assert not [one for one in turn.own_addresses() if one.startswith("127.")]


def _pids(port: int) -> list[int]:
    """Of the relays that were started with this port."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if words[0].endswith(b"turnserver") and f"listening-port={port}\n" in Path(words[2].decode()).read_text():
            found.append(int(entry.name))
    return found
