"""What a message tells, laid over what is known: each element as it was last told, whatever came first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from yuanzhen.data.exchange.facts import PATIENT, Told
from yuanzhen.data.exchange.hl7v2 import appointments, orders, visits

Json = dict[str, Any]

WHOLE = ""  # the key under which the time of a whole resource is kept
# Lists that add up, whoever told which part: by what an entry is the same one
UNITES: Mapping[str, Callable[[Json], Any]] = {
    "identifier": lambda one: (one.get("system"), one.get("value")),
    "result": lambda one: one.get("reference"),
}
# What R4 requires of each, where no message has said it yet
COMPLETES: Mapping[str, Callable[[Json], Json]] = {
    "Encounter": visits.completed,
    "ServiceRequest": orders.completed,
    "Appointment": appointments.completed,
}


def moment(sent: datetime, *, cancels: bool = False) -> str:
    """A time as it is compared, as text; of two messages of one moment a cancel is the later."""
    return f"{sent.astimezone(UTC).isoformat(timespec='microseconds')}{'c' if cancels else ''}"


def laid(before: Json | None, times: Mapping[str, str], told: Told, at: str) -> tuple[Json, dict[str, str]] | None:
    """The resource after a message of the moment `at`, and the times of its elements; None if nothing is newer."""
    base: Json = {"resourceType": told.type, "id": told.id}
    if told.whole:
        if times.get(WHOLE, "") > at:
            return None
        kept = {"meta": before["meta"]} if before is not None and "meta" in before else {}
        return {**base, **kept, **told.elements}, {WHOLE: at}
    after: Json = {**(before or {}), **base}
    known = dict(times)
    changed = before is None
    for path, value in told.elements.items():
        if path in UNITES:
            united = _united(after.get(path, []), value, UNITES[path])
            changed = changed or united != after.get(path)
            after[path] = united
        elif known.get(path, "") <= at:
            _put(after, path, value)
            known[path] = at
            changed = True
    return (after, known) if changed else None


def _united(known: list[Json], told: list[Json], same: Callable[[Json], Any]) -> list[Json]:
    new = {same(one) for one in told}
    return [*told, *(one for one in known if same(one) not in new)]


def _put(resource: Json, path: str, value: Any) -> None:
    """Sets or deletes an element; a group that has become empty goes too."""
    head, _, rest = path.partition(".")
    if rest:
        group = dict(resource.get(head) or {})
        _put(group, rest, value)
        value = group or None
    if value is None:
        resource.pop(head, None)
    else:
        resource[head] = value


def finished(resource: Json, patient: str) -> Json:
    """The resource to be stored: complete, and of this patient."""
    completes = COMPLETES.get(resource["resourceType"])
    done: Json = _pointed(completes(resource) if completes else resource, f"Patient/{patient}")
    return done


def _pointed(value: Any, patient: str) -> Any:
    if isinstance(value, dict):
        return {key: _pointed(one, patient) for key, one in value.items()}
    if isinstance(value, list):
        return [_pointed(one, patient) for one in value]
    return patient if value == PATIENT else value
