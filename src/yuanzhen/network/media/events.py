"""Facts of the media server that others hear, and what its verbs take and give. Pure.

`room` and `who` are the caller's words: `who` is one device of one person in one room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Part = Literal["sends", "receives"]  # the two connections that a device may have
Kind = Literal["audio", "video", "data"]


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """How a room is: who publishes must seal (`sealed`), how many may publish, the most that one may send."""

    sealed: bool = True
    publishers: int = 16
    most_bits_per_s: int = 0  # a publisher's video; 0: as much as the line carries
    codecs: tuple[str, ...] = ("vp8", "vp9", "h264", "av1")


@dataclass(frozen=True, slots=True)
class Source:
    """One track that somebody sends: its place in their offer, its kind, and what its sender calls it (`screen`)."""

    mid: str
    kind: Kind
    label: str = ""
    codec: str = ""
    layers: bool = False  # in several sizes (simulcast)
    place: int = field(default=0, compare=False)  # in the connection, which need not be that in the list
    profile: str = field(default="", compare=False)  # of H264 and VP9


@dataclass(frozen=True, slots=True)
class Wanted:
    """One track that somebody wants to receive: whose, which (None: all of theirs), and in what size.

    `substream` is the size (0 smallest, 2 largest), `temporal` the frame rate (0 to 2); None: the largest there is.
    `flows`: whether it comes at all, for now.
    """

    feed: str
    mid: str | None = None
    substream: int | None = None
    temporal: int | None = None
    flows: bool = True


@dataclass(frozen=True, slots=True)
class Received:
    """One track in an offer to a receiver: its place there, whose track it carries, whether that comes in `layers`."""

    mid: str
    kind: Kind
    feed: str
    source: str
    label: str = ""
    active: bool = True
    layers: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What a receiver is offered: the description to answer, and what each of its tracks carries.

    Between two pages without a server: `is_new` is to be answered on a new connection; `answer` is the other's, to what
    the page sends itself; `again` tells it to begin anew, for the other has.
    """

    sdp: str = ""
    tracks: tuple[Received, ...] = ()
    is_new: bool = False
    answer: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What one track of one device has carried so far, as the server counted it."""

    who: str
    part: Part
    mid: str
    kind: Kind
    bytes: int
    packets: int
    bits_per_s: int  # over the last second
    lost: int
    lost_far: int  # as the other end reports it
    rtt_ms: int | None  # None: not measured (yet)
    jitter_ms: int


@dataclass(frozen=True, slots=True)
class FeedCame:
    """Somebody sends, or sends other tracks than before."""

    room: str
    who: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class FeedLeft:
    """Somebody sends no more."""

    room: str
    who: str


@dataclass(frozen=True, slots=True)
class Connected:
    """A device's connection stands: media can flow."""

    room: str
    who: str
    part: Part


@dataclass(frozen=True, slots=True)
class HungUp:
    """A device's connection ended; `reason` in the server's words (`ICE failed`, `DTLS alert`, `Close PC`)."""

    room: str
    who: str
    part: Part
    reason: str


@dataclass(frozen=True, slots=True)
class Flowing:
    """A track began to arrive at the server, or has not for a second."""

    room: str
    who: str
    mid: str
    kind: Kind
    flows: bool


@dataclass(frozen=True, slots=True)
class Slow:
    """A device's connection loses packets: on the way to the server (`sends`) or from it."""

    room: str
    who: str
    part: Part
    mid: str
    lost: int


@dataclass(frozen=True, slots=True)
class Layer:
    """What size and rate a receiver of a layered track gets from now on."""

    room: str
    who: str
    mid: str
    substream: int | None
    temporal: int | None


@dataclass(frozen=True, slots=True)
class Muted:
    """A track was silenced for all by whoever leads the room, or may be heard again."""

    room: str
    who: str
    mid: str
    muted: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """The server wants a receiver to answer a new description."""

    room: str
    who: str
    offer: Offer


@dataclass(frozen=True, slots=True)
class Inlet:
    """Where a server takes what another one passes on of somebody's tracks: on this machine, and under this key."""

    port: int
    rtcp_port: int
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServerLost:
    """A media server has died: nothing flows in these rooms."""

    rooms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerUp:
    """These rooms are open, and empty: on a new server, or on another. Everybody may publish and subscribe anew."""

    rooms: tuple[str, ...]


Event = (
    FeedCame | FeedLeft | Connected | HungUp | Flowing | Slow | Layer | Muted | Offered | ServerLost | ServerUp
)  # fmt: skip
