"""The rules of a file that is given to a case: how it comes, who opens it to others. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Self

from yuanzhen.infrastructure.errors import Conflict, Invalid

# `whole` waits to be looked at; `opened` is what could not be looked at and somebody said yes to.
State = Literal["coming", "whole", "clean", "unscanned", "infected", "opened"]
Step = Literal["piece", "judge", "open", "drop"]
FROM: Mapping[Step, frozenset[State]] = {
    "piece": frozenset({"coming"}),
    "judge": frozenset({"whole"}),
    "open": frozenset({"unscanned"}),
    "drop": frozenset({"coming", "whole", "unscanned", "infected"}),  # what is in the record stays there
}
ATTACHED: frozenset[State] = frozenset({"clean", "opened"})

LARGEST = 1 << 44  # bytes: a slip of the pen, not a file
LARGEST_PIECE = 16 * 2**20
LONGEST_MARK = 300
MOST_COMING = 50  # of a case, half sent
PATIENCE = timedelta(days=7)  # what is half sent is forgotten so long after its last piece


@dataclass(frozen=True, slots=True)
class File:
    """A file of a case. `mark`: by which its sender's page knows it again; `got`: bytes that are here."""

    id: str
    consultation: str
    who: str
    at: datetime
    name: str
    bytes: int
    mark: str
    got: int = 0
    state: State = "coming"
    type: str = ""
    found: str = ""
    engine: str = ""
    opened_by: str = ""
    opened_at: datetime | None = None

    def allows(self, step: Step) -> None:
        """Raises `Conflict` when a file that stands so does not go that way."""
        if self.state not in FROM[step]:
            raise Conflict("file.not_now", act=step, state=self.state)

    def next_at(self, at: int) -> None:
        """Raises `Conflict` with the place where it goes on, when a piece begins elsewhere."""
        if at != self.got:
            raise Conflict("file.offset", place="at", offset=self.got)

    def with_piece(self, bytes: int, now: datetime) -> Self:
        """With so many bytes more. Raises `Invalid` for none, and for more than it has."""
        self.allows("piece")
        got = self.got + bytes
        if bytes == 0 or got > self.bytes:
            raise Invalid("file.piece", place="body", left=self.bytes - self.got)
        return replace(self, got=got, at=now, state="whole" if got == self.bytes else "coming")

    def judged(self, state: Literal["clean", "infected", "unscanned"], found: str, engine: str, type: str) -> Self:
        """As it was found to be when it was looked at."""
        self.allows("judge")
        return replace(self, state=state, found=found, engine=engine, type=type)

    def opened(self, who: str, now: datetime) -> Self:
        """Open to others though nobody could look at it, since `who` said yes."""
        self.allows("open")
        return replace(self, state="opened", opened_by=who, opened_at=now)
