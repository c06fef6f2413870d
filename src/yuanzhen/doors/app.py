"""Joins the doors: log-in, the routers that it is given, the pages, the OpenAPI document, and the ring around them."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from litestar.exceptions import LitestarDeprecationWarning
from litestar.types import ControllerRouterHandler

from yuanzhen.doors import caller, login, openapi, pages, problems, token
from yuanzhen.doors.ahead import Ahead, Bare
from yuanzhen.doors.edge import Edge, Observe
from yuanzhen.doors.parameters import known_parameters
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity.service import Identity

Health = Callable[[], Awaitable[Mapping[str, Any]]]
Metrics = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Site:
    """What a process hangs up besides its routes, all of it optional."""

    pages: Path | None = None  # the built portals, at /
    patient_pages: Path | None = None  # the built patient's mobile web, at /patient/
    health: Health | None = None  # what /healthz answers; raises Unavailable (see doors/health.py)
    metrics: Metrics | None = None  # Prometheus text
    observe: Observe | None = None  # told of every answer
    limits: Mapping[str, int] = field(default_factory=dict)  # the largest body in bytes, by path prefix
    bare: Mapping[str, Bare] = field(default_factory=dict)  # what answers ahead of the router, by path prefix


BARE = Site()


def build(
    db: Database,
    identity: Identity,
    routers: Sequence[ControllerRouterHandler] = (),
    dependencies: Mapping[str, Provide] | None = None,
    site: Site = BARE,
) -> Litestar:
    """The web application. Handlers may take `actor`, `session`, `fresh`, `scopes`, `known`, `db`, `identity`.

    `dependencies` adds to these; `routers` are Litestar routers, handlers or mounted ASGI applications.
    """
    with _plain_parameters():
        app = _application(db, identity, routers, dependencies or {}, site)
    bare = {prefix: make(db, identity) for prefix, make in site.bare.items()}
    app.asgi_handler = Edge(Ahead(app.asgi_handler, bare), site.limits, site.observe)
    return app


@contextmanager
def _plain_parameters() -> Iterator[None]:
    """Routes here name plain parameters; Litestar 3, which wants each one marked, is not what is pinned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        yield


def _application(
    db: Database,
    identity: Identity,
    routers: Sequence[ControllerRouterHandler],
    dependencies: Mapping[str, Provide],
    site: Site,
) -> Litestar:
    return Litestar(
        route_handlers=[login.routes, token.routes, *_hooks(site), *routers, *_pages(site)],
        dependencies={**_dependencies(db, identity), **dependencies},
        exception_handlers={Exception: problems.answer},
        before_request=known_parameters,
        openapi_config=openapi.config(),
        logging_config=None,
        request_max_body_size=None,  # the ring counts, by path
    )


def described(routers: Sequence[ControllerRouterHandler], dependencies: Sequence[str]) -> dict[str, Any]:
    """The OpenAPI document of log-in and these routers, without anything to serve them with."""
    names = ("db", "identity", "known", "actor", "scopes", "session", "fresh", *dependencies)
    with _plain_parameters():
        app = Litestar(
            route_handlers=[login.routes, token.routes, *routers],
            dependencies={name: Provide(lambda: None, sync_to_thread=False) for name in names},
            openapi_config=openapi.config(),
            logging_config=None,
        )
    return openapi.document(app)


def _dependencies(db: Database, identity: Identity) -> dict[str, Provide]:
    return {
        "db": Provide(lambda: db, sync_to_thread=False),
        "identity": Provide(lambda: identity, sync_to_thread=False),
        "known": Provide(caller.provide_known),
        "actor": Provide(caller.provide_actor),
        "scopes": Provide(caller.provide_scopes),
        "session": Provide(caller.provide_session),
        "fresh": Provide(caller.provide_fresh),
    }


def _hooks(site: Site) -> list[ControllerRouterHandler]:
    health, metrics = site.health, site.metrics

    @get("/healthz", include_in_schema=False)
    async def get_health() -> dict[str, Any]:
        return dict(await health()) if health is not None else {"status": "ok"}

    if metrics is None:
        return [get_health]

    @get("/metrics", include_in_schema=False, media_type="text/plain; version=0.0.4")
    async def get_metrics() -> Response[bytes]:
        return Response(metrics(), media_type="text/plain; version=0.0.4")

    return [get_health, get_metrics]


def _pages(site: Site) -> list[Router]:
    folders = (("/patient", site.patient_pages), ("/", site.pages))
    return [pages.routes(pages.Pages(folder, base), base) for base, folder in folders if folder is not None]
