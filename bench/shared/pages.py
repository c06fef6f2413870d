"""A hub behind the server that the product runs, on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from litestar import Litestar, Router
from litestar.di import Provide

from yuanzhen.doors.edge import Edge
from yuanzhen.doors.hub import Hub
from yuanzhen.doors.live import Authenticate, Socket, live
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.metrics import Metrics


async def may_stay(_socket: Socket, _actor: Actor) -> None:
    """Nobody's session ends."""


@asynccontextmanager
async def served(
    hub: Hub,
    authenticate: Authenticate,
    metrics: Metrics,
    *works: Coroutine[Any, Any, None],
    doors: Sequence[Router] = (),
    given: Mapping[str, Provide] | None = None,
) -> AsyncIterator[int]:
    """Its port; the pages are at `/live`, and `works` run beside it until the block is left.

    `doors`: what else it serves; `given`: what their handlers take.
    """
    handlers = [live(hub, authenticate, may_stay, metrics), *doors]
    app = Litestar(handlers, dependencies=given, openapi_config=None, logging_config=None)
    app.asgi_handler = Edge(app.asgi_handler, {}, None)
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", lifespan="off", ws="websockets-sansio", ws_per_message_deflate=False)
    )
    tasks = [asyncio.create_task(work) for work in (*works, hub.run(), server.serve(sockets=[listening]))]
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await tasks.pop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
