"""SM3, HMAC and HKDF: the standards' examples, and agreement with libgcrypt."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.crypto import libgcrypt_by_hand as oracle
from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import gcrypt, sm3

needs_libgcrypt = pytest.mark.skipif(not gcrypt.available(), reason="libgcrypt is the second opinion")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),  # GB/T 32905-2016 A.1
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),  # A.2
    ],
)
def test_a_digest_is_the_standards(message, expected):
    assert sm3.digest(message).hex() == expected


def test_hmac_is_the_published_one():
    mac = sm3.hmac(b"Jefe", b"what do ya want for nothing?")  # GM/T 0042-2015 D.3
    assert mac.hex() == "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882"


def test_pieces_give_the_digest_of_the_whole():
    hasher = sm3.Hasher(b"a")
    assert hasher.digest() == sm3.digest(b"a")
    hasher.update(b"bc")
    assert hasher.digest() == sm3.digest(b"abc")


@needs_libgcrypt
@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=200))
def test_libgcrypt_agrees_on_digest_and_hmac(key, data):
    assert sm3.digest(data) == oracle.digest(data)
    assert sm3.hmac(key, data) == oracle.hmac(key, data)


@needs_libgcrypt
@settings(derandomize=True, deadline=None)
@given(st.binary(min_size=1, max_size=80), st.binary(max_size=80), st.binary(max_size=80), st.integers(1, 200))
def test_hkdf_is_the_rfc_written_out(key, salt, info, length):
    assert sm3.hkdf(key, salt, info, length) == oracle.hkdf(key, salt, info, length)


@pytest.mark.parametrize("length", [0, -1, 8161])
def test_hkdf_refuses_a_length_that_it_cannot_count(length):
    with pytest.raises(Invalid, match=r"sm3\.hkdf_length"):
        sm3.hkdf(b"key", b"", b"", length)
