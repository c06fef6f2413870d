"""Who may look at images, and the files behind them: finds, checks, writes the trail, reads what was sealed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request
from pydicom.dataset import Dataset

from yuanzhen.data.exchange.dicom import files, frames, pixels, scan
from yuanzhen.data.exchange.dicom.frames import Run
from yuanzhen.data.records import studies
from yuanzhen.data.records.studies import Instance
from yuanzhen.doors import caller
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound, TooLarge
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.scopes import Scopes
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.keys.objects import Objects

Plain = Request[Any, Any, Any]
MAX_IN_MEMORY = 1 << 30  # a file that has to be whole to be shown
HEAD = 64 * 1024  # meta information is shorter


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks for objects, and the store that they lie in."""

    actor: Actor
    scopes: Scopes
    db: Database
    objects: Objects

    async def seen(self, study: str, series: str = "", sop: str = "") -> list[File]:
        """The objects of a study, a series, or one.

        Raises Forbidden beyond the scopes, NotFound where there is nothing for this actor; both are kept.
        """
        async with self.db.look(self.actor) as look:
            in_scope(look, self.scopes, study)
            found, resource, patient = await studies.shown(look, study, series, sop)
            if not found:
                raise not_found(look, study)
            trail.noted(look, "images.read", "R", entity_type="ImagingStudy", entity=resource, patient=patient)
        return [File(self.objects, one) for one in found]


def viewers(db: Database, identity: Identity, objects: Objects) -> Callable[[Plain], Awaitable[Viewer]]:
    """What gives a handler its `viewer`: in one step, for the router makes tasks of what has several."""

    async def viewer(request: Plain) -> Viewer:
        known = await caller.identify(identity, request.scope)
        return Viewer(known.actor, known.scopes, db, objects)

    return viewer


def in_scope(look: Reads, scopes: Scopes, study: str) -> None:
    """Passes a person, and a machine client that may read images; keeps the refusal."""
    if look.actor.kind == "machine" and not scopes.allows("ImagingStudy", "read"):
        problem = Forbidden("fhir.scope", needed="system/ImagingStudy.read")
        raise trail.refused(look, problem, "images.read", "R", entity_type="study", entity=study)


def not_found(look: Reads, study: str) -> Exception:
    """The refusal where there is nothing for this actor, kept."""
    return trail.refused(look, NotFound("images.not_found"), "images.read", "R", entity_type="study", entity=study)


class File:
    """One object's file: whole, its frames, or any run of its bytes."""

    def __init__(self, objects: Objects, one: Instance) -> None:
        self._objects = objects
        self.one = one

    async def transfer_syntax(self) -> str:
        """The syntax that it lies in; of what came before the row said it, by its meta information."""
        if self.one.transfer_syntax:
            return self.one.transfer_syntax
        scanner = scan.Scanner()
        scanner.feed(await self.run((0, min(HEAD, self.one.size))))
        return scanner.syntax

    def pieces(self) -> AsyncIterator[bytes]:
        """The whole file."""
        return self._objects.read(self.one.blob, self.one.size)

    async def whole(self) -> bytes:
        """The whole file at once. Raises TooLarge `dicom.too_large`."""
        if self.one.size > MAX_IN_MEMORY:
            raise TooLarge("dicom.too_large", limit_bytes=MAX_IN_MEMORY)
        return b"".join([piece async for piece in self.pieces()])

    async def run(self, run: Run, *, again: bool = False) -> bytes:
        """A run of its bytes, `again` as for `Objects.run`. Raises Invalid `images.range` beyond its end, TooLarge."""
        at, length = run
        if at < 0 or length < 0 or at + length > self.one.size:
            raise Invalid("images.range", place="bulkdata", size=self.one.size)
        if length > MAX_IN_MEMORY:
            raise TooLarge("dicom.too_large", limit_bytes=MAX_IN_MEMORY)
        return await self._objects.run(self.one.blob, self.one.size, at, length, again=again)

    def runs(self, frame: int) -> Sequence[Run] | None:
        """Where a frame lies; None where only reading all of the pixels can tell."""
        return frames.runs(self.one.pixels, self.one.header, frame, self.one.frames)

    async def frame(self, frame: int) -> bytes | None:
        """A frame as it lies there; None as `runs`. Several people look at the same ones, often in the same minute."""
        runs = self.runs(frame)
        return None if runs is None else b"".join([await self.run(one, again=True) for one in runs])

    async def picture(self, frame: int) -> tuple[Dataset, int, int]:
        """What `pixels` draws a frame from: a data set, the frame by its functional groups, and its place in it."""
        runs = self.runs(frame)
        if runs is None or self.one.pixels is None:
            return files.whole(await self.whole()), frame, frame
        syntax = await self.transfer_syntax()
        head = await self.run((0, int(self.one.pixels["at"]) - (8 if syntax in scan.IMPLICIT else 12)))
        parts = [await self.run(one) for one in runs]
        tag = int(self.one.pixels.get("tag", pixels.PIXEL_DATA))
        return pixels.alone(head, parts, tag, encapsulated="fragments" in self.one.pixels), frame, 1
