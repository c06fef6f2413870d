"""What may be done where: the forms of path below the base, and the name of each act. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from yuanzhen.data.records.asked import Call
from yuanzhen.infrastructure.errors import MethodRefused, NotFound


class Path(NamedTuple):
    """A form of path below the base, and what may be done there. A segment in braces stands for any."""

    segments: tuple[str, ...]
    acts: dict[str, str]


# R4 3.1.0, http.html#summary
PATHS = (
    Path((), {"POST": "bundle"}),
    Path(("metadata",), {"GET": "metadata"}),
    Path(("_history",), {"GET": "history-system"}),
    Path(("{kind}",), {"GET": "search", "POST": "create", "PUT": "update-matching", "PATCH": "patch-matching",
                       "DELETE": "delete-matching"}),
    Path(("{kind}", "_search"), {"POST": "search"}),
    Path(("{kind}", "_history"), {"GET": "history-type"}),
    Path(("{kind}", "{id}"), {"GET": "read", "HEAD": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}),
    Path(("{kind}", "{id}", "_history"), {"GET": "history"}),
    Path(("{kind}", "{id}", "_history", "{version}"), {"GET": "vread", "HEAD": "vread"}),
    Path(("{kind}", "{id}", "{within}"), {"GET": "compartment"}),
)  # fmt: skip
_BY_LENGTH = {length: [one for one in PATHS if len(one.segments) == length] for length in range(5)}


def act_of(call: Call) -> str:
    """The name of what a call asks to be done.

    Raises `NotFound` for a path of no form, `MethodRefused` for what is not done there.
    """
    path = path_of(call.path)
    if path is None:
        raise NotFound("path.unknown", place=call.place or None)
    if call.method not in path.acts:
        raise MethodRefused("path.method", place=call.place or None, allow=list(path.acts))
    return path.acts[call.method]


@lru_cache(maxsize=256)  # a request asks more than once
def path_of(segments: tuple[str, ...]) -> Path | None:
    """The form that a path has; None for none."""
    return next((path for path in _BY_LENGTH.get(len(segments), ()) if all(map(_fits, path.segments, segments))), None)


def _fits(form: str, segment: str) -> bool:
    return form == segment or (form[0] == "{" and segment[0] not in "_$")
