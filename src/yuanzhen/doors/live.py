"""The WebSocket `/live`: a thin shell around the hub. Who calls, and whether they still may, is asked of arguments."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler

from yuanzhen.doors import pace as paces
from yuanzhen.doors import problems
from yuanzhen.doors.hub import Hub, problem_message, relay_refused
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Malformed, Problem, Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics

Socket = WebSocket[Any, Any, Any]
Authenticate = Callable[[Socket], Awaitable[Actor]]
Recheck = Callable[[Socket, Actor], Awaitable[None]]

# RFC 6455 7.4.2: 4000-4999 are the application's own; after any but the first the page comes again with `after`.
SESSION_ENDED = 4401
TOO_SLOW = 4408
TOO_BIG = 1009

LARGEST_COMMAND = 4096  # characters
RELAYS_AT_ONCE, RELAYS_A_MINUTE = 120, 7200  # of one page: a pointer and a wheel, at each picture of the screen
CLOSE_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the page is told that we are here and asked whether it may stay, and how far it may fall behind."""

    ping_s: float = 15.0
    recheck_s: float = 30.0
    messages: int = 2000
    characters: int = 8_000_000
    passing: int = 64  # of what is kept nowhere; the oldest of more is let go


class Command(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may send; exactly one of the first five."""

    subscribe: str | None = None
    unsubscribe: str | None = None
    relay: str | None = None
    ping: Any = None
    pong: Any = None
    after: int | None = None
    data: msgspec.Raw = msgspec.Raw()


class _Closed(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def live(
    hub: Hub,
    authenticate: Authenticate,
    recheck: Recheck,
    metrics: Metrics,
    pace: Pace = Pace(),
) -> WebsocketRouteHandler:
    """The route. `authenticate` raises `Problem` and the handshake is refused with it; `recheck` raises when a session
    has ended, and the socket is closed with 4401. Pings carry the time and each channel's last number.
    """

    @websocket("/live")
    async def serve(socket: Socket) -> None:
        try:
            actor = await authenticate(socket)
        except Problem as problem:
            await _refuse(socket, problem)
            return
        await socket.accept()
        await _Page(hub, socket, actor, recheck, metrics, pace).run()

    return serve


async def _refuse(socket: Socket, problem: Problem) -> None:
    """Answers the handshake as any other request would be (ASGI extension "WebSocket Denial Response")."""
    body = problems.body(
        problem, socket.headers.get("accept-language", ""), str(socket.scope["state"].get("request", ""))
    )
    headers = {"content-type": problems.MEDIA_TYPE, **problems.headers(problem)}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    send = _sender(socket)
    await send({"type": "websocket.http.response.start", "status": problem.status, "headers": pairs})
    await send({"type": "websocket.http.response.body", "body": body})


def _sender(socket: Socket) -> Callable[[dict[str, Any]], Awaitable[None]]:
    """ASGI messages as they are: Litestar's types know no denial, and its helpers encode the text again."""
    return cast(Callable[[dict[str, Any]], Awaitable[None]], socket.send)


class _Page:
    """One socket: what it asks, what it is given, and the end of it. The hub's `Reader`."""

    def __init__(self, hub: Hub, socket: Socket, actor: Actor, recheck: Recheck, metrics: Metrics, pace: Pace) -> None:
        self.actor = actor
        self._hub = hub
        self._socket = socket
        self._recheck = recheck
        self._metrics = metrics
        self._pace = pace
        self._waiting: deque[str] = deque()
        self._passing: deque[str] = deque(maxlen=pace.passing)
        self._relays = paces.Pace(RELAYS_AT_ONCE, RELAYS_A_MINUTE)
        self._characters = 0
        self._something = asyncio.Event()
        self._doubted = asyncio.Event()
        self._ended = asyncio.Event()

    def give(self, text: str) -> None:
        """Queues a message; a page that falls too far behind is closed and comes again with what it has."""
        self._waiting.append(text)
        self._characters += len(text)
        self._something.set()
        if len(self._waiting) > self._pace.messages or self._characters > self._pace.characters:
            self._ended.set()

    def give_passing(self, text: str) -> None:
        """Queues what is kept nowhere; a page that falls behind loses the oldest of it, and nothing else."""
        if len(self._passing) == self._passing.maxlen:
            self._metrics.count("live_passing_lost")
        self._passing.append(text)
        self._something.set()

    def doubt(self) -> None:
        """Asks at once, not only at the next turn, whether the page may stay and what of it."""
        self._doubted.set()

    async def run(self) -> None:
        """Until the page leaves or is closed."""
        self._hub.come(self)
        try:
            async with asyncio.TaskGroup() as group:
                for part in (self._listen, self._speak, self._ping, self._ask_again, self._end_if_slow):
                    group.create_task(part())
        except* _Closed as closed:
            await self._close(cast(_Closed, closed.exceptions[0]))
        except* (WebSocketDisconnect, OSError):  # ASGI 2.4: sending to one who has left is an OSError
            log.debug("live_left")
        finally:
            self._hub.go(self)

    async def _listen(self) -> None:
        while True:
            message = cast(dict[str, Any], await self._socket.receive())
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(detail="left")
            text = message.get("text") or ""
            if len(text) > LARGEST_COMMAND:
                raise _Closed(TOO_BIG, "too_big")
            await self._obey(text)

    async def _obey(self, text: str) -> None:
        wire = None
        try:
            command = understood(text)
            wire = command.subscribe
            if command.relay is not None:
                await self._relay(command.relay, command.data)
            elif command.subscribe is not None:
                await self._check()  # nobody begins to read with a session that is over
                await self._hub.subscribe(self, command.subscribe, command.after)
            elif command.unsubscribe is not None:
                self._hub.unsubscribe(self, command.unsubscribe)
            elif command.ping is not None:
                self.give(msgspec.json.encode({"pong": command.ping}).decode())
        except Problem as problem:
            self.give(problem_message(wire, problem))

    async def _relay(self, wire: str, data: msgspec.Raw) -> None:
        try:
            self._relays.take("", asyncio.get_running_loop().time())
            await self._hub.relay(self, wire, data)
        except Problem as problem:
            self.give(relay_refused(wire, problem))

    async def _speak(self) -> None:
        send = _sender(self._socket)
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting or self._passing:
                await send({"type": "websocket.send", "text": self._next()})

    def _next(self) -> str:
        """What is kept goes first."""
        if not self._waiting:
            return self._passing.popleft()
        text = self._waiting.popleft()
        self._characters -= len(text)
        return text

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self._pace.ping_s)
            told = {"ping": clock.now(), "channels": self._hub.places(self)}
            self.give(msgspec.json.encode(told).decode())

    async def _ask_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.recheck_s):
                    await self._doubted.wait()
            self._doubted.clear()
            await self._check()
            await self._hub.recheck(self)

    async def _check(self) -> None:
        """Ends the page whose session or token is over."""
        try:
            await self._recheck(self._socket, self.actor)
        except Unavailable as down:  # nobody can tell now; nothing new is sent meanwhile either
            log.warning("live_recheck_later", problem=down.code)
        except Problem as problem:
            raise _Closed(SESSION_ENDED, problem.code) from problem

    async def _end_if_slow(self) -> None:
        await self._ended.wait()
        raise _Closed(TOO_SLOW, "too_slow")

    async def _close(self, closed: _Closed) -> None:
        self._metrics.count("live_closed", reason=str(closed.code))
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._socket.close(closed.code, closed.reason)
        except TimeoutError:  # it reads nothing; the server cuts it off when its own ping stays unanswered
            log.debug("live_close_unread")


def understood(text: str) -> Command:
    """The command in a page's message; `Malformed` (`live.malformed`) or when it is none or several."""
    try:
        command = msgspec.json.decode(text, type=Command)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed("live.malformed", place="message") from error
    parts = (command.subscribe, command.unsubscribe, command.relay, command.ping, command.pong)
    odd_after = command.after is not None and (command.subscribe is None or command.after < 0)
    odd_data = (command.relay is None) != (bytes(command.data) == b"")
    if len([part for part in parts if part is not None]) != 1 or odd_after or odd_data:
        raise Malformed("live.malformed", place="message")
    return command
