"""What a verification of the log says: how much it went through, and each rule that was broken, where. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from yuanzhen.security.audit.leaf import SignedHead

Rule = Literal[
    "trail.row_changed", "trail.row_deleted", "trail.row_unchained", "trail.row_misdated", "trail.leaf_missing",
    "trail.leaf_unsigned", "trail.root_wrong", "trail.head_broken", "trail.head_foreign", "trail.head_revoked",
    "trail.truncated", "trail.known_head_gone",
]  # fmt: skip

WORDS: dict[Rule, str] = {
    "trail.row_changed": "a row says something else than when it was chained",
    "trail.row_deleted": "a row that was chained is gone",
    "trail.row_unchained": "a row has waited too long to be chained",
    "trail.row_misdated": "a row bears a time at which it was not there yet, or a time to come",
    "trail.leaf_missing": "a leaf is gone from the tree",
    "trail.leaf_unsigned": "a leaf stands beyond the newest head",
    "trail.root_wrong": "the leaves do not lead to the signed root: one was changed, moved, added or taken out",
    "trail.head_broken": "a head's signature does not hold",
    "trail.head_foreign": "a head is signed with a key that is not this home's log key",
    "trail.head_revoked": "a head is signed with a key that was not good at that time",
    "trail.truncated": "a head is signed over more rows than there are",
    "trail.known_head_gone": "the log does not lead over a head that is known from elsewhere",
}
LISTED = 100  # findings that are told one by one


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: the trail row's id, the leaf's position, or the head's size, as far as each applies."""

    rule: Rule
    row: int | None = None
    position: int | None = None
    size: int | None = None

    def __str__(self) -> str:
        places = (("row", self.row), ("leaf", self.position), ("head", self.size))
        where = ", ".join(f"{what} {number}" for what, number in places if number is not None)
        return f"{self.rule} at {where}: {WORDS[self.rule]}" if where else f"{self.rule}: {WORDS[self.rule]}"


@dataclass(slots=True)
class Report:
    """Counts, the newest head that held, and findings (the first hundred; `broken` counts them all)."""

    rows: int = 0
    heads: int = 0
    newest: SignedHead | None = None
    broken: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether no rule was broken."""
        return not self.broken

    def add(self, rule: Rule, *, row: int | None = None, position: int | None = None, size: int | None = None) -> None:
        """Notes one broken rule."""
        self.broken += 1
        if len(self.findings) < LISTED:
            self.findings.append(Finding(rule, row, position, size))
