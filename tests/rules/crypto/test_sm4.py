"""SM4-GCM: the standards' examples, engines that agree, and nothing readable under a wrong tag."""

import ctypes
import random
from array import array
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanzhen.infrastructure.errors import Invalid, Unavailable
from yuanzhen.security.crypto import gcrypt, native, sm4
from yuanzhen.security.crypto.buffers import address, unwritten

HERE = [name for name, one in sm4.ENGINES.items() if one.available()]
FAST = [name for name in HERE if name != "pyca"]
ENGINES = [
    pytest.param(name, marks=pytest.mark.skipif(name not in HERE, reason=f"this machine has no {name}"))
    for name in sm4.ENGINES
]

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


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=12, max_size=12),
    st.binary(max_size=2000),
    st.binary(max_size=300),
)
def test_what_one_engine_seals_the_others_open(key, nonce, plaintext, aad):
    sealed = sm4.seal(key, nonce, plaintext, aad, by="pyca")
    for engine in HERE:
        assert sm4.seal(key, nonce, plaintext, aad, by=engine) == sealed
        assert sm4.open_(key, nonce, sealed, aad, by=engine) == plaintext


@pytest.mark.parametrize("engine", FAST)
@pytest.mark.parametrize("around", [16, 64, 256, 1024, 65536, 1 << 20])
def test_the_engines_agree_on_both_sides_of_what_they_do_at_once(engine, around):
    for size in range(around - 17, around + 18):
        plaintext = random.Random(size).randbytes(max(0, size))
        sealed = sm4.seal(KEY, NONCE, plaintext, PLAINTEXT, by="pyca")
        assert sm4.seal(KEY, NONCE, plaintext, PLAINTEXT, by=engine) == sealed
        assert sm4.open_(KEY, NONCE, sealed, PLAINTEXT, by=engine) == plaintext


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    st.binary(min_size=16, max_size=16),
    st.lists(st.tuples(st.binary(min_size=12, max_size=12), st.binary(max_size=300)), min_size=1, max_size=5),
    st.integers(1, 700),
    st.data(),
)
def test_the_engines_agree_on_runs_of_chunks_and_on_which_one_is_bad(key, places, size, data):
    plaintext = data.draw(st.binary(min_size=(len(places) - 1) * size + 1, max_size=len(places) * size))
    sealed = sm4.seal_run(key, places, plaintext, size, by="pyca")
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    forged = bytearray(sealed)
    forged[bit // 8] ^= 1 << bit % 8
    for engine in HERE:
        assert sm4.seal_run(key, places, plaintext, size, by=engine) == sealed
        assert sm4.open_run(key, places, sealed, size, by=engine) == plaintext
        with pytest.raises(Invalid, match=r"sm4\.bad_tag") as refused:
            sm4.open_run(key, places, bytes(forged), size, by=engine)
        assert refused.value.facts["chunk"] == bit // 8 // (size + sm4.TAG)


@pytest.mark.parametrize("engine", FAST)
def test_nothing_of_what_a_wrong_tag_hid_is_left(engine, monkeypatch):
    kept = []
    module = {"native": native, "libgcrypt": gcrypt}[engine]
    monkeypatch.setattr(module, "unwritten", lambda size: kept.append(unwritten(size)) or kept[-1])
    with pytest.raises(Invalid):
        sm4.open_(KEY, NONCE, SEALED[:-1] + b"\0", AAD, by=engine)
    assert kept == [bytes(64)]


def test_what_a_run_seals_lies_where_it_was_told_to_and_nowhere_else():
    """Calls the compiled file at every offset of a line of the cache, with guards on both sides."""
    if not native.available():
        pytest.skip("this machine has no native engine")
    for offset in range(64):
        size = 200 + 13 * offset
        plaintext = random.Random(offset).randbytes(size)
        whole = unwritten(64 + size + 16 + 64)
        ctypes.memset(address(whole), 0xEE, len(whole))
        source = b"x" * offset + plaintext
        sizes = array("Q", [len(AAD)])
        native._library().seal_run(
            KEY, 1, NONCE, AAD, sizes.buffer_info()[0], address(source) + offset, address(whole) + offset, size, size
        )
        assert whole[offset : offset + size + 16] == sm4.seal(KEY, NONCE, plaintext, AAD, by="pyca")
        assert set(whole[:offset] + whole[offset + size + 16 :]) == {0xEE}


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


@pytest.mark.parametrize(("lacks", "then"), [((native,), "libgcrypt"), ((native, gcrypt), "pyca")])
def test_a_machine_without_the_faster_engines_opens_and_seals_the_same(monkeypatch, lacks, then):
    if then not in HERE:
        pytest.skip(f"this machine has no {then}")
    for module in lacks:
        monkeypatch.setattr(module, "_library", lambda **_: None)
    sm4.engine.cache_clear()
    try:
        assert sm4.engine() == then
        assert sm4.open_(KEY, NONCE, SEALED, AAD) == PLAINTEXT
        assert sm4.seal(KEY, NONCE, PLAINTEXT, AAD) == SEALED
    finally:
        sm4.engine.cache_clear()


@pytest.mark.parametrize("module", [native, gcrypt])
def test_an_engine_that_is_asked_for_and_not_there_is_refused(monkeypatch, module):
    monkeypatch.setattr(module, "_library", lambda **_: None)
    with pytest.raises(Unavailable, match=r"sm4\.no_engine"):
        sm4.seal(KEY, NONCE, b"", by="native" if module is native else "libgcrypt")


def test_the_engine_in_use_is_the_fastest_that_is_here():
    assert sm4.engine() == HERE[0]


def test_this_processors_own_instructions_are_used_where_it_has_them():
    """Set-up must have compiled: this fails where it could not, as the pages' half does."""
    flags = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), "")
    wanted = {"gfni", "vpclmulqdq", "pclmulqdq", "avx512f", "avx512bw", "avx512vl"}
    assert native.available() == (wanted <= set(flags.split()))
