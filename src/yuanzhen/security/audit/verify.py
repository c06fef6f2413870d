"""Verifies the log from its rows: recomputes every leaf, the tree and each signed root, in constant memory.

Needs the rows, the heads and the home's public key. Whoever rewrites rows would need the log's private key; whoever
cuts off the end of rows, leaves and heads alike is seen by a head that is known from elsewhere (`known`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.audit import store
from yuanzhen.security.audit.leaf import HEAD_PURPOSE, SignedHead, head_bytes, leaf_of
from yuanzhen.security.audit.report import Report, Rule
from yuanzhen.security.crypto.merkle import Frontier
from yuanzhen.security.crypto.sm2 import PublicKey
from yuanzhen.security.keys import store as keys
from yuanzhen.security.keys import vault
from yuanzhen.security.keys.model import LOG_OWNER, SigningKey, Verdict

PAGE = 2000  # leaves, or heads
WINDOW = 50_000  # rows
UNCHAINED_FOR = timedelta(seconds=10)  # a row older than this must be chained
MISDATED_BY = timedelta(minutes=10)  # no transaction of ours lasts so long from its trail row to its commit
_BAD: dict[Verdict, Rule] = {
    "broken": "trail.head_broken",
    "unknown-key": "trail.head_foreign",
    "revoked": "trail.head_revoked",
}


async def verify(reads: Reads, home: PublicKey, now: datetime, known: SignedHead | None = None) -> Report:
    """Goes through the whole log, as `system("chain")` or whoever else reads the trail.

    `home` is `Vault.home_key`; `known` a head that was kept elsewhere: the log must still lead over it. The log may
    grow meanwhile. Raises nothing for what it finds: see `Report`.
    """
    walk = _Walk(reads, home, known)
    await walk.along_heads()
    for position in await store.unsigned(reads):
        walk.report.add("trail.leaf_unsigned", position=position)
    await _unchained(reads, now, walk.report)
    return walk.report


async def _unchained(reads: Reads, now: datetime, report: Report) -> None:
    """Rows that should be chained by now, and those of a time to come, which would never be."""
    after = store.BEFORE_ALL
    while (upto := await store.stretch(reads, after, WINDOW)) is not None:
        for row in await store.waiting(reads, after, upto, now - UNCHAINED_FOR, now + MISDATED_BY):
            report.add("trail.row_unchained", row=row)
        after = upto


class _Walk:
    """One walk along the leaves, from head to head."""

    def __init__(self, reads: Reads, home: PublicKey, known: SignedHead | None) -> None:
        self._reads = reads
        self._home = home
        self._known = known
        self._keys: dict[str, SigningKey | None] = {}
        self._page: deque[Any] = deque()
        self._next = 0  # the position of the leaf to come
        self._frontier = Frontier()
        self._sound = True  # whether the leaves lead to the signed roots so far; told once when they do not
        self._ended = False  # whether heads go on after the last leaf; told once too
        self._before: datetime | None = None  # when the previous head was signed
        self.report = Report()

    async def along_heads(self) -> None:
        """All heads, smallest first, each after the leaves that it covers."""
        above, known_met = 0, self._known is None
        while page := await store.heads(self._reads, above, PAGE):
            for head in page:
                await self._head(head)
                known_met |= self._sound and self._known is not None and _same(head, self._known)
            above = page[-1].size
        if self._known is not None and not known_met:
            self.report.add("trail.known_head_gone", size=self._known.size)

    async def _head(self, head: SignedHead) -> None:
        self.report.heads += 1
        await self._leaves(head)
        if self._sound and self._frontier.root().hex() != head.root:
            self._broken("trail.root_wrong", size=head.size)
        rule = await self._signature(head)
        if rule is not None:
            self.report.add(rule, size=head.size)
        elif self._sound:
            self.report.newest = head
        self._before = head.at

    async def _leaves(self, head: SignedHead) -> None:
        """Compares the leaves that `head` covers with their rows, and takes them into the tree."""
        taken: list[bytes] = []
        while (leaf := await self._leaf_below(head.size)) is not None:
            if leaf["position"] != self._next:
                self._broken("trail.leaf_missing", position=self._next)
            self._next = leaf["position"] + 1
            self._row(leaf, head)
            taken.append(leaf["leaf"])
        if self._next < head.size:
            self._short(head)
        if self._sound:
            self._frontier = self._frontier.extend(taken)

    def _short(self, head: SignedHead) -> None:
        """Leaves are wanting at the end of what a head covers: there are later ones, or none at all."""
        if self._page:
            self._broken("trail.leaf_missing", position=self._next)
        elif not self._ended:
            self._broken("trail.truncated", position=self._next, size=head.size)
            self._ended = True
        self._next = head.size

    async def _leaf_below(self, size: int) -> Any:
        """The next leaf, when `size` leaves cover it; the page is read when the one before is used up."""
        if not self._page:
            self._page.extend(await store.chained(self._reads, self._next, PAGE))
        return self._page.popleft() if self._page and self._page[0]["position"] < size else None

    def _row(self, leaf: Mapping[str, Any], head: SignedHead) -> None:
        self.report.rows += 1
        rule = _row_rule(leaf, self._before, head.at)
        if rule is not None:
            self.report.add(rule, row=leaf["trail_id"], position=leaf["position"])

    async def _signature(self, head: SignedHead) -> Rule | None:
        name = head.signature.key
        if name not in self._keys:
            self._keys[name] = await keys.find(self._reads, name)
        key = self._keys[name]
        if key is None or (key.owner, key.purpose) != (LOG_OWNER, "log"):
            return "trail.head_foreign"
        message = head_bytes(head.size, bytes.fromhex(head.root))
        return _BAD.get(vault.verdict(self._home, key, head.signature, HEAD_PURPOSE, message))

    def _broken(self, rule: Rule, *, position: int | None = None, size: int | None = None) -> None:
        """Notes that the tree ends here: after it no root can be reckoned."""
        self.report.add(rule, position=position, size=size)
        self._sound = False


def _row_rule(leaf: Mapping[str, Any], before: datetime | None, signed: datetime) -> Rule | None:
    """The rule that a chained row breaks; `before` is when the previous head was signed, `signed` when its own was."""
    if leaf["id"] is None:
        return "trail.row_deleted"
    if leaf_of(leaf) != leaf["leaf"]:
        return "trail.row_changed"
    early = before is not None and leaf["at"] < before - MISDATED_BY
    return "trail.row_misdated" if early or leaf["at"] > signed + MISDATED_BY else None


def _same(head: SignedHead, known: SignedHead) -> bool:
    return (head.size, head.root) == (known.size, known.root)
