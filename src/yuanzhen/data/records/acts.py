"""What may be done where: the forms of path below the base, and the name of each act. Pure."""

from __future__ import annotations

from typing import NamedTuple

from yuanzhen.data.records.asked import Call
from yuanzhen.infrastructure.errors import NotFound


class Path(NamedTuple):
    """A form of path below the base, and what may be done there."""

    segments: tuple[str, ...]  # "*" stands for any
    acts: dict[str, str]


# R4 3.1.0, http.html#summary
PATHS = (
    Path(("metadata",), {"GET": "metadata"}),
    Path(("_history",), {"GET": "history-system"}),
    Path(("*",), {"GET": "search", "POST": "create", "PUT": "update-matching", "PATCH": "patch-matching",
                  "DELETE": "delete-matching"}),
    Path(("*", "_search"), {"POST": "search", "GET": "search"}),
    Path(("*", "_history"), {"GET": "history-type"}),
    Path(("*", "*"), {"GET": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}),
    Path(("*", "*", "_history"), {"GET": "history"}),
    Path(("*", "*", "_history", "*"), {"GET": "vread"}),
    Path(("*", "*", "*"), {"GET": "compartment"}),
)  # fmt: skip


def act_of(call: Call) -> str:
    """The name of what a call asks to be done. Raises `NotFound` for no path, and for no act on that path."""
    method = "GET" if call.method == "HEAD" else call.method
    for path in PATHS:
        if len(path.segments) == len(call.path) and all(map(_fits, path.segments, call.path)):
            if method in path.acts:
                return path.acts[method]
            break
    raise NotFound("path.unknown", place=call.place or None)


def _fits(form: str, segment: str) -> bool:
    return form == segment or (form == "*" and bool(segment) and segment[0] not in "_$")
