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
from yuanzhen.security.crypto.buffers import Place
from yuanzhen.security.crypto.stream_header import Header

CHUNK = 65536  # bytes of plaintext in each chunk but the last
SEALED = CHUNK + sm4.TAG
MOST_CHUNKS = 1 << 32  # 256 TiB
PREFIX = 7  # bytes


class Sealer:
    """Seals one object: send `header`, then what `feed` gives, then what `finish` gives."""

    def __init__(self, master: bytes, kid: str, context: str) -> None:
        data_key = secrets.token_bytes(stream_header.DATA_KEY)
        header = stream_header.new(master, kid, context, data_key)
        self.header = header.to_bytes()
        self._chunks = _Chunks(data_key, header)
        self._rest = _Rest()

    def feed(self, piece: bytes) -> bytes:
        """Sealed chunks that are full by now; the last one is held back until it is known whether it is the end."""
        full = self._rest.cut(piece, CHUNK)
        return self._chunks.seal(full, len(full) // CHUNK) if full else b""

    def finish(self) -> bytes:
        """The last chunk. No chunk may follow it: Conflict `stream.finished`."""
        return self._chunks.seal(bytes(self._rest.held), last=True)


class Opener:
    """Opens one object for whoever expects `context`: what `feed` and `finish` return was verified, in order.

    Act on nothing before `finish` has returned: only then is it sure that the end was not cut off.
    """

    def __init__(self, master_of: Callable[[str], bytes], context: str) -> None:
        self._master_of = master_of
        self._context = context
        self._chunks: _Chunks | None = None
        self._rest = _Rest()

    def feed(self, piece: bytes) -> bytes:
        """Plaintext of chunks that are whole by now and not the last. Raises Malformed or Invalid `stream.*`."""
        if self._chunks is None:
            self._rest.held += piece
            piece, self._chunks = b"", self._take_header()
        if self._chunks is None:
            return b""
        full = self._rest.cut(piece, SEALED)
        return self._chunks.open(full, len(full) // SEALED) if full else b""

    def finish(self) -> bytes:
        """Plaintext of the last chunk; Invalid `stream.truncated` or `stream.bad_chunk` when the end is not the end."""
        left = bytes(self._rest.held)
        if self._chunks is None or len(left) < sm4.TAG:
            raise Invalid("stream.truncated", left=len(left))
        return self._chunks.open(left, last=True)

    def _take_header(self) -> _Chunks | None:
        """Reads, verifies and removes the header once it is whole."""
        header = stream_header.parse(bytes(self._rest.held[: stream_header.LONGEST]))
        if header is None:
            return None
        data_key = header.unlock(self._master_of(header.kid))
        if header.context != self._context:
            raise Invalid("stream.other_context")
        del self._rest.held[: len(header.to_bytes())]
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
        end = self._size + (self._last + 1) * sm4.TAG if last == self._last else (last + 1) * SEALED
        return (self._start or header) + first * SEALED, end - first * SEALED

    def open(self, sealed: bytes, start: int, stop: int) -> bytes:
        """The plaintext from `start` to `stop` out of the bytes at their `place`. Raises Invalid `stream.bad_chunk`."""
        if self._chunks is None:
            raise Conflict("stream.not_begun")
        first, last = start // CHUNK, (stop - 1) // CHUNK
        opened = self._chunks.open_at(first, sealed, last - first + 1, last=last == self._last)
        return opened[start - first * CHUNK : stop - first * CHUNK]


class _Chunks:
    """The chunks' key, their count, and what binds them to header and place."""

    def __init__(self, data_key: bytes, header: Header) -> None:
        derived = sm3.hkdf(data_key, header.salt, b"yuanzhen stream content", sm4.KEY + PREFIX)
        self._key, self._prefix = derived[: sm4.KEY], derived[sm4.KEY :]
        self._header_digest = sm3.digest(header.to_bytes())
        self._count = 0
        self._finished = False

    def seal(self, run: bytes, count: int = 1, *, last: bool = False) -> bytes:
        return sm4.seal_run(self._key, self._next_places(count, last), run, CHUNK)

    def open(self, run: bytes, count: int = 1, *, last: bool = False) -> bytes:
        first = self._count
        places = self._next_places(count, last)
        try:
            return self._opened(first, places, run)
        except Invalid:
            self._finished = True  # after a gap nothing may be read on
            raise

    def open_at(self, first: int, run: bytes, count: int, *, last: bool) -> bytes:
        """Chunks out of their order."""
        return self._opened(first, self._places(first, count, last), run)

    def _opened(self, first: int, places: list[Place], run: bytes) -> bytes:
        try:
            return sm4.open_run(self._key, places, run, CHUNK)
        except Invalid as refused:
            bad = refused.facts.get("chunk")
            raise Invalid("stream.bad_chunk", chunk=first + (bad if isinstance(bad, int) else 0)) from refused

    def _next_places(self, count: int, last: bool) -> list[Place]:
        """Nonces and AAD of the next chunks; no nonce is ever given twice."""
        if self._finished:
            raise Conflict("stream.finished")
        places = self._places(self._count, count, last)
        self._count += count
        self._finished = last
        return places

    def _places(self, first: int, count: int, last: bool) -> list[Place]:
        end = first + count - 1
        return [
            (chunk_nonce(self._prefix, number, last and number == end), b"" if number else self._header_digest)
            for number in range(first, first + count)
        ]


def chunk_nonce(prefix: bytes, count: int, last: bool) -> bytes:
    """Prefix | counter | last flag, 12 bytes; TooLarge `stream.too_long` when the counter would begin again."""
    if count >= MOST_CHUNKS:
        raise TooLarge("stream.too_long", chunks=MOST_CHUNKS)
    return prefix + count.to_bytes(4) + (b"\x01" if last else b"\x00")


class _Rest:
    """What is held back of a stream of pieces: at least one byte, for what remains may be the end."""

    def __init__(self) -> None:
        self.held = bytearray()

    def cut(self, piece: bytes, size: int) -> bytes:
        """Takes a piece in, and whole chunks of `size` from the front, in a row."""
        there = len(self.held) + len(piece)
        full = max(0, (there - 1) // size) * size
        if not full:
            self.held += piece
            return b""
        begun, self.held = self.held, self.held[full:]  # nothing of it where the piece goes beyond
        taken = full - min(full, len(begun))
        self.held += memoryview(piece)[taken:]
        return b"".join((memoryview(begun)[:full], memoryview(piece)[:taken])) if begun else piece[:taken]
