"""What the outside told us, and what we tell it, as plain values. Wire spellings stop here; knows no records.

Text that was not said is the empty string; a moment that was not said is None. Moments carry a zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

Sex = Literal["female", "male", "other", "unknown", ""]
ReportStatus = Literal["final", "corrected", "withdrawn"]
HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


@dataclass(frozen=True, slots=True)
class Sender:
    """The enrolled system that sent something, and the institution in whose name it may speak: both our own ids."""

    peer: str
    institution: str


class Identifier(NamedTuple):
    """A number that someone gave a patient.

    `issuer` is the namespace of who gave it (else its universal id, else empty: the sender's own numbers);
    `type` is a code of HL7 table 0203 (MR, PI, NNCHN, SS ...), or empty.
    """

    value: str
    issuer: str
    type: str


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name: `full` as people write it; `family` and `given` as far as the sender told them apart."""

    family: str = ""
    given: str = ""
    full: str = ""


@dataclass(frozen=True, slots=True)
class PatientSeen:
    """A system told us of a patient.

    `event` is the trigger (A01, A08 ...), `birth_date` is YYYY, YYYY-MM or YYYY-MM-DD as precise as it was told,
    `message` the sender's control id and `digest` the SHA-256 (hex) of the bytes: a control id alone is no identity.
    `deleted` names those of our fields that the sender said are empty (name, sex, birth_date, phone, address).
    """

    identifiers: tuple[Identifier, ...]
    name: Name
    sex: Sex
    birth_date: str
    phone: str
    address: str
    event: str
    sent_at: datetime | None
    message: str
    digest: str
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells of one FHIR R4 resource, under an id that the same thing always gets.

    `elements` go by dotted path (`period.end`); None says that there is none. `whole`: the message tells all of it,
    and what an older one said is gone. `cancels`: of two messages of one moment this one holds. `place` is where in
    the message it stands. The patient whom the message is about is referred to as `PATIENT`.
    """

    type: str
    id: str
    elements: dict[str, Any]
    whole: bool = False
    cancels: bool = False
    place: str = ""


PATIENT = "Patient/told"


@dataclass(frozen=True, slots=True)
class About:
    """What a message tells of one patient: who, what of theirs, and which numbers are from now on this patient's."""

    patient: PatientSeen
    told: tuple[Told, ...] = ()
    merged: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message that was understood.

    `kind` is type and event (`ADT^A01`), `body` the bytes as they came, `names` the sender's own (MSH-3, 4).
    """

    kind: str
    message: str
    digest: str
    sent_at: datetime | None
    charset: str
    body: bytes
    about: tuple[About, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageUnread:
    """A message that was not understood, and why; `waits`: acknowledged, for a person to mend, else refused."""

    kind: str
    message: str
    digest: str
    charset: str
    body: bytes
    code: str
    place: str
    waits: bool


class PixelPlace(NamedTuple):
    """Where pixels lie in a file: one run of bytes, or fragments (offset, length), the first of them the offset table.

    `table` is that table's content (PS3.5 A.4), `tag` says which pixels they are: whole numbers, floats or doubles.
    """

    at: int
    length: int
    fragments: tuple[tuple[int, int], ...]
    table: bytes
    tag: int


@dataclass(frozen=True, slots=True)
class InstanceReceived:
    """A DICOM instance arrived.

    `study_date` is YYYY-MM-DD or empty, `study_time` HH:MM:SS as far as it was told, without a zone, as images have it.
    `frames` is 0 for what has no pixels, `pixels` None where they lie at no place of the file; `header` is DICOM JSON.
    """

    study: str
    series: str
    sop: str
    sop_class: str
    transfer_syntax: str
    modality: str
    patient: Identifier
    name: Name
    sex: Sex
    birth_date: str
    study_date: str
    study_time: str
    description: str
    body_part: str
    accession: str
    series_number: int | None
    instance_number: int | None
    rows: int
    columns: int
    frames: int
    header: dict[str, Any]
    pixels: PixelPlace | None


@dataclass(frozen=True, slots=True)
class Report:
    """A signed opinion as other systems are told of it. A withdrawn one carries no texts outward.

    `id` is one for all versions, `consultation` is the case it answers;
    `observed_at` and `issued_at` carry a zone, `department` and `institution` are codes.
    """

    id: str
    version: int
    consultation: str
    status: ReportStatus
    identifiers: tuple[Identifier, ...]
    name: Name
    sex: Sex
    birth_date: str
    observed_at: datetime
    issued_at: datetime
    findings: str
    conclusion: str
    advice: str
    signer: str
    signer_id: str
    department: str
    institution: str
