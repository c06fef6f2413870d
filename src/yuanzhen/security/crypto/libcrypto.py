"""The part of the system's libcrypto (OpenSSL 3, ctypes) that SM2 needs: typed functions, and handles that free.

Knows no key's meaning and no message; `sm2` does.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_long, c_size_t, c_void_p
from functools import cache
from typing import Any

from yuanzhen.infrastructure.errors import Unavailable

_ADDRESS = POINTER(c_void_p)
_SIZE = POINTER(c_size_t)

# name -> (result, arguments), as in openssl/evp.h, x509.h, bn.h and err.h of OpenSSL 3.0
_FUNCTIONS: dict[str, tuple[type | None, list[Any]]] = {
    "ERR_clear_error": (None, []),
    "EVP_sm3": (c_void_p, []),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_is_a": (c_int, [c_void_p, c_char_p]),
    "EVP_PKEY_get_bn_param": (c_int, [c_void_p, c_char_p, _ADDRESS]),
    "EVP_PKEY_get_octet_string_param": (c_int, [c_void_p, c_char_p, c_void_p, c_size_t, _SIZE]),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, [c_void_p, c_char_p, c_char_p]),
    "EVP_PKEY_CTX_new_from_pkey": (c_void_p, [c_void_p, c_void_p, c_char_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_int]),
    "EVP_PKEY_keygen_init": (c_int, [c_void_p]),
    "EVP_PKEY_generate": (c_int, [c_void_p, _ADDRESS]),
    "EVP_PKEY_encrypt_init": (c_int, [c_void_p]),
    "EVP_PKEY_encrypt": (c_int, [c_void_p, c_void_p, _SIZE, c_char_p, c_size_t]),
    "EVP_PKEY_decrypt_init": (c_int, [c_void_p]),
    "EVP_PKEY_decrypt": (c_int, [c_void_p, c_void_p, _SIZE, c_char_p, c_size_t]),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [c_void_p, c_void_p]),
    "EVP_DigestSignInit": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EVP_DigestSign": (c_int, [c_void_p, c_void_p, _SIZE, c_char_p, c_size_t]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "d2i_PUBKEY": (c_void_p, [c_void_p, _ADDRESS, c_long]),
    "d2i_PKCS8_PRIV_KEY_INFO": (c_void_p, [c_void_p, _ADDRESS, c_long]),
    "PKCS8_PRIV_KEY_INFO_free": (None, [c_void_p]),
    "EVP_PKCS82PKEY": (c_void_p, [c_void_p]),
    "BN_bn2binpad": (c_int, [c_void_p, c_void_p, c_int]),
    "BN_clear_free": (None, [c_void_p]),
}


@cache
def library() -> ctypes.CDLL:
    """The library with every function typed; Unavailable `sm2.no_libcrypto` where there is none."""
    try:
        lib = ctypes.CDLL("libcrypto.so.3")
    except OSError as missing:
        raise Unavailable("sm2.no_libcrypto", wanted="libcrypto.so.3") from missing
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


class Handle:
    """A key inside libcrypto, freed with its last reference; libcrypto lets threads read it side by side."""

    __slots__ = ("_free", "address")

    def __init__(self, address: int) -> None:
        self.address = address
        self._free = library().EVP_PKEY_free  # kept here: module globals may be gone when the process ends

    def __del__(self) -> None:
        self._free(self.address)


@contextmanager
def freed(address: int | None, by: str) -> Iterator[int]:
    """Lends a fresh object of libcrypto and gives it back by the function `by`; a null address is a failure."""
    if not address:
        raise failure(by)
    try:
        yield address
    finally:
        getattr(library(), by)(address)


def check(result: int, act: str) -> None:
    """Raises Unavailable `sm2.libcrypto_failed` unless libcrypto answered 1."""
    if result != 1:
        raise failure(act)


def failure(act: str) -> Unavailable:
    """The problem to raise when libcrypto fails where no input can be to blame."""
    forget_errors()
    return Unavailable("sm2.libcrypto_failed", act=act)


def forget_errors() -> None:
    """Empties this thread's queue of errors, which the interpreter's own ssl module reads too."""
    library().ERR_clear_error()
