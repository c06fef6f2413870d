"""Guests of a room without a browser: they come by their links, send films that they sealed, and see who sends.

All of it over the product's own doors. They run in a thread of their own, beside the pages that are measured.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import httpx
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from av import VideoFrame

from shared.peers import Receiver
from tests.make.recorded import PICTURE, Sealer

BEAT_S, LOOK_S = 4, 0.02
AGAIN = 25  # looks until it asks again
LABEL = "camera"
BURST, REST_S = 12, 0.002  # packets at once, and then nothing
GRAIN = 20  # pixels of the pattern
TICK = Fraction(1, 90_000)
VP8 = [one for one in RTCRtpSender.getCapabilities("video").codecs if one.mimeType == "video/VP8"]


@dataclass(frozen=True)
class Film:
    """Frames of VP8, the first one whole, to be sent again and again; so many a second."""

    frames: list[bytes]
    per_s: int

    @classmethod
    def of(cls, size: tuple[int, int], per_s: int, bits_per_s: int, seconds: int = 2) -> Film:
        """A coarse pattern that wanders, encoded beforehand."""
        encoder = av.CodecContext.create("libvpx", "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.bit_rate = *size, "yuv420p", bits_per_s
        encoder.time_base = Fraction(1, per_s)
        encoder.options = {"deadline": "realtime", "cpu-used": "8", "g": "1000", "lag-in-frames": "0"}
        grain = np.random.default_rng(1).integers(0, 256, (size[1] // GRAIN, size[0] // GRAIN, 3), np.uint8)
        whole = grain.repeat(GRAIN, axis=0).repeat(GRAIN, axis=1)
        frames: list[bytes] = []
        for nth in range(per_s * seconds):
            frame = VideoFrame.from_ndarray(np.roll(whole, 4 * nth, axis=1), format="rgb24").reformat(format="yuv420p")
            frame.pts = nth
            frames += [bytes(packet) for packet in encoder.encode(frame)]
        return cls(frames + [bytes(packet) for packet in encoder.encode(None)], per_s)

    @property
    def bits_per_s(self) -> int:
        """What it comes to."""
        return sum(map(len, self.frames)) * 8 * self.per_s // len(self.frames)


class Sealed(MediaStreamTrack):
    """A film as it goes, each frame sealed when its time has come; nothing goes before there are keys."""

    kind = "video"

    def __init__(self, film: Film) -> None:
        super().__init__()
        self.film, self._frames = film, itertools.cycle(film.frames)
        self._began, self.sent = 0.0, 0
        self.sealer: Sealer | None = None
        self.epoch, self.keyed = 0, asyncio.Event()

    async def recv(self) -> av.Packet:
        """The next frame."""
        await self.keyed.wait()
        self._began = self._began or time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self.sent / self.film.per_s - time.monotonic()))
        assert self.sealer is not None
        packet = av.Packet(self.sealer.seal(self.epoch, LABEL, PICTURE, next(self._frames)))
        packet.pts, packet.time_base = round(self.sent * 90_000 / self.film.per_s), TICK
        self.sent += 1
        return packet


@dataclass
class Guest:
    """One of them."""

    url: str
    case: str
    token: str
    track: Sealed
    id: str = ""
    ticket: str = ""
    receiver: Receiver = field(default_factory=Receiver)
    sends: RTCPeerConnection = field(default_factory=RTCPeerConnection)
    http: httpx.AsyncClient = field(init=False)
    beating: asyncio.Future[None] = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(base_url=self.url, timeout=60)

    async def comes(self) -> None:
        """Opens the link, and asks to come in."""
        here = (await self.http.post("/auth/guest", json={"token": self.token})).raise_for_status().json()
        self.http.headers["X-CSRF-Token"] = here["csrf"]
        self.id = here["id"]
        self.ticket = (await self._asks("join", {}))["ticket"]
        self.beating = asyncio.ensure_future(self._beats())

    async def publishes(self) -> None:
        """Offers its film."""
        sender = self.sends.addTransceiver(self.track, direction="sendonly")
        sender.setCodecPreferences(VP8)
        await self.sends.setLocalDescription(await self.sends.createOffer())
        sdp = self.sends.localDescription.sdp
        answer = await self._asks("publish", {"ticket": self.ticket, "sdp": sdp, "labels": {sender.mid: LABEL}})
        await self.sends.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        _pace(sender.sender.transport)

    async def has_keys(self, senders: int) -> None:
        """Seals with its key of the epoch in which so many are in the room."""
        while True:
            held = await self._asks("keys", {"ticket": self.ticket})
            if len(held["keys"]) == senders:
                mine = next(one["key"] for one in held["keys"] if one["sender"] == self.id)
                self.track.epoch = held["epoch"]
                self.track.sealer = Sealer(self.id, {held["epoch"]: base64.b64decode(mine)})
                self.track.keyed.set()
                return
            await asyncio.sleep(LOOK_S)

    async def sees(self, pictures: int) -> None:
        """Receives, until the first packets of so many pictures were here; then what comes is left lying.

        As a page does, it asks again as long as somebody's picture is not among what it was offered.
        """
        receives = False
        while self._pictures() < pictures:
            offer = await self._asks("receive", {"ticket": self.ticket, "anew": not receives})
            if offer["sdp"]:
                await self.receiver.answers(offer["sdp"])
                await self._asks("answer", {"ticket": self.ticket, "sdp": self.receiver.pc.localDescription.sdp})
                if not receives:
                    await self.receiver.notes()
                receives = True
            for _ in range(AGAIN):
                if self._pictures() < pictures:
                    await asyncio.sleep(LOOK_S)
        self.receiver.rests()

    async def _beats(self) -> None:
        """Says again and again that it is there."""
        while True:
            await asyncio.sleep(BEAT_S)
            await self._asks("beat", {"ticket": self.ticket})

    def _pictures(self) -> int:
        """Of how many there was a packet that is no sound."""
        return len({packet[8:12] for packet, _ in self.receiver.came if len(packet) > 200})

    async def _asks(self, what: str, body: dict[str, Any]) -> Any:
        answer = await self.http.post(f"/api/consultations/{self.case}/room/{what}", json=body)
        return answer.raise_for_status().json() if answer.content else None


def _pace(way: Any) -> None:
    """A large picture goes over a while, as a browser's does: no socket holds all its packets at once."""
    send, numbers = way._send_rtp, itertools.count(1)

    async def paced(packet: bytes) -> None:
        await send(packet)
        if next(numbers) % BURST == 0:
            await asyncio.sleep(REST_S)

    way._send_rtp = paced


class Elsewhere:
    """A thread with a loop of its own."""

    def __enter__(self) -> Elsewhere:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What a piece of work there comes to."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def begin(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Has it done, and goes on."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)
