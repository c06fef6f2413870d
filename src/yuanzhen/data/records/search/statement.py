"""A statement being written: fixed conditions with a place for each value, the values beside them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MOST_VALUES = 2000  # values that one search may name


@dataclass(slots=True)
class Statement:
    """What conditions share: the arguments so far, the time, which types the caller may read, names for tables.

    `readable` says whether a type is within the caller's scopes.
    """

    now: datetime
    readable: Callable[[str], bool]
    args: list[Any] = field(default_factory=list)
    depth: int = 0

    def value(self, value: Any) -> str:
        """A place in the statement for a value."""
        self.args.append(value)
        return f"${len(self.args)}"


def paths(numbers: Iterable[int], alias: str = "i") -> str:
    """A row of one of the places of these numbers. They are ours, made of definitions: not what anybody asked for."""
    different = sorted(set(numbers))
    listed = ", ".join(f"{number:d}" for number in different)
    return f"{alias}.path = {listed}" if len(different) == 1 else f"{alias}.path IN ({listed})"
