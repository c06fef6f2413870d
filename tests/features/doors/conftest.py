"""The doors with a few routes behind them, as other parts of the system write theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from litestar import Litestar, get, post

from tests.make.browser import Browser
from tests.make.people import Region
from yuanzhen.doors.app import build
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict, Unavailable
from yuanzhen.security.identity.fresh import FreshFactor
from yuanzhen.security.identity.scopes import Scopes
from yuanzhen.security.identity.session import Session


class Question(msgspec.Struct, forbid_unknown_fields=True):
    question: str
    urgency: Literal["emergency", "scheduled"] = "scheduled"
    beds: Annotated[int, msgspec.Meta(ge=0)] = 0


@get("/api/try/actor")
async def get_actor(actor: Actor, scopes: Scopes) -> dict[str, str]:
    told = ("kind", "id", "role", "institution", "patient", "origin", "request")
    return {name: getattr(actor, name) for name in told} | {"scopes": str(scopes)}


@get("/api/try/list")
async def get_list(
    actor: Actor, department: str | None = None, limit: int = 20, since: datetime | None = None
) -> dict[str, Any]:
    return {"items": [], "next": None, "limit": limit}


@post("/api/try/questions", status_code=201)
async def post_question(session: Session, data: Question) -> dict[str, str]:
    return {"asked_by": session.person}


@post("/api/try/risky", status_code=200)
async def post_risky(fresh: FreshFactor) -> dict[str, str]:
    return {"by": fresh.person}


@get("/api/try/problem/{kind:str}")
async def get_problem(kind: str) -> None:
    match kind:
        case "conflict":
            raise Conflict("consultation.not_now", act="accept", state="signed")
        case "down":
            raise Unavailable("database.down", retry_after_s=2)
        case _:
            raise RuntimeError("张三 13800000000")


ROUTES = [get_actor, get_list, post_question, post_risky, get_problem]


@pytest.fixture
async def region(db: Database) -> Region:
    return await Region.of(db)


@pytest.fixture
def app(region: Region) -> Litestar:
    return build(region.db, region.identity, ROUTES)


@pytest.fixture
def browser(app: Litestar) -> Browser:
    return Browser(app)
