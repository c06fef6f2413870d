"""An opinion: a draft of its writer, then a signed version that nobody can alter unseen. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from yuanzhen.applications.consultation.model import Case
from yuanzhen.data.masking.identity import written_name
from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.keys.canonical import canonical
from yuanzhen.security.keys.model import Signature

LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Texts:
    """The three fields of an opinion."""

    findings: str
    conclusion: str
    advice: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed version as it is stored: the texts, whose it is, and the signature over `document`."""

    case: str
    version: int
    texts: Texts
    signer: str
    signature: Signature


def checked(texts: Texts) -> None:
    """Raises `Invalid` for a text that is too long."""
    for place, text in (("findings", texts.findings), ("conclusion", texts.conclusion), ("advice", texts.advice)):
        if len(text) > LONGEST:
            raise Invalid("opinion.too_long", place=place, rule=f"at most {LONGEST} characters")


def complete(texts: Texts) -> None:
    """Raises `Invalid` when there is no conclusion to sign."""
    if not texts.conclusion.strip():
        raise Invalid("opinion.empty", place="conclusion", rule="a conclusion is signed, not an empty page")


def document(case: Case, version: int, texts: Texts, signer: str) -> bytes:
    """What is signed: all that the opinion says, of whom, in answer to what; the signature adds time and purpose."""
    return canonical(
        {
            "report": case.report,
            "consultation": case.id,
            "question": case.question,
            "patient": case.patient,
            "version": version,
            "findings": texts.findings,
            "conclusion": texts.conclusion,
            "advice": texts.advice,
            "signer": signer,
        }
    )


def confirmed(patient: dict[str, Any], *, name: str, birth_date: str) -> None:
    """Two identifiers before a signature. Raises `Invalid` when they are not the patient's.

    A birth date that the record lacks is left out.
    """
    if not name.strip() or plain(name) != plain(written_name(patient)):
        raise Invalid("opinion.not_this_patient", place="patient.name")
    known = str(patient.get("birthDate", ""))
    if known and birth_date != known:
        raise Invalid("opinion.not_this_patient", place="patient.birth_date")


def plain(name: str) -> str:
    """A name for comparing: width, case and spaces folded."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
