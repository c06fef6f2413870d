"""Real browsers that call each other: Chromium pages, its moving test picture and tone for camera and microphone.

A page stands for one device; what it would ask our system for over HTTP is handed to the media server's verbs here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from tests.make.pages import ARGUMENTS, CAMERA, CHROMIUM
from yuanzhen.network.media.events import Offer, Part, Wanted
from yuanzhen.network.media.shell.servers import Servers
from yuanzhen.network.media.shell.sfu import Sfu

ORIGIN = "https://caller.test/"  # a secure context, answered below: nothing leaves the machine
PATIENCE_S = 20
SCRIPT = """
const connections = {};
const whole = (pc) => new Promise((done) => {
  const look = () => pc.iceGatheringState === 'complete' && done(pc.localDescription.sdp);
  pc.addEventListener('icegatheringstatechange', look);
  look();
});
const begin = (part, ice) => {
  connections[part]?.close();
  return (connections[part] = new RTCPeerConnection(ice));
};
window.send = async ({ layers, ice }) => {
  const pc = begin('sends', ice);
  for (const kind of [{ audio: true }, { video: { width: 640, height: 480, frameRate: 10 } }]) {
    const [track] = (await navigator.mediaDevices.getUserMedia(kind)).getTracks();
    const sendEncodings = layers && track.kind === 'video'
      ? [{ rid: 'h', maxBitrate: 200000 }, { rid: 'l', maxBitrate: 60000, scaleResolutionDownBy: 2 }] : undefined;
    const { sender } = pc.addTransceiver(track, { direction: 'sendonly', ...(sendEncodings && { sendEncodings }) });
    // A busy machine is no reason for another size: the tests choose it.
    await sender.setParameters({ ...sender.getParameters(), degradationPreference: 'maintain-resolution' });
  }
  await pc.setLocalDescription();
  return whole(pc);
};
window.sendMore = async () => {
  const pc = connections.sends;
  const [track] = (await navigator.mediaDevices.getUserMedia({ video: { width: 160, height: 120 } })).getTracks();
  pc.addTransceiver(track, { direction: 'sendonly' });
  await pc.setLocalDescription();
  return whole(pc);
};
window.answered = (sdp) => connections.sends.setRemoteDescription({ type: 'answer', sdp });
window.receive = async ({ sdp, again, ice }) => {
  const pc = again ? connections.receives : begin('receives', ice);
  await pc.setRemoteDescription({ type: 'offer', sdp });
  await pc.setLocalDescription();
  return whole(pc);
};
window.arrived = async () => {
  const found = {};
  (await connections.receives.getStats()).forEach((one) => {
    if (one.type === 'inbound-rtp') found[one.mid] = { kind: one.kind, frames: one.framesDecoded ?? 0,
      packets: one.packetsReceived, width: one.frameWidth ?? 0, level: one.totalAudioEnergy ?? 0 };
  });
  return found;
};
window.until = async (holds) => {
  while (!(await holds())) await new Promise((next) => { setTimeout(next, 20); });
};
window.sees = (mid, least) => until(async () => ((await arrived())[mid]?.frames ?? 0) >= least);
window.shows = (mid, width) => until(async () => (await arrived())[mid]?.width === width);
window.freezes = async (mid) => {
  const frames = async () => (await arrived())[mid].frames;
  let [before, since] = [await frames(), performance.now()];
  await until(async () => {
    const now = await frames();
    if (now !== before) [before, since] = [now, performance.now()];
    return performance.now() - since > 700;
  });
};
const resting = new Map();
window.rest = async () => {
  const sent = async () => [...(await connections.sends.getStats()).values()]
    .reduce((all, one) => all + (one.type === 'outbound-rtp' ? one.packetsSent : 0), 0);
  for (const one of connections.sends.getSenders()) {
    resting.set(one, one.track);
    await one.replaceTrack(null);
  }
  let [before, since] = [await sent(), performance.now()];
  await until(async () => { // what waits to go goes first
    const now = await sent();
    if (now !== before) [before, since] = [now, performance.now()];
    return performance.now() - since > 300;
  });
};
window.wake = async () => { for (const [one, track] of resting) await one.replaceTrack(track); };
window.reaches = (part, state) => until(() => connections[part].connectionState === state);
window.candidates = (ice) => {
  const pc = begin('sends', ice);
  pc.addTransceiver('audio');
  return pc.setLocalDescription().then(() => whole(pc));
};
window.hangUp = (part) => connections[part].close();
window.way = async () => {
  const all = await connections.receives.getStats();
  const pair = [...all.values()].find((one) => one.type === 'candidate-pair' && one.nominated);
  return pair && all.get(pair.localCandidateId).candidateType;
};
"""


@dataclass(frozen=True)
class Caller:
    """One device of one person in a room."""

    page: Page
    sfu: Sfu | Servers
    room: str
    who: str

    async def offer(self, *, layers: bool = False, ice: Mapping[str, Any] | None = None) -> str:
        """What it would send: sound and a picture."""
        wish = {"layers": layers, "ice": ice or {}}
        return str(await self.page.evaluate("(wish) => send(wish)", wish))

    async def answered(self, answer: str) -> None:
        """Takes the answer to what it would send."""
        await self.page.evaluate("(sdp) => answered(sdp)", answer)

    async def send(
        self, *, layers: bool = False, sealed: bool = True, labels: Mapping[str, str] | None = None,
        ice: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Sends sound and a picture."""
        offer = await self.offer(layers=layers, ice=ice)
        await self.answered(await self.sfu.publish(self.room, self.who, offer, sealed=sealed, labels=labels or {}))

    async def send_more(self, labels: Mapping[str, str]) -> None:
        """Sends one more picture on the same connection."""
        offer = await self.page.evaluate("() => sendMore()")
        await self.answered(await self.sfu.republish(self.room, self.who, offer, sealed=True, labels=labels))

    async def receive(self, wanted: Sequence[Wanted], ice: Mapping[str, Any] | None = None) -> Offer:
        """Receives on a new connection."""
        offer = await self.sfu.subscribe(self.room, self.who, wanted)
        await self.take(offer, again=False, ice=ice)
        return offer

    async def take(self, offer: Offer, *, again: bool = True, ice: Mapping[str, Any] | None = None) -> None:
        """Answers an offer."""
        given = {"sdp": offer.sdp, "again": again, "ice": ice or {}}
        answer = await self.page.evaluate("(given) => receive(given)", given)
        await self.sfu.answer(self.room, self.who, answer, sealed=True)

    async def arrived(self) -> dict[str, dict[str, Any]]:
        """What has arrived and been decoded, by mid."""
        found: dict[str, dict[str, Any]] = await self.page.evaluate("() => arrived()")
        return found

    async def sees(self, mid: str, frames: int = 5) -> None:
        """Waits until so many more frames of a track were decoded."""
        before = (await self.arrived()).get(mid, {}).get("frames", 0)
        await self._in_time("([mid, least]) => sees(mid, least)", [mid, before + frames])

    async def shows(self, mid: str, width: int) -> None:
        """Waits until a picture is so wide."""
        await self._in_time("([mid, width]) => shows(mid, width)", [mid, width])

    async def freezes(self, mid: str) -> None:
        """Waits until no frame of a track has been decoded for seven of its frames' time."""
        await self._in_time("([mid]) => freezes(mid)", [mid])

    async def rest(self) -> None:
        """Sends nothing more until it wakes; what it had begun to send has gone."""
        await self._in_time("() => rest()", [])

    async def wake(self) -> None:
        """The end of `rest`."""
        await self.page.evaluate("() => wake()")

    async def candidates(self, ice: Mapping[str, Any]) -> str:
        """The description that it would offer with these servers."""
        return str(await self.page.evaluate("(ice) => candidates(ice)", ice))

    async def way(self) -> str:
        """By what kind of candidate the media come (`host`, `prflx`, `relay`)."""
        return str(await self.page.evaluate("() => way()"))

    async def hang_up(self, part: Part) -> None:
        """Closes a connection as a page does that is left."""
        await self.page.evaluate("(part) => hangUp(part)", part)

    async def reaches(self, part: Part, state: str) -> None:
        """Waits until a connection is in the state."""
        await self._in_time("([part, state]) => reaches(part, state)", [part, state])

    async def _in_time(self, script: str, given: list[Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.page.evaluate(script, given)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium with a camera and a microphone of its own making."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *CAMERA])
        try:
            yield started
        finally:
            await started.close()


async def caller(started: Browser, sfu: Sfu | Servers, room: str, who: str) -> Caller:
    """A page that may call."""
    page = await started.new_page()
    await page.route(ORIGIN, lambda route: route.fulfill(content_type="text/html", body="<!doctype html>"))
    await page.goto(ORIGIN)
    await page.add_script_tag(content=SCRIPT)
    return Caller(page, sfu, room, who)
