"""The opinion's doors: the draft, the signature, what becomes of it afterwards, and all its versions to read."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.datastructures import UploadFile

from yuanzhen.applications.consultation import service as cases
from yuanzhen.applications.consultation import views as case_views
from yuanzhen.applications.consultation.opinion import Texts
from yuanzhen.applications.consultation.opinions import alarms, critical, printing, service, views
from yuanzhen.doors.openapi import FORM, takes_file
from yuanzhen.doors.pace import Pace
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.identity.fresh import FreshFactor
from yuanzhen.security.keys.vault import Vault

BASE = "/api/consultations/{consultation:str}/opinion"
CHECK = "/api/check"
ALARMS = "/api/criticals"
LARGEST_FILE = 2 * 2**20  # bytes of a file to check; a page of ours has some thirty thousand


class Identifiers(msgspec.Struct, forbid_unknown_fields=True):
    """Two identifiers of the patient, typed by the one who signs."""

    name: str
    birth_date: str = ""


class Sign(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a signature; `version`: the draft that the signer saw; `critical`: what wants a call at once."""

    patient: Identifiers
    version: int | None = None
    critical: str = ""


class CriticalCalled(msgspec.Struct, forbid_unknown_fields=True):
    """Who was called about a critical finding, and whether they read it back."""

    called: str
    read_back: bool = False
    words: str = ""


class Opinion(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a draft; `version`: the one that it was typed on, 0 for none. Without it the last one counts."""

    findings: str = ""
    conclusion: str = ""
    advice: str = ""
    version: int | None = None


class Addendum(msgspec.Struct, forbid_unknown_fields=True):
    """What the signer adds."""

    text: str


class Amendment(msgspec.Struct, forbid_unknown_fields=True):
    """The texts as they shall be, and why."""

    conclusion: str
    reason: str
    findings: str = ""
    advice: str = ""


class Withdrawal(msgspec.Struct, forbid_unknown_fields=True):
    """Why the opinion shall not stand."""

    reason: str


class Cosign(msgspec.Struct, forbid_unknown_fields=True):
    """Which version is signed as well: the one that was seen, which has to be the newest."""

    seen: int


@put(BASE, status_code=204)
async def draft(actor: Actor, db: Database, consultation: str, data: Opinion) -> None:
    """Keeps the experts' draft: one version more than the one that it was typed on."""
    texts = Texts(data.findings, data.conclusion, data.advice)
    async with db.verb(actor) as tx:
        await cases.write(tx, consultation, texts, on=data.version, now=clock.now())


@post(BASE + "/sign", status_code=200)
async def sign(
    actor: Actor, db: Database, vault: Vault, fresh: FreshFactor, consultation: str, data: Sign
) -> case_views.CaseView:
    """Signs the draft; wants a factor younger than five minutes and two identifiers of the patient."""
    async with db.verb(actor) as tx:
        signed = await cases.sign(
            tx,
            vault,
            fresh,
            consultation,
            name=data.patient.name,
            birth_date=data.patient.birth_date,
            on=data.version,
            now=clock.now(),
        )
        if data.critical.strip():
            await critical.raised(tx, consultation, signed.version, data.critical, now=signed.signature.at)
    return await case_views.case(db, actor, consultation)


@get(BASE)
async def opinions(actor: Actor, db: Database, vault: Vault, consultation: str) -> views.Opinions:
    """The signed versions, each with what its signature is worth now; the draft beside them for its writer."""
    now = clock.now()
    told = await views.whole(db, vault, actor, consultation, now=now)
    if views.is_news(told, actor):
        async with db.verb(actor) as tx:
            await service.opened(tx, consultation, now=now)
        return await views.whole(db, vault, actor, consultation, now=now)
    return told


@get(BASE + ".pdf", media_type="application/pdf")
async def printed(
    actor: Actor, db: Database, vault: Vault, consultation: str, version: int | None = None
) -> Response[bytes]:
    """The page to print, with a code that stands for its bytes; the newest version, where none is named."""
    name, made = await printing.printed(db, vault, actor, consultation, version, now=clock.now())
    return Response(
        made, media_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@post(CHECK, status_code=200, operation_class=takes_file("application/pdf", FORM))
async def check(request: Request[Any, Any, Any], db: Database, vault: Vault, checks: Pace) -> printing.Checked:
    """Whether a printed opinion is one of ours, byte for byte; open to everybody, at a pace.

    The file is the body itself, or the one file of a form.
    """
    origin = request.client.host if request.client else ""
    checks.take(origin, clock.now().timestamp())
    return await printing.checked(
        db, vault, msgspec.structs.replace(system("check"), origin=origin), await _file(request)
    )


async def _file(request: Request[Any, Any, Any]) -> bytes:
    if request.content_type[0] != FORM:
        return await request.body()
    files = [part for _, part in (await request.form()).multi_items() if isinstance(part, UploadFile)]
    if len(files) != 1:
        raise Invalid("request.invalid", place="body", rule="one file")
    return await files[0].read()


@post(BASE + "/call", status_code=200)
async def call(actor: Actor, db: Database, vault: Vault, consultation: str, data: CriticalCalled) -> views.Opinions:
    """Keeps a call about the critical finding; once it was read back it is confirmed."""
    async with db.verb(actor) as tx:
        await critical.called(
            tx, consultation, data.called, read_back=data.read_back, words=data.words, now=clock.now()
        )
    return await views.whole(db, vault, actor, consultation, now=clock.now())


@get(ALARMS)
async def critical_alarms(actor: Actor, db: Database) -> alarms.CriticalAlarms:
    """Critical findings that nobody read back in time, for dispatchers: who is to be called, no word of the case."""
    return await alarms.going(db, actor)


@post(ALARMS + "/{consultation:str}/take", status_code=200)
async def take_alarm(actor: Actor, db: Database, consultation: str) -> alarms.CriticalAlarms:
    """A dispatcher has it in hand."""
    async with db.verb(actor) as tx:
        await alarms.take(tx, consultation, clock.now())
    return await alarms.going(db, actor)


@post(BASE + "/addendum", status_code=200)
async def add(
    actor: Actor, db: Database, vault: Vault, fresh: FreshFactor, consultation: str, data: Addendum
) -> views.Opinions:
    """The signer adds to it, alone: a new version, signed."""
    async with db.verb(actor) as tx:
        await service.add(tx, vault, fresh, consultation, data.text, now=clock.now())
    return await views.whole(db, vault, actor, consultation, now=clock.now())


@post(BASE + "/amend", status_code=202)
async def amend(
    actor: Actor, db: Database, vault: Vault, fresh: FreshFactor, consultation: str, data: Amendment
) -> views.Opinions:
    """A correction, signed; it takes effect when a second person approves it."""
    texts = Texts(data.findings, data.conclusion, data.advice)
    async with db.verb(actor) as tx:
        await service.amend(tx, vault, fresh, consultation, texts, data.reason, now=clock.now())
    return await views.whole(db, vault, actor, consultation, now=clock.now())


@post(BASE + "/withdraw", status_code=202)
async def withdraw(
    actor: Actor, db: Database, vault: Vault, fresh: FreshFactor, consultation: str, data: Withdrawal
) -> views.Opinions:
    """A withdrawal, signed; it takes effect when a second person approves it."""
    async with db.verb(actor) as tx:
        await service.withdraw(tx, vault, fresh, consultation, data.reason, now=clock.now())
    return await views.whole(db, vault, actor, consultation, now=clock.now())


@post(BASE + "/cosign", status_code=200)
async def cosign(
    actor: Actor, db: Database, vault: Vault, fresh: FreshFactor, consultation: str, data: Cosign
) -> views.Opinions:
    """A further expert signs the newest version."""
    async with db.verb(actor) as tx:
        await service.cosign(tx, vault, fresh, consultation, data.seen, now=clock.now())
    return await views.whole(db, vault, actor, consultation, now=clock.now())


router = Router(
    path="/",
    route_handlers=[
        draft, sign, opinions, printed, check, call, critical_alarms, take_alarm, add, amend, withdraw, cosign,
    ],
)  # fmt: skip
