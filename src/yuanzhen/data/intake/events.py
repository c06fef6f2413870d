"""What the intake tells the rest of the centre, through the outbox."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class PatientKnown(msgspec.Struct, frozen=True):
    """A number for which messages wait has a patient now."""

    kind: ClassVar[str] = "PatientKnown"
    institution: str
    numbers: list[str]


class PatientChanged(msgspec.Struct, frozen=True):
    """A system told something new of a patient: the institution's others may want to hear it."""

    kind: ClassVar[str] = "PatientChanged"
    patient: str
    institution: str
    told_by: str
    event: str
    other: str = ""


class AppointmentChanged(msgspec.Struct, frozen=True):
    """An appointment was made, moved or ended: the institution's other systems may want to hear it."""

    kind: ClassVar[str] = "AppointmentChanged"
    appointment: str
    institution: str
    told_by: str
    moved: bool = False


class StudyArriving(msgspec.Struct, frozen=True):
    """Images of a study come in; it is described when they have come to rest."""

    kind: ClassVar[str] = "StudyArriving"
    study: str


class StudyArrived(msgspec.Struct, frozen=True):
    """A study has come to rest and its ImagingStudy is in the record."""

    kind: ClassVar[str] = "StudyArrived"
    study: str
    patient: str
    instances: int


class ImagesDiscarded(msgspec.Struct, frozen=True):
    """Images are nobody's: their files may go."""

    kind: ClassVar[str] = "ImagesDiscarded"
    blobs: list[str]


class MessageDue(msgspec.Struct, frozen=True):
    """A message is due at a peer; `order_key` is the peer: what is behind waits until this is sent or set aside."""

    kind: ClassVar[str] = "MessageDue"
    id: str
    order_key: str
