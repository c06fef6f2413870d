"""Verifies proofs of a Merkle tree over SM3 (RFC 6962) with no more than roots and sizes: what a witness needs."""

from __future__ import annotations

from collections.abc import Sequence

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto.merkle import node_hash


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Returns when `leaf` is number `index` under `root` of `size` leaves (RFC 9162 2.1.3.2).

    Invalid `merkle.not_included` otherwise.
    """
    if not 0 <= index < size:
        raise Invalid("merkle.not_included", index=index, size=size)
    node, place, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            raise Invalid("merkle.not_included", rule="the path is too long")
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last or node != root:
        raise Invalid("merkle.not_included", index=index, size=size)


def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Returns when the tree under `old_root` is the beginning of the one under `root` (RFC 9162 2.1.4.2).

    Invalid `merkle.not_consistent` otherwise, and for `old` below 1: of an empty tree nothing can be shown.
    """
    if not 1 <= old <= size or (old == size and (proof or old_root != root)):
        raise Invalid("merkle.not_consistent", old=old, size=size)
    if old == size:
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if len(path) < 2 or _climb(path, old - 1, size - 1) != (old_root, root):
        raise Invalid("merkle.not_consistent", old=old, size=size)


def _climb(path: Sequence[bytes], place: int, last: int) -> tuple[bytes, bytes] | None:
    """The old and the new root that a consistency path leads to; None when it is too long or too short."""
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for node in path[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            before, after = node_hash(node, before), node_hash(node, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, node)
        place, last = place >> 1, last >> 1
    return None if last else (before, after)
