"""Our own coturn: kept running where it is installed and wanted, asked now and then whether it answers."""

from __future__ import annotations

import asyncio
import secrets as chance
import shutil
import socket
import struct
from datetime import datetime
from fcntl import ioctl
from pathlib import Path

from yuanzhen.infrastructure.db.embedded.places import Places
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.infrastructure.processes import runtime
from yuanzhen.infrastructure.processes.account import account_for
from yuanzhen.infrastructure.processes.child import Child, spawn
from yuanzhen.infrastructure.processes.kept import keep
from yuanzhen.network.media import turn
from yuanzhen.network.media.turn import TurnServer

PROGRAM = "turnserver"
FOLDER, FILE = "turn", "turnserver.conf"
LOOK_S, ANSWER_S, READY_TRIES = 5.0, 0.1, 100
SIOCGIFADDR = 0x8915  # netdevice(7)
BINDING, MAGIC = 0x0001, 0x2112A442  # RFC 8489 5
SUCCESS = 0x0101


def available() -> bool:
    """Whether a relay can be started here."""
    return shutil.which(PROGRAM) is not None


class Turn:
    """One relay, or none: then `ice_servers` names none."""

    def __init__(self, home: Path, server: TurnServer | None, metrics: Metrics) -> None:
        self._home = home
        self._server = server
        self._metrics = metrics
        self._secret = chance.token_hex(32)
        self._answers = False

    def ice_servers(self, who: str, now: datetime) -> list[dict[str, str | list[str]]]:
        """For one device, to be used within ten minutes; empty while no relay answers."""
        if self._server is None or not self._answers:
            return []
        return turn.ice_servers(self._server, self._secret, who, now)

    async def run(self) -> None:
        """Keeps it running until cancelled; where it is not wanted or not installed, says so once, and waits."""
        server = self._server
        if server is None or not available():
            log.info("turn_absent", wanted=server is not None)
            await asyncio.Event().wait()
            return
        try:
            await keep("coturn", lambda: self._start(server), lambda: self._serve(server), self._metrics)
        finally:
            runtime.clear(self._folder())

    def _folder(self) -> Path:
        return runtime.runtime_folder(self._home, account_for(Places.of(self._home).data)) / FOLDER

    async def _start(self, server: TurnServer) -> Child:
        """Unavailable `media.turn_port_taken` where another program listens: it would share the port silently."""
        _check_free(server)
        program = shutil.which(PROGRAM)
        if program is None:
            raise Unavailable("media.no_turn")
        folder, account = self._folder(), account_for(Places.of(self._home).data)
        text = turn.configuration(folder, server, self._secret, own_addresses())
        runtime.furnish(folder, account, {FILE: text})
        with open("/dev/null", "wb") as nothing:  # noqa: PTH123, ASYNC230 - a device, not a file
            return spawn([program, "-c", str(folder / FILE)], account, stderr=nothing.fileno())

    async def _serve(self, server: TurnServer) -> None:
        for _ in range(READY_TRIES):
            if await answers(server):
                break
        else:
            raise Unavailable("media.no_turn", waited_s=ANSWER_S * READY_TRIES)
        log.info("turn_started")
        self._say(answers=True)
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                if not await answers(server, tries=10):
                    raise Unavailable("media.no_turn")
        finally:
            self._say(answers=False)

    def _say(self, *, answers: bool) -> None:
        self._answers = answers
        self._metrics.set("turn_up", int(answers))


async def answers(server: TurnServer, tries: int = 1) -> bool:
    """Whether it answers a STUN binding request."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bool] = loop.create_future()
    question = struct.pack(">HHI12s", BINDING, 0, MAGIC, chance.token_bytes(12))
    where = (server.host or "127.0.0.1", server.port)
    transport, _ = await loop.create_datagram_endpoint(lambda: _Heard(heard), remote_addr=where)
    try:
        for _ in range(tries):
            transport.sendto(question)
            done, _ = await asyncio.wait({heard}, timeout=ANSWER_S)
            if done:
                return heard.result()
    finally:
        transport.close()
    return False


class _Heard(asyncio.DatagramProtocol):
    def __init__(self, heard: asyncio.Future[bool]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, _address: object) -> None:
        if not self._heard.done() and data[:2] == SUCCESS.to_bytes(2):
            self._heard.set_result(True)

    def error_received(self, _error: Exception) -> None:
        """Nobody listens there yet: the time to wait is the answer."""


def own_addresses() -> tuple[str, ...]:
    """The IPv4 addresses of this machine's interfaces, loopback's left out: it is nobody's to reach."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                told = ioctl(asking, SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:  # an interface without an address
                continue
            found.append(socket.inet_ntoa(told[20:24]))
    return tuple(one for one in found if not one.startswith("127."))


def _check_free(server: TurnServer) -> None:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind((server.host or "", server.port))
        socket.create_server((server.host or "", server.port)).close()
    except OSError as taken:
        raise Unavailable("media.turn_port_taken", place=str(server.port), error=taken.strerror) from None
