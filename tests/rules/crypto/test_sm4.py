"""SM4-GCM: the standards' examples, two engines that agree, and nothing readable under a wrong tag."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import gcrypt, sm4

needs_libgcrypt = pytest.mark.skipif(not gcrypt.available(), reason="libgcrypt is one of the two engines")
ENGINES = [pytest.param("libgcrypt", marks=needs_libgcrypt), "pyca"]

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
NONCE = bytes.fromhex("00001234567800000000abcd")

# RFC 8998 A.1
AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
PLAINTEXT = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
SEALED = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)


def block(data):
    encryptor = Cipher(SM4(KEY), modes.ECB()).encryptor()
    return encryptor.update(data) + encryptor.finalize()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_block_cipher_is_the_standards(engine):
    assert block(KEY).hex() == "681edf34d206965e86b3e94f536e4246"  # GB/T 32907-2016 A.1
    first_counter = NONCE + bytes([0, 0, 0, 2])  # NIST SP 800-38D 7.1: zeros sealed show the encrypted counter
    assert sm4.seal(KEY, NONCE, bytes(16), by=engine)[:16] == block(first_counter)


@pytest.mark.parametrize("engine", ENGINES)
def test_gcm_is_that_of_rfc_8998(engine):
    assert sm4.seal(KEY, NONCE, PLAINTEXT, AAD, by=engine) == SEALED
    assert sm4.open_(KEY, NONCE, SEALED, AAD, by=engine) == PLAINTEXT


@needs_libgcrypt
@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=12, max_size=12),
    st.binary(max_size=2000),
    st.binary(max_size=200),
)
def test_what_one_engine_seals_the_other_opens(key, nonce, plaintext, aad):
    sealed = sm4.seal(key, nonce, plaintext, aad, by="libgcrypt")
    assert sealed == sm4.seal(key, nonce, plaintext, aad, by="pyca")
    assert sm4.open_(key, nonce, sealed, aad, by="pyca") == plaintext
    assert sm4.open_(key, nonce, sealed, aad, by="libgcrypt") == plaintext


@needs_libgcrypt
@pytest.mark.parametrize("size", [65536, (1 << 20) + 7])
def test_the_engines_agree_on_large_pieces_too(size):
    plaintext = bytes(range(256)) * (size // 256) + bytes(size % 256)
    assert sm4.seal(KEY, NONCE, plaintext, by="libgcrypt") == sm4.seal(KEY, NONCE, plaintext, by="pyca")


@pytest.mark.parametrize("engine", ENGINES)
def test_every_flipped_bit_is_refused(engine):
    for bit in range(len(SEALED) * 8):
        forged = bytearray(SEALED)
        forged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Invalid, match=r"sm4\.bad_tag"):
            sm4.open_(KEY, NONCE, bytes(forged), AAD, by=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_another_key_nonce_or_aad_is_refused(engine):
    for key, nonce, aad in [(bytes(16), NONCE, AAD), (KEY, bytes(12), AAD), (KEY, NONCE, AAD[:-1]), (KEY, NONCE, b"")]:
        with pytest.raises(Invalid, match=r"sm4\.bad_tag"):
            sm4.open_(key, nonce, SEALED, aad, by=engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("length", range(16))
def test_a_tag_that_is_not_whole_is_refused(engine, length):
    with pytest.raises(Invalid, match=r"sm4\.too_short"):
        sm4.open_(KEY, NONCE, SEALED[-16:][:length], AAD, by=engine)


@pytest.mark.parametrize(
    ("key", "nonce", "code"),
    [
        (KEY[:-1], NONCE, "sm4.key_length"),
        (KEY * 2, NONCE, "sm4.key_length"),
        (KEY, NONCE[:-1], "sm4.nonce_length"),
        (KEY, NONCE + b"\0", "sm4.nonce_length"),
    ],
)
def test_keys_and_nonces_of_another_length_are_refused(key, nonce, code):
    with pytest.raises(Invalid, match=code):
        sm4.seal(key, nonce, b"")
    with pytest.raises(Invalid, match=code):
        sm4.open_(key, nonce, bytes(16))


@needs_libgcrypt
def test_a_machine_without_libgcrypt_opens_and_seals_the_same(monkeypatch):
    monkeypatch.setattr(gcrypt, "_library", lambda: None)
    sm4.engine.cache_clear()
    try:
        assert sm4.engine() == "pyca"
        assert sm4.open_(KEY, NONCE, SEALED, AAD) == PLAINTEXT
        assert sm4.seal(KEY, NONCE, PLAINTEXT, AAD) == SEALED
    finally:
        sm4.engine.cache_clear()


def test_the_engine_in_use_is_told():
    assert sm4.engine() == ("libgcrypt" if gcrypt.available() else "pyca")
