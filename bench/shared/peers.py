"""Who sends to a room and who receives in it, without a browser: packets as they are, stamped when they go and come.

A sender reaches the media server by the door by which another server's people do (RTP). A receiver makes a
connection as a browser does (aiortc: ICE and DTLS) and then only notes what arrives, or lets it lie.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

from aiortc import RTCPeerConnection, RTCSessionDescription

from yuanzhen.network.media.events import Inlet, Source, Wanted
from yuanzhen.network.media.shell.sfu import Sfu

BODY = 1150  # bytes of a packet
FRAMES_PER_S = 30
HEAD = struct.Struct(">BBHII")
KIND = 96
SSRC = 1000  # of the first track that comes by that door (janus_videoroom.c, REMOTE_PUBLISHER_BASE_SSRC)
PICTURE = (Source("0", "video", "camera", "vp8"),)
ROOM_BYTES = 1 << 22  # for what comes while this process waits for a core
TICKS = 100  # of a second, of the kernel's counters
MIB = 1 << 20


@dataclass
class Sender:
    """Somebody's picture: so many bits a second in frames of VP8, of which nobody here looks into."""

    inlet: Inlet
    bits_per_s: int
    sent: list[float] = field(default_factory=list)  # when each packet went

    async def run(self, seconds: float) -> None:
        """Sends for so long, each frame at its time and its packets at once."""
        seq = 0
        each = max(1, round(self.bits_per_s / 8 / FRAMES_PER_S / BODY))
        started = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("127.0.0.1", self.inlet.port))
            for nth in range(round(seconds * FRAMES_PER_S)):
                await asyncio.sleep(max(0.0, started + nth / FRAMES_PER_S - time.monotonic()))
                for part in range(each):
                    packet = _packet(seq, nth, is_first=part == 0, is_last=part == each - 1)
                    self.sent.append(time.monotonic())
                    line.send(packet)
                    seq += 1


def _packet(number: int, frame: int, *, is_first: bool, is_last: bool) -> bytes:
    """RTP of VP8 (RFC 7741) whose first frame is a whole one; its number stands two bytes after the head."""
    head = HEAD.pack(0x80, KIND | (0x80 if is_last else 0), number & 0xFFFF, frame * 3000, SSRC)
    described = (b"\x10" if is_first else b"\x00") + bytes([frame > 0])
    return head + described + number.to_bytes(4, "big") + bytes(BODY - 6)


@dataclass
class Receiver:
    """One connection that gets what it wants."""

    pc: RTCPeerConnection = field(default_factory=RTCPeerConnection)
    came: list[tuple[bytes, float]] = field(default_factory=list)  # a packet as it came, and when

    async def comes(self, sfu: Sfu, room: str, who: str, feeds: list[str], *, notes: bool = True) -> None:
        """Joins, and is there when this returns; `notes`: it reads what comes."""
        offer = await sfu.subscribe(room, who, [Wanted(feed) for feed in feeds])
        await self.answers(offer.sdp)
        await sfu.answer(room, who, self.pc.localDescription.sdp, sealed=True)
        await self.notes()
        if not notes:
            self.rests()

    async def answers(self, offer: str) -> None:
        """Has an answer to what it is offered."""
        await self.pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.pc.setLocalDescription(await self.pc.createAnswer())

    async def notes(self) -> None:
        """Once it is connected it notes what comes."""
        await self._is_connected()
        for way in self._ways():
            way.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM_BYTES)
            way.set_protocol(_Noting(self.came, way.get_protocol()))

    def rests(self) -> None:
        """What comes from now on is left lying."""
        for way in self._ways():
            asyncio.get_running_loop()._remove_reader(way.get_extra_info("socket").fileno())

    async def _is_connected(self) -> None:
        changed = asyncio.Event()
        self.pc.on("connectionstatechange", changed.set)
        while self.pc.connectionState != "connected":
            changed.clear()
            await changed.wait()

    def _ways(self) -> list[asyncio.DatagramTransport]:
        """What the connection sends and receives by."""
        ice = self.pc.getTransceivers()[0].receiver.transport.transport._connection
        return [one.transport for one in ice._protocols]


class _Noting(asyncio.DatagramProtocol):
    def __init__(self, came: list[tuple[bytes, float]], before: asyncio.BaseProtocol) -> None:
        self._came, self._before = came, before

    def connection_lost(self, exc: Exception | None) -> None:
        self._before.connection_lost(exc)

    def datagram_received(self, data: bytes, addr: object) -> None:
        if 0x80 <= data[0] < 0xC0 and not 64 <= data[1] & 0x7F < 96:  # RFC 5761: RTP, and not RTCP
            self._came.append((data, time.monotonic()))


def took_ms(sender: Sender, receiver: Receiver) -> list[float]:
    """How long each packet of the one sender was on its way, by the number that it carries."""
    opens = receiver.pc.getTransceivers()[0].receiver.transport._rx_srtp
    return [(at - sender.sent[_number(opens.unprotect(packet))]) * 1000 for packet, at in receiver.came]


def _number(packet: bytes) -> int:
    """What its sender wrote into a packet, two bytes after its head and what that is extended by (RFC 3550, 5.3.1)."""
    extended = 4 + 4 * int.from_bytes(packet[HEAD.size + 2 : HEAD.size + 4], "big") if packet[0] & 0x10 else 0
    return int.from_bytes(packet[HEAD.size + extended + 2 :][:4], "big")


def cpu_s(pid: int) -> float:
    """What a process has used of the cores."""
    told = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / TICKS


def memory_mib(pid: int) -> float:
    """What a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / MIB
