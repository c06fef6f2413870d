"""`yuanzhen serve`: the centre, all in one. Ready means: every listener accepts, and a write was read back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar

from yuanzhen.applications.administration import jobs as administration_jobs
from yuanzhen.applications.consultation import jobs, recorded
from yuanzhen.applications.consultation.boards import jobs as board_jobs
from yuanzhen.applications.consultation.files import jobs as file_jobs
from yuanzhen.applications.consultation.opinions import alarms, critical
from yuanzhen.applications.referral import jobs as referral
from yuanzhen.collaboration.calendar import jobs as calendar
from yuanzhen.collaboration.calendar import waiting
from yuanzhen.collaboration.reading import jobs as reading_jobs
from yuanzhen.collaboration.ring import jobs as ring_jobs
from yuanzhen.collaboration.ring.model import Pace
from yuanzhen.collaboration.ring.push import Gateway
from yuanzhen.collaboration.room import jobs as room_jobs
from yuanzhen.collaboration.room.calls import Calls
from yuanzhen.collaboration.room.pairs import PairCalls
from yuanzhen.collaboration.room.recordings import jobs as recording_jobs
from yuanzhen.data.exchange.dicom.listener import serve_dicom
from yuanzhen.data.exchange.hl7v2.mllp import serve_mllp
from yuanzhen.data.intake import apart, console, interfaces
from yuanzhen.data.intake.dicom import describe
from yuanzhen.data.intake.readings import Readings
from yuanzhen.data.intake.sink import Intake
from yuanzhen.data.matching.matcher import Matcher
from yuanzhen.data.records import orphans
from yuanzhen.data.records.archive import ImageArchive
from yuanzhen.doors.heard import Heard
from yuanzhen.doors.patience import Patience
from yuanzhen.doors.server import Server
from yuanzhen.infrastructure import clock, descriptors, memory
from yuanzhen.infrastructure.db import embedded
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.relay import Listener, Outside, Relay, Within
from yuanzhen.infrastructure.errors import Conflict, Problem, Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.network.media.events import RoomOptions
from yuanzhen.network.media.shell import janus
from yuanzhen.network.media.shell.servers import Servers
from yuanzhen.network.media.shell.turn import Turn
from yuanzhen.programs import home as homes
from yuanzhen.programs import media, on_duty, reports, sending, telling
from yuanzhen.programs.home import Home
from yuanzhen.programs.senders import Senders, hl7_door
from yuanzhen.programs.site import application, channels
from yuanzhen.programs.trust import Trust
from yuanzhen.security.audit.chain import Chain
from yuanzhen.security.audit.kept import KeptHead
from yuanzhen.security.certificates.context import ServerTls, client_context
from yuanzhen.security.identity import clients
from yuanzhen.security.keys.media import destroy_due
from yuanzhen.security.scanning.engine import Engine

ALPN = ("http/1.1",)
RENEWAL_EVERY = timedelta(hours=6)
FORGET_EVERY = timedelta(hours=1)
CLOSE_EVERY = timedelta(hours=1)
SWEEP_EVERY = timedelta(hours=6)
OPEN_EVERY = timedelta(seconds=5)
COUNT_EVERY = timedelta(seconds=15)
REVIVAL_S = 2.0
STOP_S = 15


@dataclass(frozen=True, slots=True)
class Center:
    """A running centre."""

    home: Home
    tls: ServerTls
    trust: Trust
    media: Servers
    turn: Turn
    engine: Engine

    @property
    def settings(self) -> Settings:
        return self.home.settings


@dataclass(frozen=True, slots=True)
class _Sockets:
    http: socket.socket
    https: socket.socket
    mllp: socket.socket
    dicom: socket.socket


def listeners(home: Home, calls: Calls, engine: Engine) -> dict[str, Listener]:
    """Each name of `LISTENS` with what it does."""
    deliver = sending.sender(home.db, home.vault, client_context(home.settings.home), clock.now)
    readings = Readings(home.db)
    return {
        "tell-department": Within(jobs.tell_department),
        "tell-asker": Within(jobs.unanswered),
        "publish-hour": Within(jobs.publish_hour),
        "follow-referral": Within(lambda tx, body: referral.follow(tx, body, now=clock.now())),
        "chase-referral": Within(lambda tx, body: referral.chase(tx, body, now=clock.now())),
        "publish-slot": Within(calendar.publish_slot),
        "offer-slot": Within(lambda tx, body: waiting.offer(tx, body, now=clock.now())),
        "end-offer": Within(lambda tx, body: waiting.over(tx, body, now=clock.now())),
        "remind": Within(calendar.remind),
        "must-move": Within(calendar.must_move),
        "tell-house": Outside(lambda body: calendar.tell_house(home.db, body)),
        "end-claim": Within(jobs.end_claim),
        "describe-study": Within(lambda tx, body: describe(tx, body["study"])),
        "free-files": Outside(lambda body: apart.free(home.objects, body)),
        "route-report": Within(reports.route),
        "take-waiting": Outside(lambda body: console.patient_known(home.db, readings, body)),
        "route-patient": Within(telling.route_patient),
        "route-appointment": Within(telling.route_appointment),
        "send-message": Outside(deliver),
        "look-at-ring": ring_jobs.looker(on_duty.of, pace(home.settings), clock.now),
        "push-call": ring_jobs.pusher(home.db, gateway(home.settings), clock.now),
        "look-at-rings": Within(ring_jobs.look_again),
        "write-marks": Outside(lambda body: reading_jobs.write(home.db, home.objects, body)),
        "look-at-file": Outside(lambda body: file_jobs.look(home.db, home.objects, engine.scan, body)),
        "free-pieces": Outside(lambda body: file_jobs.free(home.objects, body)),
        "advance-keys": Within(lambda tx, body: room_jobs.advance(tx, home.media_keys, body)),
        "settle-room": Outside(calls.settle),
        "keep-board": Outside(lambda body: board_jobs.keep(home.db, home.objects, body)),
        "look-at-room": Within(room_jobs.look),
        "settle-recording": Outside(calls.recorder.changed),
        "publish-recording": Within(recording_jobs.publish_consent),
        "keep-looks": Within(recorded.keep_looks),
        "tell-dispatchers": Within(ring_jobs.tell_dispatchers),
        "tell-approvers": Within(administration_jobs.tell_approvers),
        "critical-due": Within(lambda tx, body: critical.due(tx, body, now=clock.now())),
        "tell-critical": Within(alarms.tell),
        "tell-reviewers": Within(administration_jobs.tell_reviewers),
        "hide-decided": Within(lambda tx, body: jobs.hide_decided(tx, body, now=clock.now())),
    }


def gateway(settings: Settings) -> Gateway | None:
    """Where telephones are rung from; None where nothing is set."""
    return Gateway(settings.push_url, settings.push_secret) if settings.push_url else None


def pace(settings: Settings) -> Pace:
    """How long each circle is called, and the number that somebody answers."""
    return Pace(timedelta(seconds=settings.ring_s), settings.duty_phone)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Center]:
    """The centre with every listener open; ends them all, and then the home, when the block is left."""
    if settings.database_url is None:
        embedded.check_free(settings.home)  # or a second start would complain of the ports of the first
    with _bound(settings) as sockets:
        async with homes.opened(settings, serving=True) as home:
            tls = ServerTls(settings.home, settings.names, clock.now(), alpn=ALPN)
            trust = Trust(settings)
            servers = Servers(settings.home, media.grounds(settings), home.metrics)
            turn = Turn(settings.home, media.turn(settings), home.metrics)
            engine = Engine(settings.home, settings.signatures, home.metrics)
            center = Center(home, tls, trust, servers, turn, engine)
            async with _tasks(await _parts(center, sockets)):
                await _proved(center)
                yield center


async def _parts(center: Center, sockets: _Sockets) -> dict[str, Callable[[], Awaitable[None]]]:
    home, settings = center.home, center.settings
    intake = Intake(home.db, home.objects)
    senders = Senders(home.db, center.trust, client_context(settings.home))
    archive = ImageArchive(home.db, home.objects, senders.destination)
    hub = channels(home)
    heard = Heard(home.db, hub.people)
    made = Calls if janus.available() else PairCalls
    calls = made(home.db, center.media, RoomOptions(), lambda who: center.turn.ice_servers(who, clock.now()))
    app = application(home, center.trust, hub, pages_folder(), calls, heard)
    relay = Relay(home.db, home.bus, listeners(home, calls, center.engine), home.metrics)
    return {
        "http": lambda: _served(app, sockets.http, None),
        "https": lambda: _served(app, sockets.https, center.tls),
        "mllp": lambda: serve_mllp(sockets.mllp, hl7_door(senders, intake), tls=center.tls.context),
        "dicom": lambda: serve_dicom(sockets.dicom, intake, senders.dicom, archive=archive, tls=center.tls.context),
        "media": center.media.run,
        "turn": center.turn.run,
        "scanner": center.engine.run,
        "recorder": calls.recorder.run,
        "contacts": senders.contacts.run,
        "live": hub.run,
        "heard": heard.run,
        "chain": lambda: _chained(Chain(home.db, home.vault, KeptHead(settings.home / homes.LOG_HEAD).keep)),
        "bus": home.bus.run,
        "relay": relay.run,
        "matching": Matcher(home.db, home.bus).run,
        "certificates": lambda: _renewed(center.tls),
        "database": lambda: _revived(home),
        **{name: partial(again, name, every, work) for name, (every, work) in chores(home, calls).items()},
    }


def chores(home: Home, calls: Calls) -> dict[str, tuple[timedelta, Callable[[], Awaitable[object]]]]:
    """What is done at the start and then again and again: how often, and what."""
    return {
        "figures": (COUNT_EVERY, lambda: _count(home)),
        "messages": (FORGET_EVERY, lambda: _forget_messages(home)),
        "closing": (CLOSE_EVERY, lambda: _close_cases(home)),
        "half-sent": (FORGET_EVERY, lambda: file_jobs.forget(home.db, clock.now())),
        "log-ins": (FORGET_EVERY, lambda: clients.sweep(home.identity, clock.now())),
        "recordings": (OPEN_EVERY, partial(
            recording_jobs.keep_up, home.db, home.objects, home.media_keys, calls.recorder, recorded.BESIDE)),
        "media-keys": (FORGET_EVERY, lambda: destroy_due(home.db, now=clock.now())),
        "orphans": (SWEEP_EVERY, lambda: orphans.sweep(home.db, home.objects, now=clock.now())),
    }  # fmt: skip


def pages_folder() -> Path | None:
    """The built portals: beside the sources of a checkout."""
    folder = Path(__file__).parents[3] / "web" / "dist"
    return folder if (folder / "index.html").is_file() else None


@contextmanager
def _bound(settings: Settings) -> Iterator[_Sockets]:
    """All ports at once, before anything else is started; every one that is taken is named."""
    wanted = {name: getattr(settings, name) for name in ("port", "https_port", "mllp_port", "dicom_port")}
    opened: dict[str, socket.socket] = {}
    taken = []
    for name, port in wanted.items():
        try:
            opened[name] = socket.create_server((settings.host, port), backlog=512)
        except socket.gaierror as error:  # the host's name means nothing here
            taken.append(f"{name} {port}: {error.strerror}")
        except OSError as error:  # its own words repeat the address
            taken.append(f"{name} {port}: {os.strerror(error.errno or 0)}")
    try:
        if taken:
            raise Conflict("port.taken", place="settings", faults=taken)
        yield _Sockets(opened["port"], opened["https_port"], opened["mllp_port"], opened["dicom_port"])
    finally:
        for one in opened.values():
            one.close()


@asynccontextmanager
async def _tasks(parts: dict[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Runs every part beside the block; the first that fails ends the block, the end of the block ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(_named(name, part)) for name, part in parts.items()]
            try:
                yield
            finally:
                for task in running:
                    task.cancel()
    except* Problem as problems:
        raise problems.exceptions[0] from None


async def _named(name: str, part: Callable[[], Awaitable[None]]) -> None:
    try:
        await part()
    except Exception as error:
        log.error("part_failed", part=name, error=type(error).__name__)
        raise


async def _served(app: Litestar, sock: socket.socket, tls: ServerTls | None) -> None:
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", ws="websockets-sansio",
        timeout_graceful_shutdown=STOP_S // 3, http=Patience,
        ssl_context_factory=None if tls is None else lambda _config, _default: tls.context,
    )  # fmt: skip
    server = Server(config)
    # Never cancelled itself: it would leave its sockets in the loop's hands after they are closed.
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving


async def _chained(chain: Chain) -> None:
    """Chains the trail; the last rows of a stop are chained by the next start."""
    await chain.run(asyncio.Event())


async def _renewed(tls: ServerTls) -> None:
    while True:
        await asyncio.sleep(RENEWAL_EVERY.total_seconds())
        try:
            tls.renew_if_due(clock.now())
        except (Problem, OSError) as error:  # the disk may be full: the certificate has thirty days left
            log.error("certificate_not_renewed", reason=str(error))


async def again(name: str, every: timedelta, work: Callable[[], Awaitable[object]]) -> None:
    """Does a chore now and then; what a full disk or a database that is down hinders is done the next time."""
    while True:
        try:
            await work()
        except Problem as problem:
            log.warning("chore_later", chore=name, problem=problem.code)
        await asyncio.sleep(every.total_seconds())


async def _forget_messages(home: Home) -> None:
    """Lets go of messages that were settled long enough ago."""
    while await console.forget(home.db, home.settings.message_days):
        pass


async def _close_cases(home: Home) -> None:
    """Closes consultations that were signed long enough ago."""
    while await jobs.close_settled(home.db, timedelta(days=home.settings.close_days), clock.now()):
        pass


async def _count(home: Home) -> None:
    """Keeps the figures of what waits at the interfaces."""
    async with home.db.look(system("relay")) as look:
        for name, value in (await interfaces.totals(look)).items():
            home.metrics.set(name, value)


async def _revived(home: Home) -> None:
    """Starts the embedded database server again when it has died."""
    server: embedded.Server | None = home.server
    while server is not None:
        status = await server.wait()
        log.error("database_ended", status=status)
        server = await _startedagain(home)
    await asyncio.Event().wait()


async def _startedagain(home: Home) -> embedded.Server:
    """Tried until it succeeds: on a full disk it cannot, until somebody makes room."""
    password = homes.superuser_password(home.root)
    while True:
        try:
            return await embedded.start(home.settings.home, superuser=homes.SUPERUSER, password=password)
        except (Problem, OSError) as error:
            log.error("database_not_started", reason=str(error))
        await asyncio.sleep(REVIVAL_S)


async def _proved(center: Center) -> None:
    """Every listener accepts a connection, and one write was committed and read back."""
    settings = center.settings
    for port in (settings.port, settings.https_port, settings.dicom_port, settings.mllp_port):
        await _accepts(settings.host, port)
    if not await homes.proved(center.home.db):
        raise Unavailable("database.write_not_read_back")


async def _accepts(host: str, port: int) -> None:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a name for "all", not bound here
    for _ in range(100):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(target, port)
            writer.close()
            return
        await asyncio.sleep(0.05)
    raise Unavailable("port.does_not_accept", place=str(port))


async def serve(settings: Settings, beside: Callable[[Center], Coroutine[Any, Any, None]]) -> None:
    """Runs the centre until SIGTERM or SIGINT. `beside` runs from ready until then; what it raises ends the centre."""
    descriptors.allow_many()
    memory.keep_pieces()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as center:
        memory.settle()
        work, ended = loop.create_task(beside(center)), loop.create_task(stop.wait())
        await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
