"""DICOMweb, the objects themselves: WADO-RS instances, frames, bulk data and pictures (PS3.18 10.4), streamed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from litestar import Request, Response, get
from litestar.response import Stream

from yuanzhen.data.exchange.dicom import pixels, transcoding
from yuanzhen.data.exchange.dicom.archive import Held
from yuanzhen.data.records import accepting
from yuanzhen.data.records.accepting import DICOM, OCTETS
from yuanzhen.data.records.images import BASE
from yuanzhen.data.records.viewing import File, Viewer
from yuanzhen.infrastructure.errors import Invalid, TooMany
from yuanzhen.infrastructure.ids import new_id

Plain = Request[Any, Any, Any]
PICTURES = ("image/png", "image/jpeg")
THUMBNAIL = (128, 128)
MOST_FRAMES = 1000  # in one request
SERIES = "/studies/{study:str}/series/{series_uid:str}"
INSTANCE = SERIES + "/instances/{sop:str}"


@get("/studies/{study:str}")
async def study(request: Plain, viewer: Viewer, study: str) -> Stream:
    """All objects of a study."""
    return await _objects(request, await viewer.seen(study))


@get(SERIES)
async def series(request: Plain, viewer: Viewer, study: str, series_uid: str) -> Stream:
    """All objects of a series."""
    return await _objects(request, await viewer.seen(study, series_uid))


@get(INSTANCE)
async def instance(request: Plain, viewer: Viewer, study: str, series_uid: str, sop: str) -> Stream:
    """One object."""
    return await _objects(request, await viewer.seen(study, series_uid, sop))


@get(INSTANCE + "/frames/{numbers:str}")
async def frames(
    request: Plain, viewer: Viewer, study: str, series_uid: str, sop: str, numbers: str,
) -> Response[bytes]:  # fmt: skip
    """Frames of an object, as they lie there or as plain pixels."""
    wanted = _numbers(numbers)
    (file,) = await viewer.seen(study, series_uid, sop)
    stored = await file.transfer_syntax()
    accept = request.headers.get("accept", "")
    kind, syntax = accepting.frame_form(accept, stored, transcoding.possible(stored, accepting.PLAIN))
    boundary = new_id()
    parts = []
    for number in wanted:
        content = await file.frame(number) if syntax == stored else None
        if content is None:
            content = await _plain(file, number)
            kind, syntax = OCTETS, accepting.PLAIN
        url = f"{BASE}/studies/{study}/series/{series_uid}/instances/{sop}/frames/{number}"
        parts += [accepting.part_head(boundary, kind, syntax, url), content]
    body = b"".join([*parts, accepting.last_boundary(boundary)])
    return Response(body, headers={"Content-Type": _multipart(kind, boundary)})


@get(INSTANCE + "/bulkdata/{place:str}")
async def bulk(viewer: Viewer, study: str, series_uid: str, sop: str, place: str) -> Response[bytes]:
    """A long value, as the metadata named its place."""
    found = re.fullmatch(r"([0-9]{1,13})-([0-9]{1,13})", place, re.ASCII)
    if found is None:
        raise Invalid("images.range", place="bulkdata", rule="OFFSET-LENGTH")
    (file,) = await viewer.seen(study, series_uid, sop)
    content = await file.run((int(found[1]), int(found[2])))
    boundary = new_id()
    body = accepting.part_head(boundary, OCTETS, "") + content + accepting.last_boundary(boundary)
    return Response(body, headers={"Content-Type": _multipart(OCTETS, boundary)})


@get(INSTANCE + "/rendered")
async def rendered(request: Plain, viewer: Viewer, study: str, series_uid: str, sop: str) -> Response[bytes]:
    """The first frame as a picture, windowed by `window=centre,width,linear` or as the image says."""
    found = await viewer.seen(study, series_uid, sop)
    return await _picture(request, found, 1)


@get(INSTANCE + "/frames/{number:str}/rendered")
async def rendered_frame(
    request: Plain, viewer: Viewer, study: str, series_uid: str, sop: str, number: str,
) -> Response[bytes]:  # fmt: skip
    """One frame as a picture."""
    (wanted,) = _numbers(number)[:1]
    found = await viewer.seen(study, series_uid, sop)
    return await _picture(request, found, wanted)


@get("/studies/{study:str}/thumbnail")
async def study_thumbnail(request: Plain, viewer: Viewer, study: str) -> Response[bytes]:
    """A small picture of a study."""
    return await _picture(request, await viewer.seen(study), 1, THUMBNAIL)


@get(SERIES + "/thumbnail")
async def series_thumbnail(request: Plain, viewer: Viewer, study: str, series_uid: str) -> Response[bytes]:
    """A small picture of a series."""
    found = await viewer.seen(study, series_uid)
    return await _picture(request, found, 1, THUMBNAIL)


@get(INSTANCE + "/thumbnail")
async def thumbnail(request: Plain, viewer: Viewer, study: str, series_uid: str, sop: str) -> Response[bytes]:
    """A small picture of an object."""
    found = await viewer.seen(study, series_uid, sop)
    return await _picture(request, found, 1, THUMBNAIL)


async def _objects(request: Plain, files: Sequence[File]) -> Stream:
    """Whole objects in parts, one after another; nothing is held but the piece that is sent."""
    accept = request.headers.get("accept", "")
    forms = []
    for file in files:
        stored = await file.transfer_syntax()
        forms.append(accepting.instance_form(accept, stored, transcoding.possible(stored, accepting.PLAIN)))
    if len(files) == 1 and not forms[0][0]:
        content = await _begun(_content(files[0], forms[0][1]))
        return Stream(content, headers={"Content-Type": f"{DICOM}; transfer-syntax={forms[0][1]}"})
    boundary = new_id()
    parts = await _begun(_parts(files, [syntax for _, syntax in forms], boundary))
    return Stream(parts, headers={"Content-Type": _multipart(DICOM, boundary)})


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, the first made already: what cannot be told at all says so by its status."""
    first = await anext(pieces, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_of_them()


async def _parts(files: Sequence[File], syntaxes: Sequence[str], boundary: str) -> AsyncIterator[bytes]:
    for file, syntax in zip(files, syntaxes, strict=True):
        content = _content(file, syntax)
        first = await anext(content, b"")
        yield accepting.part_head(boundary, DICOM, syntax) + first
        async for piece in content:
            yield piece
    yield accepting.last_boundary(boundary)


async def _content(file: File, syntax: str) -> AsyncIterator[bytes]:
    one, stored = file.one, await file.transfer_syntax()
    if syntax == stored:
        async for piece in file.pieces():
            yield piece
        return
    held = Held(one.study, one.series, one.sop, one.sop_class, stored, one.blob, one.size)
    yield await transcoding.decoded_file(file.pieces(), held, syntax)


async def _plain(file: File, number: int) -> bytes:
    header, _, index = await file.picture(number)
    return await asyncio.to_thread(pixels.plain, header, index)


async def _picture(
    request: Plain, files: Sequence[File], number: int, box: tuple[int, int] | None = None
) -> Response[bytes]:
    window = _window(request.query_params.get("window", ""))
    kind = accepting.picture_form(request.headers.get("accept", ""), PICTURES)
    viewport = request.query_params.get("viewport", "")
    form = pixels.Form("image/jpeg" if kind == "image/jpeg" else "image/png", _box(viewport) or box)
    shown = next((file for file in files if file.one.frames), files[0])
    header, frame, index = await shown.picture(number)
    picture = await asyncio.to_thread(pixels.pictured, header, frame, index, window, form)
    return Response(picture, media_type=kind)


def _multipart(kind: str, boundary: str) -> str:
    return f'{accepting.MULTIPART}; type="{kind}"; boundary={boundary}'


def _numbers(text: str) -> list[int]:
    parts = text.split(",")
    if not all(re.fullmatch(r"[1-9][0-9]{0,8}", part, re.ASCII) for part in parts):
        raise Invalid("images.frames", place="frames", rule="numbers from 1, parted by commas (PS3.18 10.1.2)")
    if len(parts) > MOST_FRAMES:
        raise TooMany("images.frames", place="frames", limit=MOST_FRAMES)
    return [int(part) for part in parts]


def _box(text: str) -> tuple[int, int] | None:
    """PS3.18 8.3.5.1.4: `viewport=width,height`; what else it may say is passed over."""
    parts = text.split(",")[:2]
    if not text:
        return None
    if not all(re.fullmatch(r"[1-9][0-9]{0,4}", part, re.ASCII) for part in parts) or len(parts) < 2:
        raise Invalid("images.viewport", place="viewport", rule="width,height")
    return int(parts[0]), int(parts[1])


def _window(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    try:
        centre, width = (float(part) for part in text.split(",")[:2])
    except ValueError as error:
        raise Invalid("images.window", place="window", rule="centre,width,linear") from error
    if not width >= 1:
        raise Invalid("images.window", place="window", rule="a width of at least 1 (PS3.3 C.11.2.1.2)")
    return centre, width


ROUTES = (study, series, instance, frames, bulk, rendered, rendered_frame, study_thumbnail, series_thumbnail, thumbnail)
