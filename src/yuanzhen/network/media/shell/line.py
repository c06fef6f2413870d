"""One connection to Janus: a request is answered or fails in time, everything else that comes is an event."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.network.media import messages
from yuanzhen.network.media.messages import PLUGIN, Answer, Body

ANSWER_BOUND_S = 5.0
READY_BOUND_S, LOOK_S = 10.0, 0.02
LARGEST = 1 << 22  # bytes of one message: a description of a hundred tracks is a tenth of it

REQUESTS, FIGURES = Subprotocol("janus-protocol"), Subprotocol("janus-admin-protocol")

Message = Mapping[str, Any]


class Line:
    """Requests are matched with their answers by transaction; several may be under way."""

    def __init__(self, socket: ClientConnection, secret: Body, heard: Callable[[Message], None]) -> None:
        self._socket = socket
        self._secret = secret
        self._heard = heard
        self._numbers = itertools.count(1)
        self._asked: dict[str, tuple[asyncio.Future[Message], bool]] = {}
        self.session: int | None = None

    async def ask(self, body: Message, *, ack: bool = False) -> Answer:
        """Sends a request, waits for its answer (`ack`: for the word that it was taken), and reads it.

        The problems are those of `messages.answer`; Unavailable `media.silent` after five seconds, `media.no_server`
        when the connection ends.
        """
        transaction = str(next(self._numbers))
        waiting: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._asked[transaction] = waiting, ack
        session = {} if self.session is None else {"session_id": self.session}
        try:
            async with asyncio.timeout(ANSWER_BOUND_S):
                await self._socket.send(json.dumps({**body, **session, **self._secret, "transaction": transaction}))
                return messages.answer(await waiting)
        except TimeoutError:
            raise Unavailable("media.silent", waited_s=ANSWER_BOUND_S) from None
        except ConnectionClosed:
            raise Unavailable("media.no_server") from None
        finally:
            del self._asked[transaction]

    async def open_session(self) -> None:
        """Begins the session that all handles of this line live in; it ends with the line."""
        self.session = int((await self.ask({"janus": "create"})).data["id"])

    async def attach(self) -> int:
        """A handle of the room plugin."""
        return int((await self.ask({"janus": "attach", "plugin": PLUGIN})).data["id"])

    async def detach(self, handle: int) -> None:
        """Lets a handle go, and the connection that it has."""
        await self.ask({"janus": "detach", "handle_id": handle})

    async def tell(self, handle: int, body: Body, jsep: Body | None = None) -> Answer:
        """A request to the plugin, with a description where there is one."""
        described = {} if jsep is None else {"jsep": jsep}
        return await self.ask({"janus": "message", "handle_id": handle, "body": body, **described})

    async def trickle(self, handle: int, candidate: Body | None) -> None:
        """One more candidate of the other end; None: there are no more."""
        told = {"completed": True} if candidate is None else candidate
        await self.ask({"janus": "trickle", "handle_id": handle, "candidate": told}, ack=True)

    async def keep_alive(self) -> None:
        """Says that we are still here, and hears that Janus is."""
        await self.ask({"janus": "keepalive"}, ack=True)

    async def read(self) -> None:
        """Hands out what comes, until the connection ends; then whoever still waits is told."""
        try:
            async for text in self._socket:
                self._take(json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            for waiting, _ in self._asked.values():
                if not waiting.done():
                    waiting.set_exception(Unavailable("media.no_server"))

    def _take(self, message: Message) -> None:
        waiting, ack = self._asked.get(message.get("transaction", ""), (None, False))
        if waiting is None:
            self._heard(message)
        elif not waiting.done() and (ack or message.get("janus") != "ack"):
            waiting.set_result(message)


@asynccontextmanager
async def line(
    path: Path, protocol: Subprotocol, secret: Body,
    heard: Callable[[Message], None],
) -> AsyncIterator[Line]:  # fmt: skip
    """A line to a Janus that starts, or has started; it is read until the block is left."""
    socket = await _connected(path, protocol)
    opened = Line(socket, secret, heard)
    reading = asyncio.create_task(opened.read())
    try:
        yield opened
    finally:
        await socket.close()
        await reading


async def _connected(path: Path, protocol: Subprotocol) -> ClientConnection:
    """Tries until it takes connections; Unavailable `media.no_server` when it does not in ten seconds."""
    for _ in range(round(READY_BOUND_S / LOOK_S)):
        try:
            return await unix_connect(
                str(path), "ws://localhost/", subprotocols=[protocol],
                compression=None, max_size=LARGEST, ping_interval=None, close_timeout=1,
            )  # fmt: skip
        except (OSError, InvalidHandshake):
            await asyncio.sleep(LOOK_S)
    raise Unavailable("media.no_server", waited_s=READY_BOUND_S)
