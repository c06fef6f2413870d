"""What Janus counts of a connection, read from its own account of a handle. Pure.

The account also names the addresses of both ends; these are left where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yuanzhen.network.media.events import Figures, Part
from yuanzhen.network.media.messages import Body


def ask(session: int | None, handle: int) -> Body:
    """Asks for the account of a handle."""
    return {"janus": "handle_info", "session_id": session, "handle_id": handle}


def read(who: str, part: Part, told: Mapping[str, Any]) -> list[Figures]:
    """The figures of each track of a handle; none before its connection stands."""
    media = told.get("info", {}).get("webrtc", {}).get("media", {})
    return [_track(who, part, one) for one in media.values()]


def _track(who: str, part: Part, one: Mapping[str, Any]) -> Figures:
    """A layered track is counted by layer (`sim1`, `video-simulcast-1`) on its way in: the sum is told."""
    counted = one["stats"]["in" if part == "sends" else "out"]
    layers = [counted, *(inner for inner in counted.values() if isinstance(inner, Mapping))]
    reports = one.get("rtcp", {}).values()
    rtt_ms = max((report.get("rtt", 0) for report in reports), default=0)
    far = "jitter-local" if part == "sends" else "jitter-remote"
    return Figures(
        who, part, one["mid"], one["type"],
        bytes=sum(layer["bytes"] for layer in layers),
        packets=sum(layer["packets"] for layer in layers),
        bits_per_s=8 * sum(layer["bytes_lastsec"] for layer in layers),
        lost=sum(report["lost"] for report in reports),
        lost_far=sum(report["lost-by-remote"] for report in reports),
        rtt_ms=rtt_ms or None,
        jitter_ms=max((report[far] for report in reports), default=0),
    )  # fmt: skip
