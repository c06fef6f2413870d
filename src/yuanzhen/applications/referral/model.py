"""The rules of a referral: which act leads where, who may do it, and who is reminded when nobody does. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, Self

from yuanzhen.collaboration.calendar.model import Urgency
from yuanzhen.data.masking.identity import Shown
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.infrastructure.legible import legible

State = Literal[
    "draft", "sent", "received", "more-needed", "accepted", "booked", "arrived", "treated", "returned", "closed",
    "declined", "unanswered", "withdrawn",
]  # fmt: skip
Act = Literal[
    "send", "receive", "accept", "decline", "need-more", "supply", "book", "arrive", "treat", "return", "did-not-come",
    "acknowledge", "redirect", "withdraw",
]  # fmt: skip
Part = Literal["sender", "colleague", "receiver", "patient"]
Direction = Literal["up", "down", "across"]
Level = Literal["city", "county", "township", "branch"]
Kind = Literal["outpatient", "admission", "examination", "rehabilitation", "follow-up"]
Agreed = Literal["patient", "carer", "next-of-kin", "unable"]
Outcome = Literal["", "treated", "did-not-come"]

NEXT: Mapping[tuple[State, Act], State] = {
    ("draft", "send"): "sent",
    ("draft", "withdraw"): "withdrawn",
    ("sent", "receive"): "received",
    ("sent", "accept"): "accepted",
    ("sent", "decline"): "declined",
    ("sent", "need-more"): "more-needed",
    ("sent", "withdraw"): "withdrawn",
    ("received", "accept"): "accepted",
    ("received", "decline"): "declined",
    ("received", "need-more"): "more-needed",
    ("received", "withdraw"): "withdrawn",
    ("more-needed", "supply"): "received",
    ("more-needed", "accept"): "accepted",
    ("more-needed", "decline"): "declined",
    ("more-needed", "withdraw"): "withdrawn",
    ("accepted", "book"): "booked",
    ("accepted", "arrive"): "arrived",
    ("accepted", "did-not-come"): "returned",
    ("accepted", "withdraw"): "withdrawn",
    ("booked", "book"): "booked",
    ("booked", "arrive"): "arrived",
    ("booked", "did-not-come"): "returned",
    ("booked", "withdraw"): "withdrawn",
    ("arrived", "treat"): "treated",
    ("arrived", "return"): "returned",
    ("treated", "return"): "returned",
    ("returned", "acknowledge"): "closed",
    ("declined", "redirect"): "sent",
    ("declined", "withdraw"): "withdrawn",
    # Whoever answers late still may, until the sender has asked somebody else.
    ("unanswered", "receive"): "received",
    ("unanswered", "accept"): "accepted",
    ("unanswered", "decline"): "declined",
    ("unanswered", "need-more"): "more-needed",
    ("unanswered", "redirect"): "sent",
    ("unanswered", "withdraw"): "withdrawn",
}
ENDED: frozenset[State] = frozenset({"closed", "withdrawn"})  # nothing more comes of it
# The patient is still to come, so that it may wait for an hour.
TO_COME: frozenset[State] = frozenset({"draft", "sent", "received", "more-needed", "accepted", "booked"})
# While it is there, whoever receives it sees the record.
IN_HAND: frozenset[State] = frozenset({"received", "more-needed", "accepted", "booked", "arrived", "treated"})

SENDS: frozenset[Part] = frozenset({"sender", "colleague"})
RECEIVES: frozenset[Part] = frozenset({"receiver"})
BY: Mapping[Act, frozenset[Part]] = {
    "send": SENDS,
    "receive": RECEIVES,
    "accept": RECEIVES,
    "decline": RECEIVES,
    "need-more": RECEIVES,
    "supply": SENDS,
    "book": SENDS | RECEIVES,
    "arrive": RECEIVES,
    "treat": RECEIVES,
    "return": RECEIVES,
    "did-not-come": RECEIVES,
    "acknowledge": SENDS,
    "redirect": SENDS,
    "withdraw": SENDS,
}
TAKES: frozenset[Act] = frozenset({"receive", "accept", "need-more", "arrive", "treat"})  # into the actor's hands

Whom = Literal["receiver", "desk", "sender"]
Chased = Literal["reminded", "escalated", "gave-up"]


class Chase(NamedTuple):
    """Who is told when nothing has happened for so long: `gave-up` gives it back to the sender as unanswered."""

    after: Mapping[Urgency, timedelta]
    what: Chased
    whom: tuple[Whom, ...]


def _by(emergency: timedelta, urgent: timedelta, routine: timedelta) -> Mapping[Urgency, timedelta]:
    return {"emergency": emergency, "urgent": urgent, "routine": routine}


_M, _H, _D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_ANSWER = (
    Chase(_by(10 * _M, 4 * _H, 1 * _D), "reminded", ("receiver",)),
    Chase(_by(20 * _M, 8 * _H, 2 * _D), "escalated", ("receiver", "desk")),
    Chase(_by(30 * _M, 24 * _H, 3 * _D), "gave-up", ("sender", "desk")),
)
_OWES_OUTCOME = (
    Chase(_by(1 * _D, 3 * _D, 7 * _D), "reminded", ("receiver",)),
    Chase(_by(2 * _D, 6 * _D, 14 * _D), "escalated", ("receiver", "desk", "sender")),
)
_COMES = (
    Chase(_by(2 * _H, 1 * _D, 3 * _D), "reminded", ("receiver", "sender")),
    Chase(_by(1 * _D, 3 * _D, 7 * _D), "escalated", ("receiver", "desk", "sender")),
)
_SENDERS_TURN = (Chase(_by(10 * _M, 4 * _H, 1 * _D), "reminded", ("sender",)),)
# Counted from when it came to this state, or from its hour; the last of a row comes again and again.
CHASES: Mapping[State, tuple[Chase, ...]] = {
    "sent": _ANSWER,
    "received": _ANSWER,
    "more-needed": _SENDERS_TURN,
    "accepted": _COMES,
    "booked": _COMES,
    "arrived": _OWES_OUTCOME,
    "treated": _OWES_OUTCOME,
    "returned": _SENDERS_TURN,
    "declined": _SENDERS_TURN,
    "unanswered": _SENDERS_TURN,
}

RANK: Mapping[Level, int] = {"branch": 0, "township": 1, "county": 2, "city": 3}
ATTACHED = frozenset({
    "DocumentReference", "DiagnosticReport", "ImagingStudy", "Observation", "Condition", "MedicationRequest",
    "MedicationStatement", "AllergyIntolerance", "Procedure",
})  # fmt: skip
LONGEST: Final = 4000
MOST_DOCUMENTS: Final = 50
MOST_SLOTS: Final = 4


@dataclass(frozen=True, slots=True)
class Told:
    """What the sender tells: to whom, for what, why; `plan`: what is to be gone on with there."""

    patient: str
    institution: str  # that receives it
    department: str  # of it; '' for its referral desk
    kind: Kind
    urgency: Urgency
    reason: str
    plan: str = ""
    agreed: Agreed = "patient"
    why_unable: str = ""
    documents: tuple[str, ...] = ()  # of the patient's record: 'ImagingStudy/ID'
    source: str = ""  # out of what: 'consultation/ID'


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with an act; each wants its own of these (`WANTS`)."""

    reason: str = ""
    what: str = ""
    text: str = ""
    outcome: str = ""
    plan: str = ""
    institution: str = ""
    department: str = ""
    documents: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()


class Want(NamedTuple):
    """What an act wants: `must` has to be there, `may` can be; `said` goes on the time line."""

    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    said: str = ""


WANTS: Mapping[Act, Want] = {
    "accept": Want(may=("reason", "slots"), said="reason"),
    "decline": Want(must=("reason",), said="reason"),
    "need-more": Want(must=("what",), said="what"),
    "supply": Want(must=("text",), may=("documents",), said="text"),
    "book": Want(must=("slots",)),
    "return": Want(must=("outcome",), may=("plan", "documents"), said="outcome"),
    "did-not-come": Want(must=("reason",), said="reason"),
    "redirect": Want(must=("institution",), may=("department", "reason"), said="reason"),
    "withdraw": Want(must=("reason",), said="reason"),
}


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral; `handler` is '' until somebody of the receiving side has it in their hands."""

    id: str
    state: State
    told: Told
    shown: Shown  # masked: what the receiving side sees before the record is open to them
    direction: Direction
    sender: str
    house: str  # the sender's
    created: datetime
    since: datetime  # when it came to its state
    handler: str = ""
    outcome_kind: Outcome = ""
    outcome: str = ""
    outcome_plan: str = ""
    outcome_documents: tuple[str, ...] = ()
    starts: datetime | None = None  # its hour, once it is booked
    turn: int = 0  # grows with every act, so that a reminder knows that it is late
    chased: int = 0  # how often it was asked after in this state

    def after(self, act: Act, by: str, now: datetime) -> Self:
        """The referral after an act. Raises `Conflict` when its state does not permit it."""
        state = NEXT.get((self.state, act))
        if state is None:
            raise Conflict("referral.not_now", act=act, state=self.state)
        handler = by if act in TAKES else self.handler
        return replace(self, state=state, since=now, turn=self.turn + 1, chased=0, handler=handler)

    def sent_to(self, institution: str, department: str, direction: Direction) -> Self:
        """The referral with another receiver, in nobody's hands there."""
        told = replace(self.told, institution=institution, department=department)
        return replace(self, told=told, direction=direction, handler="", starts=None)

    def with_outcome(self, kind: Outcome, text: str, plan: str = "", documents: tuple[str, ...] = ()) -> Self:
        """The referral with what became of the patient."""
        return replace(self, outcome_kind=kind, outcome=text, outcome_plan=plan, outcome_documents=documents)

    def given_up(self, now: datetime) -> Self:
        """The referral back with its sender, since nobody answered."""
        return replace(self, state="unanswered", since=now, turn=self.turn + 1, chased=0, handler="")

    def next_chase(self) -> tuple[Chase, datetime] | None:
        """Who is told next when nothing happens, and when."""
        rows = CHASES.get(self.state, ())
        if not rows:
            return None
        chase, times = rows[min(self.chased, len(rows) - 1)], max(self.chased - len(rows) + 2, 1)
        begins = max(self.since, self.starts) if self.state == "booked" and self.starts else self.since
        return chase, begins + times * chase.after[self.told.urgency]

    @property
    def answer_by(self) -> datetime | None:
        """When it goes back to the sender unless it is answered."""
        late = [row.after[self.told.urgency] for row in CHASES.get(self.state, ()) if row.what == "gave-up"]
        return self.since + late[0] if late else None


def checked(told: Told) -> None:
    """Raises `Invalid` that names the place: no reason, nobody who agreed, too many documents, what is none."""
    checked_text(told.reason, "reason", must=True)
    checked_text(told.plan, "plan")
    checked_text(told.why_unable, "why_unable", must=told.agreed == "unable")
    if told.agreed == "unable" and told.urgency != "emergency":
        raise Invalid("consent.unable_only_in_emergency", place="agreed")
    checked_documents(told.documents)


def checked_text(text: str, place: str, *, must: bool = False) -> None:
    """Raises `Invalid` for a text that is missing, or longer than anybody reads."""
    if must and not text.strip():
        raise Invalid("referral.missing", place=place)
    if len(text) > LONGEST:
        raise Invalid("request.invalid", place=place, rule=f"at most {LONGEST} characters")
    legible(text, place)


def checked_documents(references: Sequence[str]) -> None:
    """Raises `Invalid` for what cannot be attached, or more than anybody reads."""
    if len(references) > MOST_DOCUMENTS:
        raise Invalid("request.invalid", place="documents", rule=f"at most {MOST_DOCUMENTS}")
    for reference in references:
        kind, _, id = reference.partition("/")
        if kind not in ATTACHED or not id:
            raise Invalid("referral.no_such_document", place="documents", known=sorted(ATTACHED))


def checked_given(act: Act, given: Given) -> str:
    """What an act says on the time line. Raises `Invalid` for what it lacks, or does not take."""
    want = WANTS.get(act, Want())
    for field in fields(given):
        value = getattr(given, field.name)
        if isinstance(value, str):
            checked_text(value, field.name, must=field.name in want.must)
        elif field.name in want.must and not value:
            raise Invalid("referral.missing", place=field.name)
        if value and field.name not in want.must + want.may:
            raise Invalid("referral.not_taken", place=field.name, act=act)
    checked_documents(given.documents)
    if len(given.slots) > MOST_SLOTS:
        raise Invalid("request.invalid", place="slots", rule=f"at most {MOST_SLOTS}")
    return str(getattr(given, want.said)) if want.said else ""


def direction(of: Level, to: Level) -> Direction:
    """Up to a house of a higher level, down to a lower one."""
    return "across" if RANK[of] == RANK[to] else "up" if RANK[of] < RANK[to] else "down"


def parts(one: Referral, actor: Actor, departments: frozenset[str]) -> frozenset[Part]:
    """What an actor, member of `departments`, is in a referral. A house's clinicians are its referral desk."""
    told, doctor = one.told, actor.role in ("clinician", "expert")
    desk = actor.role == "clinician" and actor.institution == told.institution
    holds: dict[Part, bool] = {
        "sender": doctor and one.sender == actor.id,
        "colleague": actor.role == "clinician" and one.house == actor.institution,
        "receiver": one.state != "draft" and (desk or (actor.role == "expert" and told.department in departments)),
        "patient": one.state != "draft" and actor.role == "patient" and told.patient == actor.patient,
    }
    return frozenset(part for part, held in holds.items() if held)


def acts(one: Referral, held: frozenset[Part]) -> list[Act]:
    """What somebody with these parts may do now."""
    return [act for act in BY if (one.state, act) in NEXT and BY[act] & held]


def audience(one: Referral) -> list[str]:
    """Which keys open it; a draft is the sending side's alone."""
    keys = [one.sender, f"house:{one.house}", "worker"]
    if one.state != "draft":
        keys += [one.told.department, f"house:{one.told.institution}", one.handler, f"@{one.told.patient}"]
    return list(dict.fromkeys(key for key in keys if key))


def source(id: str) -> str:
    """What a referral is called where others work for it: booking, waiting."""
    return f"referral/{id}"
