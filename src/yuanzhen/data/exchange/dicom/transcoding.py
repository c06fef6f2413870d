"""A stored file in the transfer syntax that somebody asked for: as it lies there, or decoded to a plain one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import numpy as np
from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from yuanzhen.data.exchange.dicom import files, pixels
from yuanzhen.data.exchange.dicom.archive import Held
from yuanzhen.data.exchange.dicom.scan import meta_size
from yuanzhen.infrastructure.errors import Malformed, TooLarge, Unsupported

PLAIN = frozenset({ExplicitVRLittleEndian, ImplicitVRLittleEndian})
MAX_TRANSCODED = 512 * 1024 * 1024  # a file of this size is held in memory to be decoded


def possible(stored: str, wanted: str) -> bool:
    """Whether what lies in one transfer syntax can be told in another."""
    return stored == wanted or (wanted in PLAIN and (stored in pixels.DECODERS or stored in pixels.SIMPLE))


async def data_set(file: AsyncIterator[bytes], held: Held, wanted: str) -> AsyncIterator[bytes]:
    """The data set of a stored file in the syntax `wanted`. Raises Unsupported where that cannot be."""
    if held.transfer_syntax != wanted:
        decoded = await decoded_file(file, held, wanted)
        yield decoded[meta_size(decoded) :]
        return
    head = b""
    async for piece in file:
        if head is not None:
            head += piece
            at = meta_size(head)
            if at < 0:
                continue
            piece, head = head[at:], None  # type: ignore[assignment]
        yield piece


async def decoded_file(file: AsyncIterator[bytes], held: Held, wanted: str) -> bytes:
    """The whole file, decoded to a plain transfer syntax. Raises Unsupported, TooLarge, Malformed."""
    if not possible(held.transfer_syntax, wanted):
        raise Unsupported("dicom.transfer_syntax", place="TransferSyntaxUID", transfer_syntax=held.transfer_syntax)
    if held.size > MAX_TRANSCODED:
        raise TooLarge("dicom.too_large", limit_bytes=MAX_TRANSCODED)
    whole = b"".join([piece async for piece in file])
    return await asyncio.to_thread(_decoded, whole, wanted)


def _decoded(file: bytes, wanted: str) -> bytes:
    read = files.whole(file)
    try:
        if read.file_meta.TransferSyntaxUID.is_compressed:
            pixels.register()
            read.decompress(generate_instance_uid=False)
        elif read.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
            _turned(read)
        read.file_meta.TransferSyntaxUID = UID(wanted)
        written = BytesIO()
        implicit = wanted == ImplicitVRLittleEndian
        dcmwrite(written, read, implicit_vr=implicit, little_endian=True, force_encoding=True)
    except (*files.READ_FAULTS, RuntimeError):
        raise Malformed("dicom.pixels", place="PixelData") from None
    return written.getvalue()


# PS3.5 table 6.2-1: how many bytes turn around together, of what pydicom hands on as it lies in the file
WORD_BYTES = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}


def _turned(data_set: Dataset) -> None:
    """Makes a big-endian data set's words little-endian; pydicom turns its numbers alone."""
    for element in data_set.iterall():
        size = WORD_BYTES.get(element.VR)
        if size and element.value:
            element.value = np.frombuffer(element.value, f"u{size}").byteswap().tobytes()
