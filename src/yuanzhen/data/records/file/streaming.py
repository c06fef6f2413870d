"""What is stored as a browser takes it: whole, or the part that it asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from litestar.response import Stream

from yuanzhen.data.records.file import attached


def streamed(
    read: Callable[[int, int], AsyncIterator[bytes]], size: int, kind: str, asked: str, *, ending: str = "bin"
) -> Stream:
    """The answer with its bytes, which `read` gives from a byte so many; `asked` is the Range header's text."""
    part = attached.part_of(asked, size)
    start, length = part or (0, size)
    headers = attached.headers(kind, shown=kind in attached.SHOWN, ending=ending) | {"Accept-Ranges": "bytes"}
    headers["Content-Length"] = str(length)
    if part:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    return Stream(read(start, length), status_code=206 if part else 200, media_type=kind, headers=headers)
