"""A document's file as a browser may show it: kinds that run nothing, whose bytes are what they say. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from yuanzhen.data.records.file.kinds import ENDINGS, HEAD_BYTES, kind_of
from yuanzhen.data.records.model import Json

# What is shown in the browser when its bytes are what they say; all else is handed over to be saved.
SHOWN = frozenset({
    "application/pdf", "image/png", "image/jpeg", "image/webp", "video/mp4", "video/webm", "video/quicktime",
    "text/plain",
})  # fmt: skip
OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class File:
    """Its bytes, its media type, and whether the browser may show it."""

    content: bytes
    type: str
    shown: bool

    @property
    def headers(self) -> dict[str, str]:
        """What a browser is told of it."""
        return headers(self.type, shown=self.shown)


def headers(kind: str, *, shown: bool, ending: str = "bin") -> dict[str, str]:
    """A name that says nothing of anybody, and rights to nothing; a sandbox would stop the viewer of PDF."""
    name = f"document.{ENDINGS.get(kind.partition(';')[0], ending)}"
    sandbox = "" if kind == "application/pdf" else "sandbox; "
    return {
        "Content-Disposition": f'{"inline" if shown else "attachment"}; filename="{name}"',
        "Content-Security-Policy": f"{sandbox}default-src 'none'; object-src 'self'; media-src 'self'; "
        "frame-ancestors 'none'",
    }


def part_of(asked: str, size: int) -> tuple[int, int] | None:
    """The first byte and the number of bytes that a Range header asks for (RFC 9110 14.2); None for the whole.

    One range of bytes; more than one, and one that is not there, is answered with the whole.
    """
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", asked.strip())
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    return (start, end - start) if start < end else None


def file_of(resource: Json, number: int) -> File | None:
    """The attachment of that number (from 0) in a DocumentReference or DiagnosticReport; None where there is none."""
    if resource.get("resourceType") == "DocumentReference":
        attachments = [one.get("attachment", {}) for one in resource.get("content", ())]
    else:
        attachments = list(resource.get("presentedForm", ()))
    if not 0 <= number < len(attachments) or "data" not in attachments[number]:
        return None
    try:
        content = base64.b64decode(str(attachments[number]["data"]), validate=True)
    except binascii.Error:
        return None
    told = str(attachments[number].get("contentType", "")).partition(";")[0].strip().lower()
    shown = told in SHOWN and (told == "text/plain" or kind_of(content[:HEAD_BYTES]) == told)
    charset = "; charset=utf-8" if told == "text/plain" else ""
    return File(content, f"{told}{charset}" if shown else OCTETS, shown)
