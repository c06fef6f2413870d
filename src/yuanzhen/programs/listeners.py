"""Who hears which fact: programs join what is announced to what must follow; nobody else knows both."""

from __future__ import annotations

from collections.abc import Mapping

from yuanzhen.applications.consultation.events import (
    ClaimTaken,
    ConsultationAsked,
    CriticalChanged,
    CriticalDue,
    HourChanged,
    OpinionSigned,
)
from yuanzhen.applications.consultation.files.events import FileDropped, FileWhole
from yuanzhen.applications.referral.events import ReferralChanged, ReferralDue
from yuanzhen.collaboration.calendar.events import (
    BookingDue,
    BookingHit,
    DutyChanged,
    HouseBooked,
    OfferDue,
    SlotChanged,
)
from yuanzhen.collaboration.reading.events import ReadingSigned
from yuanzhen.collaboration.ring.events import CallChanged, RingChanged, RingDue, RingUnanswered
from yuanzhen.collaboration.room.events import RoomChanged, RoomDue
from yuanzhen.collaboration.room.recordings.events import RecordingChanged
from yuanzhen.data.intake.events import (
    AppointmentChanged,
    ImagesDiscarded,
    MessageDue,
    PatientChanged,
    PatientKnown,
    StudyArriving,
)
from yuanzhen.security.approvals.events import ApprovalAsked, ApprovalEnded
from yuanzhen.security.identity.presence import PresenceChanged
from yuanzhen.security.reviews.events import ReviewAsked

# Fact -> listeners, by name; a fact without a row is heard by none. `center` gives each name its function.
LISTENS: Mapping[str, tuple[str, ...]] = {
    ConsultationAsked.kind: ("tell-department",),
    HourChanged.kind: ("publish-hour",),
    ReferralChanged.kind: ("follow-referral",),
    ReferralDue.kind: ("chase-referral",),
    SlotChanged.kind: ("publish-slot", "offer-slot"),
    OfferDue.kind: ("end-offer",),
    DutyChanged.kind: ("look-at-rings",),
    BookingDue.kind: ("remind",),
    BookingHit.kind: ("must-move",),
    HouseBooked.kind: ("tell-house",),
    ClaimTaken.kind: ("end-claim",),
    StudyArriving.kind: ("describe-study",),
    ImagesDiscarded.kind: ("free-files",),
    OpinionSigned.kind: ("route-report",),
    PatientKnown.kind: ("take-waiting",),
    PatientChanged.kind: ("route-patient",),
    AppointmentChanged.kind: ("route-appointment",),
    MessageDue.kind: ("send-message",),
    CallChanged.kind: ("push-call",),
    RingDue.kind: ("look-at-ring",),
    RingChanged.kind: ("tell-dispatchers",),
    RingUnanswered.kind: ("tell-asker",),
    RoomChanged.kind: ("advance-keys", "settle-room", "keep-board"),
    RecordingChanged.kind: ("settle-recording", "publish-recording", "keep-looks"),
    RoomDue.kind: ("look-at-room",),
    FileWhole.kind: ("look-at-file",),
    FileDropped.kind: ("free-pieces",),
    ReadingSigned.kind: ("write-marks",),
    PresenceChanged.kind: ("look-at-rings",),
    ApprovalAsked.kind: ("tell-approvers",),
    ApprovalEnded.kind: ("hide-decided",),
    ReviewAsked.kind: ("tell-reviewers",),
    CriticalDue.kind: ("critical-due",),
    CriticalChanged.kind: ("tell-critical",),
}
