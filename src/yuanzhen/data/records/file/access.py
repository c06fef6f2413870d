"""Whose file may be opened: finds the patient within row-level security, checks, writes one trail row a list."""

from __future__ import annotations

from yuanzhen.data.records import store
from yuanzhen.data.records.file import upload_store
from yuanzhen.data.records.file.attached import File, file_of
from yuanzhen.data.records.file.upload_store import Upload
from yuanzhen.data.records.model import Stored
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Forbidden, NotFound
from yuanzhen.security.audit import trail

VERB = "records.file"
DOCUMENTS = ("DocumentReference", "DiagnosticReport")


async def opened(reads: Reads, patient: str, part: str) -> Stored:
    """The patient whose list `part` is read.

    Raises `Forbidden` for machines (they read FHIR), `NotFound` for whoever may not see the patient; both are kept.
    """
    if reads.actor.kind != "person":
        problem = Forbidden("auth.person_needed")
        raise trail.refused(reads, problem, VERB, "R", entity_type="Patient", entity=patient)
    found = await store.find(reads, "Patient", patient)
    if found is None or found.deleted:
        raise trail.refused(reads, NotFound("fhir.not_found"), VERB, "R", entity_type="Patient", entity=patient)
    trail.noted(reads, VERB, "R", entity_type="Patient", entity=patient, patient=patient, reason=part)
    return found


async def document(reads: Reads, patient: Stored, kind: str, id: str, number: int) -> File | Upload:
    """One file of a document. Raises `NotFound` for none of this patient's, and where its bytes are elsewhere; kept."""
    if kind == "DocumentReference" and number == 0 and (brought := await upload_store.find(reads, patient.id, id)):
        trail.noted(reads, VERB, "R", entity_type=kind, entity=id, patient=patient.id)
        return brought
    found = await store.find(reads, kind, id) if kind in DOCUMENTS else None
    held = found is not None and not found.deleted and found.patient == patient.id
    told = file_of(found.resource(), number) if found is not None and held else None
    if told is None:
        problem = NotFound("file.no_document")
        raise trail.refused(reads, problem, VERB, "R", entity_type=kind, entity=id, patient=patient.id)
    trail.noted(reads, VERB, "R", entity_type=kind, entity=id, patient=patient.id)
    return told
