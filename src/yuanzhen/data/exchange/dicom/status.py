"""A `Problem` in DICOM's voice: a status of C-STORE and a comment with its code, never a patient's word."""

from __future__ import annotations

from typing import Any

from yuanzhen.infrastructure.errors import (
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unsupported,
)

SUCCESS = 0x0000
# PS3.4 table B.2-1 and PS3.7 annex C: the first that fits
STATUSES: tuple[tuple[tuple[type[Problem], ...], int], ...] = (
    ((Unauthenticated, Forbidden, NotFound), 0x0124),  # refused: not authorised
    ((Unavailable, TooMany, TooLarge), 0xA700),  # refused: out of resources
    ((Unsupported,), 0x0122),  # refused: SOP class not supported
    ((Invalid,), 0xA900),  # data set does not match SOP class
    ((Problem,), 0xC000),  # cannot understand
)


def told(problem: Problem) -> dict[str, Any]:
    """Status (0000,0900) and ErrorComment (0000,0902), which holds 64 characters."""
    where = f" at {problem.place}" if problem.place else ""
    return {
        "Status": next(status for kinds, status in STATUSES if isinstance(problem, kinds)),
        "ErrorComment": f"{problem.code}{where}".encode("ascii", "replace").decode("ascii")[:64],
    }
