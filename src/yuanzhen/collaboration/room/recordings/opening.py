"""What was recorded is opened, once it has ended: to films that play, sealed at rest; and destroyed in its time.

Each film is made by a process of its own, `film`, which is handed the keys of one sender and no other.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from yuanzhen.collaboration.room import service
from yuanzhen.collaboration.room.calls import person_at
from yuanzhen.collaboration.room.recordings import access, beside, film, store
from yuanzhen.collaboration.room.recordings.beside import Beside
from yuanzhen.collaboration.room.recordings.film import Film, Job
from yuanzhen.collaboration.room.recordings.model import Recording, Track
from yuanzhen.collaboration.room.recordings.recorder import WORKER, Recorder
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Problem, Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.network.media import mjr
from yuanzhen.security.audit import trail
from yuanzhen.security.keys.media import MediaKeys
from yuanzhen.security.keys.objects import Objects

NAME = re.compile(r"videoroom-.*-user-(?P<seat>[^/]+)-(?P<us>\d+)-(audio|video)-\d+\.mjr")  # janus_videoroom.c
TOGETHER_US = 3_000_000  # what one connection sends begins within so long
TOGETHER = frozenset({"camera", "microphone"})  # shown and heard as one
PIECE = 1 << 18
AllBeside = Mapping[str, Beside]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that the media server wrote: whose, what, since when."""

    path: Path
    seat: str
    track: mjr.Track

    @property
    def person(self) -> str:
        """Whose page it was."""
        return person_at(self.seat)

    @property
    def name(self) -> str:
        """What of a person's it is: '' for their camera and microphone."""
        return "" if self.track.label in TOGETHER else self.track.label


async def open_next(
    db: Database, objects: Objects, keys: MediaKeys, recorder: Recorder, all_beside: AllBeside, *, now: datetime
) -> bool:
    """Opens what has waited the longest; False when nothing does. What fails is tried again after a while."""
    async with db.look(WORKER) as look:
        one = await store.next_to_open(look, now)
    if one is None:
        return False
    try:
        await _open(db, objects, keys, recorder, all_beside, one)
    except Problem as problem:
        log.error("recording_not_opened", recording=one.id, problem=problem.code)
        async with db.verb(WORKER) as tx:
            await store.save(tx, replace(one, problem=problem.code, tried=now))
    return True


async def destroy_next(
    db: Database, objects: Objects, recorder: Recorder, all_beside: AllBeside, *, now: datetime
) -> bool:
    """Destroys one recording that was kept long enough; False when none was. Its keys go by their own term."""
    async with db.look(WORKER) as look:
        one = await store.next_due(look, now)
        tracks = await store.tracks(look, [one.id]) if one else []
    if one is None:
        return False
    for track in tracks:
        await objects.delete(track.blob)
    await _removed(recorder.folder(one))
    async with db.verb(WORKER) as tx:
        await store.drop_tracks(tx, one.id)
        await store.save(tx, one.after("destroy"))
        await _forget(tx, one, all_beside)
        trail.noted(tx, "recording.destroy", "D", entity_type=access.ENTITY, entity=one.id, patient=one.patient)
    return True


async def _open(
    db: Database, objects: Objects, keys: MediaKeys, recorder: Recorder, all_beside: AllBeside, one: Recording
) -> None:
    async with db.verb(WORKER) as tx:
        held = await keys.recorded(tx, one.room, f"recording {one.id}")
    folder, tracks = recorder.folder(one), list[Track]()
    for nth, files in enumerate(connections(await asyncio.to_thread(written, folder))):
        sender = files[0].person
        theirs = {key.epoch: key.key for key in held if key.sender == sender}
        job = Job(sender, [str(file.path) for file in files], theirs)
        told = await _film(objects, job, blob := f"recordings/{one.id}/{nth}")
        tracks.append(_track(one, nth, files[0], blob, told))
    tracks += await _put_beside(db, objects, one, len(tracks), all_beside)
    async with db.verb(WORKER) as tx:
        await store.add_tracks(tx, tracks)
        await store.save(tx, replace(one.after("open"), problem=""))
        await _forget(tx, one, all_beside)
        trail.noted(tx, "recording.open", "C", entity_type=access.ENTITY, entity=one.id, patient=one.patient)
        tx.tell(service.channel(one.room), "recording", {})
    await _removed(folder)


def _track(one: Recording, nth: int, first: Written, blob: str, told: Film) -> Track:
    at_ms = max(0, told.begins_us // 1000 - round(one.begun.timestamp() * 1000))
    counts = {name: getattr(told, name) for name in ("pictures", "sounds", "lost", "broken", "unopened")}
    return Track(one.id, nth, first.person, first.name, told.type, blob, told.bytes, at_ms, told.lasts_ms, counts)


async def _put_beside(db: Database, objects: Objects, one: Recording, nth: int, all_beside: AllBeside) -> list[Track]:
    """What was looked at meanwhile, from this number on; what was not has none."""
    tracks: list[Track] = []
    for name, each in all_beside.items():
        async with db.look(WORKER) as look:
            told = await each.told(look, one.room, one.begun, one.ended or one.begun)
        if told:
            tracks.append(await beside.kept(objects, one, nth + len(tracks), name, told))
    return tracks


async def _forget(tx: Tx, one: Recording, all_beside: AllBeside) -> None:
    for each in all_beside.values():
        await each.forget(tx, one.room, one.ended or one.begun)


async def _film(objects: Objects, job: Job, blob: str) -> Film:
    """Made by a process, sealed as it comes; nothing of it lies anywhere in the clear."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", film.__name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 - asked for above
    try:
        process.stdin.write(msgspec.json.encode(job))
        process.stdin.close()
        told = await process.stdout.readline()
        if not told:
            raise Unavailable("recording.not_opened")
        await objects.put_stream(blob, _pieces(process.stdout))
        if await process.wait() != 0:
            raise Unavailable("recording.not_opened")
        return msgspec.json.decode(told, type=Film)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _pieces(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while piece := await stream.read(PIECE):
        yield piece


def written(folder: Path) -> list[Written]:
    """What lies in a recording's folder, the first first. What holds not even a beginning is left out, and said."""
    found = []
    for path in folder.iterdir() if folder.exists() else ():
        named = NAME.fullmatch(path.name)
        with path.open("rb") as file:
            try:
                track = mjr.head(file)
            except Problem:
                named = None
        if named is None:
            log.warning("recording_file_left_out", bytes=path.stat().st_size)
        else:
            found.append(Written(path, named["seat"], track))
    return sorted(found, key=lambda one: one.track.begins_us)


def connections(files: Iterable[Written]) -> list[list[Written]]:
    """What one connection of one person sent together: one picture and one sound of the same moment."""
    found: list[list[Written]] = []
    last: dict[tuple[str, str], list[Written]] = {}
    for file in files:
        group = last.get((file.seat, file.name))
        if group and _joins(group, file):
            group.append(file)
        else:
            found.append(group := [file])
            last[file.seat, file.name] = group
    return found


def _joins(group: list[Written], file: Written) -> bool:
    is_other = all((one.track.codec == film.SOUND) != (file.track.codec == film.SOUND) for one in group)
    return is_other and file.track.begins_us - group[0].track.begins_us <= TOGETHER_US


async def _removed(folder: Path) -> None:
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
