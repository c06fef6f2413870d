"""What a machine client may do: SMART App Launch v1 scopes of the form `system/Observation.read`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Self

from yuanzhen.infrastructure.errors import Invalid

Mode = Literal["read", "write"]

_SCOPE = re.compile(
    r"system/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*)"
)  # SMART App Launch 1.0, "Clinical scope syntax"


@dataclass(frozen=True, slots=True)
class Scopes:
    """A set of (resource type or `*`, mode)."""

    held: frozenset[tuple[str, Mode]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads space-separated scopes; Invalid `scope.unknown` for an empty list or one that is not of this form."""
        held: set[tuple[str, Mode]] = set()
        for word in text.split():
            match = _SCOPE.fullmatch(word)
            if match is None:
                raise Invalid("scope.unknown", place="scope", form="system/TYPE.read|write|*")
            if match[2] != "write":
                held.add((match[1], "read"))
            if match[2] != "read":
                held.add((match[1], "write"))
        if not held:
            raise Invalid("scope.unknown", place="scope", form="system/TYPE.read|write|*")
        return cls(frozenset(held))

    @property
    def writes(self) -> bool:
        """Whether any of them allows a change."""
        return any(mode == "write" for _, mode in self.held)

    def allows(self, resource: str, mode: Mode) -> bool:
        """Whether resources of this type may be read or written."""
        return ("*", mode) in self.held or (resource, mode) in self.held

    def within(self, other: Scopes) -> bool:
        """Whether `other` allows all that these do."""
        return all(other.allows(resource, mode) for resource, mode in self.held)

    def __str__(self) -> str:
        return " ".join(sorted(f"system/{resource}.{mode}" for resource, mode in self.held))


EVERYTHING = Scopes.parse("system/*.*")  # people: what they may is not said by scopes
