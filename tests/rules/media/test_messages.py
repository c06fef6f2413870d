"""What the media server's words mean."""

from __future__ import annotations

import pytest

from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound, Problem, Unavailable
from yuanzhen.network.media import figures, messages
from yuanzhen.network.media.choices import MOST_ROUNDS, Choices
from yuanzhen.network.media.events import (
    FeedCame,
    FeedLeft,
    Figures,
    Flowing,
    HungUp,
    Layer,
    Muted,
    Offered,
    Received,
    Slow,
    Source,
    Wanted,
)

CAMERA = {"type": "video", "mindex": 1, "mid": "1", "codec": "vp8", "description": "camera", "simulcast": True}
PICTURE = Received("5", "video", "xu", "1", "camera")


@pytest.mark.parametrize(
    ("message", "kind", "code"),
    [
        ({"janus": "error", "error": {"code": 403, "reason": "Unauthorized request"}}, Forbidden, "media.not_allowed"),
        ({"janus": "error", "error": {"code": 459, "reason": "No such handle 7"}}, NotFound, "media.gone"),
        ({"janus": "success", "plugindata": {"data": {"error_code": 426}}}, NotFound, "media.no_room"),
        ({"janus": "event", "plugindata": {"data": {"error_code": 432}}}, Conflict, "media.room_full"),
        ({"janus": "event", "plugindata": {"data": {"error_code": 499}}}, Unavailable, "media.failed"),
    ],
)
def test_an_error_is_a_problem_by_its_number_and_without_its_words(
    message: dict[str, object], kind: type[Problem], code: str
) -> None:
    with pytest.raises(kind) as told:
        messages.answer(message)
    assert told.value.code == code
    assert "reason" not in str(told.value)
    assert list(told.value.facts) == ["number"]


def test_an_answer_has_its_data_and_its_description() -> None:
    given = {"janus": "event", "plugindata": {"data": {"configured": "ok"}}, "jsep": {"type": "answer", "sdp": "v=0"}}
    assert messages.answer(given) == messages.Answer({"configured": "ok"}, "v=0")
    assert messages.answer({"janus": "success", "data": {"id": 7}}).data["id"] == 7


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (
            {"videoroom": "event", "publishers": [{"id": "xu", "streams": [CAMERA, {"mid": "2", "disabled": True}]}]},
            [FeedCame("r", "xu", (Source("1", "video", "camera", "vp8", layers=True),))],
        ),
        ({"videoroom": "event", "unpublished": "xu"}, [FeedLeft("r", "xu")]),
        ({"videoroom": "event", "leaving": "xu", "reason": "kicked"}, [FeedLeft("r", "xu")]),
        ({"videoroom": "event", "id": "xu", "mid": "1", "moderation": "muted"}, [Muted("r", "xu", "1", muted=True)]),
        ({"videoroom": "event", "configured": "ok", "unpublished": "ok"}, []),
        ({"videoroom": "talking", "id": "xu"}, []),
    ],
)
def test_a_room_tells_who_comes_and_goes(data: dict[str, object], events: list[object]) -> None:
    assert messages.heard_in_room("r", data) == events


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"janus": "hangup", "reason": "ICE failed"}, HungUp("r", "xu", "receives", "ICE failed")),
        ({"janus": "slowlink", "mid": "1", "lost": 9, "uplink": True}, Slow("r", "xu", "receives", "1", 9)),
        ({"janus": "media", "mid": "1", "type": "video", "receiving": False}, None),
        ({"janus": "detached"}, None),
        (
            {"janus": "event", "plugindata": {"data": {"videoroom": "event", "mid": "1", "substream": 2}}},
            Layer("r", "xu", "1", 2, None),
        ),
        (
            {"janus": "event", "plugindata": {"data": {"videoroom": "updated", "streams": []}}, "jsep": {"sdp": "v=0"}},
            Offered("r", "xu", messages.Offer("v=0", ())),
        ),
    ],
)
def test_a_receivers_connection_tells_how_it_is(message: dict[str, object], event: object) -> None:
    assert messages.heard_of("r", "xu", "receives", message) == event


def test_only_a_sender_flows() -> None:
    told = {"janus": "media", "mid": "1", "type": "video", "receiving": False}
    assert messages.heard_of("r", "xu", "sends", told) == Flowing("r", "xu", "1", "video", flows=False)


def test_sizes_are_found_by_whose_track_it_is() -> None:
    tracks = (Received("4", "audio", "xu", "0"), PICTURE, Received("6", "video", "li", "1"))
    offer = messages.Offer("v=0", tracks)
    small = Wanted("xu", None, substream=0)
    assert messages.sizes(offer, [small, Wanted("li")]) == {"5": small}
    assert messages.select({"5": small})["streams"] == [{"mid": "5", "send": True, "substream": 0}]
    assert messages.select({"5": Wanted("xu", flows=False)})["streams"] == [{"mid": "5", "send": False}]


def test_a_size_is_asked_for_until_it_comes_and_not_for_ever() -> None:
    choices = Choices()
    choices.choose("r", "li", PICTURE, 2)
    choices.choose("r", "li", Received("6", "video", "wu", "3"), None)
    assert choices.next_round() == {("r", "xu", "1")}
    choices.hear(Layer("r", "li", "5", 1, None))
    assert choices.next_round() == {("r", "xu", "1")}
    choices.hear(Layer("r", "li", "5", 2, None))
    assert choices.next_round() == set()
    choices.choose("r", "li", PICTURE, 1)
    choices.choose("r", "li", PICTURE, None)
    assert choices.next_round() == set(), "what does not come is asked for no more"
    choices.choose("r", "li", PICTURE, 0)
    assert [bool(choices.next_round()) for _ in range(MOST_ROUNDS + 1)] == [True] * MOST_ROUNDS + [False]


def test_the_layers_of_a_track_are_counted_together() -> None:
    layer = {"packets": 38, "bytes": 31552, "bytes_lastsec": 8988, "nacks": 0}
    report = {"rtt": 0, "lost": 0, "lost-by-remote": 0, "jitter-local": 0, "jitter-remote": 0}
    track = {
        "type": "video",
        "mid": "1",
        "rtcp": {"main": report, "sim1": report | {"lost": 3, "jitter-local": 4}},
        "stats": {"in": {"packets": 2, "bytes": 100, "bytes_lastsec": 0, "video-simulcast-1": layer}, "out": layer},
    }
    told = {"info": {"webrtc": {"media": {"1": track}}}}
    assert figures.read("xu", "sends", told) == [
        Figures("xu", "sends", "1", "video", 31652, 40, 71904, lost=3, lost_far=0, rtt_ms=None, jitter_ms=4)
    ]
    assert figures.read("xu", "sends", {"info": {}}) == []
