"""An opinion: a draft of its writer, then signed versions that nobody can alter unseen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from yuanzhen.applications.consultation.model import Case, Part, parts
from yuanzhen.data.masking.identity import plain, written_name
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.infrastructure.legible import legible
from yuanzhen.security.keys.canonical import canonical
from yuanzhen.security.keys.model import ALGORITHM, Signature

LONGEST = 20_000
PURPOSE = "consultation.opinion"  # a signature made for an opinion proves nothing else

Kind = Literal["first", "addendum", "amendment", "withdrawal"]
Step = Literal["add", "amend", "withdraw"]
ReportStatus = Literal["final", "appended", "corrected", "entered-in-error"]

# What the newest version is, and what is done to it -> what the next one is. After a withdrawal there is none.
NEXT: dict[tuple[Kind, Step], Kind] = {
    ("first", "add"): "addendum",
    ("first", "amend"): "amendment",
    ("first", "withdraw"): "withdrawal",
    ("addendum", "add"): "addendum",
    ("addendum", "amend"): "amendment",
    ("addendum", "withdraw"): "withdrawal",
    ("amendment", "add"): "addendum",
    ("amendment", "amend"): "amendment",
    ("amendment", "withdraw"): "withdrawal",
}
COSIGN: frozenset[Part] = frozenset({"department", "expert", "invited"})
# R4 diagnostic-report-status
STATUS: dict[Kind, ReportStatus] = {
    "first": "final",
    "addendum": "appended",
    "amendment": "corrected",
    "withdrawal": "entered-in-error",
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The three fields of an opinion."""

    findings: str
    conclusion: str
    advice: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What the case's experts have written so far: who saved it last, and how often it was saved."""

    texts: Texts
    writer: str
    version: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed version as it is stored: the texts, whose it is, and the signature over `document`.

    `before` is the signature's value of the version before it; `approval` what let it take effect.
    """

    case: str
    version: int
    texts: Texts
    signer: str
    signature: Signature
    kind: Kind = "first"
    addendum: str = ""
    reason: str = ""
    before: str = ""
    approval: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None


UNSIGNED = Signature("", ALGORITHM, "", datetime.min.replace(tzinfo=UTC))  # what stands where it is being made


def after(versions: Sequence[Signed], step: Step) -> tuple[Signed, Kind]:
    """The newest version, and what a step makes of it. Raises Conflict `opinion.not_now` when there is no such step."""
    newest = versions[-1] if versions else None
    kind = NEXT.get((newest.kind, step)) if newest else None
    if newest is None or kind is None:
        raise Conflict("opinion.not_now", act=step, state=newest.kind if newest else "unsigned")
    return newest, kind


def may(step: Step, case: Case, versions: Sequence[Signed], actor: Actor, departments: frozenset[str]) -> bool:
    """The signer of the newest version adds to it; who signed one, or is of the department, proposes another."""
    if actor.role != "expert":
        return False
    if step == "add":
        return actor.id == (versions[-1].signer if versions else case.expert)
    return case.department in departments or actor.id in {case.expert, *(one.signer for one in versions)}


def may_cosign(case: Case, actor: Actor, departments: frozenset[str]) -> bool:
    """Whether somebody is one of the experts of the case."""
    return bool(parts(case, actor, departments) & COSIGN)


def addenda(versions: Sequence[Signed], upto: int) -> list[Signed]:
    """What was added, up to a version, to the texts that it has; a correction takes up what was added before."""
    found: list[Signed] = []
    for one in versions:
        if one.version <= upto:
            found = [*found, one] if one.kind == "addendum" else []
    return found


def checked(texts: Texts) -> None:
    """Raises `Invalid` for a text that is too long, or that reads otherwise than it is signed."""
    for place, text in (("findings", texts.findings), ("conclusion", texts.conclusion), ("advice", texts.advice)):
        if len(text) > LONGEST:
            raise Invalid("opinion.too_long", place=place, rule=f"at most {LONGEST} characters")
        legible(text, place)


def complete(texts: Texts) -> None:
    """Raises `Invalid` when there is no conclusion to sign."""
    if not texts.conclusion.strip():
        raise Invalid("opinion.empty", place="conclusion", rule="a conclusion is signed, not an empty page")


def document(case: Case, one: Signed) -> bytes:
    """What is signed: all that a version says, of whom, in answer to what; the signature adds time and purpose.

    A later version names what it is, why, and the signature of the one before it: none can be left out or put between.
    """
    said = {
        "report": case.report,
        "consultation": case.id,
        "question": case.question,
        "patient": case.patient,
        "version": one.version,
        "findings": one.texts.findings,
        "conclusion": one.texts.conclusion,
        "advice": one.texts.advice,
        "signer": one.signer,
    }
    if one.kind != "first":
        said |= {"kind": one.kind, "addendum": one.addendum, "reason": one.reason, "before": one.before}
    return canonical(said)


def confirmed(patient: dict[str, Any], *, name: str, birth_date: str) -> None:
    """Two identifiers before a signature. Raises `Invalid` when they are not the patient's.

    A birth date that the record lacks is left out.
    """
    if not name.strip() or plain(name) != plain(written_name(patient)):
        raise Invalid("opinion.not_this_patient", place="patient.name")
    known = str(patient.get("birthDate", ""))
    if known and birth_date != known:
        raise Invalid("opinion.not_this_patient", place="patient.birth_date")
