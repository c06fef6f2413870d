"""Routes of logging in and out, of one's own password and factors, and of who one is. Each only calls a verb."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Request, Response, Router, get, post, put

from yuanzhen.doors import caller, cookies, csrf
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Unauthenticated
from yuanzhen.security.identity import factors, login, presence, recovery, security_keys, service
from yuanzhen.security.identity.factors import CodeProof, Proof
from yuanzhen.security.identity.model import Role
from yuanzhen.security.identity.presence import Said
from yuanzhen.security.identity.security_keys import KeyProof, Party
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.identity.session import Session
from yuanzhen.security.policy import directory

Asked = Request[Any, Any, Any]


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What a route takes: exactly these fields."""


class LoginBody(Body):
    """Name and password."""

    name: str
    password: str


class LoginAnswer(msgspec.Struct, frozen=True):
    """What is owed next."""

    next: Literal["factor", "enrol"]


class CodeBody(Body, tag_field="kind", tag="totp"):
    """A one-time code as typed."""

    code: str


class KeyBody(Body, tag_field="kind", tag="webauthn"):
    """What the browser's `navigator.credentials.get()` returned, as JSON."""

    credential: dict[str, Any]


class FactorAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The value that unsafe methods send as X-CSRF-Token; none while the factor is still owed."""

    csrf: str | None = None


class EnrolCodeBody(Body, tag_field="kind", tag="totp"):
    """Asks for a secret for one-time codes."""


class EnrolKeyBody(Body, tag_field="kind", tag="webauthn"):
    """What the browser's `navigator.credentials.create()` returned, as JSON; `label`: what its owner calls the key."""

    credential: dict[str, Any]
    label: str = ""


class EnrolAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The secret (base 32) and its `otpauth` address; neither for a security key."""

    secret: str | None = None
    uri: str | None = None


class PasswordBody(Body):
    """The password of before and the new one."""

    old: str
    new: str


class RecoveryBody(Body):
    """The code that an officer issued, and the new password."""

    name: str
    code: str
    password: str


class Me(msgspec.Struct, frozen=True):
    """Who is logged in; houses by id, and what they are called."""

    id: str
    name: str
    role: Role
    institution: str
    departments: list[str]
    houses: dict[str, str]
    csrf: str
    presence: Said


class PresenceBody(Body):
    """Whether one can be called: for whatever rings, for what was booked alone, or not at all."""

    state: Said


@post("/login", status_code=200)
async def post_login(request: Asked, identity: Identity, data: LoginBody) -> Response[LoginAnswer]:
    """The first step: name and password."""
    csrf.same_origin(_headers(request))
    old = cookies.token(_headers(request).get("cookie", ""))
    begun = await login.login(identity, caller.from_where(request.scope), data.name, data.password, old=old)
    return Response(LoginAnswer(begun.next), cookies=[cookies.made(begun.token, secure=_secure(request))])


@post("/factor", status_code=200)
async def post_factor(request: Asked, identity: Identity, data: CodeBody | KeyBody) -> Response[FactorAnswer]:
    """The second step, or a fresh proof for an act that asks for one."""
    csrf.same_origin(_headers(request))
    proof: Proof = (
        CodeProof(data.code) if isinstance(data, CodeBody) else KeyProof(data.credential, _party(request, identity))
    )
    entered = await login.factor(identity, caller.from_where(request.scope), _token(request), proof)
    return _entered(request, entered)


@post("/factor/webauthn/options", status_code=200)
async def post_factor_options(request: Asked, identity: Identity) -> dict[str, Any]:
    """What the browser's `navigator.credentials.get()` takes."""
    csrf.same_origin(_headers(request))
    where, party = caller.from_where(request.scope), _party(request, identity)
    return await security_keys.factor_options(identity, where, _token(request), party)


@post("/enrol", status_code=200)
async def post_enrol(request: Asked, identity: Identity, data: EnrolCodeBody | EnrolKeyBody) -> EnrolAnswer:
    """Enrols a second factor: answers a secret, whose first code confirms it, or takes a security key."""
    where, token = caller.from_where(request.scope), await _meant(request, identity)
    if isinstance(data, EnrolCodeBody):
        made = await factors.enrol_code(identity, where, token)
        return EnrolAnswer(made.secret, made.uri)
    holder = await factors.may_enrol(identity, where, token)
    await security_keys.enrol(identity, where, holder, data.credential, data.label, _party(request, identity))
    return EnrolAnswer()


@post("/enrol/webauthn/options", status_code=200)
async def post_enrol_options(request: Asked, identity: Identity) -> dict[str, Any]:
    """What the browser's `navigator.credentials.create()` takes."""
    where, token = caller.from_where(request.scope), await _meant(request, identity)
    holder = await factors.may_enrol(identity, where, token)
    return await security_keys.enrol_options(identity, where, holder, _party(request, identity))


@post("/password", status_code=200)
async def post_password(request: Asked, identity: Identity, data: PasswordBody) -> Response[FactorAnswer]:
    """One's own new password; all other sessions end."""
    token = await _meant(request, identity)
    entered = await login.change_password(identity, caller.from_where(request.scope), token, data.old, data.new)
    return _entered(request, entered)


@post("/recovery", status_code=204)
async def post_recovery(request: Asked, identity: Identity, data: RecoveryBody) -> None:
    """A new password by a code; all sessions end, the second factor stays."""
    csrf.same_origin(_headers(request))
    await recovery.recover(identity, caller.from_where(request.scope), data.name, data.code, data.password)


@post("/logout", status_code=204)
async def post_logout(request: Asked, identity: Identity) -> Response[None]:
    """Ends the session."""
    await login.logout(identity, caller.from_where(request.scope), await _meant(request, identity))
    return Response(None, status_code=204, cookies=[cookies.ended(secure=_secure(request))])


@get("/api/me")
async def get_me(session: Session, actor: Actor, db: Database) -> Me:
    """Who is logged in, and the csrf value of the session."""
    async with db.look(actor) as look:
        departments = await directory.departments_of(look, session.person)
        houses = await directory.house_names(look, [session.institution, *departments])
        said = await presence.said_by(look, session.person)
    return Me(session.person, session.name, session.role, session.institution, departments, houses, session.csrf, said)


@put("/api/me/presence", status_code=204)
async def put_presence(actor: Actor, db: Database, data: PresenceBody) -> None:
    """Says whether one can be called; it holds until it is said again, on every device."""
    async with db.verb(actor) as tx:
        await presence.say(tx, data.state, now=clock.now())


def _headers(request: Asked) -> dict[str, str]:
    return caller.header_map(request.scope)


def _secure(request: Asked) -> bool:
    return request.scope["scheme"] == "https"


def _party(request: Asked, identity: Identity) -> Party:
    return security_keys.party(identity, _headers(request).get("host", ""), request.scope["scheme"])


def _token(request: Asked) -> str:
    token = cookies.token(_headers(request).get("cookie", ""))
    if token is None:
        raise Unauthenticated("auth.unknown")
    return token


async def _meant(request: Asked, identity: Identity) -> str:
    """The cookie's token of a request that was meant: a session sends its csrf value, a pending log-in has none."""
    token = _token(request)
    csrf.same_origin(_headers(request))
    session = await service.find_session(identity, token)
    if session is not None:
        csrf.meant(request.method, _headers(request), session.csrf)
    return token


def _entered(request: Asked, entered: login.Entered) -> Response[FactorAnswer]:
    return Response(FactorAnswer(entered.csrf), cookies=[cookies.made(entered.token, secure=_secure(request))])


routes = Router(
    "/",
    route_handlers=[
        Router(
            "/auth",
            route_handlers=[
                post_login,
                post_factor,
                post_factor_options,
                post_enrol,
                post_enrol_options,
                post_password,
                post_recovery,
                post_logout,
            ],
        ),
        get_me,
        put_presence,
    ],
    tags=["login"],
)
