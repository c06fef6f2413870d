"""The Merkle tree against RFC 6962 section 2.1 written out as it stands, and against the forgeries at hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanzhen.infrastructure.errors import Invalid, Malformed, Problem
from yuanzhen.security.crypto.merkle import EMPTY_ROOT, Frontier, Tree, leaf_hash
from yuanzhen.security.crypto.merkle_proof import verify_consistency, verify_inclusion
from yuanzhen.security.crypto.sm3 import digest

LARGEST = 40  # every pair of sizes up to here is tried
ENTRIES = [f"entry {number}".encode() for number in range(LARGEST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
TREE = Tree(LEAVES)

# RFC 6962 2.1, 2.1.1 and 2.1.2, the recursions word for word


def mth(d):
    if not d:
        return digest(b"")
    if len(d) == 1:
        return digest(b"\x00" + d[0])
    k = largest_power_below(len(d))
    return digest(b"\x01" + mth(d[:k]) + mth(d[k:]))


def path(m, d):
    if len(d) == 1:
        return []
    k = largest_power_below(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m, d, complete):
    if m == len(d):
        return [] if complete else [mth(d)]
    k = largest_power_below(len(d))
    if m <= k:
        return [*subproof(m, d[:k], complete), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


def largest_power_below(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def refused(check, *arguments):
    with pytest.raises(Problem, match=r"merkle\.not_"):
        check(*arguments)


def test_roots_are_the_rfcs_at_every_size():
    frontier = Frontier()
    for size in range(LARGEST + 1):
        assert frontier.root() == TREE.root(size) == mth(ENTRIES[:size])
        if size < LARGEST:
            frontier = frontier.append(LEAVES[size])


def test_an_empty_tree_has_the_root_of_nothing():
    assert Frontier().root() == Tree().root() == EMPTY_ROOT == digest(b"")


def test_every_inclusion_proof_is_the_rfcs_and_verifies():
    for size in range(1, LARGEST + 1):
        for index in range(size):
            proof = TREE.inclusion_proof(index, size)
            assert proof == path(index, ENTRIES[:size])
            verify_inclusion(LEAVES[index], index, size, proof, TREE.root(size))


def test_every_consistency_proof_is_the_rfcs_and_verifies():
    for size in range(1, LARGEST + 1):
        for old in range(1, size + 1):
            proof = TREE.consistency_proof(old, size)
            assert proof == subproof(old, ENTRIES[:size], True)
            verify_consistency(old, size, proof, TREE.root(old), TREE.root(size))


def test_a_leaf_is_not_included_elsewhere_or_by_a_changed_path():
    for size in range(1, 18):
        root = TREE.root(size)
        for index in range(size):
            proof = TREE.inclusion_proof(index, size)
            places = [place for place in range(-1, size + 1) if place != index]
            for place in places:
                refused(verify_inclusion, LEAVES[index], place, size, proof, root)
            refused(verify_inclusion, LEAVES[index - 1 if index else -1], index, size, proof, root)
            refused(verify_inclusion, LEAVES[index], index, size, [*proof, LEAVES[0]], root)
            refused(verify_inclusion, LEAVES[index], index, size, proof, TREE.root(size + 1))
            for at in range(len(proof)):
                refused(verify_inclusion, LEAVES[index], index, size, proof[:at] + proof[at + 1 :], root)
                refused(verify_inclusion, LEAVES[index], index, size, [*proof[:at], bytes(32), *proof[at + 1 :]], root)


def test_a_rewritten_or_shortened_log_is_not_consistent():
    for size in range(2, 18):
        for old in range(1, size):
            proof, before, after = TREE.consistency_proof(old, size), TREE.root(old), TREE.root(size)
            rewritten = Tree([leaf_hash(b"rewritten"), *LEAVES[1:size]])
            refused(verify_consistency, old, size, rewritten.consistency_proof(old), before, rewritten.root())
            refused(verify_consistency, old, size, proof, bytes(32), after)
            refused(verify_consistency, old, size, proof, before, bytes(32))
            refused(verify_consistency, size, old, proof, after, before)
            refused(verify_consistency, old, size, [*proof, LEAVES[0]], before, after)
            refused(verify_consistency, old, size, [], before, after)
            for at in range(len(proof)):
                refused(verify_consistency, old, size, proof[:at] + proof[at + 1 :], before, after)
                refused(verify_consistency, old, size, [*proof[:at], bytes(32), *proof[at + 1 :]], before, after)


def test_a_path_of_another_shape_is_refused_though_its_hashes_fit():
    refused(verify_inclusion, LEAVES[1], 0, 1, [LEAVES[0]], TREE.root(2))
    refused(verify_inclusion, LEAVES[2], 2, 5, TREE.inclusion_proof(2, 4), TREE.root(4))
    refused(verify_consistency, 3, 4, TREE.consistency_proof(7, 8), TREE.root(7), TREE.root(8))
    refused(verify_consistency, 7, 8, TREE.consistency_proof(3, 4), TREE.root(3), TREE.root(4))


def test_equal_sizes_want_equal_roots_and_no_path():
    verify_consistency(7, 7, [], TREE.root(7), TREE.root(7))
    refused(verify_consistency, 7, 7, [], TREE.root(7), TREE.root(6))
    refused(verify_consistency, 7, 7, [LEAVES[0]], TREE.root(7), TREE.root(7))
    refused(verify_consistency, 0, 7, [], EMPTY_ROOT, TREE.root(7))
    refused(verify_consistency, 0, 7, [TREE.root(7)], EMPTY_ROOT, TREE.root(7))


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.data())
def test_large_trees_prove_as_well(data):
    size = data.draw(st.integers(1, 3000))
    leaves = [leaf_hash(number.to_bytes(4)) for number in range(size)]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    tree, frontier = Tree(leaves), Frontier().extend(leaves[:old])
    verify_inclusion(leaves[index], index, size, tree.inclusion_proof(index), tree.root())
    verify_consistency(old, size, tree.consistency_proof(old), frontier.root(), tree.root())
    assert Frontier.from_bytes(frontier.to_bytes()).extend(leaves[old:]).root() == tree.root()


def test_a_frontier_comes_back_from_its_bytes():
    for size in range(LARGEST + 1):
        frontier = Frontier().extend(LEAVES[:size])
        assert Frontier.from_bytes(frontier.to_bytes()) == frontier
        assert frontier.size == size


@pytest.mark.parametrize("stored", [b"", bytes(7), bytes(9), b"\0" * 7 + b"\x03" + bytes(32), bytes(8) + bytes(32)])
def test_bytes_that_are_no_frontier_are_refused(stored):
    with pytest.raises(Malformed, match=r"merkle\.bad_frontier"):
        Frontier.from_bytes(stored)


def test_an_inner_node_does_not_pass_for_an_entry():
    inner = LEAVES[0] + LEAVES[1]
    refused(verify_inclusion, leaf_hash(inner), 0, 1, [], TREE.root(2))


def test_what_the_tree_does_not_hold_is_not_proved():
    tree = Tree(LEAVES[:5])
    for act in (
        lambda: tree.inclusion_proof(5),
        lambda: tree.inclusion_proof(-1),
        lambda: tree.inclusion_proof(3, 3),
        lambda: tree.root(6),
        lambda: tree.consistency_proof(0),
        lambda: tree.consistency_proof(6),
        lambda: tree.consistency_proof(2, 6),
    ):
        with pytest.raises(Invalid, match=r"merkle\.no_such_"):
            act()


def test_a_leaf_that_is_no_hash_is_refused():
    with pytest.raises(Invalid, match=r"merkle\.leaf_length"):
        Frontier().append(b"entry")
    with pytest.raises(Invalid, match=r"merkle\.leaf_length"):
        Tree([b"entry"])
