"""Whose patient a resource is, by R4's Patient compartment and the paths of its search parameters. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any

from yuanzhen.data.exchange.fhir import definitions
from yuanzhen.data.exchange.fhir.paths import Follow, follower

# Of the parameters that lead to a patient those that say whom it is about go first; the rest say who took part.
ABOUT = ("patient", "subject", "beneficiary", "individual")


def patients(resource: dict[str, Any]) -> list[str]:
    """The ids of the patients whose compartment a resource is in: those of the first parameter that names any.

    Types outside the compartment are the patient's of their own parameter `patient` or `subject` (Task, Device).
    """
    kind = resource["resourceType"]
    if kind == "Patient":
        return [str(resource["id"])]
    if kind == "Binary":  # whose it is stands outside the compartment: who may see the one may see the other
        owner = reference_id(resource.get("securityContext"), "Patient")
        return [owner] if owner else []
    for follow in _followers(kind):
        named = (reference_id(found, "Patient") for found in follow(resource, resource))
        if ids := list(dict.fromkeys(id for id in named if id)):
            return ids
    return []


def reference_id(reference: Any, of_type: str) -> str:
    """The id in `{"reference": "Patient/ID"}`, with a version or not; '' where it is absent or names another type."""
    text = reference.get("reference", "") if isinstance(reference, dict) else ""
    kind, _, rest = str(text).partition("/")
    return rest.partition("/_history/")[0] if kind == of_type else ""


@cache
def _followers(kind: str) -> tuple[Follow, ...]:
    """One per path, in the order in which they are asked."""
    search = definitions.search()
    known = search.parameters.get(kind, {})
    codes = search.compartment["Patient"].get(kind, [code for code in ("patient", "subject") if code in known])
    ordered = sorted(codes, key=lambda code: ABOUT.index(code) if code in ABOUT else len(ABOUT))
    return tuple(follower(path.path) for code in ordered for path in known[code].paths)
