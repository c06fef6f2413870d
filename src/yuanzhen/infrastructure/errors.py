"""The `Problem` family: every refusal in the system is one of these, and each edge gives it its own voice.

HTTP renders problem+json, FHIR an OperationOutcome, HL7 an ACK, DICOM a status. A problem carries a stable `code`,
the `place` (a path in the input: `Patient.birthDate`, `PID-7`) and facts that name the rule; never a patient's words.
"""

from __future__ import annotations

from typing import ClassVar

Fact = str | int | float | bool | None | list[str]


class Problem(Exception):
    """A refusal with a stable code, the place in the input where it arose, and facts that name the rule."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, *, place: str | None = None, **facts: Fact) -> None:
        super().__init__(code)
        self.code = code
        self.place = place
        self.facts = facts

    def __str__(self) -> str:
        where = f" at {self.place}" if self.place else ""
        told = "".join(f", {name} {value}" for name, value in self.facts.items() if value is not None)
        return f"{self.code}{where}{told}"


class Unauthenticated(Problem):
    """Nobody, or nobody we can be sure of."""

    status = 401


class Forbidden(Problem):
    """Seen, but not allowed."""

    status = 403


class NotFound(Problem):
    """Not there, or not there for this caller."""

    status = 404


class MethodRefused(Problem):
    """The path is there, this method is not; `allow` names those that are."""

    status = 405


class NotAcceptable(Problem):
    """There, but not in any form that the client takes."""

    status = 406


class Conflict(Problem):
    """The state does not permit it now."""

    status = 409


class Gone(Problem):
    """It was there and has been deleted."""

    status = 410


class PreconditionFailed(Problem):
    """What the client took for granted is not so (any more); nothing was changed."""

    status = 412


class TooLarge(Problem):
    """Over a stated limit of size."""

    status = 413


class Unsupported(Problem):
    """A media type, transfer syntax or version that is not spoken here."""

    status = 415


class Invalid(Problem):
    """Understood, and against a rule."""

    status = 422


class TooMany(Problem):
    """Over a stated limit of rate; `retry_after_s` says when to come again."""

    status = 429


class Malformed(Problem):
    """Not understood: the bytes do not parse."""

    status = 400


class Unavailable(Problem):
    """A part that is needed does not answer now; nothing was changed."""

    status = 503


class InsufficientStorage(Unavailable):
    """The disk is full; nothing was acknowledged."""

    status = 507
