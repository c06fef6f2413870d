"""A multipart/related body (RFC 2387, RFC 2046 5.1) as it streams in: parts one after another, none held whole."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from yuanzhen.infrastructure.errors import Malformed, TooLarge, Unsupported

MAX_BOUNDARY = 200  # RFC 2046 5.1.1 allows 70; Orthanc writes 73
MAX_HEAD = 16 * 1024
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s;]+))')


def boundary_of(content_type: str) -> tuple[bytes, str]:
    """The boundary and the type of the parts. Raises Unsupported `stow.media_type`, Malformed `stow.multipart`."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "multipart/related":
        raise Unsupported("stow.media_type", place="Content-Type", rule="multipart/related (PS3.18 10.5.1)")
    told = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(content_type)}
    boundary = told.get("boundary", "")
    if not 1 <= len(boundary) <= MAX_BOUNDARY:
        raise Malformed("stow.multipart", place="Content-Type", rule=f"a boundary of 1 to {MAX_BOUNDARY} letters")
    return boundary.encode("latin-1", "replace"), told.get("type", "application/dicom").lower()


class Parts:
    """The parts of a body. `begin` moves to the next one, over what was not taken of the `content` of this one."""

    def __init__(self, body: AsyncIterator[bytes], boundary: bytes) -> None:
        self._body = body
        self._mark = b"\r\n--" + boundary
        self._held = b"\r\n"  # so that the first boundary, which may begin the body, is like every other
        self._within = True  # the preamble is passed over like a part that nobody wants

    async def begin(self) -> dict[str, str] | None:
        """The headers of the next part, names in lower case; None after the last. Raises Malformed, TooLarge."""
        if self._within:
            async for _ in self.content():
                pass
        while len(self._held) < 2:
            await self._more()
        if self._held.startswith(b"--"):
            return None
        while b"\r\n\r\n" not in self._held:
            if len(self._held) > MAX_HEAD:
                raise TooLarge("stow.multipart", place="part header", limit_bytes=MAX_HEAD)
            await self._more()
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        self._within = True
        lines = head.decode("latin-1").split("\r\n")
        return {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    async def content(self) -> AsyncIterator[bytes]:
        """The part's content, in pieces."""
        while self._within:
            at = self._held.find(self._mark)
            if at >= 0:
                piece, self._held = self._held[:at], self._held[at + len(self._mark) :]
                self._within = False
            else:  # the mark may begin in what is held and end in what comes
                keep = max(0, len(self._held) - len(self._mark))
                piece, self._held = self._held[:keep], self._held[keep:]
            if piece:
                yield piece
            if self._within:
                await self._more()

    async def _more(self) -> None:
        try:
            self._held += await anext(self._body)
        except StopAsyncIteration:
            raise Malformed(
                "stow.multipart", place="body", rule="RFC 2046 5.1.1: it ends before its last part"
            ) from None
