"""How one case went, reckoned from its time line. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

ANSWERED = frozenset({"accept", "claim"})
PASSED_ON = frozenset({"decline", "release", "hand-over", "claim-ended"})
BROKE_OFF = "interrupted"  # a call that its room lost
FAILED_CALLS = frozenset({"decline", "ring-not-answered", "ring-busy", "ring-away", "ring-booked-only", "ring-absent",
                          "ring-gone", "ring-off-shift"})  # fmt: skip


class CaseFigures(msgspec.Struct, frozen=True):
    """Seconds from asking until somebody took it and until it was signed, None before; and how often what happened."""

    answer_s: float | None
    opinion_s: float | None
    failed_calls: int
    passes: int
    interruptions: int


def figures(asked: datetime, did: Iterable[tuple[datetime, str]], *, rings: bool) -> CaseFigures:
    """The figures of a case from the lines of its time line, oldest first; only what `rings` has calls."""
    lines = list(did)
    answered = next((at for at, what in lines if what in ANSWERED), None)
    signed = next((at for at, what in lines if what == "sign"), None)
    return CaseFigures(
        answer_s=(answered - asked).total_seconds() if answered else None,
        opinion_s=(signed - asked).total_seconds() if signed else None,
        failed_calls=sum(what in FAILED_CALLS for _, what in lines) if rings else 0,
        passes=sum(what in PASSED_ON for _, what in lines),
        interruptions=sum(what == BROKE_OFF for _, what in lines),
    )
