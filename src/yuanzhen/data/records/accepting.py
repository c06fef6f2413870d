"""What a DICOMweb client takes (PS3.18 8.7): media types, transfer syntaxes, and how parts are framed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydicom import uid

from yuanzhen.infrastructure.errors import NotAcceptable

DICOM, OCTETS, DICOM_JSON = "application/dicom", "application/octet-stream", "application/dicom+json"
MULTIPART = "multipart/related"
PLAIN = uid.ExplicitVRLittleEndian

# PS3.18 table 8.7.3-5: the media type of a frame in its transfer syntax
FRAME_TYPES: dict[str, str] = {
    uid.JPEGBaseline8Bit: "image/jpeg",
    uid.JPEGExtended12Bit: "image/jpeg",
    uid.JPEGLossless: "image/jpeg",
    uid.JPEGLosslessSV1: "image/jpeg",
    uid.RLELossless: "image/dicom-rle",
    uid.JPEGLSLossless: "image/jls",
    uid.JPEGLSNearLossless: "image/jls",
    uid.JPEG2000Lossless: "image/jp2",
    uid.JPEG2000: "image/jp2",
    uid.HTJ2KLossless: "image/jphc",
    uid.HTJ2KLosslessRPCL: "image/jphc",
    uid.HTJ2K: "image/jphc",
}
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*("[^"]*"|[^;,\s]*)')


@dataclass(frozen=True, slots=True)
class Range:
    """One media range; within `multipart/related` the type of its parts. `syntax` '' where none was asked for."""

    type: str
    multipart: bool
    syntax: str
    quality: float


def ranges(accept: str) -> list[Range]:
    """What an Accept header names, best first; nothing named means anything."""
    found = []
    for one in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', accept or "*/*"):
        named = one.partition(";")[0].strip().lower()
        told = {name.lower(): value.strip('"') for name, value in _PARAMETER.findall(one)}
        multipart = named == MULTIPART
        try:
            quality = float(told.get("q", "1"))
        except ValueError:
            quality = 0.0
        kind = told.get("type", "*/*").lower() if multipart else named
        found.append(Range(kind, multipart, told.get("transfer-syntax", ""), quality))
    return sorted(found, key=lambda one: -one.quality)


def fits(wanted: str, offered: str) -> bool:
    """Whether a media range covers a type."""
    kind, _, _ = offered.partition("/")
    return wanted in ("*/*", f"{kind}/*", offered)


def instance_form(accept: str, stored: str, decodable: bool) -> tuple[bool, str]:
    """For whole instances: whether in parts, and in which transfer syntax. As stored unless another is asked for.

    Raises NotAcceptable `images.not_acceptable`.
    """
    for one in ranges(accept):
        if one.quality and fits(one.type, DICOM):
            if one.syntax in ("", "*", stored):
                return one.multipart or one.type == "*/*", stored
            if decodable and one.syntax in (uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian):
                return one.multipart, one.syntax
    raise NotAcceptable("images.not_acceptable", place="Accept", stored=stored)


def frame_form(accept: str, stored: str, decodable: bool) -> tuple[str, str]:
    """For frames: media type and transfer syntax. As stored unless plain pixels are asked for.

    Raises NotAcceptable `images.not_acceptable`.
    """
    own = FRAME_TYPES.get(stored, OCTETS)
    as_it_lies = own != OCTETS or stored in (PLAIN, uid.ImplicitVRLittleEndian)
    for one in ranges(accept):
        if not one.quality:
            continue
        if as_it_lies and fits(one.type, own) and one.syntax in ("", "*", stored):
            return own, stored
        if fits(one.type, OCTETS) and one.syntax == "*" and as_it_lies:
            return OCTETS, stored
        if fits(one.type, OCTETS) and one.syntax in ("", "*", PLAIN) and decodable:
            return OCTETS, PLAIN
    raise NotAcceptable("images.not_acceptable", place="Accept", stored=stored)


def picture_form(accept: str, offered: Sequence[str]) -> str:
    """For rendered pictures: the first of those offered that is taken. Raises NotAcceptable."""
    for one in ranges(accept):
        for kind in offered:
            if one.quality and fits(one.type, kind):
                return kind
    raise NotAcceptable("images.not_acceptable", place="Accept", offered=list(offered))


def part_head(boundary: str, kind: str, syntax: str, location: str = "") -> bytes:
    """What stands before the content of a part."""
    place = f"Content-Location: {location}\r\n" if location else ""
    told = f"{kind}; transfer-syntax={syntax}" if syntax else kind
    return f"\r\n--{boundary}\r\nContent-Type: {told}\r\n{place}\r\n".encode()


def last_boundary(boundary: str) -> bytes:
    """What stands behind the last part."""
    return f"\r\n--{boundary}--\r\n".encode()
