"""The web application: every door of the product, joined over an opened home."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from yuanzhen.applications.administration import approval_routes, review_routes
from yuanzhen.applications.administration import routes as administration_routes
from yuanzhen.applications.consultation import (
    answering,
    chat_routes,
    guest_routes,
    recording_routes,
    request_routes,
    room_routes,
)
from yuanzhen.applications.consultation import live as consultation_live
from yuanzhen.applications.consultation import routes as consultation_routes
from yuanzhen.applications.consultation.archive import routes as archive_routes
from yuanzhen.applications.consultation.boards import routes as board_routes
from yuanzhen.applications.consultation.files import model as case_files
from yuanzhen.applications.consultation.files import routes as case_file_routes
from yuanzhen.applications.consultation.opinions import routes as opinion_routes
from yuanzhen.applications.management import routes as management_routes
from yuanzhen.applications.referral import routes as referral_routes
from yuanzhen.collaboration.calendar import live as calendar_live
from yuanzhen.collaboration.calendar import roster_routes as calendar_roster_routes
from yuanzhen.collaboration.calendar import routes as calendar_routes
from yuanzhen.collaboration.reading import live as reading_live
from yuanzhen.collaboration.reading import routes as reading_routes
from yuanzhen.collaboration.ring import live as ring_live
from yuanzhen.collaboration.ring import routes as ring_routes
from yuanzhen.collaboration.room import live as room_live
from yuanzhen.collaboration.room.calls import Calls
from yuanzhen.data.exchange.fhir import text
from yuanzhen.data.intake import apart_routes, interface_routes, stow
from yuanzhen.data.intake import live as intake_live
from yuanzhen.data.intake import routes as intake_routes
from yuanzhen.data.intake.dicom import Images
from yuanzhen.data.matching import routes as matching_routes
from yuanzhen.data.records import asked, images, viewing, wado
from yuanzhen.data.records import routes as record_routes
from yuanzhen.data.records.file import live as file_live
from yuanzhen.data.records.file import routes as file_routes
from yuanzhen.doors import app as doors
from yuanzhen.doors import caller
from yuanzhen.doors.health import Health
from yuanzhen.doors.heard import Heard, Listening
from yuanzhen.doors.hub import Hub, Source
from yuanzhen.doors.live import Socket, live
from yuanzhen.doors.pace import Pace
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.programs import approving
from yuanzhen.programs.home import Home
from yuanzhen.programs.trust import Trust, Watch

ROUTERS: list[ControllerRouterHandler] = [
    file_routes.router,
    Router(  # one router: a path of it is read by one file and written by another
        images.BASE,
        route_handlers=[*images.ROUTES, *wado.ROUTES, *stow.ROUTES],
        include_in_schema=False,
    ),
    consultation_routes.router,
    chat_routes.router,
    case_file_routes.router,
    board_routes.router,
    room_routes.router,
    recording_routes.router,
    guest_routes.router,
    request_routes.router,
    answering.router,
    ring_routes.router,
    reading_routes.router,
    opinion_routes.router,
    archive_routes.router,
    referral_routes.router,
    calendar_routes.router,
    calendar_roster_routes.router,
    administration_routes.router,
    approval_routes.router,
    review_routes.router,
    management_routes.router,
    intake_routes.router,
    matching_routes.router,
    interface_routes.router,
    apart_routes.router,
]
FOR_GUESTS = frozenset({"room"})  # the channels that open to guests
PARTS = ("vault", "media_keys", "objects")  # what handlers may take besides what the doors give: a `Home`'s parts
TABLES = {"verbs": approving.VERBS}  # and what programs alone can join
DEPENDENCIES = (*PARTS, *TABLES, "calls", "checks", "feeds", "images", "viewer", "upload_bytes", "glass_lasts",
                "recording_kept")  # fmt: skip


class Together:
    """One channel whose snapshot several parts of the product make together."""

    def __init__(self, *parts: Source) -> None:
        self._parts = parts

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """What each part shows, beside that of the others."""
        told: dict[str, Any] = {}
        for part in self._parts:
            told |= await part.snapshot(actor, id)
        return told

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `Problem` when any of them refuses."""
        for part in self._parts:
            await part.allowed(actor, id)


def channels(home: Home) -> Hub:
    """The live channels, by the prefix of their names."""
    sources: dict[str, Source] = {
        "me": Together(consultation_live.OwnChannel(home.db), ring_live.OwnRings(home.db)),
        "queue": consultation_live.QueueChannel(home.db),
        "consultation": consultation_live.CaseChannel(home.db),
        "calendar": calendar_live.CalendarChannel(home.db),
        "patient": file_live.PatientChannel(home.db),
        "reading": reading_live.ReadingChannel(home.db),
        "board": consultation_live.SidesChannel(home.db, "board-read"),
        "chat": consultation_live.SidesChannel(home.db, "chat"),
        "led": reading_live.LedChannel(home.db),
        "room": room_live.RoomChannel(home.db),
        "exchange": intake_live.ExchangeChannel(home.db),
    }
    return Hub(home.db, home.bus, sources, home.metrics, FOR_GUESTS)


def application(
    home: Home, trust: Trust, hub: Hub, pages: Path | None, calls: Calls, heard: Heard | None = None
) -> Litestar:
    """The web application over a home; `heard` is told who calls."""

    async def authenticate(socket: Socket) -> Actor:
        return (await caller.identify_page(home.identity, socket.scope)).actor

    async def recheck(socket: Socket, actor: Actor) -> None:
        await caller.recheck_page(home.identity, socket.scope, actor)

    routers = [live(hub, authenticate, recheck, home.metrics), *ROUTERS]
    upload_bytes = home.settings.upload_mb * 2**20
    given = {**{name: getattr(home, name) for name in PARTS}, **TABLES, "checks": Pace(burst=30, per_minute=60)}
    given["upload_bytes"] = upload_bytes
    given["feeds"] = Pace(burst=60, per_minute=60)
    given["glass_lasts"] = timedelta(hours=home.settings.glass_hours)
    given["recording_kept"] = timedelta(days=home.settings.recording_days)
    given["calls"] = calls
    dependencies = {name: _given(part) for name, part in given.items()}
    dependencies["images"] = _given(Images(home.db, home.objects))  # one, which remembers whose the last studies were
    dependencies["viewer"] = Provide(viewing.viewers(home.db, home.identity, home.objects))
    limits = {
        images.BASE: stow.MAX_BODY,
        asked.BASE: text.LARGEST,
        opinion_routes.CHECK: opinion_routes.LARGEST_FILE,
        file_routes.UPLOADS: upload_bytes,
        case_file_routes.PIECES: case_files.LARGEST_PIECE,
    }
    site = doors.Site(
        pages=pages,
        limits=limits,
        bare={asked.BASE: record_routes.Fhir},
        health=Health(home.db.answers),
        metrics=lambda: home.metrics.render()[0],
    )
    app = doors.build(home.db, home.identity, routers, dependencies, site)
    if heard is not None:
        app.asgi_handler = Listening(app.asgi_handler, heard)
    app.asgi_handler = Watch(app.asgi_handler, trust)
    return app


def _given(part: object) -> Provide:
    return Provide(lambda: part, sync_to_thread=False)
