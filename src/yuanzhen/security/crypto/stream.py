"""The sealed stream: an object of any length in SM4-GCM chunks that cannot be changed, moved, cut or lengthened.

Bytes in, bytes out, so that asynchronous shells can drive it. After the header (`stream_header`) come chunks of 65536
bytes + tag (16); the last one is shorter or equal, and there always is one. Their key and nonce prefix come by HKDF-SM3
from the data key, which is fresh for each object. Nonce = prefix (7) | counter (4) | 1 for the last chunk, else 0. The
digest of the whole header is the AAD of chunk 0.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from yuanzhen.infrastructure.errors import Conflict, Invalid, TooLarge
from yuanzhen.security.crypto import sm3, sm4, stream_header
from yuanzhen.security.crypto.stream_header import Header

CHUNK = 65536  # bytes of plaintext in each chunk but the last
MOST_CHUNKS = 1 << 32  # 256 TiB
PREFIX = 7  # bytes


class Sealer:
    """Seals one object: send `header`, then what `feed` gives, then what `finish` gives."""

    def __init__(self, master: bytes, kid: str, context: str) -> None:
        data_key = secrets.token_bytes(stream_header.DATA_KEY)
        header = stream_header.new(master, kid, context, data_key)
        self.header = header.to_bytes()
        self._chunks = _Chunks(data_key, header)
        self._rest = bytearray()

    def feed(self, piece: bytes) -> list[bytes]:
        """Sealed chunks that are full by now; the last one is held back until it is known whether it is the end."""
        self._rest += piece
        return [self._chunks.seal(chunk, last=False) for chunk in _cut(self._rest, CHUNK)]

    def finish(self) -> bytes:
        """The last chunk. No chunk may follow it: Conflict `stream.finished`."""
        return self._chunks.seal(bytes(self._rest), last=True)


class Opener:
    """Opens one object for whoever expects `context`: what `feed` and `finish` return was verified, in order.

    Act on nothing before `finish` has returned: only then is it sure that the end was not cut off.
    """

    def __init__(self, master_of: Callable[[str], bytes], context: str) -> None:
        self._master_of = master_of
        self._context = context
        self._chunks: _Chunks | None = None
        self._rest = bytearray()

    def feed(self, piece: bytes) -> list[bytes]:
        """Plaintext of chunks that are whole by now and not the last. Raises Malformed or Invalid `stream.*`."""
        self._rest += piece
        if self._chunks is None:
            self._chunks = self._take_header()
        if self._chunks is None:
            return []
        chunks = self._chunks
        return [chunks.open(chunk, last=False) for chunk in _cut(self._rest, CHUNK + sm4.TAG)]

    def finish(self) -> bytes:
        """Plaintext of the last chunk; Invalid `stream.truncated` or `stream.bad_chunk` when the end is not the end."""
        if self._chunks is None or len(self._rest) < sm4.TAG:
            raise Invalid("stream.truncated", left=len(self._rest))
        return self._chunks.open(bytes(self._rest), last=True)

    def _take_header(self) -> _Chunks | None:
        """Reads, verifies and removes the header once it is whole."""
        header = stream_header.parse(bytes(self._rest[: stream_header.LONGEST]))
        if header is None:
            return None
        data_key = header.unlock(self._master_of(header.kid))
        if header.context != self._context:
            raise Invalid("stream.other_context")
        del self._rest[: len(header.to_bytes())]
        return _Chunks(data_key, header)


class RangeOpener:
    """Opens pieces of one object of a known size wherever they lie: `begin` with its start, then `place` and `open`.

    A chunk is verified to be of this object, at its place, and the last one to be the last: so a range is what was
    sealed, and an object that was cut or lengthened opens nowhere near its end.
    """

    def __init__(self, master_of: Callable[[str], bytes], context: str, size: int) -> None:
        self._master_of = master_of
        self._context = context
        self._last = max(0, (size - 1) // CHUNK)
        self._size = size
        self._start = 0
        self._chunks: _Chunks | None = None

    @property
    def fewest_bytes(self) -> int:
        """The fewest bytes that the sealed object can take: so many may be asked for before its header is known."""
        return self._size + (self._last + 1) * sm4.TAG + stream_header.SHORTEST

    def begin(self, start: bytes) -> None:
        """Reads and verifies the header. Raises Malformed or Invalid `stream.*`."""
        header = stream_header.parse(start)
        if header is None:
            raise Invalid("stream.truncated", left=len(start))
        data_key = header.unlock(self._master_of(header.kid))
        if header.context != self._context:
            raise Invalid("stream.other_context")
        self._start = len(header.to_bytes())
        self._chunks = _Chunks(data_key, header)

    def begun(self, start: bytes) -> bytes:
        """The same, as what a reader of bytes may be given."""
        self.begin(start)
        return b""

    def place(self, start: int, stop: int, *, header: int = 0) -> tuple[int, int]:
        """Offset and length of the sealed bytes that hold the plaintext from `start` to `stop`.

        `header` is how long the header will be, for who asks before it was read.
        """
        first, last = start // CHUNK, (stop - 1) // CHUNK
        sealed = CHUNK + sm4.TAG
        end = self._size + (self._last + 1) * sm4.TAG if last == self._last else (last + 1) * sealed
        return (self._start or header) + first * sealed, end - first * sealed

    def open(self, sealed: bytes, start: int, stop: int) -> bytes:
        """The plaintext from `start` to `stop` out of the bytes at their `place`. Raises Invalid `stream.bad_chunk`."""
        if self._chunks is None:
            raise Conflict("stream.not_begun")
        first, step = start // CHUNK, CHUNK + sm4.TAG
        opened = [
            self._chunks.open_at(number, sealed[at : at + step], last=number == self._last)
            for number, at in enumerate(range(0, len(sealed), step), start=first)
        ]
        return b"".join(opened)[start - first * CHUNK : stop - first * CHUNK]


class _Chunks:
    """The chunks' key, their count, and what binds them to header and place."""

    def __init__(self, data_key: bytes, header: Header) -> None:
        derived = sm3.hkdf(data_key, header.salt, b"yuanzhen stream content", sm4.KEY + PREFIX)
        self._key, self._prefix = derived[: sm4.KEY], derived[sm4.KEY :]
        self._header_digest = sm3.digest(header.to_bytes())
        self._count = 0
        self._finished = False

    def seal(self, chunk: bytes, *, last: bool) -> bytes:
        nonce, aad = self._next_place(last)
        return sm4.seal(self._key, nonce, chunk, aad)

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        chunk = self._count
        nonce, aad = self._next_place(last)
        try:
            return sm4.open_(self._key, nonce, sealed, aad)
        except Invalid as refused:
            self._finished = True  # after a gap nothing may be read on
            raise Invalid("stream.bad_chunk", chunk=chunk) from refused

    def open_at(self, chunk: int, sealed: bytes, *, last: bool) -> bytes:
        """One chunk out of its order."""
        aad = b"" if chunk else self._header_digest
        try:
            return sm4.open_(self._key, chunk_nonce(self._prefix, chunk, last), sealed, aad)
        except Invalid as refused:
            raise Invalid("stream.bad_chunk", chunk=chunk) from refused

    def _next_place(self, last: bool) -> tuple[bytes, bytes]:
        """Nonce and AAD of the next chunk; no nonce is ever given twice."""
        if self._finished:
            raise Conflict("stream.finished")
        nonce, aad = chunk_nonce(self._prefix, self._count, last), b"" if self._count else self._header_digest
        self._count += 1
        self._finished = last
        return nonce, aad


def chunk_nonce(prefix: bytes, count: int, last: bool) -> bytes:
    """Prefix | counter | last flag, 12 bytes; TooLarge `stream.too_long` when the counter would begin again."""
    if count >= MOST_CHUNKS:
        raise TooLarge("stream.too_long", chunks=MOST_CHUNKS)
    return prefix + count.to_bytes(4) + (b"\x01" if last else b"\x00")


def _cut(buffer: bytearray, size: int) -> list[bytes]:
    """Takes whole pieces of `size` from the front, but leaves at least one byte: what remains may be the end."""
    count = max(0, (len(buffer) - 1) // size)
    with memoryview(buffer) as view:
        pieces = [bytes(view[at : at + size]) for at in range(0, count * size, size)]
    del buffer[: count * size]
    return pieces
