"""STOW-RS (PS3.18 10.5): a machine client stores instances over HTTP, each taken in like one that came by C-STORE."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, post

from yuanzhen.data.exchange.dicom import status
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.intake import multipart
from yuanzhen.data.intake.dicom import Images, Taken
from yuanzhen.data.records.images import BASE, DICOM_JSON
from yuanzhen.data.records.model import encode
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Forbidden, Invalid, Problem, Unsupported
from yuanzhen.infrastructure.log import log
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.scopes import Scopes

MAX_BODY = 64 * 2**30  # bytes of one request: a study of a day's work, streamed
DICOM = "application/dicom"
AHEAD = 8  # parts of one request that are being stored while the next one comes
APART = 0xB000  # PS3.18 table 10.5.3-2, warning reason: stored, and not as it was meant
Plain = Request[Any, Any, Any]


@post("/studies", status_code=200)
async def store(request: Plain, actor: Actor, scopes: Scopes, db: Database, images: Images) -> Response[bytes]:
    """Instances of whichever studies."""
    return await _stored(request, actor, scopes, db, images, "")


@post("/studies/{study:str}", status_code=200)
async def store_study(
    request: Plain, actor: Actor, scopes: Scopes, db: Database, images: Images, study: str
) -> Response[bytes]:
    """Instances of one study; those of another are refused."""
    return await _stored(request, actor, scopes, db, images, study)


async def _stored(
    request: Plain, actor: Actor, scopes: Scopes, db: Database, images: Images, study: str
) -> Response[bytes]:
    async with db.look(actor) as look:
        if actor.kind != "machine" or not scopes.allows("ImagingStudy", "write"):
            problem = Forbidden("fhir.scope", needed="system/ImagingStudy.write")
            raise trail.refused(look, problem, "images.store", "C", entity_type="study", entity=study[:64])
    boundary, kind = multipart.boundary_of(request.headers.get("content-type", ""))
    if kind != DICOM:
        raise Unsupported("stow.media_type", place="Content-Type", rule="type=application/dicom (PS3.18 10.5.1)")
    parts = multipart.Parts(aiter(request.stream()), boundary)
    told = await _each(parts, images, actor, study)
    kept = [one for one in told if isinstance(one, Taken)]
    failed = [one for one in told if isinstance(one, Problem)]
    for one in failed:
        log.info("stow_refused", client=actor.id, code=one.code, place=one.place)
    if not kept and not failed:
        raise Invalid("stow.empty", place="body", rule="at least one part (PS3.18 10.5.1)")
    code = 200 if not failed else 202 if kept else 409
    return Response(
        encode(_told(str(request.base_url).rstrip("/"), kept, failed)), status_code=code, media_type=DICOM_JSON
    )


async def _each(parts: multipart.Parts, images: Images, actor: Actor, study: str) -> list[Taken | Problem]:
    """What became of each part. The next one is read while those before are still being stored."""
    sender = Sender(actor.id, actor.institution)
    begun: list[asyncio.Task[Taken] | Problem] = []
    try:
        while await parts.begin() is not None:
            try:
                begun.append(await images.begin(sender, parts.content(), actor=actor, study=study))
            except Problem as problem:
                begun.append(problem)
            if len(begun) >= AHEAD:
                await _ended(begun[-AHEAD])
    finally:
        if storing := [one for one in begun if isinstance(one, asyncio.Task)]:
            await asyncio.wait(storing)
    return [await _ended(one) for one in begun]


async def _ended(one: asyncio.Task[Taken] | Problem) -> Taken | Problem:
    if isinstance(one, Problem):
        return one
    try:
        return await asyncio.shield(one)
    except Problem as problem:
        return problem


def _told(base: str, kept: list[Taken], failed: list[Problem]) -> dict[str, Any]:
    """PS3.18 table 10.5.3-2; a problem's code and place stand beside its reason, for whoever reads it."""
    told: dict[str, Any] = {}
    if kept:
        told["00081190"] = {"vr": "UR", "Value": [f"{base}{BASE}/studies/{kept[0].fact.study}"]}
        told["00081199"] = {"vr": "SQ", "Value": [_reference(base, one) for one in kept]}
    if failed:
        told["00081198"] = {"vr": "SQ", "Value": [_failure(one) for one in failed]}
    return told


def _reference(base: str, taken: Taken) -> dict[str, Any]:
    """An instance that was taken, with its address; one that was kept apart has none, and a warning instead."""
    one = taken.fact
    url = f"{base}{BASE}/studies/{one.study}/series/{one.series}/instances/{one.sop}"
    return {
        "00081150": {"vr": "UI", "Value": [one.sop_class]},
        "00081155": {"vr": "UI", "Value": [one.sop]},
        **({"00081196": {"vr": "US", "Value": [APART]}} if taken.apart else {"00081190": {"vr": "UR", "Value": [url]}}),
    }


def _failure(problem: Problem) -> dict[str, Any]:
    told = status.told(problem)
    return {
        "00081197": {"vr": "US", "Value": [told["Status"]]},
        "00000902": {"vr": "LO", "Value": [told["ErrorComment"]]},
    }


ROUTES = (store, store_study)
