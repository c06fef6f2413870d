"""The verbs of a consultation, one transaction each: open, change, save, announce."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from yuanzhen.applications.consultation import access, model, opinion, publish, store
from yuanzhen.applications.consultation.consent_texts import CURRENT
from yuanzhen.applications.consultation.events import ConsultationAsked, OpinionSigned
from yuanzhen.applications.consultation.model import Act, Case, Consent, Mode, Urgency
from yuanzhen.applications.consultation.opinion import PURPOSE, UNSIGNED, Signed, Texts
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.data.masking.identity import shown
from yuanzhen.data.records import access as record_access
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Invalid, NotFound
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.fresh import FreshFactor
from yuanzhen.security.keys.vault import Vault
from yuanzhen.security.policy import directory, relations


@dataclass(frozen=True, slots=True)
class Request:
    """What a clinician asks."""

    patient: str
    department: str
    urgency: Urgency
    mode: Mode
    question: str
    consent: Consent
    call_back: str = ""


async def ask(tx: Tx, request: Request, *, idempotency: str | None, now: datetime) -> Case:
    """A case is asked for; with the same Idempotency-Key again it is the same case."""
    patient = await access.patient_to_ask_for(tx, request.patient)
    model.checked(request.question, request.consent, request.urgency, current_text=CURRENT)
    model.checked_remark(request.call_back, "call_back")
    if not await directory.has_department(tx, request.department):
        raise Invalid("consultation.no_such_department", place="department")
    case = Case(
        id=new_id(),
        state=model.first_state(request.mode, request.urgency),
        mode=request.mode,
        urgency=request.urgency,
        question=request.question,
        patient=request.patient,
        shown=shown(patient.resource(), masked=True),
        asker=tx.actor.id,
        institution=tx.actor.institution,
        department=request.department,
        expert="",
        consent=request.consent,
        report=new_id(),
        call_back=request.call_back,
        created=now,
        changed=now,
    )
    if not await store.add(tx, case, idempotency):
        earlier = await store.by_idempotency(tx, tx.actor.id, str(idempotency))
        return (await access.seen(tx, str(earlier)))[0]
    await store.add_step(tx, case.id, "asked", now)
    await publish.consent(tx, case, status="active", now=now)
    trail.noted(tx, "consultation.ask", "C", entity_type=access.ENTITY, entity=case.id, patient=case.patient)
    tx.announce(ConsultationAsked(case.id, case.department, case.urgency))
    _tell(tx, case)
    return case


async def act(tx: Tx, name: str, id: str, reason: str, *, now: datetime) -> Case:
    """One act of the table below. Raises `NotFound` for a name that is none, `Invalid` when its reason is missing."""
    verb = next(((act, follow) for act, follow in ACTS.items() if act == name), None)
    if verb is None:
        raise NotFound("consultation.no_such_act", place="act", known=sorted(ACTS))
    act, follow = verb
    if act in model.WANTS_REASON and not reason.strip():
        raise Invalid("consultation.reason_missing", place="reason")
    model.checked_remark(reason, "reason")
    _, after = await access.open_for(tx, act, id)
    case = await follow(tx, after, now)
    await _saved(tx, case, act, now, reason)
    return case


async def _take(tx: Tx, case: Case, now: datetime) -> Case:
    """An expert takes what rings or waits: the patient's record opens to them while the case is open."""
    await relations.entrust(tx, tx.actor.id, case.patient, publish.source(case))
    return case.taken_by(tx.actor.id)


async def _release(tx: Tx, case: Case, now: datetime) -> Case:
    """The expert gives it back to the queue, where it keeps its place; the record closes to them."""
    await store.drop_draft(tx, case.id)
    await relations.dismiss(tx, publish.source(case))
    return case.taken_by("")


async def _end(tx: Tx, case: Case, now: datetime) -> Case:
    """It is over: whatever it opened is closed in the same transaction."""
    await relations.dismiss(tx, publish.source(case))
    return case


async def _withdraw_consent(tx: Tx, case: Case, now: datetime) -> Case:
    await publish.consent(tx, case, status="inactive", now=now)
    return await _end(tx, case, now)


ACTS: dict[Act, Callable[[Tx, Case, datetime], Awaitable[Case]]] = {
    "accept": _take,
    "claim": _take,
    "release": _release,
    "close": _end,
    "cancel": _end,
    "did-not-take-place": _end,
    "withdraw-consent": _withdraw_consent,
}


async def write(tx: Tx, id: str, texts: Texts, *, now: datetime) -> None:
    """The expert's draft is kept; nobody else can read it."""
    opinion.checked(texts)
    await access.open_for(tx, "write", id)
    await store.put_draft(tx, id, texts, now)


async def sign(
    tx: Tx, vault: Vault, fresh: FreshFactor, id: str, *, name: str, birth_date: str, now: datetime
) -> Signed:
    """The draft becomes a signed opinion: SM2 over its canonical bytes, published, on its way to the asker's system.

    Raises `Invalid` when the two identifiers are not the patient's, or there is no conclusion.
    """
    _, after = await access.open_for(tx, "sign", id)
    found = await store.draft(tx, id)
    texts = found[0] if found else Texts("", "", "")
    opinion.complete(texts)
    patient = await record_access.seen(tx, "Patient", after.patient)
    opinion.confirmed(patient.resource(), name=name, birth_date=birth_date)
    signed = Signed(id, 1, texts, tx.actor.id, UNSIGNED)
    signature = await vault.sign(tx, fresh, PURPOSE, opinion.document(after, signed), now=now)
    signed = replace(signed, signature=signature)
    await opinions.add(tx, signed)
    await store.drop_draft(tx, id)
    await publish.report(tx, after, signed)
    await _saved(tx, after, "sign", now)
    await relations.dismiss(tx, publish.source(after))
    tx.announce(OpinionSigned(id, after.report, signed.version, after.institution, after.patient))
    return signed


async def _saved(tx: Tx, case: Case, act: Act, now: datetime, reason: str = "") -> None:
    await store.save(tx, replace(case, changed=now), now)
    await store.add_step(tx, case.id, act, now, reason)
    _tell(tx, case)


def _tell(tx: Tx, case: Case) -> None:
    """Open pages hear that a case changed; what changed they may only read with their own rights."""
    told = {"id": case.id, "state": case.state, "urgency": case.urgency}
    tx.tell(f"consultation/{case.id}", "changed", told)
    tx.tell(f"queue/{case.department}", "changed", told)
