"""Memory that an engine in C fills, and what such an engine is told of each chunk."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_void_p

Place = tuple[bytes, bytes]  # the nonce and the AAD of one chunk

_NEW_BYTES = ctypes.pythonapi.PyBytes_FromStringAndSize  # without content: to be filled at once (Python's C API)
_NEW_BYTES.restype, _NEW_BYTES.argtypes = ctypes.py_object, [c_char_p, ctypes.c_ssize_t]


def unwritten(size: int) -> bytes:
    """Bytes to be written before anybody else sees them: neither cleared first nor copied afterwards."""
    made: bytes = _NEW_BYTES(None, size)
    return made


def address(content: bytes) -> int:
    """Where they lie; good as long as the caller holds them."""
    return ctypes.cast(c_char_p(content), c_void_p).value or 0
