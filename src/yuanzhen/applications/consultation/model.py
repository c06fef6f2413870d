"""The rules of a consultation: which act leads where, and who may do it. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Final, Literal, Self

from yuanzhen.applications.consultation.signature import Strokes, checked_strokes
from yuanzhen.data.masking.identity import Shown
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.infrastructure.legible import legible

State = Literal[
    "ringing", "queued", "booked", "accepted", "more-needed", "signed", "closed", "cancelled", "did-not-take-place"
]
Act = Literal[
    "accept", "decline", "claim", "release", "need-more", "supply", "hand-over", "invite", "reschedule", "write",
    "sign", "close", "cancel", "did-not-take-place", "rate", "withdraw-consent",
]  # fmt: skip
Part = Literal["asker", "colleague", "department", "expert", "invited", "earlier", "patient"]
Side = Literal["asker", "expert", "patient"]  # whose satisfaction is asked for
Mode = Literal["live", "written"]
Urgency = Literal["emergency", "scheduled"]
GivenBy = Literal["patient", "carer", "next-of-kin", "unable"]
How = Literal["signed", "spoken"]

ANEW: Final = "anew"  # back to where a case of its mode and urgency begins
NEXT: Mapping[tuple[State, Act], State | Literal["anew"]] = {
    ("ringing", "accept"): "accepted",
    ("ringing", "decline"): "ringing",
    ("ringing", "cancel"): "cancelled",
    ("ringing", "did-not-take-place"): "did-not-take-place",
    ("ringing", "withdraw-consent"): "cancelled",
    ("queued", "claim"): "accepted",
    ("queued", "hand-over"): "queued",
    ("queued", "cancel"): "cancelled",
    ("queued", "withdraw-consent"): "cancelled",
    ("booked", "accept"): "accepted",
    ("booked", "decline"): "booked",
    ("booked", "reschedule"): "booked",
    ("booked", "cancel"): "cancelled",
    ("booked", "did-not-take-place"): "did-not-take-place",
    ("booked", "withdraw-consent"): "cancelled",
    ("accepted", "write"): "accepted",
    ("accepted", "release"): ANEW,
    ("accepted", "need-more"): "more-needed",
    ("accepted", "hand-over"): ANEW,
    ("accepted", "invite"): "accepted",
    ("accepted", "sign"): "signed",
    ("accepted", "cancel"): "cancelled",
    ("accepted", "did-not-take-place"): "did-not-take-place",
    ("accepted", "withdraw-consent"): "cancelled",
    ("more-needed", "supply"): "accepted",
    ("more-needed", "release"): ANEW,
    ("more-needed", "cancel"): "cancelled",
    ("more-needed", "did-not-take-place"): "did-not-take-place",
    ("more-needed", "withdraw-consent"): "cancelled",
    ("signed", "rate"): "signed",
    ("signed", "close"): "closed",
    ("closed", "rate"): "closed",
}
ENDED: frozenset[State] = frozenset({"closed", "cancelled", "did-not-take-place"})
WRITTEN_ONLY: frozenset[Act] = frozenset({"need-more", "hand-over"})  # who is in a call asks there, or rings another

# Who tells and gives each other what is not the opinion.
SIDES: frozenset[Part] = frozenset({"asker", "colleague", "expert", "invited"})

# Which part in the case an act is for.
BY: Mapping[Act, frozenset[Part]] = {
    "accept": frozenset({"department"}),
    "decline": frozenset({"department"}),
    "claim": frozenset({"department"}),
    "release": frozenset({"expert"}),
    "need-more": frozenset({"expert"}),
    "supply": frozenset({"asker", "colleague"}),
    "hand-over": frozenset({"department", "expert"}),
    "invite": frozenset({"expert"}),
    "reschedule": frozenset({"asker", "colleague", "expert"}),
    "write": frozenset({"expert", "invited"}),
    "sign": frozenset({"expert"}),
    "close": frozenset({"asker", "colleague"}),
    "cancel": frozenset({"asker", "colleague"}),
    "did-not-take-place": frozenset({"expert", "asker"}),
    "rate": frozenset({"asker", "expert", "patient"}),
    "withdraw-consent": frozenset({"asker", "colleague"}),
}
# In these states it is for others: what is booked is booked with one expert, what is taken is the taker's.
BY_IN: Mapping[tuple[State, Act], frozenset[Part]] = {
    ("booked", "accept"): frozenset({"expert"}),
    ("booked", "decline"): frozenset({"expert"}),
    ("accepted", "hand-over"): frozenset({"expert"}),
}

FIRST: Mapping[tuple[Mode, Urgency], State] = {
    ("live", "emergency"): "ringing",
    ("live", "scheduled"): "booked",
    ("written", "emergency"): "queued",
    ("written", "scheduled"): "queued",
}
FOR_ANOTHER: frozenset[GivenBy] = frozenset({"carer", "next-of-kin"})  # who consents for the patient says who they are
LONGEST_QUESTION = 4000
LONGEST_REMARK = 2000  # a reason, or where to call back
MOST_DOCUMENTS = 50  # that come with a request, or with one answer
MOST_INVITED = 15  # the room holds sixteen
CLAIM = timedelta(minutes=30)  # a claim ends by itself so long after it was taken, or last written under
EARLY = timedelta(minutes=15)  # so long before its hour a booked consultation may begin


@dataclass(frozen=True, slots=True)
class Consent:
    """What was agreed to: which text, by whom, how; `reason` only where the patient was unable.

    `name` and `relation` of who gave it for the patient, `heard_by` of what was spoken, `signature` as it was drawn.
    """

    version: str
    given_by: GivenBy
    how: How
    reason: str = ""
    name: str = ""
    relation: str = ""
    heard_by: str = ""
    signature: Strokes = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with an act; each act wants its own of these (`WANTS`)."""

    reason: str = ""
    what: str = ""
    text: str = ""
    documents: tuple[str, ...] = ()
    department: str = ""
    person: str = ""
    slot: str = ""
    score: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Want:
    """What an act wants: `must` has to be there, `may` can be; `said` and `about` go on the time line."""

    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ("reason",)
    said: str = "reason"
    about: str = ""


WANTS: Mapping[Act, Want] = {
    "decline": Want(must=("reason",)),
    "need-more": Want(must=("what",), may=(), said="what"),
    "supply": Want(must=("text",), may=("documents",), said="text"),
    "hand-over": Want(must=("department",), about="department"),
    "invite": Want(must=("person",), about="person"),
    "reschedule": Want(must=("slot",)),
    "cancel": Want(must=("reason",)),
    "did-not-take-place": Want(must=("reason",)),
    "rate": Want(must=("score",), may=("words",), said=""),
    "withdraw-consent": Want(must=("reason",)),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One consultation. Ids are strings; `expert` is '' until somebody has taken it, or it is booked with them."""

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
    invited: tuple[str, ...] = ()  # experts whom the case's expert has asked in
    earlier: tuple[str, ...] = ()  # experts who had it in their hands
    rated: tuple[Side, ...] = ()  # for which the reader has said how it was
    slot: str = ""  # '' too for a booking that must be moved
    starts: datetime | None = None
    claim_ends: datetime | None = None
    unconfirmed: bool = False  # its critical finding was not read back yet
    meets: bool = False  # has a room

    def after(self, act: Act) -> Self:
        """The case after an act. Raises `Conflict` when its state does not permit it, or a call is owed first."""
        if act == "close" and self.unconfirmed:
            raise Conflict("critical.unconfirmed")
        if not self.permits(act):
            raise Conflict("consultation.not_now", act=act, state=self.state)
        state = NEXT[self.state, act]
        return replace(self, state=FIRST[self.mode, self.urgency] if state == ANEW else state)

    def permits(self, act: Act) -> bool:
        """Whether its state and mode permit an act, whoever asks."""
        if (act in WRITTEN_ONLY and self.mode != "written") or (act == "close" and self.unconfirmed):
            return False
        return (self.state, act) in NEXT

    def by(self, act: Act) -> frozenset[Part]:
        """Which parts an act is for, as the case is now."""
        return BY_IN.get((self.state, act), BY[act])

    def taken_by(self, expert: str, claim_ends: datetime | None = None) -> Self:
        """The case in an expert's hands; a claim of something written ends by itself."""
        return replace(self.remembering(expert), expert=expert, claim_ends=claim_ends)

    def given_back(self) -> Self:
        """The case in nobody's hands; those who were asked in are out of it too."""
        return replace(self, expert="", invited=(), claim_ends=None)

    def handed_to(self, department: str, by: str) -> Self:
        """The case with another department; who handed it over still sees where it went."""
        return replace(self.remembering(by), department=department)

    def at_hour(self, expert: str, slot: str, starts: datetime) -> Self:
        """The case at an hour with one expert."""
        return replace(self, expert=expert, slot=slot, starts=starts)

    def without_hour(self) -> Self:
        """The case with nobody, at no hour: another must be found."""
        return replace(self.given_back(), slot="", starts=None)

    def remembering(self, expert: str) -> Self:
        """The case with one more of those who had it."""
        return self if expert in self.earlier else replace(self, earlier=(*self.earlier, expert))

    @property
    def has_hours(self) -> bool:
        """Whether it is of the kind that takes place at an hour."""
        return FIRST[self.mode, self.urgency] == "booked"

    @property
    def is_open(self) -> bool:
        """Whether work goes on: while it does, the expert sees the record."""
        return self.state not in ENDED and self.state != "signed"


def checked(question: str, consent: Consent, urgency: Urgency, *, current_text: str) -> None:
    """Raises `Invalid` that names the place: no question, a consent to an outdated text or of nobody who is named,
    unable without a reason.
    """
    if not question.strip() or len(question) > LONGEST_QUESTION:
        raise Invalid("consultation.question", place="question", rule="1 to 4000 characters")
    legible(question, "question")
    for place in ("reason", "name", "relation", "heard_by"):
        checked_remark(getattr(consent, place), f"consent.{place}")
    checked_strokes(consent.signature)
    if consent.signature and (consent.how != "signed" or consent.given_by == "unable"):
        raise Invalid("request.invalid", place="consent.signature", rule="only of what was signed")
    for place in ("name", "relation"):
        if consent.given_by in FOR_ANOTHER and not getattr(consent, place).strip():
            raise Invalid("consent.who_missing", place=f"consent.{place}")
    if consent.version != current_text:
        raise Invalid("consent.outdated", place="consent.version", current=current_text)
    if consent.given_by == "unable" and urgency != "emergency":
        raise Invalid("consent.unable_only_in_emergency", place="consent.given_by")
    if consent.given_by == "unable" and not consent.reason.strip():
        raise Invalid("consent.reason_missing", place="consent.reason")


def checked_remark(text: str, place: str) -> None:
    """Raises `Invalid` for a reason, or a way to call back, of more than a page, or that reads otherwise than it is
    kept: it is kept for good.
    """
    if len(text) > LONGEST_REMARK:
        raise Invalid("request.invalid", place=place, rule=f"at most {LONGEST_REMARK} characters")
    legible(text, place)


def checked_documents(ids: Sequence[str]) -> None:
    """Raises `Invalid` for more documents at once than anybody reads."""
    if len(ids) > MOST_DOCUMENTS:
        raise Invalid("request.invalid", place="documents", rule=f"at most {MOST_DOCUMENTS}")


def checked_given(act: Act, given: Given) -> tuple[str, str]:
    """What an act says on the time line, and about whom or what. Raises `Invalid` that names the place: something
    that the act wants is missing, or something came that it does not take.
    """
    want = WANTS.get(act, Want())
    for field in fields(given):
        value = getattr(given, field.name)
        if isinstance(value, str):
            checked_remark(value, field.name)
        if field.name in want.must and not (value.strip() if isinstance(value, str) else value):
            code = "consultation.reason_missing" if field.name == "reason" else "consultation.missing"
            raise Invalid(code, place=field.name)
        if value and field.name not in want.must + want.may:
            raise Invalid("consultation.not_taken", place=field.name, act=act)
    checked_documents(given.documents)
    if act == "rate" and not 1 <= given.score <= 5:
        raise Invalid("request.invalid", place="score", rule="1 to 5")
    return getattr(given, want.said) if want.said else "", getattr(given, want.about) if want.about else ""


def checked_slot(mode: Mode, urgency: Urgency, slot: str) -> None:
    """Raises `Invalid` for a live consultation at an hour without a slot, and for any other with one."""
    if (FIRST[mode, urgency] == "booked") != bool(slot):
        raise Invalid("consultation.not_taken" if slot else "consultation.missing", place="slot")


def checked_hour(case: Case, now: datetime) -> None:
    """Raises `Conflict` while it is too early to begin what is booked, or it has no hour."""
    if case.state != "booked":
        return
    if case.starts is None:
        raise Conflict("consultation.no_hour", place="slot")
    if now < case.starts - EARLY:
        begins = (case.starts - EARLY).isoformat()
        raise Conflict("consultation.too_early", rule="from fifteen minutes before", begins=begins)


def parts(case: Case, actor: Actor, departments: frozenset[str]) -> frozenset[Part]:
    """What an actor, member of `departments`, is in a case."""
    holds: dict[Part, bool] = {
        "asker": actor.role in ("clinician", "expert") and case.asker == actor.id,
        "colleague": actor.role == "clinician" and case.institution == actor.institution,
        "department": actor.role == "expert" and case.department in departments,
        "expert": actor.role == "expert" and case.expert == actor.id,
        "invited": actor.role == "expert" and actor.id in case.invited,
        "earlier": actor.role == "expert" and actor.id in case.earlier,
        "patient": actor.role == "patient" and case.patient == actor.patient,
    }
    return frozenset(part for part, held in holds.items() if held)


def acts(case: Case, held: frozenset[Part]) -> list[Act]:
    """What somebody with these parts may do now."""
    may: list[Act] = [act for act in BY if case.permits(act) and case.by(act) & held]
    return [act for act in may if act != "rate" or side(case, held) not in case.rated]


def side(case: Case, held: frozenset[Part]) -> Side | None:
    """For which side somebody with these parts rates."""
    order: tuple[Side, ...] = ("asker", "expert", "patient")
    return next((one for one in order if one in held), None)


def audience(case: Case) -> list[str]:
    """Which keys open the case: both sides, whoever was asked in or had it, the patient, and our own worker."""
    keys = [case.asker, f"house:{case.institution}", case.department, case.expert, *case.invited, *case.earlier,
            f"@{case.patient}", "worker"]  # fmt: skip
    return list(dict.fromkeys(key for key in keys if key))


def source(case: Case) -> str:
    """What the case is called where others work for it: calling, booking, reading."""
    return f"consultation/{case.id}"


def writers(case: Case) -> tuple[str, ...]:
    """Who reads its pictures and writes its opinion: the expert, and whom they asked in."""
    return tuple(filter(None, (case.expert, *case.invited)))


def reading(case: Case) -> Literal["open", "signed", "ended"]:
    """How it stands with what was marked on its pictures: a signature opens it to both sides."""
    if case.is_open:
        return "open"
    return "signed" if case.state in ("signed", "closed") else "ended"
