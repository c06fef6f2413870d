"""SM4-GCM by the system's libgcrypt (ctypes): fast where `native` cannot run.

Knows the library alone; lengths are checked by its caller, `sm4`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint, c_void_p
from functools import cache

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.security.crypto.buffers import Place, address, unwritten

NAME = "libgcrypt"
_NAME = "libgcrypt.so.20"
_LONG = ("gcry_cipher_encrypt", "gcry_cipher_decrypt")
TAG = 16

# gcrypt.h
_SM4, _GCM = 318, 9
_DISABLE_SECMEM, _INITIALIZATION_FINISHED, _INITIALIZATION_FINISHED_P = 37, 38, 39
_CHECKSUM = 10  # gpg-error.h GPG_ERR_CHECKSUM; the source of an error stands in the bits above 16
_CODE_MASK = 0xFFFF

# name -> (result, arguments)
_FUNCTIONS: dict[str, tuple[type | None, list[type]]] = {
    "gcry_check_version": (c_char_p, [c_char_p]),
    "gcry_control": (c_uint, [c_int, c_int]),
    "gcry_cipher_open": (c_uint, [c_void_p, c_int, c_int, c_uint]),
    "gcry_cipher_close": (None, [c_void_p]),
    "gcry_cipher_setkey": (c_uint, [c_void_p, c_char_p, c_size_t]),
    "gcry_cipher_setiv": (c_uint, [c_void_p, c_char_p, c_size_t]),
    "gcry_cipher_authenticate": (c_uint, [c_void_p, c_char_p, c_size_t]),
    "gcry_cipher_encrypt": (c_uint, [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t]),
    "gcry_cipher_decrypt": (c_uint, [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t]),
    "gcry_cipher_gettag": (c_uint, [c_void_p, c_void_p, c_size_t]),
    "gcry_cipher_checktag": (c_uint, [c_void_p, c_void_p, c_size_t]),
}


@cache
def _library() -> ctypes.CDLL | None:
    """The library, initialised; None where it is absent or older than 1.9, the first with SM4."""
    try:
        # Calls that take microseconds keep Python's lock: to get it back costs more. The long ones give it away.
        lib, bulk = ctypes.PyDLL(_NAME), ctypes.CDLL(_NAME)
    except OSError:
        return None
    for name in _LONG:
        setattr(lib, name, getattr(bulk, name))
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    if not lib.gcry_check_version(b"1.9.0"):
        return None
    if not lib.gcry_control(_INITIALIZATION_FINISHED_P, 0):
        # Its locked memory pool is small and shared; keys here live in Python's memory anyway.
        lib.gcry_control(_DISABLE_SECMEM, 0)
        lib.gcry_control(_INITIALIZATION_FINISHED, 0)
    return lib


def available() -> bool:
    """Whether this machine has a libgcrypt that speaks SM4."""
    return _library() is not None


def seal_run(key: bytes, places: Sequence[Place], plaintext: bytes, size: int) -> bytes:
    """Chunks of `size` bytes, the last as long as what is left, each as ciphertext || 16-byte tag."""
    lib = _loaded()
    sealed = unwritten(len(plaintext) + TAG * len(places))
    source, target = address(plaintext), address(sealed)
    with _cipher(lib, key) as cipher:
        for number, place in enumerate(places):
            at = number * size
            length, into = min(size, len(plaintext) - at), target + at + number * TAG
            _begin(lib, cipher, place)
            if length:
                _check(lib.gcry_cipher_encrypt(cipher, into, length, source + at, length))
            _check(lib.gcry_cipher_gettag(cipher, into + length, TAG))
    return sealed


def open_run(key: bytes, places: Sequence[Place], sealed: bytes, size: int) -> tuple[bytes, int]:
    """The plaintext of such chunks and -1, or nothing and which chunk's tag was wrong; what was decrypted is wiped."""
    lib = _loaded()
    whole = len(sealed) - TAG * len(places)
    plaintext = unwritten(whole)
    source, target = address(sealed), address(plaintext)
    with _cipher(lib, key) as cipher:
        for number, place in enumerate(places):
            at = number * size
            length, out_of = min(size, whole - at), source + at + number * TAG
            _begin(lib, cipher, place)
            if length:
                _check(lib.gcry_cipher_decrypt(cipher, target + at, length, out_of, length))
            verdict = lib.gcry_cipher_checktag(cipher, out_of + length, TAG)
            if verdict & _CODE_MASK == _CHECKSUM:
                ctypes.memset(target, 0, whole)
                return b"", number
            _check(verdict)
    return plaintext, -1


def _loaded() -> ctypes.CDLL:
    lib = _library()
    if lib is None:
        raise Unavailable("sm4.no_engine", engine="libgcrypt")
    return lib


@contextmanager
def _cipher(lib: ctypes.CDLL, key: bytes) -> Iterator[c_void_p]:
    """A handle of this call's own (so that threads share nothing), keyed; closed at the end."""
    handle = c_void_p()
    _check(lib.gcry_cipher_open(byref(handle), _SM4, _GCM, 0))
    try:
        _check(lib.gcry_cipher_setkey(handle, key, len(key)))
        yield handle
    finally:
        lib.gcry_cipher_close(handle)


def _begin(lib: ctypes.CDLL, cipher: c_void_p, place: Place) -> None:
    """A new message: its nonce forgets the one before."""
    nonce, aad = place
    _check(lib.gcry_cipher_setiv(cipher, nonce, len(nonce)))
    if aad:
        _check(lib.gcry_cipher_authenticate(cipher, aad, len(aad)))


def _check(error: int) -> None:
    if error:
        raise Unavailable("sm4.libgcrypt_failed", error=error & _CODE_MASK)
