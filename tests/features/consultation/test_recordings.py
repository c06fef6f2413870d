"""A room is recorded with consent, opened with its keys, played by whoever was in it, and destroyed in its time."""

from __future__ import annotations

import io
import shutil
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest
from pycrdt import Doc, Text

from tests.conftest import Home
from tests.features.consultation.test_room import RELAY, join, room_of
from tests.features.reading.desk import Desk
from tests.make import recorded
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, INVITED, NOW, Ward, later
from tests.make.recorded import PICTURE, SOUND, Sent
from yuanzhen.applications.consultation import views as cases
from yuanzhen.applications.consultation.boards import service as board
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.recorded import BESIDE, keep_looks
from yuanzhen.collaboration.reading import service as reading
from yuanzhen.collaboration.reading.led import View
from yuanzhen.collaboration.room import jobs as room_jobs
from yuanzhen.collaboration.room import service as rooms
from yuanzhen.collaboration.room.recordings import access, jobs, opening, service, store, views
from yuanzhen.collaboration.room.recordings.film import HEAD_BYTES
from yuanzhen.collaboration.room.recordings.model import Agreed, Recording
from yuanzhen.collaboration.room.recordings.recorder import Recorder
from yuanzhen.collaboration.room.recordings.views import RecordingLine
from yuanzhen.data.records import store as records
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, InsufficientStorage, Invalid, NotFound
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.network.media.configuration import Ground
from yuanzhen.network.media.shell import janus
from yuanzhen.network.media.shell.servers import Servers
from yuanzhen.security.keys.media import MediaKeys, destroy_due
from yuanzhen.security.keys.root import Root

AGREED = Agreed("patient", "spoken")
KEEP = timedelta(days=30)


@dataclass
class Studio:
    """A case in whose room both sides are, and what records it; no media server runs."""

    ward: Ward
    case: Case
    recorder: Recorder
    keys: MediaKeys
    tickets: dict[str, str]

    async def begin(self, by: Actor = EXPERT, agreed: Agreed = AGREED) -> str:
        """Recording begins; its id."""
        async with self.ward.db.verb(by) as tx:
            one = await service.begin(tx, self.case.id, self.tickets.get(by.id, ""), agreed, KEEP, later(seconds=1))
        await self.advance()
        return one.id

    async def advance(self) -> None:
        """New keys, as after every change in the room."""
        async with self.ward.db.verb(RELAY) as tx:
            await room_jobs.advance(tx, self.keys, {"room": self.case.id})

    async def stop(self, by: Actor = EXPERT) -> None:
        """The host ends it, and the media server is told."""
        async with self.ward.db.verb(by) as tx:
            await service.stop(tx, self.case.id, self.tickets.get(by.id, ""), later(seconds=9))
        await self.recorder.settle(self.case.id)

    async def withdraw(self, by: Actor, id: str) -> None:
        """The consent is withdrawn."""
        async with self.ward.db.verb(by) as tx:
            await service.withdraw(tx, self.case.id, id, later(seconds=8))
        await self.recorder.settle(self.case.id)

    async def listed(self, by: Actor = EXPERT) -> list[RecordingLine]:
        """The recordings as somebody sees them."""
        return (await views.recordings(self.ward.db, by, self.case.id)).items

    async def found(self, id: str) -> Recording:
        """A recording as it stands."""
        async with self.ward.db.look(RELAY) as look:
            one = await store.find(look, id)
        assert one is not None
        return one

    async def writes(
        self, id: str, person: Actor, *, pictures: int = 20, sounds: int = 50, after_s: float = 1,
        codec: str = PICTURE, grain: bool = False, shown: list[bytes] | None = None,
    ) -> None:  # fmt: skip
        """What the media server wrote of somebody, as their page sealed it."""
        async with self.ward.db.verb(person) as tx:
            held = await self.keys.keys_for(tx, self.case.id)
        one = await self.found(id)
        epoch = held[0].epoch
        key = next(key.key for key in held if key.sender == person.id)
        begins_us = round((one.begun.timestamp() + after_s) * 1e6)
        seat = f"{person.id}.0123456789abcdef"
        sent = [
            Sent("camera", codec, shown or recorded.pictures(pictures, codec=codec, grain=grain)),
            Sent("microphone", SOUND, recorded.sounds(sounds)),
        ]
        for track in recorded.sealed_by_page(person.id, epoch, key, sent):
            packets = list(recorded.packets(track.codec, track.frames))
            recorded.write(self.recorder.folder(one), seat, track.codec, track.label, begins_us, packets)

    async def opened(self, id: str, now_s: int = 20) -> RecordingLine:
        """What became of it once it was opened."""
        ward, now = self.ward, later(seconds=now_s)
        assert await opening.open_next(ward.db, ward.objects, self.keys, self.recorder, BESIDE, now=now)
        return next(one for one in await self.listed() if one.id == id)

    async def heard(self, id: str) -> None:
        """The listener has heard that it began, or ended."""
        async with self.ward.db.verb(RELAY) as tx:
            await keep_looks(tx, {"room": self.case.id, "recording": id})

    async def beside(self, line: RecordingLine, name: str) -> list[dict[str, Any]]:
        """What stands beside its films."""
        told: list[dict[str, Any]] = msgspec.json.decode(await self.content(line.id, line.beside[name]))
        return told

    async def content(self, id: str, nth: int) -> bytes:
        """The bytes of one of its objects."""
        return await self.ward.objects.get(f"recordings/{id}/{nth}")


@pytest.fixture
async def studio(ward: Ward, tmp_path: Path) -> AsyncIterator[Studio]:
    case = await ward.accepted()
    tickets = {one.id: (await join(ward, one, case))[1] for one in (EXPERT, ASKER)}
    media = Servers(tmp_path, [Ground(range(1))], Metrics())
    one = Studio(ward, case, Recorder(ward.db, media), MediaKeys(Root(bytes(range(32)), sealed=False)), tickets)
    await one.advance()
    yield one
    shutil.rmtree(janus.recordings(tmp_path))


def frames(content: bytes, kind: str) -> int:
    """How many frames of a film can be decoded."""
    with av.open(io.BytesIO(content)) as container:
        return sum(1 for _ in container.decode(next(one for one in container.streams if one.type == kind)))


async def did(studio: Studio) -> list[str]:
    steps = (await cases.case(studio.ward.db, ASKER, studio.case.id)).timeline
    return [one.what for one in steps if one.what.startswith("recording-")]


async def noted(home: Home, id: str, verb: str) -> list[str]:
    """Who did this, says the trail."""
    rows = await home.rows(f"SELECT actor FROM security.trail WHERE entity = '{id}' AND verb = '{verb}' ORDER BY id")
    return [row["actor"] for row in rows]


async def test_what_was_sealed_and_recorded_plays_frame_by_frame(studio: Studio) -> None:
    id = await studio.begin()
    await studio.writes(id, EXPERT)
    await studio.writes(id, ASKER, pictures=15, after_s=2.5)
    folder = studio.recorder.folder(await studio.found(id))
    for file in folder.iterdir():
        assert b"OpusHead" not in file.read_bytes()
    await studio.stop()
    line = await studio.opened(id)
    assert line.state == "opened"
    assert [(one.person.id, one.at_ms, one.counts) for one in line.films] == [
        ("chenyuan", 1000, {"pictures": 20, "sounds": 50, "lost": 0, "broken": 0, "unopened": 0}),
        ("xujing", 2500, {"pictures": 15, "sounds": 50, "lost": 0, "broken": 0, "unopened": 0}),
    ]
    for film in line.films:
        content = await studio.content(id, film.nth)
        assert len(content) == film.bytes
        assert frames(content, "video") == film.counts["pictures"]
        assert frames(content, "audio") == film.counts["sounds"]
    assert not folder.exists(), "what is sealed for its room alone is not kept twice"
    assert [one["what"] for one in await studio.beside(line, "events")] == ["recording-begun", "recording-stopped"]


async def test_what_is_lost_or_sealed_by_another_is_left_out_and_counted(studio: Studio) -> None:
    id = await studio.begin()
    await studio.writes(id, EXPERT, pictures=20)
    await studio.writes(id, ASKER)
    one = await studio.found(id)
    for path in list(studio.recorder.folder(one).iterdir()):
        if "chenyuan" in path.name and "-video-" in path.name:
            track = path.read_bytes()
            third = [at for at in range(len(track)) if track.startswith(b"MEET", at)][3:5]
            path.write_bytes(track[: third[0]] + track[third[1] :])
        if "xujing" in path.name:  # in the expert's place
            path.rename(path.with_name(path.name.replace("xujing", "chenyuan").replace("0123", "4567")))
    await studio.stop()
    own, other = (await studio.opened(id)).films
    assert own.counts == {"pictures": 19, "sounds": 50, "lost": 1, "broken": 0, "unopened": 0}
    assert frames(await studio.content(id, own.nth), "video") == 19
    assert (other.counts["pictures"], other.counts["sounds"], other.counts["unopened"]) == (0, 0, 70)
    assert other.bytes == 0


@pytest.mark.parametrize(("codec", "type"), [("vp9", "video/webm"), ("h264", "video/mp4"), ("av1", "video/webm")])
async def test_what_was_sealed_in_another_codec_plays_too(studio: Studio, codec: str, type: str) -> None:
    id = await studio.begin()
    await studio.writes(id, EXPERT, pictures=40, codec=codec, grain=True)
    await studio.stop()
    [film] = (await studio.opened(id)).films
    assert (film.type, film.counts) == (
        type, {"pictures": 40, "sounds": 50, "lost": 0, "broken": 0, "unopened": 0},
    )  # fmt: skip
    content = await studio.content(id, film.nth)
    assert len(content) > HEAD_BYTES, "it is put together from two"
    assert (frames(content, "video"), frames(content, "audio")) == (40, 50)


NONSENSE = {  # what looks whole to whoever reads a header
    "vp8": bytes(30), "vp9": bytes(30), "h264": b"\0\0\0\1\x67\1\0\0\0\1\x65" + b"\xff" * 30,
    "av1": b"\x0a\x01\x00\x32\x1e" + b"\xff" * 30,
}  # fmt: skip


@pytest.mark.parametrize("codec", NONSENSE)
async def test_who_sends_nonsense_is_not_seen_and_spoils_nobodys_film(studio: Studio, codec: str) -> None:
    id = await studio.begin()
    await studio.writes(id, ASKER, codec=codec, shown=[NONSENSE[codec]] * 5)
    await studio.writes(id, EXPERT)
    await studio.stop()
    bad, good = sorted((await studio.opened(id)).films, key=lambda film: film.counts["pictures"])
    assert (good.counts["pictures"], frames(await studio.content(id, good.nth), "video")) == (20, 20)
    assert bad.counts["pictures"] + bad.counts["broken"] == 5
    assert frames(await studio.content(id, bad.nth), "audio") == 50


async def test_what_was_led_and_drawn_meanwhile_is_on_its_time_line_and_no_more(studio: Studio, home: Home) -> None:
    ward, case = studio.ward, studio.case
    place = (await Desk.at(ward)).place
    looks = [View(place, (float(x), 1.0), (300.0, 200.0), None) for x in range(4)]
    doc = Doc({"words": Text()})

    async def looks_at(view: View, at_s: float) -> None:
        async with ward.db.verb(EXPERT) as tx:
            await reading.show(tx, case.id, "page", view, later(seconds=at_s))

    async def draws(words: str, at_s: float) -> None:
        before = doc.get_state()
        doc["words"] += words
        async with ward.db.verb(ASKER) as tx:
            await board.add(tx, case.id, "board", doc.get_update(before), later(seconds=at_s))

    async with ward.db.verb(EXPERT) as tx:
        await reading.lead(tx, case.id, "page", later(seconds=0))
    await looks_at(looks[0], 0.2)
    await looks_at(looks[1], 0.5)
    await draws("before ", 0.5)
    id = await studio.begin()
    await studio.heard(id)
    await looks_at(looks[2], 3)
    await draws("meanwhile", 4)
    async with ward.db.verb(EXPERT) as tx:
        await reading.lay_down(tx, case.id, later(seconds=5))
    await studio.stop()
    async with ward.db.verb(EXPERT) as tx:  # before it is heard that it ended
        await reading.lead(tx, case.id, "page", later(seconds=9.5))
    await studio.heard(id)
    await looks_at(looks[3], 11)
    await draws(" after", 11)
    line = await studio.opened(id)
    told = await studio.beside(line, "images")
    assert [(one["at_ms"], one["person"], one["view"] and one["view"]["focus"][0]) for one in told] == [
        (0, EXPERT.id, 1.0), (2000, EXPERT.id, 2.0), (4000, EXPERT.id, None),
    ]  # fmt: skip
    told = await studio.beside(line, "board")
    assert [(one["at_ms"], one["person"]) for one in told] == [(0, ""), (3000, ASKER.id)]
    shown = Doc({"words": Text()})
    for one in told:
        shown.apply_update(b64decode(one["update"]))
    assert str(shown["words"]) == "before meanwhile"
    assert await home.rows("SELECT FROM reading.looked") == [], "it is kept with the recording alone"


async def test_what_a_killed_server_leaves_and_what_the_next_one_writes_are_two_parts(studio: Studio) -> None:
    id = await studio.begin()
    await studio.writes(id, EXPERT, pictures=20)
    for path in studio.recorder.folder(await studio.found(id)).iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    await studio.writes(id, EXPERT, pictures=10, after_s=30)
    await studio.stop()
    first, second = (await studio.opened(id)).films
    assert (first.counts["pictures"], second.counts["pictures"]) == (19, 10)
    assert (first.at_ms, second.at_ms) == (1000, 30000)


async def test_only_the_host_begins_and_ends_it_and_once(studio: Studio) -> None:
    with pytest.raises(Forbidden, match=r"room\.not_yours"):
        await studio.begin(ASKER)
    with pytest.raises(Forbidden, match=r"room\.ticket"):
        async with studio.ward.db.verb(EXPERT) as tx:
            await service.begin(tx, studio.case.id, studio.tickets[ASKER.id], AGREED, KEEP, NOW)
    with pytest.raises(Conflict, match=r"recording\.is_off"):
        await studio.stop()
    with pytest.raises(Invalid, match=r"consent\.who_missing"):
        await studio.begin(agreed=Agreed("carer", "spoken", name="刘洋"))
    await studio.begin()
    with pytest.raises(Conflict, match=r"recording\.is_on"):
        await studio.begin()
    with pytest.raises(Forbidden, match=r"room\.not_yours"):
        await studio.stop(ASKER)
    await studio.stop()
    await studio.begin()


async def test_everybody_sees_it_who_is_outside_too_and_who_began_it_only_from_inside(studio: Studio) -> None:
    assert (await room_of(studio.ward, ASKER, studio.case)).recording is None
    await studio.begin()
    inside = (await room_of(studio.ward, ASKER, studio.case)).recording
    assert inside is not None and inside.by is not None
    assert (inside.state, inside.by.id) == ("begins", "chenyuan")
    outside = (await room_of(studio.ward, studio.ward.herself, studio.case)).recording
    assert outside is not None
    assert outside.by is None
    assert (await cases.case(studio.ward.db, COLLEAGUE, studio.case.id)).recorded
    await studio.stop()
    assert not (await cases.case(studio.ward.db, COLLEAGUE, studio.case.id)).recorded
    assert (await room_of(studio.ward, ASKER, studio.case)).recording is None
    assert await did(studio) == ["recording-begun", "recording-stopped"]


async def test_a_withdrawn_consent_ends_it_and_nobody_plays_it(studio: Studio) -> None:
    id = await studio.begin()
    await studio.writes(id, EXPERT)
    await studio.withdraw(studio.ward.herself, id)
    assert (await room_of(studio.ward, ASKER, studio.case)).recording is None
    assert await did(studio) == ["recording-begun", "recording-withdrawn"]
    assert (await studio.opened(id)).films == []
    with pytest.raises(Conflict, match=r"recording\.withdrawn"):
        async with studio.ward.db.look(EXPERT) as look:
            await access.to_play(look, studio.case.id, id, 1)
    with pytest.raises(Conflict, match=r"recording\.withdrawn"):
        await studio.withdraw(ASKER, id)


async def test_who_may_not_withdraw_is_refused(studio: Studio) -> None:
    id = await studio.begin()
    await studio.ward.act(EXPERT, "invite", studio.case)
    await join(studio.ward, INVITED, studio.case)
    with pytest.raises(Forbidden):
        await studio.withdraw(INVITED, id)
    with pytest.raises(NotFound):
        await studio.withdraw(EXPERT, "x")
    await studio.withdraw(ASKER, id)


async def test_others_read_the_consent_as_it_stands(studio: Studio) -> None:
    id = await studio.begin()

    async def status() -> str:
        async with studio.ward.db.verb(RELAY) as tx:
            await jobs.publish_consent(tx, {"room": studio.case.id, "recording": id})
        async with studio.ward.db.look(RELAY) as look:
            found = await records.find(look, "Consent", id)
        return str(found.resource()["status"]) if found else ""

    assert await status() == "active"
    await studio.withdraw(EXPERT, id)
    assert await status() == "inactive"


async def test_it_ends_with_its_meeting(studio: Studio) -> None:
    id = await studio.begin()
    for who in (ASKER, EXPERT):
        async with studio.ward.db.verb(who) as tx:
            await rooms.leave(tx, studio.case.id, studio.tickets[who.id], later(seconds=5))
    await studio.recorder.settle(studio.case.id)
    found = await studio.found(id)
    assert (found.state, found.reason) == ("recorded", "meeting-over")


async def test_who_was_in_it_plays_it_and_nobody_else(studio: Studio, home: Home) -> None:
    id = await studio.begin()
    await studio.writes(id, EXPERT)
    await studio.stop()
    await studio.opened(id)
    for who in (EXPERT, ASKER, studio.ward.herself):
        async with studio.ward.db.look(who) as look:
            assert (await access.to_play(look, studio.case.id, id, 0)).person == "chenyuan"
    with pytest.raises(Forbidden):
        await studio.listed(COLLEAGUE)
    with pytest.raises(NotFound):
        await studio.listed(INVITED)
    with pytest.raises(NotFound, match=r"room\.not_found"):
        async with studio.ward.db.look(EXPERT) as look:
            await access.to_play(look, studio.case.id, id, 9)
    assert await noted(home, id, "recording.play") == ["chenyuan", "xujing", studio.ward.patient]


async def test_its_keys_live_as_long_as_it_does_and_it_is_destroyed_in_its_time(studio: Studio, home: Home) -> None:
    id = await studio.begin()
    await studio.writes(id, EXPERT)
    await studio.stop()
    await studio.advance()
    await studio.opened(id)
    db, objects = studio.ward.db, studio.ward.objects
    await destroy_due(db, now=later(seconds=9) + timedelta(days=29))
    async with db.verb(RELAY) as tx:
        assert {key.epoch for key in await studio.keys.recorded(tx, studio.case.id, "a look")} >= {2, 3}
    assert not await opening.destroy_next(db, objects, studio.recorder, BESIDE, now=later(seconds=8) + KEEP)
    assert await opening.destroy_next(db, objects, studio.recorder, BESIDE, now=later(seconds=9) + KEEP)
    assert (await studio.found(id)).state == "destroyed"
    with pytest.raises(NotFound):
        await studio.content(id, 0)
    assert await noted(home, id, "recording.destroy") == ["system:relay"]


async def test_a_full_disk_begins_none(studio: Studio, tmp_path: Path) -> None:
    full = Recorder(studio.ward.db, Servers(tmp_path, [Ground(range(1))], Metrics()), least_bytes=1 << 60)
    with pytest.raises(InsufficientStorage):
        full.check()
    studio.recorder.check()
