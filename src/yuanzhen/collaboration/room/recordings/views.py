"""Recordings as their reader may see them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yuanzhen.collaboration.room.recordings import access, store
from yuanzhen.collaboration.room.recordings.model import Agreed, Recording, State, Track
from yuanzhen.collaboration.room.views import Somebody
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database


class FilmLine(msgspec.Struct):
    """One film of one connection of one person; `counts`: frames of picture and sound, and what lacks."""

    nth: int
    person: Somebody
    label: str
    type: str
    bytes: int
    at_ms: int
    lasts_ms: int
    counts: dict[str, int]


class RecordingLine(msgspec.Struct):
    """One recording, and what plays of it once it is opened.

    `beside`: the numbers of what stands beside the films, as JSON by name: `events` of the room, `images`, `board`.
    """

    id: str
    state: State
    begun: datetime
    by: Somebody
    agreed: Agreed
    ended: datetime | None
    reason: str
    withdrawn: datetime | None
    due: datetime | None
    problem: str
    beside: dict[str, int]
    films: list[FilmLine]


class Recordings(Page):
    """The recordings of a room."""

    items: list[RecordingLine]


async def recordings(db: Database, actor: Actor, id: str) -> Recordings:
    """The recordings of a room, the newest first; of one whose consent is withdrawn nothing plays."""
    async with db.look(actor) as look:
        found = await access.listed(look, id)
        playable = [one.id for one in found if one.state == "opened" and one.withdrawn is None]
        tracks = await store.tracks(look, playable) if playable else []
        names = await people.names(look, {one.by for one in found} | {one.person for one in tracks})
    return Recordings(items=[_line(one, [t for t in tracks if t.recording == one.id], names) for one in found])


def _line(one: Recording, tracks: list[Track], names: dict[str, str]) -> RecordingLine:
    return RecordingLine(
        one.id, one.state, one.begun, Somebody(one.by, names.get(one.by, "")), one.agreed, one.ended, one.reason,
        one.withdrawn, one.due, one.problem,
        {track.label: track.nth for track in tracks if not track.person},
        [
            FilmLine(
                track.nth, Somebody(track.person, names.get(track.person, "")), track.label, track.type, track.bytes,
                track.at_ms, track.lasts_ms, track.counts,
            )
            for track in tracks if track.person
        ],
    )  # fmt: skip
