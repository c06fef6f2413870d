"""What becomes of a signed opinion, one transaction each: added to by its signer, corrected or withdrawn by two."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from yuanzhen.applications.consultation import opinion, publish, store
from yuanzhen.applications.consultation.events import OpinionSigned
from yuanzhen.applications.consultation.model import Case, Part, parts
from yuanzhen.applications.consultation.opinion import PURPOSE, UNSIGNED, Signed, Texts
from yuanzhen.applications.consultation.opinions import access
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.data.masking.identity import Shown as Identity
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.infrastructure.legible import legible
from yuanzhen.security.approvals import service as approvals
from yuanzhen.security.approvals.model import Approval
from yuanzhen.security.approvals.service import Approvable, Shown, Verbs
from yuanzhen.security.identity.fresh import FreshFactor
from yuanzhen.security.keys.vault import Vault
from yuanzhen.security.policy import relations

ENTITY = "consultation/"  # + the case's id: what waits for one case waits alone
LONGEST_REASON = 2000
READERS: tuple[Part, ...] = ("patient", "asker", "colleague")


async def add(tx: Tx, vault: Vault, fresh: FreshFactor, id: str, text: str, *, now: datetime) -> Signed:
    """The signer adds to what they signed, alone: a new version, whose texts stay. What waited is void."""
    if not text.strip() or len(text) > opinion.LONGEST:
        raise Invalid("opinion.addendum", place="text", rule=f"1 to {opinion.LONGEST} characters")
    legible(text, "text")
    case, versions, kind = await access.open_for(tx, "add", id)
    newest = versions[-1]
    one = replace(
        newest,
        version=newest.version + 1,
        kind=kind,
        addendum=text.strip(),
        reason="",
        signer=tx.actor.id,
        before=newest.signature.value,
        signature=UNSIGNED,
        approved_by="",
        approved_at=None,
    )
    signature = await vault.sign(tx, fresh, PURPOSE, opinion.document(case, one), now=now)
    return await _entered(tx, case, versions, replace(one, signature=signature), now)


async def amend(
    tx: Tx, vault: Vault, fresh: FreshFactor, id: str, texts: Texts, reason: str, *, now: datetime
) -> Approval:
    """A corrected version is signed and waits for a second person; until then nothing has changed."""
    opinion.checked(texts)
    opinion.complete(texts)
    return await _propose(tx, vault, fresh, id, "amend", texts, reason, now)


async def withdraw(tx: Tx, vault: Vault, fresh: FreshFactor, id: str, reason: str, *, now: datetime) -> Approval:
    """The withdrawal is signed and waits for a second person; until then the opinion stands."""
    return await _propose(tx, vault, fresh, id, "withdraw", None, reason, now)


async def _propose(
    tx: Tx, vault: Vault, fresh: FreshFactor, id: str, step: opinion.Step, texts: Texts | None, reason: str,
    now: datetime,
) -> Approval:  # fmt: skip
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("consultation.reason_missing", place="reason", rule=f"1 to {LONGEST_REASON} characters")
    legible(reason, "reason")
    case, versions, kind = await access.open_for(tx, step, id)
    newest = versions[-1]
    one = Signed(
        case=id,
        version=newest.version + 1,
        texts=texts or newest.texts,
        signer=tx.actor.id,
        signature=UNSIGNED,
        kind=kind,
        reason=reason.strip(),
        before=newest.signature.value,
    )
    document = opinion.document(case, one)
    signature = await vault.sign(tx, fresh, PURPOSE, document, now=now)
    approval = await approvals.ask(
        tx, f"opinion.{step}", ENTITY + id, document, reason=one.reason, patient=case.patient,
        department=case.department, now=now,
    )  # fmt: skip
    await opinions.propose(tx, replace(one, signature=signature, approval=approval.id))
    await opinions.show_to_approvers(tx, id)
    await store.add_step(tx, id, f"ask-{step}", now, one.reason)
    _tell(tx, case)
    return approval


async def cosign(tx: Tx, vault: Vault, fresh: FreshFactor, id: str, version: int, *, now: datetime) -> None:
    """A further expert signs the newest version: the very bytes that its first signer signed."""
    case, versions = await access.to_cosign(tx, id)
    newest = versions[-1]
    if version != newest.version:
        problem = Conflict("opinion.changed", place="version", newest=newest.version)
        raise access.refused(tx, problem, "cosign", case)
    signature = await vault.sign(tx, fresh, PURPOSE, opinion.document(case, newest), now=now)
    if not await opinions.cosign(tx, id, version, signature):
        raise access.refused(tx, Conflict("opinion.signed_by_you", place="version"), "cosign", case)
    await store.add_step(tx, id, "cosign", now)
    _tell(tx, case)


async def opened(tx: Tx, id: str, *, now: datetime) -> None:
    """Somebody of the asking side has opened the newest version: its signer sees that it was read."""
    found = await store.find(tx, tx.actor.id, id)
    versions = await opinions.versions(tx, id)
    if found is None or not versions:
        return
    case, departments = found
    part = next((one for one in READERS if one in parts(case, tx.actor, departments)), None)
    if part is not None and await opinions.opened(tx, id, versions[-1].version, part, now):
        _tell(tx, case)


# ---- what an approval does


async def _arguments(reads: Reads, approval: Approval) -> bytes:
    one = await _proposal(reads, approval)
    found = await store.find(reads, reads.actor.id, one.case)
    if found is None:
        raise Conflict("opinion.changed", place=approval.entity)
    return opinion.document(found[0], one)


async def _show(reads: Reads, approval: Approval) -> Shown:
    """Both versions side by side; the patient masked, as in a list."""
    one = await _proposal(reads, approval)
    found = await store.find(reads, reads.actor.id, one.case)
    versions = {signed.version: signed for signed in await opinions.versions(reads, one.case)}
    before = versions.get(one.version - 1)
    who: Identity | None = found[0].shown if found else None
    return Shown(
        patient=who.name if who else "",
        about=found[0].question if found else "",
        version=one.version,
        before=_texts(before.texts) if before else {},
        after=_texts(one.texts) if one.kind == "amendment" else {},
    )


async def _carry_out(tx: Tx, approval: Approval, now: datetime) -> None:
    """The proposal becomes the newest version. Raises Conflict `opinion.changed` when another has come in between."""
    one = await _proposal(tx, approval)
    case, versions = await access.for_approval(tx, one.case)
    if one.version != versions[-1].version + 1 or one.before != versions[-1].signature.value:
        problem = Conflict("opinion.changed", place=approval.entity, newest=versions[-1].version)
        raise access.refused(tx, problem, "approve", case)
    await _entered(tx, case, versions, replace(one, approved_by=tx.actor.id, approved_at=now), now)


async def _turned_down(tx: Tx, approval: Approval, now: datetime) -> None:
    one = await _proposal(tx, approval)
    case, _ = await access.for_approval(tx, one.case)
    await store.add_step(tx, case.id, "turn-down", now, approval.words)
    _tell(tx, case)


async def _proposal(reads: Reads, approval: Approval) -> Signed:
    found = await opinions.proposal(reads, approval.id)
    if found is None:
        raise Conflict("opinion.changed", place=approval.entity)
    return found


_PROPOSED = Approvable(_arguments, _show, _carry_out, _turned_down)
APPROVABLE: Verbs = {"opinion.amend": _PROPOSED, "opinion.withdraw": _PROPOSED}


# ---- all of them


async def _entered(tx: Tx, case: Case, versions: list[Signed], one: Signed, now: datetime) -> Signed:
    """Kept, published, told and sent; the record opens to whoever does it for as long as this transaction lasts."""
    await opinions.add(tx, one)
    every = [*versions, one]
    moment = f"{publish.source(case)}/{one.version}"
    await relations.entrust(tx, tx.actor.id, case.patient, moment, sensitive=True)  # the report may be labelled
    await publish.report(tx, case, one, opinion.addenda(every, one.version))
    await relations.dismiss(tx, moment)
    await approvals.void(tx, ENTITY + case.id, now=now)
    await store.add_step(tx, case.id, one.kind, now, one.reason)
    await opinions.touch(tx, case.id, now)
    tx.announce(OpinionSigned(case.id, case.report, one.version, case.institution, case.patient))
    _tell(tx, case)
    return one


def _texts(texts: Texts) -> dict[str, str]:
    return {"findings": texts.findings, "conclusion": texts.conclusion, "advice": texts.advice}


def _tell(tx: Tx, case: Case) -> None:
    tx.tell(f"consultation/{case.id}", "changed", {"id": case.id, "state": case.state, "urgency": case.urgency})
