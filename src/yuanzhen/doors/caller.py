"""Who calls: a person behind a cookie or a machine behind a bearer token, found once a request.

Handlers ask for `session`, `actor`, `fresh` or `scopes`; bare ASGI applications call `identify` with their scope. A
guest's cookie is looked at by handlers alone that say so (`opt=GUESTS_TOO`); to all others it is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request

from yuanzhen.doors import cookies, csrf
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Forbidden, Unauthenticated
from yuanzhen.security.identity import clients, fresh, guests, service
from yuanzhen.security.identity.fresh import FreshFactor
from yuanzhen.security.identity.scopes import EVERYTHING, Scopes
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.identity.session import Caller, Session

GUESTS_TOO: Final = {"guests": True}
NOTHING: Final = Scopes(frozenset())


class Known(msgspec.Struct, frozen=True):
    """The actor, the scopes of a machine (a person's are everything), the session of a person."""

    actor: Actor
    scopes: Scopes
    session: Session | None


def header_map(scope: Mapping[str, Any]) -> dict[str, str]:
    """An ASGI scope's headers, names in lower case; of a repeated one the last. Made once a request."""
    state = scope.get("state", {})
    found: dict[str, str] | None = state.get("header_map")
    if found is None:
        found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        state["header_map"] = found
    return found


def from_where(scope: Mapping[str, Any]) -> Caller:
    """The peer's address and the request's id, as the trail keeps them."""
    client = scope.get("client")
    return Caller(origin=str(client[0]) if client else "", request=str(scope.get("state", {}).get("request", "")))


async def identify(identity: Identity, scope: Mapping[str, Any], *, guests_too: bool = False) -> Known:
    """Who calls, by bearer token or cookie (for unsafe methods with its csrf value). Kept in the scope's state.

    `guests_too`: whoever is not logged in may be a guest.

    Raises Unauthenticated `auth.unknown`, `auth.token_unknown` or `auth.factor_missing`; Forbidden `csrf.missing`,
    `csrf.other_site`, or `auth.enrol_first` while a one-time password is still to be changed.
    """
    known: Known | None = scope["state"].get("known")
    if known is None:
        headers = header_map(scope)
        guest = cookies.token(headers.get("cookie", ""), cookies.GUEST) if guests_too else None
        if guest is not None and not _logs_in(headers):
            known = await _guest(identity, scope, headers, guest)
        else:
            known = await _identify(identity, scope, headers)
        scope["state"]["known"] = known
    return known


async def identify_page(identity: Identity, scope: Mapping[str, Any]) -> Known:
    """Who opens a WebSocket: as `identify`, and by cookie only from a page of ours (Forbidden `csrf.other_site`)."""
    known = await identify(identity, scope, guests_too=True)
    if known.session is not None or known.actor.kind == "guest":
        csrf.same_origin(header_map(scope))
    return known


async def recheck_page(identity: Identity, scope: Mapping[str, Any], actor: Actor) -> None:
    """Raises Unauthenticated when the session or token behind an open WebSocket is over; its use counts for nothing."""
    headers = header_map(scope)
    if actor.kind == "guest":
        await guests.session_of(identity, cookies.token(headers.get("cookie", ""), cookies.GUEST) or "")
        return
    kind, _, bearer = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        await clients.machine_of(identity, bearer.strip())
    else:
        await service.check_session(identity, cookies.token(headers.get("cookie", "")) or "")


async def _identify(identity: Identity, scope: Mapping[str, Any], headers: Mapping[str, str]) -> Known:
    where = from_where(scope)
    kind, _, bearer = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        machine = await clients.machine_of(identity, bearer.strip())
        return Known(machine.actor(where), machine.scopes, None)
    token = cookies.token(headers.get("cookie", ""))
    if token is None:
        raise Unauthenticated("auth.unknown")
    session = await service.session_of(identity, token)
    # A WebSocket's handshake is a GET whose Origin must be ours: its door asks `csrf.same_origin` itself.
    csrf.meant(str(scope.get("method", "GET")), headers, session.csrf)
    if session.only_enrol:
        raise Forbidden("auth.enrol_first")
    return Known(session.actor(where), EVERYTHING, session)


def _logs_in(headers: Mapping[str, str]) -> bool:
    """Whether a request says that it is of somebody who is logged in."""
    return "authorization" in headers or cookies.token(headers.get("cookie", "")) is not None


async def _guest(identity: Identity, scope: Mapping[str, Any], headers: Mapping[str, str], token: str) -> Known:
    session = await guests.session_of(identity, token)
    csrf.meant(str(scope.get("method", "GET")), headers, session.csrf)
    return Known(session.actor(from_where(scope)), NOTHING, None)


# ---- what handlers take as parameters


async def provide_known(request: Request[Any, Any, Any], identity: Identity) -> Known:
    """`known: Known`"""
    return await identify(identity, request.scope, guests_too=bool(request.route_handler.opt.get("guests")))


async def provide_actor(known: Known) -> Actor:
    """`actor: Actor`"""
    return known.actor


async def provide_scopes(known: Known) -> Scopes:
    """`scopes: Scopes`"""
    return known.scopes


async def provide_session(known: Known) -> Session:
    """`session: Session`; Forbidden `auth.person_needed` for a machine."""
    if known.session is None:
        raise Forbidden("auth.person_needed")
    return known.session


async def provide_fresh(session: Session, identity: Identity) -> FreshFactor:
    """`fresh: FreshFactor`; Forbidden `factor.stale`."""
    return fresh.fresh(session, identity.clock())
