"""The referral's doors: HTTP in, a verb or a read, the referral as its reader may see it out."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router, get, post, put
from litestar.params import HeaderParameter, QueryParameter

from yuanzhen.applications.referral import service, views
from yuanzhen.applications.referral.model import Agreed, Given, Kind, Told
from yuanzhen.applications.referral.store import Box
from yuanzhen.collaboration.calendar.model import Urgency
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database

BASE = "/api/referrals"


class NewReferral(msgspec.Struct, forbid_unknown_fields=True):
    """Who is referred where, for what and why. `send`: at once; else it is kept as a draft.

    `documents` names what of the patient's record goes with it (`ImagingStudy/ID`), `source` out of what it comes
    (`consultation/ID`), `plan` what is to be gone on with there.
    """

    patient: str
    institution: str
    kind: Kind
    urgency: Urgency
    reason: str
    department: str = ""
    plan: str = ""
    agreed: Agreed = "patient"
    why_unable: str = ""
    documents: list[str] = msgspec.field(default_factory=list)
    source: str = ""
    send: bool = True

    def told(self) -> Told:
        """As the rules take it."""
        return Told(
            patient=self.patient, institution=self.institution, department=self.department, kind=self.kind,
            urgency=self.urgency, reason=self.reason, plan=self.plan, agreed=self.agreed, why_unable=self.why_unable,
            documents=tuple(dict.fromkeys(self.documents)), source=self.source,
        )  # fmt: skip


class ReferralAct(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an act; each act wants its own of these, and takes no other."""

    reason: str = ""
    what: str = ""
    text: str = ""
    outcome: str = ""
    plan: str = ""
    institution: str = ""
    department: str = ""
    documents: list[str] = msgspec.field(default_factory=list)
    slots: list[str] = msgspec.field(default_factory=list)

    def given(self) -> Given:
        """As the rules take it."""
        return Given(
            self.reason, self.what, self.text, self.outcome, self.plan, self.institution, self.department,
            tuple(dict.fromkeys(self.documents)), tuple(dict.fromkeys(self.slots)),
        )  # fmt: skip


@post(BASE)
async def refer(
    actor: Actor,
    db: Database,
    data: NewReferral,
    key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=200)] = None,
) -> views.ReferralView:
    """Refers a patient, or keeps the draft of that."""
    async with db.verb(actor) as tx:
        one = await service.begin(tx, data.told(), send=data.send, idempotency=key, now=clock.now())
    return await views.referral(db, actor, one.id)


@get(BASE)
async def listed(
    actor: Actor,
    db: Database,
    box: Box = "all",
    patient: str | None = None,
    after: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=views.MOST)] = 50,
) -> views.Referrals:
    """Referrals in which one has a part, newest first: those that go `out`, those that come `in`, or all."""
    return await views.referrals(db, actor, box=box, patient=patient, after=after, count=count)


@get(BASE + "/{referral:str}")
async def one(actor: Actor, db: Database, referral: str) -> views.ReferralView:
    """One referral, with what its reader may do now."""
    return await views.referral(db, actor, referral)


@put(BASE + "/{referral:str}")
async def rewritten(actor: Actor, db: Database, referral: str, data: NewReferral) -> views.ReferralView:
    """Writes a draft anew; with `send` it goes at once."""
    async with db.verb(actor) as tx:
        await service.rewrite(tx, referral, data.told(), now=clock.now())
        if data.send:
            await service.act(tx, "send", referral, Given(), now=clock.now())
    return await views.referral(db, actor, referral)


@post(BASE + "/{referral:str}/{act:str}", status_code=200)
async def acted(
    actor: Actor, db: Database, referral: str, act: str, data: ReferralAct | None = None
) -> views.ReferralView:
    """An act on a referral."""
    async with db.verb(actor) as tx:
        await service.act(tx, act, referral, data.given() if data else Given(), now=clock.now())
    return await views.referral(db, actor, referral)


router = Router(path="/", route_handlers=[refer, listed, one, rewritten, acted], tags=["referral"])
