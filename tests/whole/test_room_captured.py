"""What others than those in a room hold of it: packets on the network, what the media server has after SRTP."""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from math import log2
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.make import recorded
from tests.make.center import free_ports
from tests.make.pages import OPENS_PAGES
from tests.whole.conftest import Region
from tests.whole.test_after_pages import patient
from tests.whole.test_recording_page import begins, film, is_marked, opened, raw, recordings
from tests.whole.test_room_page import PATIENCE_MS, case, enters, sees, window
from tests.whole.test_thread import until
from yuanzhen.network.media import mjr, rtp
from yuanzhen.network.media.shell import janus

__all__ = ["case", "patient", "window"]
TSHARK, DUMPCAP = shutil.which("tshark"), shutil.which("dumpcap")
pytestmark = [
    *OPENS_PAGES,
    pytest.mark.long,
    pytest.mark.skipif(not janus.available(), reason="no media server is installed"),
    pytest.mark.skipif(TSHARK is None or DUMPCAP is None, reason="tshark is not here: no packet was captured"),
]
ROOMS = range(20000, 21000)  # `YUANZHEN_MEDIA_PORTS` as it is where nobody says otherwise
CLEAR_PICTURES = 30
OVERHEAD = 16 + 14  # a sealed frame's tag and trailer
Pictures = list[np.ndarray[Any, Any]]


@contextmanager
def captured(path: Path, ports: str) -> Iterator[None]:
    """All packets of UDP on loopback to and from these ports go into a file."""
    command = [str(DUMPCAP), "-q", "-i", "lo", "-f", f"udp portrange {ports}", "-w", str(path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as writing:
        until(lambda: path.exists() and path.stat().st_size > 0, "nothing is captured")
        try:
            yield
        finally:
            writing.terminate()


def packets(path: Path) -> dict[tuple[str, int], list[bytes]]:
    """What tshark reads as RTP, by source and kind of payload: the packets without their extensions."""
    fields = ["rtp.ssrc", "rtp.p_type", "rtp.marker", "rtp.seq", "rtp.timestamp", "rtp.payload"]
    shown = [word for field in fields for word in ("-e", field)]
    command = [str(TSHARK), "-r", str(path), "--enable-heuristic", "rtp_udp", "-Y", "rtp.payload", "-T", "fields"]
    said = subprocess.run([*command, *shown], capture_output=True, text=True, check=True).stdout
    found: dict[tuple[str, int], list[bytes]] = defaultdict(list)
    for line in said.splitlines():
        ssrc, kind, marker, seq, at, payload = line.split("\t")
        last = 0x80 if marker in ("1", "True") else 0
        head = bytes([0x80, int(kind) | last]) + int(seq).to_bytes(2, "big") + int(at).to_bytes(4, "big")
        found[ssrc, int(kind)].append(head + bytes(4) + bytes.fromhex(payload))
    return found


def pictures(frames: list[bytes]) -> Pictures:
    """What a decoder makes of frames, their brightness; of one that it refuses, nothing."""
    decoder, shown = av.CodecContext.create("vp8", "r"), []
    for frame in frames:
        try:
            shown += [one.to_ndarray(format="gray") for one in decoder.decode(av.Packet(frame))]
        except av.FFmpegError:
            continue
    return shown


def shown_by(told: dict[tuple[str, int], list[bytes]]) -> int:
    """How many pictures come of all that was captured, taken for VP8."""
    return sum(len(pictures([one.data for one in rtp.frames("vp8", all_of, rtp.Lost())])) for all_of in told.values())


def sent_clear(port: int) -> None:
    """Somebody who does not seal: real pictures in RTP, over UDP as they are."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        for packet in recorded.packets(recorded.PICTURE, recorded.pictures(CLEAR_PICTURES, (320, 240))):
            line.sendto(packet, ("127.0.0.1", port))
            time.sleep(0.002)  # loopback holds no more than its buffer


def entropy(data: bytes) -> float:
    """Bits that each byte tells (Shannon)."""
    return -sum(count / len(data) * log2(count / len(data)) for count in Counter(data).values())


def is_like(one: Pictures, other: Pictures) -> float:
    """How far pictures go together, from none (0) to the same (1): the mean of their correlations."""
    pairs = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(one, other, strict=False) if a.shape == b.shape]
    return float(np.nan_to_num(pairs).mean()) if pairs else 0.0


def test_no_packet_is_a_picture_nor_what_the_server_writes_and_with_the_key_all_of_it_is(
    region: Region, window: Browser, case: str, tmp_path: Path
) -> None:
    asker = enters(region, window, region.clinician, case)
    expert = enters(region, window, region.expert, case)
    sees(expert.page, "许静")
    begins(expert)
    is_marked(expert.page)
    recording = recordings(region, case)[0]["id"]
    wire = tmp_path / "room"
    with captured(wire, f"{ROOMS.start}-{ROOMS.stop - 1}"):
        until(lambda: len(raw(region, recording)) >= 2, "nothing is written", seconds=60)
        until(lambda: wire.stat().st_size > 1_000_000, "next to nothing is on the network", seconds=60)
        sees(expert.page, "许静")
    told = packets(wire)
    carried = b"".join(packet[rtp.SHORTEST :] for all_of in told.values() for packet in all_of)
    assert len(carried) > 200_000
    assert shown_by(told) == 0
    assert entropy(carried) > 7.99

    [port] = free_ports(1)
    with captured(tmp_path / "clear", f"{port}-{port}"):
        sent_clear(port)
        until(lambda: shown_by(packets(tmp_path / "clear")) == CLEAR_PICTURES, "what is clear is not read either")

    kept = {path.name: path.read_bytes() for path in raw(region, recording)}
    expert.page.get_by_role("button", name="结束录像").click()
    done = opened(region, case)
    looked_into = [holds_nothing(region, case, done, content) for content in kept.values()]
    assert looked_into.count(True) >= 1, "no file of a picture was held against its film"
    for one in (asker, expert):
        expect(one.page.get_by_role("button", name="离开")).to_be_visible(timeout=PATIENCE_MS)
        assert one.is_quiet(), one.faults
        one.page.context.close()


def holds_nothing(region: Region, case: str, done: dict[str, Any], content: bytes) -> bool:
    """Of a file as the media server wrote it no picture is like what was sent, which its film shows; False of sound."""
    file = io.BytesIO(content)
    if mjr.head(file).codec != "vp8":
        return False
    sealed = [one.data for one in rtp.frames("vp8", mjr.packets(file), rtp.Lost())]
    for nth in (one["nth"] for one in done["films"]):
        with av.open(io.BytesIO(film(region, case, done, nth).content)) as container:
            clear = [bytes(one) for one in islice(container.demux(video=0), len(sealed)) if one.size]
        if (first := begins_as(sealed, clear)) is None:
            continue
        sealed = sealed[first:]
        clear = clear[: len(sealed)]
        assert all(len(one) == len(other) + OVERHEAD for one, other in zip(sealed, clear, strict=False))
        assert entropy(b"".join(one[10:] for one in sealed)) > 7.9
        true = pictures(clear)
        assert len(true) == len(clear) > 10
        assert is_like(true, pictures(clear)) > 0.99
        assert is_like(pictures(sealed), true) < 0.5
        return True
    raise AssertionError("no film is of this file")


def begins_as(sealed: list[bytes], clear: list[bytes]) -> int | None:
    """With which of the sealed frames a film begins: its header is left clear."""
    found = (nth for nth, one in enumerate(sealed) if one[:10] == clear[0][:10])
    return next((nth for nth in found if len(sealed[nth]) == len(clear[0]) + OVERHEAD), None)
