"""The sealed stream: it comes back whole, or a problem says that it was changed, moved, cut or lengthened."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanzhen.infrastructure.errors import Conflict, Invalid, Malformed, NotFound, Problem, TooLarge
from yuanzhen.security.crypto import envelope, sm3
from yuanzhen.security.crypto.stream import CHUNK, MOST_CHUNKS, Opener, Sealer, chunk_nonce

MASTERS = {"k1": bytes(range(32)), "k2": bytes(32)}
CONTEXT = "blob/01J0"
SEALED_CHUNK = CHUNK + 16
PLAIN = random.Random(1).randbytes(3 * CHUNK + 1000)  # four chunks


def master_of(kid):
    if kid not in MASTERS:
        raise NotFound("keys.unknown", kid=kid)
    return MASTERS[kid]


def seal(plaintext, kid="k1", context=CONTEXT):
    return b"".join(envelope.seal_stream(MASTERS[kid], kid, context, [plaintext]))


def unseal(sealed, context=CONTEXT):
    return b"".join(envelope.open_stream(master_of, context, [sealed]))


def parts(sealed):
    """The header, and the sealed chunks one by one."""
    head = len(sealed) % SEALED_CHUNK - (1000 + 16)
    return [sealed[:head], *(sealed[at : at + SEALED_CHUNK] for at in range(head, len(sealed), SEALED_CHUNK))]


def refused_after_a_true_beginning(forged, context=CONTEXT):
    """Opens piece by piece; what comes out before the refusal must be the beginning of the truth."""
    seen = b""
    with pytest.raises(Problem) as refusal:
        for piece in envelope.open_stream(master_of, context, [forged]):
            seen += piece
    assert PLAIN.startswith(seen)
    return refusal.value.code


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 1000])
def test_an_object_of_any_size_comes_back_whole(size):
    sealed = seal(PLAIN[:size])
    assert unseal(sealed) == PLAIN[:size]
    assert PLAIN[:16] not in sealed or size == 0


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.lists(st.integers(0, len(PLAIN)), max_size=8), st.lists(st.integers(0, len(PLAIN) + 500), max_size=8))
def test_how_it_is_cut_into_pieces_does_not_matter(cuts, sealed_cuts):
    pieces = [PLAIN[a:b] for a, b in pairwise([0, *sorted(cuts), len(PLAIN)])]
    sealed = b"".join(envelope.seal_stream(MASTERS["k1"], "k1", CONTEXT, pieces))
    arriving = [sealed[a:b] for a, b in pairwise([0, *sorted(sealed_cuts), len(sealed)])]
    assert b"".join(envelope.open_stream(master_of, CONTEXT, arriving)) == PLAIN


def test_it_arrives_byte_by_byte_too():
    sealed = seal(b"short")
    assert b"".join(envelope.open_stream(master_of, CONTEXT, (sealed[at : at + 1] for at in range(len(sealed))))) == (
        b"short"
    )


def test_hundreds_of_flipped_bytes_are_all_refused():
    sealed, chance = seal(PLAIN), random.Random(2)
    head = len(parts(sealed)[0])
    places = [*range(head), *(chance.randrange(head, len(sealed)) for _ in range(300)), len(sealed) - 1]
    for at in places:
        forged = bytearray(sealed)
        forged[at] ^= chance.randrange(1, 256)
        refused_after_a_true_beginning(bytes(forged))


def test_every_truncation_is_refused():
    sealed, chance = seal(PLAIN), random.Random(3)
    pieces = parts(sealed)
    edges = [len(b"".join(pieces[:count])) for count in range(len(pieces))]
    near = [edge + step for edge in edges for step in range(-17, 18) if edge + step >= 0]
    for size in [*near, *(chance.randrange(len(sealed)) for _ in range(100)), len(sealed) - 1]:
        assert refused_after_a_true_beginning(sealed[:size]) in {"stream.truncated", "stream.bad_chunk"}


def test_swapped_repeated_and_missing_chunks_are_refused():
    head, *chunks = parts(seal(PLAIN))
    orders = [[a, b, c, d] for a in range(4) for b in range(4) for c in range(4) for d in range(4)]
    orders += [[0, 1, 2], [1, 2, 3], [0, 2, 3], [0, 1, 3], [3], [0, 3], [0, 1, 2, 3, 3], [0, 1, 1, 2, 3]]
    orders.remove([0, 1, 2, 3])
    for order in orders:
        forged = head + b"".join(chunks[number] for number in order)
        assert refused_after_a_true_beginning(forged) == "stream.bad_chunk"


def test_whatever_is_appended_is_refused():
    sealed = seal(PLAIN)
    for more in [b"\0", bytes(16), bytes(SEALED_CHUNK), sealed]:
        assert refused_after_a_true_beginning(sealed + more) == "stream.bad_chunk"


def test_a_header_or_chunk_of_another_object_is_refused():
    (head, *chunks), (other_head, *others) = parts(seal(PLAIN)), parts(seal(PLAIN))
    assert refused_after_a_true_beginning(other_head + b"".join(chunks)) == "stream.bad_chunk"
    for number in range(4):
        mixed = [*chunks[:number], others[number], *chunks[number + 1 :]]
        assert refused_after_a_true_beginning(head + b"".join(mixed)) == "stream.bad_chunk"


def test_another_context_or_master_is_refused():
    assert refused_after_a_true_beginning(seal(PLAIN), context="blob/01J1") == "stream.other_context"
    renamed = seal(PLAIN).replace(b"k1" + CONTEXT.encode(), b"k2" + CONTEXT.encode())
    assert refused_after_a_true_beginning(renamed) == "stream.bad_header"
    unknown = seal(PLAIN).replace(b"k1" + CONTEXT.encode(), b"k3" + CONTEXT.encode())
    assert refused_after_a_true_beginning(unknown) == "keys.unknown"


def test_a_header_rewritten_by_a_holder_of_the_master_does_not_fit_the_chunks():
    head, *chunks = parts(seal(PLAIN))
    signed, salt = head[:-32].replace(CONTEXT.encode(), b"blob/01J1"), head[7:23]
    mac = sm3.hmac(sm3.hkdf(MASTERS["k1"], salt, b"yuanzhen stream header", 32), signed)
    assert refused_after_a_true_beginning(signed + mac + b"".join(chunks), context="blob/01J1") == "stream.bad_chunk"


def test_what_is_no_sealed_stream_is_named_so():
    for start in [b"DICM", b"YZS\x02" + bytes(300), b"x"]:
        with pytest.raises(Malformed, match=r"stream\.not_sealed"):
            unseal(start)


def test_a_master_opens_what_was_sealed_under_its_id():
    assert unseal(seal(b"old", kid="k1")) + unseal(seal(b"new", kid="k2")) == b"oldnew"


@pytest.mark.parametrize(("kid", "context"), [("", "c"), ("k" * 256, "c"), ("k1", "c" * 1025)])
def test_ids_that_do_not_fit_the_header_are_refused(kid, context):
    with pytest.raises(Invalid, match=r"stream\.(kid|context)_length"):
        Sealer(MASTERS["k1"], kid, context)


def test_the_longest_ids_fit():
    kid, context = "钥" * 85, "c" * 1024
    sealed = b"".join(envelope.seal_stream(MASTERS["k1"], kid, context, [b"x"]))
    assert b"".join(envelope.open_stream(lambda _: MASTERS["k1"], context, [sealed])) == b"x"


def test_nothing_follows_the_last_chunk():
    sealer = Sealer(MASTERS["k1"], "k1", CONTEXT)
    sealer.finish()
    with pytest.raises(Conflict, match=r"stream\.finished"):
        sealer.feed(bytes(2 * CHUNK))
    with pytest.raises(Conflict, match=r"stream\.finished"):
        sealer.finish()


def test_after_a_refusal_nothing_more_is_read():
    head, *chunks = parts(seal(PLAIN))
    opener = Opener(master_of, CONTEXT)
    with pytest.raises(Invalid, match=r"stream\.bad_chunk"):
        opener.feed(head + chunks[1] + chunks[0])
    with pytest.raises(Conflict, match=r"stream\.finished"):
        opener.feed(b"".join(chunks[1:]))


def test_the_counter_of_chunks_never_begins_again():
    nonces = {chunk_nonce(b"prefix!", count, last) for count in (0, 1, MOST_CHUNKS - 1) for last in (False, True)}
    assert len(nonces) == 6
    assert {len(nonce) for nonce in nonces} == {12}
    with pytest.raises(TooLarge, match=r"stream\.too_long"):
        chunk_nonce(b"prefix!", MOST_CHUNKS, False)
