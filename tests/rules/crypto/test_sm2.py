"""SM2 signatures and encryption: the standard's example, and agreement with the standard written out by hand."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.crypto import sm2_by_hand as hand
from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import sm2

# The example of GB/T 32918.2 on the curve of GB/T 32918.5-2017, identity 1234567812345678
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
MESSAGE = b"message digest"
K = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA

KEY = sm2.PrivateKey.from_raw(hand.octets(PRIVATE))
PUBLIC = hand.read_point(KEY.public.point)


def signature_of(r, s):
    return hand.der(0x30, hand.der_integer(r) + hand.der_integer(s))


def cipher_of(point, check, body):
    return hand.der(
        0x30, hand.der_integer(point[0]) + hand.der_integer(point[1]) + hand.der(4, check) + hand.der(4, body)
    )


def test_the_standards_signature_verifies():
    sm2.verify(KEY.public, MESSAGE, signature_of(R, S))


def test_the_oracle_makes_the_standards_signature():
    assert hand.sign(PRIVATE, MESSAGE, sm2.DISTID, K) == (R, S)
    assert hand.verifies(PUBLIC, MESSAGE, sm2.DISTID, R, S)


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.binary(max_size=300), st.binary(min_size=1, max_size=40), st.integers(1, hand.N - 1))
def test_each_verifies_what_the_other_signs(message, distid, k):
    r, s = map(int.from_bytes, hand.der_parts(sm2.sign(KEY, message, distid)))
    assert hand.verifies(PUBLIC, message, distid, r, s)
    assert sm2.is_valid(KEY.public, message, signature_of(*hand.sign(PRIVATE, message, distid, k)), distid)


def test_another_message_identity_or_key_does_not_verify():
    signature = sm2.sign(KEY, MESSAGE)
    assert sm2.is_valid(KEY.public, MESSAGE, signature)
    assert not sm2.is_valid(KEY.public, MESSAGE + b".", signature)
    assert not sm2.is_valid(KEY.public, MESSAGE, signature, b"ALICE123@YAHOO.COM")
    assert not sm2.is_valid(sm2.PrivateKey.generate().public, MESSAGE, signature)
    with pytest.raises(Invalid, match=r"sm2\.bad_signature"):
        sm2.verify(KEY.public, b"", signature)


def test_every_flipped_bit_of_a_signature_is_refused():
    whole = signature_of(R, S)
    for bit in range(len(whole) * 8):
        forged = bytearray(whole)
        forged[bit // 8] ^= 1 << bit % 8
        assert not sm2.is_valid(KEY.public, MESSAGE, bytes(forged))


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"\x30\x00",
        signature_of(R, S)[:-1],
        signature_of(R, S) + b"\0",
        signature_of(0, S),
        signature_of(R, 0),
        signature_of(R + hand.N, S),
        signature_of(R, S + hand.N),
        signature_of(R, hand.N - R),
        b"\x30\x81" + signature_of(R, S)[1:],  # a length that DER writes shorter
    ],
)
def test_numbers_out_of_range_and_loose_encodings_are_refused(forged):
    assert not sm2.is_valid(KEY.public, MESSAGE, forged)


@pytest.mark.parametrize("distid", [b"", bytes(8192)])
def test_an_identity_without_a_countable_length_is_refused(distid):
    with pytest.raises(Invalid, match=r"sm2\.distid_length"):
        sm2.sign(KEY, MESSAGE, distid)
    with pytest.raises(Invalid, match=r"sm2\.distid_length"):
        sm2.is_valid(KEY.public, MESSAGE, signature_of(R, S), distid)


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.binary(min_size=2, max_size=100), st.integers(1, hand.N - 1))
def test_each_decrypts_what_the_other_encrypts(plaintext, k):
    x, y, check, body = hand.der_parts(sm2.encrypt(KEY.public, plaintext))
    shared = hand.times(PRIVATE, (int.from_bytes(x), int.from_bytes(y)))
    assert hand.unseal(shared, check, body) == plaintext
    sealed = cipher_of(hand.times(k, hand.G), *hand.seal(hand.times(k, PUBLIC), plaintext))
    assert sm2.decrypt(KEY, sealed) == plaintext


def test_a_changed_or_foreign_ciphertext_is_refused():
    point, shared = hand.times(K, hand.G), hand.times(K, PUBLIC)
    whole = cipher_of(point, *hand.seal(shared, b"a key of 16 byte"))
    forgeries = [bytes([*whole[:at], whole[at] ^ 1, *whole[at + 1 :]]) for at in range(len(whole))]
    off_curve = cipher_of((point[0], point[1] ^ 1), *hand.seal(shared, b"a key of 16 byte"))
    for forged in [*forgeries, off_curve, b"", whole[:-1], b"\0" * 200]:
        with pytest.raises(Invalid, match=r"sm2\.bad_ciphertext"):
            sm2.decrypt(KEY, forged)
    with pytest.raises(Invalid, match=r"sm2\.bad_ciphertext"):
        sm2.decrypt(sm2.PrivateKey.generate(), whole)


def test_a_key_stream_of_zeros_is_refused():
    point, shared = hand.G, PUBLIC
    while any(hand.key_stream(shared, 1)):
        point, shared = hand.add(point, hand.G), hand.add(shared, PUBLIC)
    with pytest.raises(Invalid, match=r"sm2\.bad_ciphertext"):  # GB/T 32918.4-2016 7.1 B4
        sm2.decrypt(KEY, cipher_of(point, *hand.seal(shared, b"k")))


@pytest.mark.slow
def test_a_short_plaintext_is_never_left_in_the_clear():
    assert all(sm2.encrypt(KEY.public, b"k")[-1:] != b"k" for _ in range(1500))  # one in 256 would be, by chance


def test_nothing_is_not_encrypted():
    with pytest.raises(Invalid, match=r"sm2\.nothing_to_encrypt"):
        sm2.encrypt(KEY.public, b"")


def test_one_key_serves_many_threads():
    def round_trip(number):
        message = str(number).encode()
        sm2.verify(KEY.public, message, sm2.sign(KEY, message))
        return sm2.decrypt(KEY, sm2.encrypt(KEY.public, message)) == message

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(round_trip, range(200)))
