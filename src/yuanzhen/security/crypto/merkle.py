"""A Merkle tree over SM3 (RFC 6962 section 2.1): the proof that a log only ever grew.

`Frontier` appends with a few hashes of state, `Tree` holds all leaves and proves, `merkle_proof` verifies.
Leaves are hashes already (`leaf_hash`); what they stand for, who signs a root and where it is kept is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from yuanzhen.infrastructure.errors import Invalid, Malformed
from yuanzhen.security.crypto import sm3

HASH = sm3.SIZE
EMPTY_ROOT = sm3.digest(b"")  # RFC 6962 2.1: MTH({})


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry, 32 bytes."""
    return sm3.digest(b"\x00" + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees, 32 bytes."""
    return sm3.digest(b"\x01" + left + right)


@dataclass(frozen=True)
class Frontier:
    """A tree's size and the roots of its full subtrees, largest first: one for each set bit of `size`."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Self:
        """The frontier after one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Self:
        """The frontier after these leaf hashes (32 bytes each), in order."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            node, full = _checked(leaf), size
            while full & 1:
                node = node_hash(peaks.pop(), node)
                full >>= 1
            peaks.append(node)
            size += 1
        return type(self)(size, tuple(peaks))

    def root(self) -> bytes:
        """The tree's head, 32 bytes."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def to_bytes(self) -> bytes:
        """Size (8 bytes, big-endian), then the peaks."""
        return self.size.to_bytes(8) + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Reads `to_bytes`; Malformed `merkle.bad_frontier` when size and peaks do not agree."""
        size, body = int.from_bytes(stored[:8]), stored[8:]
        if len(stored) < 8 or len(body) != size.bit_count() * HASH:
            raise Malformed("merkle.bad_frontier", length=len(stored))
        return cls(size, tuple(body[at : at + HASH] for at in range(0, len(body), HASH)))


class Tree:
    """All leaf hashes and the full subtrees above them, 64 bytes a leaf: quick proofs, for any earlier size too."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]  # level h: roots of the full subtrees of 2^h leaves, in order
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash."""
        index, node, height = len(self), _checked(leaf), 0
        self._levels[0] += node
        while index & 1:
            node = node_hash(self._node(height, index - 1), node)
            index, height = index >> 1, height + 1
            if height == len(self._levels):
                self._levels.append(bytearray())
            self._levels[height] += node

    def root(self, size: int | None = None) -> bytes:
        """The head that the tree has now, or had at `size` leaves."""
        size = self._checked_size(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962 2.1.1)."""
        size = self._checked_size(size)
        if not 0 <= index < size:
            raise Invalid("merkle.no_such_leaf", index=index, size=size)
        path, start, end = list[bytes](), 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        return path[::-1]

    def consistency_proof(self, old: int, size: int | None = None) -> list[bytes]:
        """That the tree of `old` leaves (at least one) is the beginning of that of `size` (RFC 6962 2.1.2)."""
        size = self._checked_size(size)
        if not 1 <= old <= size:
            raise Invalid("merkle.no_such_size", old=old, size=size)
        path, start, end, known = list[bytes](), 0, size, True  # known: the verifier has this subtree's hash already
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start, known = middle, False
        return ([] if known else [self._subtree(start, end)]) + path[::-1]

    def _subtree(self, start: int, end: int) -> bytes:
        """MTH of the leaves from start to end; looked up where the subtree is full."""
        count = end - start
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self._node(height, start >> height)
        middle = start + _split(count)
        return node_hash(self._subtree(start, middle), self._subtree(middle, end))

    def _node(self, height: int, index: int) -> bytes:
        return bytes(self._levels[height][index * HASH : (index + 1) * HASH])

    def _checked_size(self, size: int | None) -> int:
        if size is not None and not 0 <= size <= len(self):
            raise Invalid("merkle.no_such_size", wanted=size, size=len(self))
        return len(self) if size is None else size


def _split(count: int) -> int:
    """The largest power of two below `count` (RFC 6962 2.1)."""
    return 1 << (count - 1).bit_length() - 1


def _checked(leaf: bytes) -> bytes:
    if len(leaf) != HASH:
        raise Invalid("merkle.leaf_length", length=len(leaf), wanted=HASH)
    return leaf
