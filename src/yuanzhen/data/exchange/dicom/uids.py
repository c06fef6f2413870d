"""Unique identifiers (PS3.5 section 9.1). What passes here holds digits and dots alone, and so is no path."""

from __future__ import annotations

import re

from yuanzhen.infrastructure.errors import Invalid

# PS3.5 9.1: components of digits without leading zeros, joined by dots, 64 characters at most
_UID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+", re.ASCII)


def checked(uid: str, place: str) -> str:
    """The identifier, without its padding. Raises Invalid `dicom.missing` or `dicom.uid` at `place`."""
    text = uid.rstrip("\0 ")
    if not text:
        raise Invalid("dicom.missing", place=place)
    if len(text) > 64 or not _UID.fullmatch(text):
        raise Invalid("dicom.uid", place=place)
    return text
