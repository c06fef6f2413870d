"""SM4-GCM by our own C (`native/`) in the processor's own instructions: the fastest engine, a call for a whole run.

Knows the compiled file alone; lengths are checked by its caller, `sm4`.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from ctypes import c_char_p, c_int, c_longlong, c_ulonglong, c_void_p
from functools import cache
from importlib.resources import files

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.security.crypto.buffers import Place, address, unwritten

TAG = 16
SHORT = 32768  # bytes that take some ten microseconds

# key, count, nonces, AADs, their sizes, from, to, bytes of plaintext, of these in each chunk
_RUN = (c_char_p, c_ulonglong, c_char_p, c_char_p, c_void_p, c_void_p, c_void_p, c_ulonglong, c_ulonglong)


@cache
def _library(*, keeping_lock: bool = False) -> ctypes.CDLL | None:
    """The compiled file; None where set-up has made none, or the processor lacks GFNI, VPCLMULQDQ or AVX-512."""
    try:
        path = str(files(__package__).joinpath("compiled", "sm4gcm.so"))
        lib = ctypes.PyDLL(path) if keeping_lock else ctypes.CDLL(path)
    except OSError:
        return None
    lib.works_here.restype, lib.works_here.argtypes = c_int, []
    lib.seal_run.restype, lib.seal_run.argtypes = None, _RUN
    lib.open_run.restype, lib.open_run.argtypes = c_longlong, _RUN
    return lib if lib.works_here() else None


def available() -> bool:
    """Whether it is compiled and this processor has the instructions."""
    return _library() is not None


def seal_run(key: bytes, places: Sequence[Place], plaintext: bytes, size: int) -> bytes:
    """Chunks of `size` bytes, the last as long as what is left, each as ciphertext || 16-byte tag."""
    whole = len(plaintext)
    sealed = unwritten(whole + TAG * len(places))
    sizes, nonces, aads = _told(places)
    _loaded(whole).seal_run(
        key, len(places), nonces, aads, sizes.buffer_info()[0], address(plaintext), address(sealed), whole, size
    )
    return sealed


def open_run(key: bytes, places: Sequence[Place], sealed: bytes, size: int) -> tuple[bytes, int]:
    """The plaintext of such chunks and -1, or nothing and which chunk's tag was wrong; what was decrypted is wiped."""
    whole = len(sealed) - TAG * len(places)
    plaintext = unwritten(whole)
    sizes, nonces, aads = _told(places)
    bad = _loaded(whole).open_run(
        key, len(places), nonces, aads, sizes.buffer_info()[0], address(sealed), address(plaintext), whole, size
    )
    if bad >= 0:
        ctypes.memset(address(plaintext), 0, whole)
        return b"", bad
    return plaintext, -1


def _told(places: Sequence[Place]) -> tuple[array[int], bytes, bytes]:
    """How long each AAD is, all nonces, all AADs."""
    nonces, aads = zip(*places, strict=True)
    return array("Q", map(len, aads)), b"".join(nonces), b"".join(aads)


def _loaded(size: int) -> ctypes.CDLL:
    """Short calls keep Python's lock: to get it back costs more. The long ones give it away."""
    lib = _library(keeping_lock=True) if size <= SHORT else _library()
    if lib is None:
        raise Unavailable("sm4.no_engine", engine="native")
    return lib
