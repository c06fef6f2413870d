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
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import dcmread, read_dataset, read_preamble
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from yuanzhen.infrastructure.errors import Malformed, TooLarge, Unsupported

IMPLEMENTATION = UID("2.25.312059406764161159838584709086847037482")
MAX_FILE = 2 * 1024 * 1024 * 1024

# Texts by which a data set that names no character set shows which one it is in
TEXTS = ("PatientName", "PatientID", "StudyDescription", "SeriesDescription", "InstitutionName", "BodyPartExamined")

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
    logging.getLogger("pynetdicom").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")


def part10(data_set: bytes, *, sop_class: str, sop: str, transfer_syntax: str, calling_ae: str = "") -> bytes:
    """A whole file around an encoded data set, whose bytes are kept (PS3.10 7.1)."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = UID(sop)
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = IMPLEMENTATION
    meta.ImplementationVersionName = "YUANZHEN"
    if calling_ae:
        meta.SourceApplicationEntityTitle = calling_ae
    head = DicomBytesIO()
    write_file_meta_info(head, meta, enforce_standard=True)
    return b"".join((b"\0" * 128, b"DICM", head.getvalue(), data_set))


def meta_of(file: bytes) -> Dataset:
    """The file meta information (group 0002). Raises Malformed `dicom.not_a_file`."""
    keep_quiet()
    stream = BytesIO(file)
    try:
        if read_preamble(stream, False) is None:
            raise Malformed("dicom.not_a_file")
        meta = read_dataset(stream, False, True, stop_when=lambda tag, vr, length: tag.group != 2)
        return Dataset({tag: meta[tag] for tag in list(meta.keys())})  # decoded here, so that it breaks here
    except READ_FAULTS:
        raise Malformed("dicom.not_a_file") from None


def header_of(file: bytes, *, tags: list[str] | None = None) -> pydicom.FileDataset:
    """The data set before its pixels; only `tags` (keywords) if given.

    A deflated data set is refused: it may be a thousand times its size. Raises Malformed, Unsupported, TooLarge.
    """
    return _read(file, pixels=False, tags=tags)


def whole(file: bytes) -> pydicom.FileDataset:
    """The data set with its pixels; raises as `header_of`."""
    return _read(file, pixels=True, tags=None)


def _read(file: bytes, *, pixels: bool, tags: list[str] | None) -> pydicom.FileDataset:
    if len(file) > MAX_FILE:
        raise TooLarge("dicom.too_large", limit_bytes=MAX_FILE)
    syntax = str(meta_of(file).get("TransferSyntaxUID", ""))
    if syntax == DeflatedExplicitVRLittleEndian:
        raise Unsupported("dicom.transfer_syntax", place="TransferSyntaxUID", transfer_syntax=syntax)
    try:
        read = dcmread(BytesIO(file), stop_before_pixels=not pixels, specific_tags=list(tags) if tags else None)
        _assume_charset(read)
    except READ_FAULTS:
        raise Malformed("dicom.data_set") from None
    return read


def _assume_charset(header: Dataset) -> None:
    """Many devices write Chinese and name no character set: UTF-8 if it is that, else GB 18030, never Latin letters."""
    if header.get("SpecificCharacterSet"):
        return
    raws = (header.get_item(keyword) for keyword in TEXTS if keyword in header)
    raw = b"\n".join(element.value for element in raws if isinstance(element.value, bytes))
    if raw.isascii():
        return
    for codec in ("utf-8", "gb18030"):
        try:
            raw.decode(codec)
        except UnicodeDecodeError:
            continue
        implicit, little = header.original_encoding
        header.set_original_encoding(implicit, little, codec)
        return
