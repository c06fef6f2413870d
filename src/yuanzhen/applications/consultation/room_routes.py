"""The doors of a case's live room."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Literal

import msgspec
from litestar import Router, get, post
from litestar.params import HeaderParameter

from yuanzhen.applications.consultation import meeting
from yuanzhen.applications.consultation.routes import BASE
from yuanzhen.collaboration.room import service, views, words
from yuanzhen.collaboration.room.calls import Calls, person_at
from yuanzhen.collaboration.room.model import Lead, Standing, Told
from yuanzhen.doors.caller import GUESTS_TOO
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.network.media.events import Offer
from yuanzhen.security.keys.media import MediaKeys

ROOM = BASE + "/{consultation:str}/room"
Ticket = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Sdp = Annotated[str, msgspec.Meta(min_length=1, max_length=200_000)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Mid = Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
Size = Annotated[int, msgspec.Meta(ge=0, le=2)]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=200)]
Ms = Annotated[float, msgspec.Meta(ge=0, le=600_000)]


class IceServer(msgspec.Struct, omit_defaults=True):
    """A relay for who cannot reach the media server (as RTCIceServer has it)."""

    urls: list[str]
    username: str = ""
    credential: str = ""


class Joined(msgspec.Struct):
    """Who came holds a ticket: for this room, this person, this meeting and this page alone. They are in, or wait.

    `without_server`: no media server runs here, and two people talk from page to page.
    """

    room: str
    ticket: str
    standing: Standing
    epoch: int
    ice_servers: list[IceServer]
    without_server: bool


class OfWhom(msgspec.Struct, forbid_unknown_fields=True):
    """Who is let in or put out."""

    person: str
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Quality(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What a page measured of its link; `frame_ms`: how old the oldest picture is that it shows."""

    rtt_ms: Ms | None = None
    jitter_ms: Ms | None = None
    lost: Share | None = None
    frame_ms: Ms | None = None


class Beat(msgspec.Struct, forbid_unknown_fields=True):
    """A page is there."""

    ticket: Ticket
    quality: Quality = msgspec.field(default_factory=Quality)


class NoPart(msgspec.Struct, forbid_unknown_fields=True):
    """Why a page cannot take part: of what it alone can know."""

    cause: Literal["devices-refused", "cannot-seal", "unsealed", "media-server"]


class Shows(msgspec.Struct, forbid_unknown_fields=True):
    """How one is: with a raised hand, muted, without a picture, on a link that carries no more than speech.

    Of what is not said nothing changes.
    """

    ticket: Ticket
    hand: bool | None = None
    is_muted: bool | None = None
    is_hidden: bool | None = None
    is_thin: bool | None = None


class Says(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody in the room writes to all in it."""

    ticket: Ticket
    text: str


class Leads(msgspec.Struct, forbid_unknown_fields=True):
    """What the host does with whom: puts them before all or back, lowers their hand, asks them to be silent."""

    act: Lead
    person: str


class Held(msgspec.Struct, forbid_unknown_fields=True):
    """A page goes."""

    ticket: Ticket


class Sends(msgspec.Struct, forbid_unknown_fields=True):
    """What a page offers to send (SDP, complete); `labels`: what the track of a mid is: `camera`, `screen`.

    `anew`: on a new connection, not on the one that it has.
    """

    ticket: Ticket
    sdp: Sdp
    anew: bool = True
    labels: dict[str, Annotated[str, msgspec.Meta(max_length=40)]] = msgspec.field(default_factory=dict)


class Receives(msgspec.Struct, forbid_unknown_fields=True):
    """A page that wants what others send; `anew`: it has no connection for that yet; `restart`: the way there ended."""

    ticket: Ticket
    anew: bool = False
    restart: bool = False


class Answers(msgspec.Struct, forbid_unknown_fields=True):
    """A page's answer (SDP, complete) to what it was offered."""

    ticket: Ticket
    sdp: Sdp


class Selects(msgspec.Struct, forbid_unknown_fields=True):
    """In what size a page receives pictures, by mid: 0 the smallest, null for not at all for now."""

    ticket: Ticket
    sizes: Annotated[dict[Mid, Size | None], msgspec.Meta(max_length=100)]


class Description(msgspec.Struct):
    """A description of a connection (RFC 8866)."""

    sdp: str


class MediaTrack(msgspec.Struct):
    """One track of an offer: its place there, whose it is, and what; `layers`: it comes in several sizes."""

    mid: str
    kind: str
    person: str
    label: str
    active: bool
    layers: bool


class Offered(msgspec.Struct):
    """What a page is to answer; '' when it has all that is sent.

    Without a server: `is_new`, on a new connection; `answer`, to what it sends itself; `again`: it begins anew.
    """

    sdp: str
    tracks: list[MediaTrack]
    is_new: bool
    answer: str
    again: bool


class MediaKeyLine(msgspec.Struct):
    """The SM4 key under which one of them seals, in base64."""

    sender: str
    key: str


class Keys(msgspec.Struct):
    """The keys of those who are in the room, in this epoch."""

    epoch: int
    keys: list[MediaKeyLine]


class Stands(msgspec.Struct):
    """How one stands in the room."""

    standing: Standing


@get(ROOM, opt=GUESTS_TOO)
async def one(actor: Actor, db: Database, consultation: str) -> views.RoomView:
    """Who is in the room and who waits, for those inside; for others how they stand themselves."""
    return await views.room(db, actor, consultation)


@get(ROOM + "/stats")
async def stats(actor: Actor, db: Database, consultation: str) -> views.Stats:
    """What the pages in the room measured last, and how often somebody broke off."""
    return await views.stats(db, actor, consultation)


@post(ROOM + "/join", status_code=200, opt=GUESTS_TOO)
async def join(actor: Actor, db: Database, calls: Calls, consultation: str) -> Joined:
    """Comes to the room, or comes again from this device; who is not of the case's circle waits at the door."""
    async with db.verb(actor) as tx:
        room, ticket = await meeting.join(tx, consultation, clock.now())
    standing = room.standing(actor.id)
    relays = [IceServer(**one) for one in calls.relays(actor.id)]
    epoch = room.epoch if standing == "in" else 0
    return Joined(room.id, ticket, standing, epoch, relays, calls.without_server)


@post(ROOM + "/admit", status_code=204)
async def admit(actor: Actor, db: Database, consultation: str, data: OfWhom) -> None:
    """Lets in who waits."""
    async with db.verb(actor) as tx:
        await service.admit(tx, consultation, data.person, clock.now())


@post(ROOM + "/remove", status_code=204)
async def remove(actor: Actor, db: Database, consultation: str, data: OfWhom) -> None:
    """Puts somebody out, or turns them away at the door."""
    async with db.verb(actor) as tx:
        await service.remove(tx, consultation, data.person, data.reason, clock.now())


@post(ROOM + "/beat", status_code=200, opt=GUESTS_TOO)
async def beat(actor: Actor, db: Database, consultation: str, data: Beat) -> Stands:
    """Says every five seconds that the page is there, and what it measured."""
    async with db.verb(actor) as tx:
        measured = msgspec.to_builtins(data.quality)
        standing = await service.beat(tx, consultation, data.ticket, measured, clock.now())
    return Stands(standing)


@post(ROOM + "/show", status_code=204, opt=GUESTS_TOO)
async def show(actor: Actor, db: Database, consultation: str, data: Shows) -> None:
    """Tells the others how one is."""
    async with db.verb(actor) as tx:
        told = Told(data.hand, data.is_muted, data.is_hidden, data.is_thin)
        await service.show(tx, consultation, data.ticket, told, clock.now())


@get(ROOM + "/words", opt=GUESTS_TOO)
async def said(actor: Actor, db: Database, consultation: str) -> words.Words:
    """What people in the room wrote to all in it, in the meeting that goes on."""
    return await words.listed(db, actor, consultation)


@post(ROOM + "/words", opt=GUESTS_TOO)
async def say(actor: Actor, db: Database, consultation: str, data: Says, key: IdempotencyKey = None) -> words.Said:
    """Writes to all in the room; with the same key again it is the same word. Kept when this is answered."""
    async with db.verb(actor) as tx:
        return await words.say(tx, consultation, data.ticket, data.text, idempotency=key or None, now=clock.now())


@post(ROOM + "/lead", status_code=204)
async def lead(actor: Actor, db: Database, consultation: str, data: Leads) -> None:
    """Leads the talk."""
    async with db.verb(actor) as tx:
        await service.lead(tx, consultation, data.act, data.person, clock.now())


@post(ROOM + "/leave", status_code=204, opt=GUESTS_TOO)
async def leave(actor: Actor, db: Database, consultation: str, data: Held) -> None:
    """Leaves the room."""
    async with db.verb(actor) as tx:
        await service.leave(tx, consultation, data.ticket, clock.now())


@post(ROOM + "/failed", status_code=204, opt=GUESTS_TOO)
async def failed(actor: Actor, db: Database, consultation: str, data: NoPart) -> None:
    """Says why somebody's page cannot take part."""
    async with db.verb(actor) as tx:
        await service.failed(tx, consultation, data.cause, clock.now())


@post(ROOM + "/keys", status_code=200, opt=GUESTS_TOO)
async def keys(actor: Actor, db: Database, media_keys: MediaKeys, consultation: str, data: Held) -> Keys:
    """The keys with which those in the room seal faces and voices; new ones whenever who is in it changes."""
    async with db.verb(actor) as tx:
        await service.inside(tx, consultation, data.ticket)
        held = await media_keys.keys_for(tx, consultation)
    return Keys(held[0].epoch, [MediaKeyLine(one.sender, b64encode(one.key).decode()) for one in held])


@post(ROOM + "/publish", status_code=200, opt=GUESTS_TOO)
async def publish(actor: Actor, db: Database, calls: Calls, consultation: str, data: Sends) -> Description:
    """Sends what the page offers, instead of whatever it sent before."""
    answer = await calls.publish(actor, consultation, data.ticket, data.sdp, data.labels, anew=data.anew)
    async with db.verb(actor) as tx:
        await service.sends(tx, consultation, data.ticket, data.labels.values(), clock.now())
    return Description(answer)


@post(ROOM + "/receive", status_code=200, opt=GUESTS_TOO)
async def receive(actor: Actor, calls: Calls, consultation: str, data: Receives) -> Offered:
    """What the page is to answer to get all that the others send."""
    offer = await calls.receive(actor, consultation, data.ticket, anew=data.anew, restart=data.restart) or Offer()
    tracks = [
        MediaTrack(one.mid, one.kind, person_at(one.feed), one.label, one.active, one.layers) for one in offer.tracks
    ]
    return Offered(offer.sdp, tracks, offer.is_new, offer.answer, offer.again)


@post(ROOM + "/answer", status_code=204, opt=GUESTS_TOO)
async def answer(actor: Actor, calls: Calls, consultation: str, data: Answers) -> None:
    """Answers what was offered."""
    await calls.answer(actor, consultation, data.ticket, data.sdp)


@post(ROOM + "/select", status_code=204, opt=GUESTS_TOO)
async def select(actor: Actor, calls: Calls, consultation: str, data: Selects) -> None:
    """Chooses the sizes of pictures, and which do not come at all."""
    await calls.select(actor, consultation, data.ticket, data.sizes)


router = Router(
    path="/",
    route_handlers=[
        one,
        stats,
        join,
        admit,
        remove,
        beat,
        show,
        said,
        say,
        lead,
        failed,
        leave,
        keys,
        publish,
        receive,
        answer,
        select,
    ],
)
