"""The verbs of a consultation, one transaction each: open, change, save, announce."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from yuanzhen.applications.consultation import access, meeting, model, opinion, publish, requests, ringing, store
from yuanzhen.applications.consultation.consent_texts import CURRENT
from yuanzhen.applications.consultation.events import ClaimTaken, ConsultationAsked, HourChanged, OpinionSigned
from yuanzhen.applications.consultation.model import CLAIM, FIRST, Act, Case, Consent, Given, Mode, Urgency
from yuanzhen.applications.consultation.opinion import PURPOSE, UNSIGNED, Signed, Texts
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.collaboration.calendar import booking
from yuanzhen.collaboration.reading import service as reading
from yuanzhen.data.masking.identity import shown
from yuanzhen.data.records import access as record_access
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid, NotFound
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.fresh import FreshFactor
from yuanzhen.security.keys.vault import Vault
from yuanzhen.security.policy import directory, relations
from yuanzhen.security.reviews import service as reviews
from yuanzhen.security.reviews.model import Deed


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
    documents: tuple[str, ...] = ()  # of the patient's record: what the expert is to look at first
    slot: str = ""  # of a live one at an hour


async def ask(tx: Tx, request: Request, *, idempotency: str | None, now: datetime) -> Case:
    """A case is asked for; with the same Idempotency-Key again it is the same case.

    Raises `Conflict` `consultation.asked_already` when something else is asked for under the key of another case.
    """
    patient = await access.patient_to_ask_for(tx, request.patient)
    model.checked(request.question, request.consent, request.urgency, current_text=CURRENT)
    model.checked_remark(request.call_back, "call_back")
    model.checked_documents(request.documents)
    await _checked_department(tx, request.department)
    model.checked_slot(request.mode, request.urgency, request.slot)
    case = Case(
        id=new_id(),
        state=FIRST[request.mode, request.urgency],
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
        return await _asked_before(tx, case, str(idempotency))
    await access.documents_of(tx, case, request.documents)
    await store.add_step(tx, case.id, "asked", now, documents=request.documents)
    await requests.drop(tx, case.patient)
    await publish.consent(tx, case, status="active", now=now)
    trail.noted(tx, "consultation.ask", "C", entity_type=access.ENTITY, entity=case.id, patient=case.patient)
    if request.slot:
        case = await _booked(tx, case, request.slot, now)
        await store.save(tx, case, now)
    _waits(tx, case)
    if case.consent.given_by == "unable":
        await _reviewed(tx, case, now)
    await ringing.begun(tx, case, now)
    _tell(tx, case)
    return case


async def _asked_before(tx: Tx, case: Case, key: str) -> Case:
    """The case that the asker's key made, wherever it stands now."""
    earlier, _ = await access.seen(tx, str(await store.by_idempotency(tx, tx.actor.id, key)))
    if any(getattr(earlier, part) != getattr(case, part) for part in ("patient", "mode", "urgency", "question")):
        raise access.refused(tx, Conflict("consultation.asked_already", consultation=earlier.id), "ask", earlier)
    return earlier


async def _booked(tx: Tx, case: Case, slot: str, now: datetime) -> Case:
    """The case at the hour of a slot, of an expert of its department. Raises as `booking.book`."""
    made = await booking.book(tx, slot, ringing.source(case), case.institution, now, department=case.department)
    tx.announce(HourChanged(case.id, False, case.id))
    return case.at_hour(made.slot.expert, made.slot.id, made.slot.span.start)


def _waits(tx: Tx, case: Case) -> None:
    """Whoever can take it hears of it; of what is booked both sides hear by the booking."""
    if case.state != "booked":
        tx.announce(ConsultationAsked(case.id, case.department, case.urgency))


async def _reviewed(tx: Tx, case: Case, now: datetime) -> None:
    """An emergency without consent is looked at afterwards."""
    deed = Deed(
        "no-consent", case.patient, case.asker, case.institution, f"consultation/{case.id}", case.consent.reason
    )
    await reviews.ask(tx, deed, now=now)


async def act(tx: Tx, name: str, id: str, given: Given, *, now: datetime) -> Case:
    """One act of the table below. Raises `NotFound` for a name that is none, `Invalid` for what it lacks or does not
    take.
    """
    verb = next(((act, follow) for act, follow in ACTS.items() if act == name), None)
    if verb is None:
        raise NotFound("consultation.no_such_act", place="act", known=sorted(ACTS))
    act, follow = verb
    said, about = model.checked_given(act, given)
    before, after = await access.open_for(tx, act, id)
    if act == "accept":
        access.in_time(tx, before, now)
    case = await follow(tx, after, given, now)
    await store.add_step(tx, case.id, act, now, said, about, given.documents)
    await _saved(tx, before, case, now)
    await ringing.follow(tx, act, before, case, said, now)
    return case


async def _accept(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """An expert takes what rings, or what is booked with them."""
    _hour_changed(tx, case)
    return await _entrusted(tx, case.taken_by(tx.actor.id))


async def _claim(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """An expert takes what waits, until they let it lie."""
    return await _entrusted(tx, _claimed(tx, case, tx.actor.id, now))


async def _entrusted(tx: Tx, case: Case) -> Case:
    """The patient's record opens to the expert while the case is open."""
    await relations.entrust(tx, case.expert, case.patient, publish.source(case))
    return case


def _claimed(tx: Tx, case: Case, expert: str, now: datetime) -> Case:
    until = now + CLAIM
    tx.announce(ClaimTaken(case.id), due=until)
    return case.taken_by(expert, until)


async def _decline(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """Whoever is called passes it on, with a reason that is kept; what was booked with them needs another hour."""
    return await _hourless(tx, case)


async def _hourless(tx: Tx, case: Case) -> Case:
    """What has an hour loses it, and the slot is free again; the asker chooses another."""
    if not case.has_hours:
        return case
    await booking.free(tx, ringing.source(case))
    _hour_changed(tx, case)
    return case.without_hour()


def _hour_changed(tx: Tx, case: Case, *, moved: bool = False) -> None:
    if case.has_hours:
        tx.announce(HourChanged(case.id, moved, case.id))


async def _reschedule(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """Another hour, with its expert; the slot of before is free again."""
    if not case.slot:
        return await _booked(tx, case, given.slot, now)
    moved = await booking.move(tx, ringing.source(case), given.slot, now, department=case.department)
    _hour_changed(tx, case, moved=True)
    return case.at_hour(moved.slot.expert, moved.slot.id, moved.slot.span.start)


async def _release(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """It goes back to where it began and keeps its place; the record closes. What was written stays for the next."""
    await relations.dismiss(tx, publish.source(case))
    _waits(tx, case)
    return (await _hourless(tx, case)).given_back()


async def _hand_over(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """Another department has it now, and counts the time that it has waited already."""
    await _checked_department(tx, given.department)
    if given.department == case.department:
        raise Invalid("consultation.same_department", place="department")
    return await _release(tx, case.handed_to(given.department, tx.actor.id), given, now)


async def _need_more(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """The asker is to add something; meanwhile nobody's time runs."""
    return replace(case, claim_ends=None)


async def _supply(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """What was wanted is there, and the case is in the same expert's hands again."""
    await access.documents_of(tx, case, given.documents)
    return _claimed(tx, case, case.expert, now)


async def _invite(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """Another expert, of any department, is asked in: the record and the draft open to them."""
    if given.person not in await directory.experts(tx):
        raise Invalid("consultation.no_such_expert", place="person")
    if given.person in (case.expert, *case.invited):
        raise access.refused(tx, Conflict("consultation.already_in", place="person"), "invite", case)
    if len(case.invited) >= model.MOST_INVITED:
        raise access.refused(tx, Conflict("consultation.full", most=model.MOST_INVITED), "invite", case)
    await relations.entrust(tx, given.person, case.patient, publish.source(case))
    tx.tell(f"me/{given.person}", "invited", {"consultation": case.id, "urgency": case.urgency})
    return replace(case, invited=(*case.invited, given.person))


async def _rate(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """How it was, for one's side, once. Raises `Conflict` when somebody of that side was quicker."""
    side = await access.side_of(tx, case)
    if not await store.add_rating(tx, case.id, side, given.score, given.words, now):
        raise access.refused(tx, Conflict("consultation.rated"), "rate", case)
    return replace(case, rated=(*case.rated, side))


async def _end(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    """It is over: whatever it opened is closed in the same transaction."""
    await relations.dismiss(tx, publish.source(case))
    if case.has_hours and case.state in ("cancelled", "did-not-take-place"):
        await booking.free(tx, ringing.source(case))
    _hour_changed(tx, case)
    return replace(case, claim_ends=None)


async def _withdraw_consent(tx: Tx, case: Case, given: Given, now: datetime) -> Case:
    await publish.consent(tx, case, status="inactive", now=now)
    return await _end(tx, case, given, now)


ACTS: dict[Act, Callable[[Tx, Case, Given, datetime], Awaitable[Case]]] = {
    "accept": _accept,
    "decline": _decline,
    "claim": _claim,
    "release": _release,
    "need-more": _need_more,
    "supply": _supply,
    "hand-over": _hand_over,
    "invite": _invite,
    "reschedule": _reschedule,
    "close": _end,
    "cancel": _end,
    "did-not-take-place": _end,
    "rate": _rate,
    "withdraw-consent": _withdraw_consent,
}


async def end_claim(tx: Tx, id: str, *, now: datetime) -> None:
    """A claim that was let lie ends: the case is in its queue again, with its place and with what was written.

    Heard of when the claim was taken; if it was renewed since, the next time to look is set.
    """
    found = await store.lock(tx, tx.actor.id, id)
    if found is None or found[0].claim_ends is None:
        return
    case = found[0]
    if case.claim_ends is not None and case.claim_ends > now:
        tx.announce(ClaimTaken(case.id), due=case.claim_ends)
        return
    after = await _release(tx, case.after("release"), Given(), now)
    tx.tell(f"me/{case.expert}", "claim-ended", {"consultation": case.id})
    trail.noted(tx, "consultation.claim-ended", "U", entity_type=access.ENTITY, entity=id, patient=case.patient)
    await store.add_step(tx, id, "claim-ended", now)
    await _saved(tx, case, after, now)


async def close_settled(tx: Tx, id: str, *, before: datetime, now: datetime) -> None:
    """What was signed before then, and has gone on since, or wants something still, stays open; all else closes."""
    case = await store.lock_settled(tx, id, before)
    if case is None:
        return
    after = await _end(tx, case.after("close"), Given(), now)
    trail.noted(tx, "consultation.closed-by-time", "U", entity_type=access.ENTITY, entity=id, patient=case.patient)
    await store.add_step(tx, id, "closed-by-time", now)
    await _saved(tx, case, after, now)


async def write(tx: Tx, id: str, texts: Texts, *, on: int | None = None, now: datetime) -> int:
    """The draft is kept, for the case's experts alone; who writes has not let it lie. Returns its version.

    `on`: the version that it was typed on, 0 for none; raises `Conflict` when another has saved since.
    """
    opinion.checked(texts)
    before, after = await access.open_for(tx, "write", id)
    version = await store.put_draft(tx, id, texts, on, now)
    if version is None:
        raise access.refused(tx, Conflict("opinion.draft_newer", place="version"), "write", before)
    tx.tell(reading.channel(id), "draft", {"version": version, "writer": tx.actor.id})
    if before.claim_ends is not None:
        await store.save(tx, replace(after, claim_ends=now + CLAIM), now)
    return version


async def sign(
    tx: Tx, vault: Vault, fresh: FreshFactor, id: str, *, name: str, birth_date: str, on: int | None = None,
    now: datetime,
) -> Signed:  # fmt: skip
    """The draft becomes a signed opinion: SM2 over its canonical bytes, published, on its way to the asker's system.

    Raises `Invalid` when the two identifiers are not the patient's, or there is no conclusion; `Conflict` when the
    draft is not the version `on` that the signer saw.
    """
    before, after = await access.open_for(tx, "sign", id)
    found = await store.draft(tx, id)
    if on is not None and (found.version if found else 0) != on:
        raise access.refused(tx, Conflict("opinion.draft_newer", place="version"), "sign", before)
    texts = found.texts if found else Texts("", "", "")
    opinion.complete(texts)
    patient = await record_access.seen(tx, "Patient", after.patient)
    opinion.confirmed(patient.resource(), name=name, birth_date=birth_date)
    signed = Signed(id, 1, texts, tx.actor.id, UNSIGNED)
    signature = await vault.sign(tx, fresh, PURPOSE, opinion.document(after, signed), now=now)
    signed = replace(signed, signature=signature)
    await opinions.add(tx, signed)
    await store.drop_draft(tx, id)
    await publish.report(tx, after, signed)
    await store.add_step(tx, id, "sign", now)
    await _saved(tx, before, replace(after, claim_ends=None), now)
    await ringing.follow(tx, "sign", before, after, "", now)
    await relations.dismiss(tx, publish.source(after))
    _hour_changed(tx, after)
    tx.announce(OpinionSigned(id, after.report, signed.version, after.institution, after.patient))
    return signed


async def _checked_department(tx: Tx, department: str) -> None:
    if not await directory.has_department(tx, department):
        raise Invalid("consultation.no_such_department", place="department")


async def _saved(tx: Tx, before: Case, after: Case, now: datetime) -> None:
    """Stores what changed, and tells whoever has it open; a department that no longer has it hears of that too."""
    if replace(after, rated=before.rated) != before:
        await store.save(tx, after, now)
        await reading.keep(tx, model.source(after), after.patient, model.writers(after), model.audience(after),
                           model.reading(after), leaders=[after.asker])  # fmt: skip
        await meeting.follow(tx, after, now)
    _tell(tx, after)
    if before.department != after.department:
        tx.tell(f"queue/{before.department}", "changed", _told(after))


def _tell(tx: Tx, case: Case) -> None:
    """Open pages hear that a case changed; what changed they may only read with their own rights."""
    tx.tell(f"consultation/{case.id}", "changed", _told(case))
    tx.tell(f"queue/{case.department}", "changed", _told(case))


def _told(case: Case) -> dict[str, str]:
    return {"id": case.id, "state": case.state, "urgency": case.urgency}
