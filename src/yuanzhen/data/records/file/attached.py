"""A document's file as a browser may show it: kinds that run nothing, whose bytes are what they say. Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from yuanzhen.data.records.model import Json

# What is shown in the browser, and how its first bytes begin; all else is handed over to be saved.
BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "text/plain": (b"",),
}
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "text/plain": "txt"}
OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class File:
    """Its bytes, its media type, and whether the browser may show it."""

    content: bytes
    type: str
    shown: bool

    @property
    def headers(self) -> dict[str, str]:
        """A name that says nothing of anybody, and rights to nothing; a sandbox would stop the viewer of PDF."""
        name = f"document.{ENDINGS.get(self.type.partition(';')[0], 'bin')}"
        sandbox = "" if self.type == "application/pdf" else "sandbox; "
        return {
            "Content-Disposition": f'{"inline" if self.shown else "attachment"}; filename="{name}"',
            "Content-Security-Policy": f"{sandbox}default-src 'none'; object-src 'self'; frame-ancestors 'none'",
        }


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
    shown = content.startswith(BEGINNINGS.get(told, ())) and told in BEGINNINGS
    charset = "; charset=utf-8" if told == "text/plain" else ""
    return File(content, f"{told}{charset}" if shown else OCTETS, shown)
