"""SM3 from libgcrypt, and HMAC and HKDF written out from their RFCs over it: the oracle of `sm3`."""

import ctypes

_SM3 = 326  # gcrypt.h GCRY_MD_SM3
_BLOCK = 64  # bytes in an SM3 block


def digest(data: bytes) -> bytes:
    lib = ctypes.CDLL("libgcrypt.so.20")
    lib.gcry_md_hash_buffer.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    lib.gcry_md_hash_buffer.restype = None
    out = ctypes.create_string_buffer(32)
    lib.gcry_md_hash_buffer(_SM3, out, data, len(data))
    return out.raw


def hmac(key: bytes, data: bytes) -> bytes:
    """RFC 2104 section 2."""
    block = (digest(key) if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)
    return digest(outer + digest(inner + data))


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 sections 2.2 and 2.3."""
    pseudorandom = hmac(salt or bytes(32), key)
    out = previous = b""
    for count in range(1, -(-length // 32) + 1):
        previous = hmac(pseudorandom, previous + info + bytes([count]))
        out += previous
    return out[:length]
