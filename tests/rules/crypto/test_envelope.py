"""Small secrets under a master: bound to their purpose, and refused when anything differs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import envelope, sm3, sm4

MASTER, OTHER = bytes(range(32)), bytes(32)


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=500), st.text("totp-密钥 \0", max_size=40))
def test_a_secret_comes_back_whole(plaintext, purpose):
    assert envelope.open_secret(MASTER, purpose, envelope.seal_secret(MASTER, purpose, plaintext)) == plaintext


def test_the_layout_is_as_written():
    sealed = envelope.seal_secret(MASTER, "totp", b"JBSWY3DP")
    key = sm3.hkdf(MASTER, b"", b"yuanzhen secret 1\0totp", 16)
    assert sealed[:1] == b"\x01"
    assert sm4.open_(key, sealed[1:13], sealed[13:], b"\x01totp") == b"JBSWY3DP"


def test_the_same_secret_never_looks_the_same():
    assert len({envelope.seal_secret(MASTER, "totp", b"same") for _ in range(100)}) == 100


def test_another_purpose_or_master_does_not_open_it():
    sealed = envelope.seal_secret(MASTER, "totp", b"secret")
    for master, purpose in [(MASTER, "peer"), (OTHER, "totp"), (MASTER, "totp "), (MASTER, "")]:
        with pytest.raises(Invalid, match=r"envelope\.bad_secret"):
            envelope.open_secret(master, purpose, sealed)


def test_a_changed_or_cut_secret_is_refused():
    sealed = envelope.seal_secret(MASTER, "totp", b"secret")
    flipped = [bytes([*sealed[:at], sealed[at] ^ 1, *sealed[at + 1 :]]) for at in range(len(sealed))]
    for forged in [*flipped, *(sealed[:at] for at in range(len(sealed))), sealed + b"\0"]:
        with pytest.raises(Invalid, match=r"envelope\.bad_secret"):
            envelope.open_secret(MASTER, "totp", forged)


@pytest.mark.parametrize("master", [b"", bytes(16), bytes(33)])
def test_a_master_of_another_length_is_refused(master):
    with pytest.raises(Invalid, match=r"envelope\.master_length"):
        envelope.seal_secret(master, "totp", b"")
    with pytest.raises(Invalid, match=r"envelope\.master_length"):
        envelope.open_secret(master, "totp", envelope.seal_secret(MASTER, "totp", b""))
    with pytest.raises(Invalid, match=r"envelope\.master_length"):
        list(envelope.seal_stream(master, "k1", "blob/1", []))
