"""What Janus and its room plugin are told and what they answer, as values. Pure.

https://janus.conf.meetecho.com/docs/rest.html (sessions, handles, events) and videoroom.html (the plugin).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Unavailable
from yuanzhen.network.media.events import (
    Connected,
    Event,
    FeedCame,
    FeedLeft,
    Flowing,
    HungUp,
    Inlet,
    Layer,
    Muted,
    Offer,
    Offered,
    Part,
    Received,
    RoomOptions,
    Slow,
    Source,
    Wanted,
)

PLUGIN = "janus.plugin.videoroom"
LOOPBACK = "127.0.0.1"
Body = dict[str, Any]

# Error numbers: Janus' apierror.h (400 to 499 of the core), janus_videoroom.c (421 to 499 of the plugin).
CORE: dict[int, tuple[type[Problem], str]] = {
    403: (Forbidden, "media.not_allowed"),
    458: (NotFound, "media.gone"),
    459: (NotFound, "media.gone"),
    465: (Invalid, "media.description"),
    466: (Invalid, "media.candidate"),
}
ROOM: dict[int, tuple[type[Problem], str]] = {
    424: (Conflict, "media.not_now"),  # already in the room
    425: (Conflict, "media.not_now"),  # already sends
    426: (NotFound, "media.no_room"),
    427: (Conflict, "media.room_is_open"),
    428: (NotFound, "media.no_feed"),
    429: (Invalid, "media.track"),
    430: (Invalid, "media.track"),
    431: (Invalid, "media.description"),
    432: (Conflict, "media.room_full"),
    433: (Forbidden, "media.not_allowed"),
    434: (Conflict, "media.not_now"),  # does not send
    435: (Conflict, "media.not_now"),  # does not receive
    436: (Conflict, "media.is_in"),
    437: (Invalid, "media.description"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to: the data, and a description (an answer to an offer, or an offer)."""

    data: Mapping[str, Any]
    sdp: str = ""


def answer(message: Mapping[str, Any]) -> Answer:
    """Reads the final answer to a request; raises the problem that it tells."""
    if message.get("janus") == "error":
        raise problem(CORE, message["error"]["code"])
    data = message.get("plugindata", {}).get("data") or message.get("data") or message
    if "error_code" in data:
        raise problem(ROOM, data["error_code"])
    return Answer(data, message.get("jsep", {}).get("sdp", ""))


def problem(table: Mapping[int, tuple[type[Problem], str]], number: int) -> Problem:
    """The problem of an error number; its words are left out, for they repeat what was sent."""
    kind, code = table.get(number, (Unavailable, "media.failed"))
    return kind(code, number=number)


def create(room: str, options: RoomOptions, *, secret: str, pin: str, key: str) -> Body:
    """Opens a room that nobody finds in a list, enters without its pin or leads without its secret."""
    return {
        "request": "create",
        "room": room,
        "admin_key": key,
        "secret": secret,
        "pin": pin,
        "is_private": True,
        "permanent": False,
        "publishers": options.publishers,
        "bitrate": options.most_bits_per_s,
        "audiocodec": "opus",
        "videocodec": ",".join(options.codecs),
        "require_e2ee": options.sealed,
    }


def send(room: str, who: str, pin: str, labels: Mapping[str, str]) -> Body:
    """Joins and sends what the offer with it holds."""
    return {"request": "joinandconfigure", "ptype": "publisher", "room": room, "id": who, "pin": pin, **_called(labels)}


def send_anew(labels: Mapping[str, str]) -> Body:
    """Sends what another offer holds: other tracks, or the same by another way."""
    return {"request": "configure", **_called(labels)}


def _called(labels: Mapping[str, str]) -> Body:
    return {"descriptions": [{"mid": mid, "description": label} for mid, label in labels.items()]}


def record_to(room: str, secret: str, folder: str) -> Body:
    """What is recorded from now on goes to this folder."""
    return {"request": "edit", "room": room, "secret": secret, "new_rec_dir": folder}


def record(room: str, secret: str, *, on: bool) -> Body:
    """Records whatever anybody sends in the room, and will send; or nothing of it any more."""
    return {"request": "enable_recording", "room": room, "secret": secret, "record": on}


def destroy(room: str, secret: str) -> Body:
    """Closes a room."""
    return {"request": "destroy", "room": room, "secret": secret}


def watch(room: str, who: str, pin: str) -> Body:
    """Joins without sending anything: such a handle hears who comes and goes."""
    return {"request": "join", "ptype": "publisher", "room": room, "id": who, "pin": pin}


def receive(room: str, pin: str, wanted: Iterable[Wanted]) -> Body:
    """Joins to receive tracks, all of them in one connection."""
    streams = [_stream(one) for one in wanted]
    return {"request": "join", "ptype": "subscriber", "room": room, "pin": pin, "autoupdate": False, "streams": streams}


def receive_other(more: Iterable[Wanted], less: Iterable[Wanted]) -> Body:
    """Receives more, and less."""
    body: Body = {"request": "update"}
    if add := [_stream(one) for one in more]:
        body["subscribe"] = add
    if drop := [_stream(one) for one in less]:
        body["unsubscribe"] = drop
    return body


def _stream(one: Wanted) -> Body:
    return {"feed": one.feed} if one.mid is None else {"feed": one.feed, "mid": one.mid}


def select(sizes: Mapping[str, Wanted]) -> Body:
    """Takes the tracks of those mids in another size or rate, or not for now."""
    return {
        "request": "configure",
        "streams": [
            {"mid": mid, "send": one.flows}
            | ({} if one.substream is None else {"substream": one.substream})
            | ({} if one.temporal is None else {"temporal": one.temporal})
            for mid, one in sizes.items()
        ],
    }


def key_frame(mid: str) -> Body:
    """Asks a sender for a whole picture."""
    return {"request": "configure", "streams": [{"mid": mid, "keyframe": True}]}


def whole() -> Body:
    """Asks a sender for a whole picture of every track."""
    return {"request": "configure", "keyframe": True}


def moderate(room: str, who: str, mid: str, secret: str, *, muted: bool) -> Body:
    """Silences somebody's track for all, or lets it be heard again."""
    return {"request": "moderate", "room": room, "secret": secret, "id": who, "mid": mid, "mute": muted}


def sources(streams: Iterable[Mapping[str, Any]]) -> tuple[Source, ...]:
    """The tracks of a publisher."""
    return tuple(
        Source(
            one["mid"], one["type"], one.get("description", ""), one.get("codec", ""), bool(one.get("simulcast")),
            one.get("mindex", 0), one.get(f"{one.get('codec', '')}-profile", ""),
        )
        for one in streams
        if not one.get("disabled")
    )  # fmt: skip


def take(room: str, who: str, sources: Iterable[Source], *, secret: str, key: str) -> Body:
    """Lets somebody who sends to another server be received here; `key` is what both servers seal with in between."""
    return {"request": "add_remote_publisher", "room": room, "secret": secret, "id": who, "iface": LOOPBACK,
            "streams": [_passed(one) for one in sources], **_between(key)}  # fmt: skip


def take_other(room: str, who: str, sources: Iterable[Source], before: Iterable[Source], *, secret: str) -> Body:
    """Who is received here from another server sends other tracks now."""
    now = {one.place: _passed(one) for one in sources}
    gone = {one.place: {**_passed(one), "disabled": True} for one in before}
    return {"request": "update_remote_publisher", "room": room, "secret": secret, "id": who,
            "streams": list((gone | now).values())}  # fmt: skip


def _passed(one: Source) -> Body:
    known = {"type": one.kind, "mindex": one.place, "mid": one.mid, "codec": one.codec, "description": one.label}
    layers = {"simulcast": True} if one.layers else {}
    return known | layers | ({f"{one.codec}-profile": one.profile} if one.profile else {})


def drop(room: str, who: str, secret: str) -> Body:
    """Nobody receives here any more what another server passed on."""
    return {"request": "remove_remote_publisher", "room": room, "secret": secret, "id": who}


def pass_on(room: str, who: str, to: str, inlet: Inlet, *, secret: str, key: str) -> Body:
    """Passes on what somebody sends, to another server that has an inlet for it."""
    return {
        "request": "publish_remotely", "room": room, "secret": secret, "admin_key": key, "publisher_id": who,
        "remote_id": to, "host": LOOPBACK, "port": inlet.port, "rtcp_port": inlet.rtcp_port, **_between(inlet.key),
    }  # fmt: skip


def keep_back(room: str, who: str, to: str, *, secret: str, key: str) -> Body:
    """Passes it on no more."""
    return {"request": "unpublish_remotely", "room": room, "secret": secret, "admin_key": key, "publisher_id": who,
            "remote_id": to}  # fmt: skip


def _between(key: str) -> Body:
    """SRTP with the tag of 80 bits (RFC 4568), for a Janus that takes it. Debian's 1.1.2 opens nothing of it: there RTP
    goes as it is over loopback, sealed by its pages alone, and what another process of this machine sends to the inlet
    is a track that no page opens.
    """
    return {"srtp_suite": 80, "srtp_crypto": key}


def offer(data: Mapping[str, Any], sdp: str) -> Offer:
    """An offer to a receiver, with whose each track is."""
    tracks = tuple(_received(one) for one in data.get("streams", ()))
    return Offer(sdp, tracks)


def _received(one: Mapping[str, Any]) -> Received:
    whose = {name: one.get(key, "") for name, key in (("feed", "feed_id"), ("source", "feed_mid"))}
    return Received(one["mid"], one["type"], **whose, label=one.get("feed_description", ""), active=one["active"])


def sizes(offered: Offer, wanted: Iterable[Wanted]) -> dict[str, Wanted]:
    """By mid of the offer, what was wanted in a certain size or rate."""
    chosen = {(one.feed, one.mid): one for one in wanted if (one.substream, one.temporal) != (None, None)}
    found = {}
    for track in offered.tracks:
        one = chosen.get((track.feed, track.source)) or chosen.get((track.feed, None))
        if one is not None and track.kind == "video":
            found[track.mid] = one
    return found


def heard_in_room(room: str, data: Mapping[str, Any]) -> list[Event]:
    """What the handle that watches a room hears of the others."""
    if data.get("videoroom") != "event":
        return []
    heard: list[Event] = [FeedCame(room, one["id"], sources(one["streams"])) for one in data.get("publishers", ())]
    heard += [FeedLeft(room, data[word]) for word in ("unpublished", "leaving") if data.get(word, "ok") != "ok"]
    if "moderation" in data:
        heard.append(Muted(room, data["id"], data["mid"], data["moderation"] == "muted"))
    return heard


def heard_of(room: str, who: str, part: Part, message: Mapping[str, Any]) -> Event | None:
    """What a device's own handle hears: of its connection, and for a receiver of its tracks."""
    match message:
        case {"janus": "webrtcup"}:
            return Connected(room, who, part)
        case {"janus": "hangup"}:
            return HungUp(room, who, part, message.get("reason", ""))
        case {"janus": "media", "mid": mid, "type": kind, "receiving": flows} if part == "sends":
            return Flowing(room, who, mid, kind, flows)
        case {"janus": "slowlink", "mid": mid, "lost": lost}:
            return Slow(room, who, part, mid, lost)
        case {"janus": "event", "plugindata": {"data": data}} if part == "receives":
            return _of_receiver(room, who, data, message.get("jsep", {}).get("sdp", ""))
    return None


def _of_receiver(room: str, who: str, data: Mapping[str, Any], sdp: str) -> Event | None:
    if sdp:
        return Offered(room, who, offer(data, sdp))
    if "mid" in data and ("substream" in data or "temporal" in data):
        return Layer(room, who, data["mid"], data.get("substream"), data.get("temporal"))
    return None
