"""The consultation's doors: HTTP in, a verb or a read, the case as its reader may see it out."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import HeaderParameter, QueryParameter

from yuanzhen.applications.consultation import access, consent_texts, service, views
from yuanzhen.applications.consultation.model import Consent, Given, Mode, Urgency
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.policy import directory

BASE = "/api/consultations"


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a new case."""

    patient: str
    department: str
    urgency: Urgency
    question: str
    consent: Consent
    mode: Mode = "live"
    call_back: str = ""
    documents: list[str] = msgspec.field(default_factory=list)
    slot: str = ""


class Act(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an act; each act wants its own of these, and takes no other."""

    reason: str = ""
    what: str = ""
    text: str = ""
    documents: list[str] = msgspec.field(default_factory=list)
    department: str = ""
    person: str = ""
    slot: str = ""
    score: int = 0
    words: str = ""

    def given(self) -> Given:
        """As the rules take it."""
        return Given(self.reason, self.what, self.text, tuple(self.documents), self.department, self.person, self.slot,
                     self.score, self.words)  # fmt: skip


class ConsentText(msgspec.Struct):
    """A version of the consent text, by language."""

    version: str
    text: dict[str, str]


class DepartmentLine(msgspec.Struct):
    """A department that can be asked."""

    id: str
    name: str
    institution: views.Named


class Departments(Page):
    """The departments that can be asked."""

    items: list[DepartmentLine]


@get("/api/consent-texts/current")
async def consent_text(actor: Actor) -> ConsentText:
    """The consent text to show, in both languages, with its version."""
    return _text(consent_texts.CURRENT)


@get("/api/consent-texts/{version:str}")
async def consent_text_of(actor: Actor, db: Database, version: str) -> ConsentText:
    """A version as it was shown to those who gave consent to it."""
    if version not in consent_texts.versions():
        async with db.look(actor) as look:
            raise access.no_such_text(look, version)
    return _text(version)


def _text(version: str) -> ConsentText:
    return ConsentText(version, {language: consent_texts.text(version, language) for language in ("zh", "en")})


@get("/api/departments")
async def departments(actor: Actor, db: Database) -> Departments:
    """The departments that can be asked, each with its institution."""
    async with db.look(actor) as look:
        found = await directory.departments(look)
    items = [DepartmentLine(one.id, one.name, views.Named(one.institution, one.institution_name)) for one in found]
    return Departments(items=items)


@get("/api/experts")
async def experts(actor: Actor, db: Database) -> views.Experts:
    """The experts of the region, each with their departments: who can be asked in."""
    return await views.experts(db, actor)


@post(BASE)
async def ask(
    actor: Actor,
    db: Database,
    data: Ask,
    key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=200)] = None,
) -> views.CaseView:
    """Asks for a consultation."""
    request = service.Request(
        data.patient, data.department, data.urgency, data.mode, data.question, data.consent, data.call_back,
        tuple(data.documents), data.slot,
    )  # fmt: skip
    async with db.verb(actor) as tx:
        case = await service.ask(tx, request, idempotency=key, now=clock.now())
    return await views.case(db, actor, case.id)


@get(BASE)
async def listed(
    actor: Actor,
    db: Database,
    department: str | None = None,
    after: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=views.MOST)] = 50,
) -> views.Cases:
    """One's own cases, newest first; with `department` what waits there, urgent first, then oldest."""
    return await views.cases(db, actor, department=department, after=after, count=count)


@get(BASE + "/{consultation:str}")
async def one(actor: Actor, db: Database, consultation: str) -> views.CaseView:
    """One case, with what its reader may do now."""
    return await views.case(db, actor, consultation)


@post(BASE + "/{consultation:str}/{act:str}", status_code=200)
async def acted(actor: Actor, db: Database, consultation: str, act: str, data: Act | None = None) -> views.CaseView:
    """An act on a case."""
    async with db.verb(actor) as tx:
        await service.act(tx, act, consultation, data.given() if data else Given(), now=clock.now())
    return await views.case(db, actor, consultation)


router = Router(
    path="/",
    route_handlers=[consent_text, consent_text_of, departments, experts, ask, listed, one, acted],
)
