"""A signed opinion as its reader may see it: all versions, each verified at every display, and who has read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import asyncpg
import msgspec

from yuanzhen.applications.consultation import access, opinion, store
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinion import PURPOSE, Kind, ReportStatus, Signed, Step
from yuanzhen.applications.consultation.opinions import access as reading
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.applications.consultation.views import Named
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.approvals import store as approvals
from yuanzhen.security.approvals.model import Approval
from yuanzhen.security.keys.model import Signature
from yuanzhen.security.keys.vault import Vault
from yuanzhen.security.policy import directory

Verdict = Literal["valid", "broken"]
Do = Literal["add", "amend", "withdraw", "cosign"]


class Signer(msgspec.Struct):
    """One signature on a version, and what it is worth now."""

    who: Named
    at: datetime
    signature: Verdict


class Opening(msgspec.Struct):
    """Who of the asking side has opened a version, as what, and when first."""

    who: Named
    part: str
    at: datetime


class OpinionVersion(msgspec.Struct):
    """A signed version of the opinion; `signature`: what it is worth now, with all that came before it."""

    version: int
    kind: Kind
    status: ReportStatus
    findings: str
    conclusion: str
    advice: str
    addendum: str
    reason: str
    signed_by: Named
    signed_at: datetime
    signature: Verdict
    cosigned: list[Signer]
    approved_by: Named | None
    approved_at: datetime | None
    opened: list[Opening]


class Draft(msgspec.Struct):
    """What the case's experts have kept so far, and who of them was the last."""

    findings: str
    conclusion: str
    advice: str
    writer: Named
    version: int
    changed: datetime


class Waiting(msgspec.Struct):
    """A correction or withdrawal that waits for a second person."""

    approval: str
    verb: str
    asked_by: Named
    asked_at: datetime
    expires: datetime


class Call(msgspec.Struct):
    """A call about a critical finding; `read_back`: whether whoever was called said it back."""

    at: datetime
    by: Named
    called: str
    read_back: bool
    words: str


class Critical(msgspec.Struct):
    """A finding that wants a confirmed call; open until it was read back. `alarmed`: since when dispatchers have it."""

    what: str
    raised_by: Named
    raised_at: datetime
    confirmed: bool
    calls: list[Call]
    alarmed: datetime | None
    taken_by: Named | None


class Opinions(Page):
    """All signed versions; the draft beside them, for its writer alone; `acts`: what the reader may do with them."""

    items: list[OpinionVersion]
    draft: Draft | None
    waiting: Waiting | None
    critical: Critical | None
    acts: list[Do]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept beside the versions of one case."""

    cosigned: Mapping[int, list[tuple[str, Signature]]]
    openings: list[asyncpg.Record]
    waits: Approval | None
    critical: asyncpg.Record | None
    calls: list[asyncpg.Record]
    alarm: asyncpg.Record | None

    def people(self, versions: list[Signed]) -> set[str]:
        """Everybody who is named somewhere."""
        who = {one.signer for one in versions} | {row["person"] for row in self.openings}
        who |= {signer for many in self.cosigned.values() for signer, _ in many}
        who |= {one.approved_by for one in versions}
        who |= {call["by"] for call in self.calls} | ({self.critical["raised_by"]} if self.critical else set())
        who |= {self.alarm["taken_by"]} - {""} if self.alarm else set()
        return who | ({self.waits.asked_by} if self.waits else set())


async def whole(db: Database, vault: Vault, actor: Actor, id: str, *, now: datetime) -> Opinions:
    """All signed versions with what each signature is worth now; for the writer, the draft.

    Raises `Forbidden` when they are labelled sensitive and closed to this reader.
    """
    async with db.look(actor) as look:
        found, _ = await access.seen(look, id)
        versions = await reading.versions(look, "opinion.read", found)
        kept = await _kept(look, id, now)
        draft = await store.draft(look, id)
        names = await people.names(look, kept.people(versions) | ({draft.writer} if draft else set()))
        departments = frozenset(await directory.departments_of(look, actor.id))
        verdicts = await judged(look, vault, found, versions)
        items = [await _version(look, vault, found, one, verdicts[one.version], kept, names) for one in versions]
        return Opinions(
            items=items,
            draft=_draft(draft, names) if draft else None,
            waiting=_waiting(kept.waits, names) if kept.waits else None,
            critical=_critical(kept, names),
            acts=_acts(found, versions, actor, departments, kept),
        )


async def _kept(look: Reads, id: str, now: datetime) -> _Kept:
    waits = await approvals.waiting(look, f"consultation/{id}")
    critical, calls = await opinions.critical(look, id)
    return _Kept(
        cosigned=await opinions.cosignatures(look, id),
        openings=await opinions.openings(look, id),
        waits=waits if waits and now < waits.expires else None,
        critical=critical,
        calls=calls,
        alarm=await opinions.alarm(look, id) if critical else None,
    )


async def _version(
    look: Reads, vault: Vault, case: Case, one: Signed, verdict: Verdict, kept: _Kept, names: dict[str, str]
) -> OpinionVersion:
    return OpinionVersion(
        version=one.version,
        kind=one.kind,
        status=opinion.STATUS[one.kind],
        findings=one.texts.findings,
        conclusion=one.texts.conclusion,
        advice=one.texts.advice,
        addendum=one.addendum,
        reason=one.reason,
        signed_by=_named(names, one.signer),
        signed_at=one.signature.at,
        signature=verdict,
        cosigned=[
            Signer(_named(names, signer), made.at, await _worth(look, vault, case, one, signer, made))
            for signer, made in kept.cosigned.get(one.version, [])
        ],
        approved_by=_named(names, one.approved_by) if one.approved_by else None,
        approved_at=one.approved_at,
        opened=[
            Opening(_named(names, row["person"]), row["part"], row["at"])
            for row in kept.openings
            if row["version"] == one.version
        ],
    )


def _critical(kept: _Kept, names: dict[str, str]) -> Critical | None:
    if kept.critical is None:
        return None
    return Critical(
        what=kept.critical["what"],
        raised_by=_named(names, kept.critical["raised_by"]),
        raised_at=kept.critical["raised_at"],
        confirmed=any(call["read_back"] for call in kept.calls),
        calls=[
            Call(call["at"], _named(names, call["by"]), call["called"], call["read_back"], call["words"])
            for call in kept.calls
        ],
        alarmed=kept.alarm["at"] if kept.alarm else None,
        taken_by=_named(names, kept.alarm["taken_by"]) if kept.alarm and kept.alarm["taken_by"] else None,
    )


def _waiting(one: Approval, names: dict[str, str]) -> Waiting:
    return Waiting(one.id, one.verb, _named(names, one.asked_by), one.asked_at, one.expires)


def is_news(told: Opinions, actor: Actor) -> bool:
    """Whether the newest version is one that a reader of the asking side has not opened before."""
    if actor.role not in ("clinician", "patient") or not told.items:
        return False
    return all(one.who.id != actor.id for one in told.items[-1].opened)


def _acts(case: Case, versions: list[Signed], actor: Actor, departments: frozenset[str], kept: _Kept) -> list[Do]:
    if not versions:
        return []
    found: list[Do] = []
    for step in get_args(Step):
        if (versions[-1].kind, step) in opinion.NEXT and opinion.may(step, case, versions, actor, departments):
            found.append(step)
    signers = {versions[-1].signer, *(signer for signer, _ in kept.cosigned.get(versions[-1].version, []))}
    if versions[-1].kind != "withdrawal" and actor.id not in signers and opinion.may_cosign(case, actor, departments):
        found.append("cosign")
    return found


async def judged(reads: Reads, vault: Vault, case: Case, versions: list[Signed]) -> dict[int, Verdict]:
    """What each version is worth: its own signature, and that of all before it, each of which it names."""
    found: dict[int, Verdict] = {}
    before, good = "", True
    for one in versions:
        chained = one.before == before
        good = good and chained and await verdict(reads, vault, case, one) == "valid"
        found[one.version] = "valid" if good else "broken"
        before = one.signature.value
    return found


async def verdict(reads: Reads, vault: Vault, case: Case, one: Signed) -> Verdict:
    """`valid`, or `broken` for whatever does not verify: text, patient, question, signer, time, or a key not theirs."""
    return await _worth(reads, vault, case, one, one.signer, one.signature)


async def _worth(reads: Reads, vault: Vault, case: Case, one: Signed, signer: str, made: Signature) -> Verdict:
    found = await vault.verify(reads, made, PURPOSE, opinion.document(case, one), owner=signer)
    return "valid" if found == "valid" else "broken"


def _named(names: dict[str, str], person: str) -> Named:
    return Named(person, names.get(person, ""))


def _draft(kept: opinion.Draft, names: dict[str, str]) -> Draft:
    texts = kept.texts
    writer = _named(names, kept.writer)
    return Draft(texts.findings, texts.conclusion, texts.advice, writer, kept.version, kept.changed)
