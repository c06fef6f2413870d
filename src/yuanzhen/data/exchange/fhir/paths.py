"""Follows the compiled paths of `definitions.py` by closures: no FHIRPath, no look at anything but the resource."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from yuanzhen.data.exchange.fhir.definitions import Step

Follow = Callable[[Any, Any], list[Any]]  # (where the path begins, the resource that holds it) -> what it names
_OneStep = Callable[[list[Any], Any], list[Any]]


def follower(path: Sequence[Step]) -> Follow:
    """The elements that a path names, in their order; none where it leads nowhere."""
    begins = path[0] if path else None
    begin, left = (_first(begins), path[1:]) if isinstance(begins, str) else (_itself, path)
    steps = [_step(step) for step in left]
    if not steps:
        return begin

    def follow(start: Any, root: Any) -> list[Any]:
        found = begin(start, root)
        for step in steps:
            if not found:
                break
            found = step(found, root)
        return found

    return follow


def _itself(start: Any, root: Any) -> list[Any]:
    return [start]


def _first(name: str) -> Follow:
    """The step that nearly every path begins with, from one element: what `_member` does for many."""

    def take(start: Any, root: Any) -> list[Any]:
        value = start.get(name) if isinstance(start, dict) else None
        if isinstance(value, list):
            return [item for item in value if item is not None]
        return [] if value is None else [value]

    return take


def target_type(reference: Any, root: Any) -> str | None:
    """The type of the resource that a Reference points to, as far as the reference and its resource tell."""
    if not isinstance(reference, dict):
        return None
    url = reference.get("reference")
    if isinstance(url, str):
        if url.startswith("#"):
            return _contained_type(url[1:], root)
        # [base]/Type/id, perhaps with /_history/version (R4 2.1.0.6)
        parts = url.partition("/_history/")[0].split("/")
        if len(parts) > 1 and parts[-2][:1].isupper():
            return parts[-2]
    said = reference.get("type")
    return said if isinstance(said, str) else None


def _contained_type(id_: str, root: Any) -> str | None:
    if not id_:
        return str(root.get("resourceType"))
    inside = (each for each in root.get("contained", ()) if each.get("id") == id_)
    return next((each.get("resourceType") for each in inside), None)


def _step(step: Step) -> _OneStep:
    if isinstance(step, str):
        return _member(step)
    (kind, value), *_ = step.items()
    return _MAKERS[kind](value)


def _member(name: str) -> _OneStep:
    def take(found: list[Any], root: Any) -> list[Any]:
        taken = []
        for each in found:
            if isinstance(each, dict) and (value := each.get(name)) is not None:
                if isinstance(value, list):
                    taken += [item for item in value if item is not None]
                else:
                    taken.append(value)
        return taken

    return take


def _where(condition: Sequence[str]) -> _OneStep:
    member, value = condition
    return lambda found, root: [each for each in found if isinstance(each, dict) and each.get(member) == value]


def _target(type_: str) -> _OneStep:
    return lambda found, root: [each for each in found if target_type(each, root) == type_]


def _index(place: int) -> _OneStep:
    return lambda found, root: found[place : place + 1]


def _root(_: bool) -> _OneStep:
    return lambda found, root: [root]


def _exists(members: Sequence[str]) -> _OneStep:
    def take(found: list[Any], root: Any) -> list[Any]:
        return [any(each.get(member) not in (None, False) for member in members) for each in found]

    return take


_MAKERS: dict[str, Callable[[Any], _OneStep]] = {
    "where": _where,
    "target": _target,
    "index": _index,
    "root": _root,
    "exists": _exists,
}
