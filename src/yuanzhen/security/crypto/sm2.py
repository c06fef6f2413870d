"""SM2 signatures (GB/T 32918.2-2016) and encryption (GB/T 32918.4-2016) over SM3, written as GB/T 35276-2017 says.

Pure but for the randomness that both need; safe in threads, each call owns its contexts.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_size_t

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import libcrypto
from yuanzhen.security.crypto.libcrypto import check, freed, library
from yuanzhen.security.crypto.sm2_keys import PrivateKey, PublicKey

__all__ = ["DISTID", "PrivateKey", "PublicKey", "decrypt", "encrypt", "is_valid", "sign", "verify"]

DISTID = b"1234567812345678"  # GB/T 35276-2017 10: the signer's identity when none is agreed
LONGEST_SIGNATURE = 72  # SEQUENCE of two INTEGERs of up to 33 bytes
LONGEST_DISTID = 8191  # GB/T 32918.2-2016 5.5: its length in bits stands in two octets


def sign(key: PrivateKey, message: bytes, distid: bytes = DISTID) -> bytes:
    """The signature over `message` (hashed inside, with the signer's identity): DER of r and s, up to 72 bytes."""
    _check_distid(distid)
    lib, size = library(), c_size_t(LONGEST_SIGNATURE)
    signature = ctypes.create_string_buffer(LONGEST_SIGNATURE)
    with (
        freed(lib.EVP_PKEY_CTX_new_from_pkey(None, key.handle.address, None), by="EVP_PKEY_CTX_free") as context,
        freed(lib.EVP_MD_CTX_new(), by="EVP_MD_CTX_free") as hashing,
    ):
        check(lib.EVP_PKEY_CTX_set1_id(context, distid, len(distid)), "EVP_PKEY_CTX_set1_id")
        lib.EVP_MD_CTX_set_pkey_ctx(hashing, context)
        check(lib.EVP_DigestSignInit(hashing, None, lib.EVP_sm3(), None, key.handle.address), "EVP_DigestSignInit")
        check(lib.EVP_DigestSign(hashing, signature, byref(size), message, len(message)), "EVP_DigestSign")
    return signature.raw[: size.value]


def is_valid(key: PublicKey, message: bytes, signature: bytes, distid: bytes = DISTID) -> bool:
    """Whether `signature` (strict DER) is the key's over this very message and identity."""
    _check_distid(distid)
    lib = library()
    with (
        freed(lib.EVP_PKEY_CTX_new_from_pkey(None, key.handle.address, None), by="EVP_PKEY_CTX_free") as context,
        freed(lib.EVP_MD_CTX_new(), by="EVP_MD_CTX_free") as hashing,
    ):
        check(lib.EVP_PKEY_CTX_set1_id(context, distid, len(distid)), "EVP_PKEY_CTX_set1_id")
        lib.EVP_MD_CTX_set_pkey_ctx(hashing, context)
        check(lib.EVP_DigestVerifyInit(hashing, None, lib.EVP_sm3(), None, key.handle.address), "EVP_DigestVerifyInit")
        verdict = lib.EVP_DigestVerify(hashing, signature, len(signature), message, len(message))
    libcrypto.forget_errors()
    return bool(verdict == 1)  # 0 is a wrong signature, below 0 one that is no DER


def verify(key: PublicKey, message: bytes, signature: bytes, distid: bytes = DISTID) -> None:
    """Returns when the signature holds; Invalid `sm2.bad_signature` otherwise."""
    if not is_valid(key, message, signature, distid):
        raise Invalid("sm2.bad_signature")


def encrypt(key: PublicKey, plaintext: bytes) -> bytes:
    """SM2Cipher in DER (x, y, hash, ciphertext: C1 C3 C2; GB/T 35276-2017 7.2). For keys, of one byte or more."""
    if not plaintext:
        raise Invalid("sm2.nothing_to_encrypt")
    lib, size = library(), c_size_t()
    with freed(lib.EVP_PKEY_CTX_new_from_pkey(None, key.handle.address, None), by="EVP_PKEY_CTX_free") as context:
        check(lib.EVP_PKEY_encrypt_init(context), "EVP_PKEY_encrypt_init")
        check(lib.EVP_PKEY_encrypt(context, None, byref(size), plaintext, len(plaintext)), "EVP_PKEY_encrypt")
        sealed = ctypes.create_string_buffer(size.value)
        check(lib.EVP_PKEY_encrypt(context, sealed, byref(size), plaintext, len(plaintext)), "EVP_PKEY_encrypt")
    return sealed.raw[: size.value]


def decrypt(key: PrivateKey, sealed: bytes) -> bytes:
    """The plaintext of `encrypt`; Invalid `sm2.bad_ciphertext` when it is another key's, changed, or no SM2Cipher."""
    lib, size = library(), c_size_t(len(sealed))
    plaintext = ctypes.create_string_buffer(len(sealed) + 1)
    with freed(lib.EVP_PKEY_CTX_new_from_pkey(None, key.handle.address, None), by="EVP_PKEY_CTX_free") as context:
        check(lib.EVP_PKEY_decrypt_init(context), "EVP_PKEY_decrypt_init")
        verdict = lib.EVP_PKEY_decrypt(context, plaintext, byref(size), sealed, len(sealed))
    if verdict != 1:
        libcrypto.forget_errors()
        raise Invalid("sm2.bad_ciphertext")
    return plaintext.raw[: size.value]


def _check_distid(distid: bytes) -> None:
    if not 1 <= len(distid) <= LONGEST_DISTID:
        raise Invalid("sm2.distid_length", length=len(distid), longest=LONGEST_DISTID)
