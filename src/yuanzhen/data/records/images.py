"""DICOMweb, first form: lists of series and instances (QIDO-RS) and rendered frames (WADO-RS), PS3.18 8 and 10."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, Router, get

from yuanzhen.data.exchange.dicom import pixels
from yuanzhen.data.exchange.dicom.attributes import qido
from yuanzhen.data.records import studies
from yuanzhen.data.records.model import encode
from yuanzhen.data.records.studies import Instance
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.scopes import Scopes
from yuanzhen.security.keys.objects import Objects

DICOM_JSON = "application/dicom+json"


@get("/studies/{study:str}/series")
async def series(actor: Actor, scopes: Scopes, db: Database, study: str) -> Response[bytes]:
    """The series of a study."""
    found = await _seen(db, actor, scopes, study)
    first = {one.series: one for one in reversed(found)}
    return _json([qido(one.header, "series") for one in reversed(first.values())])


@get("/studies/{study:str}/series/{series_uid:str}/instances")
async def instances(actor: Actor, scopes: Scopes, db: Database, study: str, series_uid: str) -> Response[bytes]:
    """The objects of a series, in reading order."""
    found = await _seen(db, actor, scopes, study, series_uid)
    return _json([qido(one.header, "instance") for one in found])


@get("/studies/{study:str}/series/{series_uid:str}/instances/{sop:str}/rendered")
async def rendered(
    request: Request[Any, Any, Any],
    actor: Actor,
    scopes: Scopes,
    db: Database,
    objects: Objects,
    study: str,
    series_uid: str,
    sop: str,
) -> Response[bytes]:
    """The first frame as PNG, windowed by `window=centre,width,linear` (PS3.18 8.3.5.1.3) or as the image says."""
    window = _window(request.query_params.get("window", ""))
    async with db.look(actor) as look:
        _in_scope(look, scopes, study)
        one = await studies.instance(look, study, series_uid, sop)
        if one is None:
            raise _not_found(look, study)
        await _note(look, study)
    file = await objects.get(one.blob)
    picture = await asyncio.to_thread(pixels.rendered, file, window=window)
    return Response(picture, media_type="image/png")


async def _seen(db: Database, actor: Actor, scopes: Scopes, study: str, series_uid: str = "") -> list[Instance]:
    async with db.look(actor) as look:
        _in_scope(look, scopes, study)
        found = await studies.instances(look, study, series_uid)
        if not found:
            raise _not_found(look, study)
        await _note(look, study)
    return found


def _in_scope(look: Reads, scopes: Scopes, study: str) -> None:
    if look.actor.kind == "machine" and not scopes.allows("ImagingStudy", "read"):
        problem = Forbidden("fhir.scope", needed="system/ImagingStudy.read")
        raise trail.refused(look, problem, "images.read", "R", entity_type="study", entity=study)


def _not_found(look: Reads, study: str) -> Exception:
    return trail.refused(look, NotFound("images.not_found"), "images.read", "R", entity_type="study", entity=study)


async def _note(look: Reads, study: str) -> None:
    known = await studies.find(look, study)
    if known is not None:
        trail.noted(look, "images.read", "R", entity_type="ImagingStudy", entity=known.resource, patient=known.patient)


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


def _json(rows: list[dict[str, Any]]) -> Response[bytes]:
    return Response(encode(rows), media_type=DICOM_JSON)


router = Router(path="/dicom-web", route_handlers=[series, instances, rendered], include_in_schema=False)
