"""PS3.10 files: written around a data set as it was sent, read without believing it. Knows no wire."""

from __future__ import annotations

import functools
import logging
import struct
import warnings
import zlib
from io import BytesIO

import pydicom
from pydicom import config
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import dcmread, read_dataset, read_preamble
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from yuanzhen.data.exchange.dicom.scan import meta_size
from yuanzhen.infrastructure.errors import Malformed, TooLarge

IMPLEMENTATION = UID("2.25.312059406764161159838584709086847037482")
MAX_FILE = 2 * 1024 * 1024 * 1024
MAX_INFLATED = 512 * 1024 * 1024
PIECE = 1024 * 1024

# What pydicom raises on bytes that are no DICOM, or are broken in their middle
READ_FAULTS = (
    InvalidDicomError,
    BytesLengthException,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    OSError,
    struct.error,
    zlib.error,
)


def plain(text: str) -> str:
    """Decoded text without the escape of ISO 2022 IR 58 (PS3.3 table C.12-4), which pydicom leaves where it stood."""
    return text.replace("\x1b$)A", "")


@functools.cache
def keep_quiet() -> None:
    """Both libraries quote values of what they complain about: their words stay out of log and standard error."""
    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")


def part10(data_set: bytes, *, sop_class: str, sop: str, transfer_syntax: str, calling_ae: str = "") -> bytes:
    """A whole file around an encoded data set, whose bytes are kept (PS3.10 7.1)."""
    return preface(sop_class=sop_class, sop=sop, transfer_syntax=transfer_syntax, calling_ae=calling_ae) + data_set


def preface(*, sop_class: str, sop: str, transfer_syntax: str, calling_ae: str = "") -> bytes:
    """What stands before the data set of a file: preamble, prefix and meta information (PS3.10 table 7.1-1)."""
    told = [
        (0x0001, b"OB", b"\0\1"),
        (0x0002, b"UI", sop_class.encode("ascii")),
        (0x0003, b"UI", sop.encode("ascii")),
        (0x0010, b"UI", transfer_syntax.encode("ascii")),
        (0x0012, b"UI", IMPLEMENTATION.encode("ascii")),
        (0x0013, b"SH", b"YUANZHEN"),
    ]
    if calling_ae:
        told.append((0x0016, b"AE", calling_ae.encode("ascii", "replace")))
    meta = b"".join(_meta_element(number, vr, value) for number, vr, value in told)
    return b"\0" * 128 + b"DICM" + struct.pack("<HH2sHL", 2, 0, b"UL", 4, len(meta)) + meta


def _meta_element(number: int, vr: bytes, value: bytes) -> bytes:
    if len(value) % 2:
        value += b"\0" if vr == b"UI" else b" "
    length = struct.pack("<HL", 0, len(value)) if vr == b"OB" else struct.pack("<H", len(value))
    return struct.pack("<HH2s", 2, number, vr) + length + value


def whole(file: bytes) -> pydicom.FileDataset:
    """The data set with its pixels, inflated where it was deflated. Raises Malformed, TooLarge."""
    keep_quiet()
    if len(file) > MAX_FILE:
        raise TooLarge("dicom.too_large", limit_bytes=MAX_FILE)
    try:
        if _syntax(file) == DeflatedExplicitVRLittleEndian:
            _bounded(file[meta_size(file) :])
        return dcmread(BytesIO(file))
    except READ_FAULTS:
        raise Malformed("dicom.data_set") from None


def _bounded(deflated: bytes) -> None:
    """Passes what inflates to a bearable size: it may be a thousand times its own. Raises TooLarge."""
    inflating, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while deflated and not inflating.eof:
        size += len(inflating.decompress(deflated, PIECE))
        deflated = inflating.unconsumed_tail
        if size > MAX_INFLATED:
            raise TooLarge("dicom.too_large", limit_bytes=MAX_INFLATED)


def _syntax(file: bytes) -> str:
    stream = BytesIO(file)
    try:
        if read_preamble(stream, False) is None:
            raise Malformed("dicom.not_a_file")
        meta = read_dataset(stream, False, True, stop_when=lambda tag, vr, length: tag.group != 2)
        return str(meta.get("TransferSyntaxUID", ""))
    except READ_FAULTS:
        raise Malformed("dicom.not_a_file") from None
