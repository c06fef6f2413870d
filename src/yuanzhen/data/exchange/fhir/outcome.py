"""A `Problem` in FHIR's voice: OperationOutcome (R4 2.28), with the place as `expression`."""

from __future__ import annotations

from typing import Any

from yuanzhen.infrastructure.errors import Problem

# HTTP status to IssueType (R4 value set issue-type)
ISSUE = {
    400: "structure",
    401: "login",
    403: "forbidden",
    404: "not-found",
    409: "conflict",
    410: "deleted",
    413: "too-long",
    415: "not-supported",
    422: "invalid",
    429: "throttled",
    503: "transient",
    507: "no-store",
}


def outcome(problem: Problem, detail: str) -> dict[str, Any]:
    """The OperationOutcome of a refusal; `detail` is its sentence in the reader's language."""
    issue: dict[str, Any] = {
        "severity": "error",
        "code": ISSUE.get(problem.status, "exception"),
        "details": {"coding": [{"system": "urn:yuanzhen:problem", "code": problem.code}], "text": detail},
    }
    facts = ", ".join(f"{name}: {value}" for name, value in problem.facts.items() if value is not None)
    if facts:
        issue["diagnostics"] = facts
    if problem.place:
        issue["expression"] = [problem.place]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
