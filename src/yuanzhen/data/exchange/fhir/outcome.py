"""A `Problem` in FHIR's voice: OperationOutcome (R4 2.28), with the place as `expression`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from yuanzhen.infrastructure.errors import Invalid, Problem

# HTTP status to IssueType (R4 value set issue-type)
ISSUE = {
    400: "structure",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    410: "deleted",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "invalid",
    429: "throttled",
    503: "transient",
    507: "no-store",
}


class Faulty(Invalid):
    """A resource in which more than one thing may be wrong; itself it is the first of its faults."""

    def __init__(self, faults: Sequence[Invalid]) -> None:
        first = faults[0]
        super().__init__(first.code, place=first.place, **first.facts)
        self.faults = faults


def outcome(problem: Problem, said: Callable[[Problem], str]) -> dict[str, Any]:
    """The OperationOutcome of a refusal, an issue for each fault; `said` tells one in the reader's language."""
    found = problem.faults if isinstance(problem, Faulty) else [problem]
    return {"resourceType": "OperationOutcome", "issue": [_issue(one, said(one)) for one in found]}


def _issue(problem: Problem, detail: str) -> dict[str, Any]:
    issue: dict[str, Any] = {
        "severity": "error",
        "code": ISSUE.get(problem.status, "exception"),
        "details": {"coding": [{"system": "urn:yuanzhen:problem", "code": problem.code}], "text": detail},
    }
    facts = ", ".join(f"{name}: {_told(value)}" for name, value in problem.facts.items() if value is not None)
    if facts:
        issue["diagnostics"] = facts
    if problem.place:
        issue["expression"] = [problem.place]
    return issue


def _told(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
