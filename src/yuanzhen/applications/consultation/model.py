"""The rules of a consultation: which act leads where, and who may do it. Pure: no I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Self

from yuanzhen.data.masking.identity import Shown
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Invalid

State = Literal["ringing", "queued", "accepted", "signed", "closed", "cancelled", "did-not-take-place"]
Act = Literal[
    "accept", "claim", "release", "write", "sign", "close", "cancel", "did-not-take-place", "withdraw-consent"
]
Part = Literal["asker", "colleague", "department", "expert", "patient"]
Mode = Literal["live", "written"]
Urgency = Literal["emergency", "scheduled"]
GivenBy = Literal["patient", "carer", "next-of-kin", "unable"]
How = Literal["signed", "spoken"]

NEXT: dict[tuple[State, Act], State] = {
    ("ringing", "accept"): "accepted",
    ("ringing", "cancel"): "cancelled",
    ("ringing", "withdraw-consent"): "cancelled",
    ("queued", "claim"): "accepted",
    ("queued", "cancel"): "cancelled",
    ("queued", "withdraw-consent"): "cancelled",
    ("accepted", "write"): "accepted",
    ("accepted", "release"): "queued",
    ("accepted", "sign"): "signed",
    ("accepted", "cancel"): "cancelled",
    ("accepted", "did-not-take-place"): "did-not-take-place",
    ("accepted", "withdraw-consent"): "cancelled",
    ("signed", "close"): "closed",
}
ENDED: frozenset[State] = frozenset({"closed", "cancelled", "did-not-take-place"})

# Which part in the case an act is for.
BY: dict[Act, frozenset[Part]] = {
    "accept": frozenset({"department"}),
    "claim": frozenset({"department"}),
    "release": frozenset({"expert"}),
    "write": frozenset({"expert"}),
    "sign": frozenset({"expert"}),
    "close": frozenset({"asker", "colleague"}),
    "cancel": frozenset({"asker", "colleague"}),
    "did-not-take-place": frozenset({"expert", "asker"}),
    "withdraw-consent": frozenset({"asker", "colleague"}),
}
WANTS_REASON: frozenset[Act] = frozenset({"cancel", "did-not-take-place", "withdraw-consent"})

FIRST: dict[tuple[Mode, Urgency], State] = {
    ("live", "emergency"): "ringing",
    ("written", "emergency"): "queued",
    ("written", "scheduled"): "queued",
}
LONGEST_QUESTION = 4000
LONGEST_REMARK = 2000  # a reason, or where to call back


@dataclass(frozen=True, slots=True)
class Consent:
    """What was agreed to: which text, by whom, how; `reason` only where the patient was unable."""

    version: str
    given_by: GivenBy
    how: How
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One consultation. Ids are strings; `expert` is '' until somebody has taken it."""

    id: str
    state: State
    mode: Mode
    urgency: Urgency
    question: str
    patient: str
    shown: Shown  # masked: what the department sees before the patient is entrusted to somebody
    asker: str
    institution: str
    department: str
    expert: str
    consent: Consent
    report: str
    call_back: str
    created: datetime
    changed: datetime

    def after(self, act: Act) -> Self:
        """The case after an act. Raises `Conflict` when its state does not permit it."""
        state = NEXT.get((self.state, act))
        if state is None:
            raise Conflict("consultation.not_now", act=act, state=self.state)
        return replace(self, state=state)

    def taken_by(self, expert: str) -> Self:
        """The case in an expert's hands, or with '' in nobody's."""
        return replace(self, expert=expert)

    @property
    def is_open(self) -> bool:
        """Whether work goes on: while it does, the expert sees the record."""
        return self.state not in ENDED and self.state != "signed"


def first_state(mode: Mode, urgency: Urgency) -> State:
    """Where a new case begins. Raises `Invalid` for a live one at an hour: there is no calendar to book it in."""
    state = FIRST.get((mode, urgency))
    if state is None:
        raise Invalid("consultation.no_calendar", place="urgency", rule="live consultations ring, or ask in writing")
    return state


def checked(question: str, consent: Consent, urgency: Urgency, *, current_text: str) -> None:
    """Raises `Invalid` that names the place: no question, a consent to an outdated text, unable without a reason."""
    if not question.strip() or len(question) > LONGEST_QUESTION:
        raise Invalid("consultation.question", place="question", rule="1 to 4000 characters")
    checked_remark(consent.reason, "consent.reason")
    if consent.version != current_text:
        raise Invalid("consent.outdated", place="consent.version", current=current_text)
    if consent.given_by == "unable" and urgency != "emergency":
        raise Invalid("consent.unable_only_in_emergency", place="consent.given_by")
    if consent.given_by == "unable" and not consent.reason.strip():
        raise Invalid("consent.reason_missing", place="consent.reason")


def checked_remark(text: str, place: str) -> None:
    """Raises `Invalid` for a reason, or a way to call back, of more than a page, since it is kept for good."""
    if len(text) > LONGEST_REMARK:
        raise Invalid("request.invalid", place=place, rule=f"at most {LONGEST_REMARK} characters")


def parts(case: Case, actor: Actor, departments: frozenset[str]) -> frozenset[Part]:
    """What an actor, member of `departments`, is in a case."""
    holds: dict[Part, bool] = {
        "asker": actor.role in ("clinician", "expert") and case.asker == actor.id,
        "colleague": actor.role == "clinician" and case.institution == actor.institution,
        "department": actor.role == "expert" and case.department in departments,
        "expert": actor.role == "expert" and case.expert == actor.id,
        "patient": actor.role == "patient" and case.patient == actor.patient,
    }
    return frozenset(part for part, held in holds.items() if held)


def acts(case: Case, held: frozenset[Part]) -> list[Act]:
    """What somebody with these parts may do now."""
    return [act for act, by in BY.items() if (case.state, act) in NEXT and by & held]


def audience(case: Case) -> list[str]:
    """Which keys open the case: both sides, the patient, and our own worker."""
    keys = [case.asker, f"house:{case.institution}", case.department, case.expert, f"@{case.patient}", "worker"]
    return [key for key in keys if key]
