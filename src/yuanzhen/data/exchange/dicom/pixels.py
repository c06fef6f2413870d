"""Frames as pictures: decoded, mapped by modality and window (PS3.3 C.11), encoded as PNG. Not for diagnosis."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate_extended
from pydicom.filereader import dcmread
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi
from pydicom.pixels.utils import pixel_array

from yuanzhen.data.exchange.dicom.files import READ_FAULTS, keep_quiet, whole
from yuanzhen.infrastructure.errors import Invalid, Malformed, NotFound, Problem, TooLarge, Unsupported

MAX_FRAME_BYTES = 512 * 1024 * 1024
PIXEL_DATA = 0x7FE00010
PIXEL_VRS = {PIXEL_DATA: "OW", 0x7FE00008: "OF", 0x7FE00009: "OD"}  # whole numbers, floats, doubles (PS3.3 C.7.6.3)
Frame = NDArray[Any]


def _jpeg(source: bytes, colour: bool, ycc: bool) -> Frame:
    space = imagecodecs.JPEG8.CS.YCbCr if ycc else imagecodecs.JPEG8.CS.RGB
    if not colour:
        return imagecodecs.jpeg8_decode(source)
    return imagecodecs.jpeg8_decode(source, colorspace=space, outcolorspace=imagecodecs.JPEG8.CS.RGB)


Decode = Callable[[bytes, bool, bool], Frame]
# Transfer syntax (PS3.5 A.4) -> how a frame of it becomes an array of rows, columns and samples
DECODERS: dict[str, Decode] = {
    uid.JPEGBaseline8Bit: _jpeg,
    uid.JPEGExtended12Bit: _jpeg,
    uid.JPEGLossless: _jpeg,
    uid.JPEGLosslessSV1: _jpeg,
    uid.JPEGLSLossless: lambda source, colour, ycc: imagecodecs.jpegls_decode(source),
    uid.JPEGLSNearLossless: lambda source, colour, ycc: imagecodecs.jpegls_decode(source),
    uid.JPEG2000Lossless: lambda source, colour, ycc: imagecodecs.jpeg2k_decode(source),
    uid.JPEG2000: lambda source, colour, ycc: imagecodecs.jpeg2k_decode(source),
    uid.HTJ2KLossless: lambda source, colour, ycc: imagecodecs.htj2k_decode(source),
    uid.HTJ2KLosslessRPCL: lambda source, colour, ycc: imagecodecs.htj2k_decode(source),
    uid.HTJ2K: lambda source, colour, ycc: imagecodecs.htj2k_decode(source),
}
# What pydicom decodes by itself
SIMPLE = frozenset({
    uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
    uid.RLELossless,
})  # fmt: skip
DECODER_DEPENDENCIES = dict.fromkeys(DECODERS, ("imagecodecs", "numpy"))
# Decoded by us to RGB: a JPEG's own colours, and what JPEG 2000 undoes by itself
_TO_RGB = {"YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"}


def is_available(transfer_syntax: str) -> bool:
    """pydicom asks its decoders so."""
    return transfer_syntax in DECODERS


def decode_frame(source: bytes, runner: DecodeRunner) -> bytes:
    """One frame for pydicom, which knows the header; it then checks the length and converts what is left."""
    syntax = str(runner.transfer_syntax)
    space = str(runner.photometric_interpretation)
    colour = runner.samples_per_pixel > 1
    decoded = DECODERS[syntax](source, colour, space in _TO_RGB)
    if decoded.shape[:2] != (runner.rows, runner.columns):
        raise ValueError("the frame has not the size that its header names")
    runner.set_option("bits_allocated", decoded.dtype.itemsize * 8)
    if colour:
        runner.set_option("planar_configuration", 0)
        if space in _TO_RGB and "JPEG-LS" not in runner.transfer_syntax.name:
            runner.set_option("photometric_interpretation", "RGB")
    return decoded.tobytes()


@functools.cache
def register() -> None:
    """Names our decoders to pydicom."""
    for syntax in DECODERS:
        get_decoder(uid.UID(syntax)).add_plugin("yuanzhen", (__name__, "decode_frame"))


def rendered(file: bytes, frame: int = 1, window: tuple[float, float] | None = None) -> bytes:
    """A PNG (8 bit, grey or RGB) of one frame, counted from 1.

    `window`: centre and width in modality units (HU for CT); None takes the header's, else the frame's own range.
    Raises NotFound `dicom.no_pixels`, `dicom.no_frame`, Unsupported, Malformed, Invalid, TooLarge.
    """
    return pictured(whole(file), frame, frame, window, Form())


@dataclass(frozen=True, slots=True)
class Form:
    """How a picture leaves: as PNG or JPEG, at most so wide and high (in whole steps of pixels), how good a JPEG."""

    type: Literal["image/png", "image/jpeg"] = "image/png"
    box: tuple[int, int] | None = None
    quality: int = 90


def pictured(header: Dataset, frame: int, index: int, window: tuple[float, float] | None, form: Form) -> bytes:
    """One frame of a data set as a picture: the `index`-th that it holds, `frame` by its functional groups, from 1.

    Raises as `rendered`.
    """
    if window is not None and not window[1] >= 1:
        raise Invalid("dicom.window", place="WindowWidth")
    try:
        picture = _smaller(_picture(header, frame, index, window), form.box)
        if form.type == "image/jpeg":
            return bytes(imagecodecs.jpeg8_encode(picture, level=form.quality))
        return bytes(imagecodecs.png_encode(picture, level=3))
    except Problem:
        raise
    except (*READ_FAULTS, RuntimeError, MemoryError, ZeroDivisionError):
        raise Malformed("dicom.pixels", place="PixelData") from None


def alone(head: bytes, pixels: Sequence[bytes], tag: int = PIXEL_DATA, *, encapsulated: bool) -> Dataset:
    """A data set that holds one frame: `head` is the file before its pixels, `pixels` the frame's fragments, or it."""
    keep_quiet()
    try:
        header = dcmread(BytesIO(head))
        header.NumberOfFrames = 1
        value = encapsulate_extended([b"".join(pixels)])[0] if encapsulated else b"".join(pixels)
        in_bytes = encapsulated or header.get("BitsAllocated", 16) <= 8
        header.add_new(tag, "OB" if in_bytes else PIXEL_VRS[tag], value)
        header[tag].is_undefined_length = encapsulated
    except READ_FAULTS:
        raise Malformed("dicom.data_set") from None
    return header


def plain(header: Dataset, index: int) -> bytes:
    """One frame as pixels in explicit VR little endian, decoded; single bits eight in a byte. Raises as `rendered`."""
    try:
        values = _decoded(header, index)
        if header.BitsAllocated == 1:
            return np.packbits(values.ravel(), bitorder="little").tobytes()
        return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"), copy=False)).tobytes()
    except Problem:
        raise
    except (*READ_FAULTS, RuntimeError, MemoryError, ZeroDivisionError):
        raise Malformed("dicom.pixels", place="PixelData") from None


def _smaller(picture: NDArray[np.uint8], box: tuple[int, int] | None) -> NDArray[np.uint8]:
    """Every n-th pixel of every n-th row, so that it fits."""
    if box is None:
        return picture
    step = max(1, -(-picture.shape[1] // box[0]), -(-picture.shape[0] // box[1]))
    return np.ascontiguousarray(picture[::step, ::step])


def _picture(header: Dataset, frame: int, index: int, window: tuple[float, float] | None) -> NDArray[np.uint8]:
    values = _decoded(header, index)
    if header.PhotometricInterpretation == "PALETTE COLOR":
        values = apply_color_lut(values, header)
    if values.ndim == 3:
        return _eight_bits(values, 16 if values.dtype.itemsize > 1 else 8)
    grey = _windowed(_modality(values, header, frame), header, frame, window)
    return 255 - grey if header.PhotometricInterpretation == "MONOCHROME1" else grey


def _decoded(header: Dataset, frame: int) -> Frame:
    if not any(tag in header for tag in PIXEL_VRS):
        raise NotFound("dicom.no_pixels", place="PixelData")
    frames = int(header.get("NumberOfFrames") or 1)
    if not 1 <= frame <= frames:
        raise NotFound("dicom.no_frame", place="NumberOfFrames", frames=frames)
    size = header.Rows * header.Columns * header.SamplesPerPixel * max(header.BitsAllocated // 8, 1)
    if size > MAX_FRAME_BYTES:
        raise TooLarge("dicom.frame_too_large", place="Rows", limit_bytes=MAX_FRAME_BYTES)
    syntax = header.file_meta.TransferSyntaxUID
    register()
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        raise Unsupported("dicom.transfer_syntax", place="TransferSyntaxUID", transfer_syntax=str(syntax))
    ours = "yuanzhen" if syntax in DECODERS else ""  # never another's that happens to be installed beside
    if header.BitsAllocated == 1 and not syntax.is_encapsulated:
        return _bits(header, frame)
    return pixel_array(header, index=frame - 1, decoding_plugin=ours)


def _bits(header: Dataset, frame: int) -> Frame:
    """A frame of single bits, which may begin and end within a byte (PS3.5 8.1.1)."""
    count = header.Rows * header.Columns * header.SamplesPerPixel
    start, offset = divmod((frame - 1) * count, 8)
    packed = np.frombuffer(header.PixelData, np.uint8)[start : start + -(-(offset + count) // 8)]
    return np.unpackbits(packed, bitorder="little")[offset : offset + count].reshape(header.Rows, header.Columns)


def _eight_bits(values: Frame, bits: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(values >> (bits - 8)).astype(np.uint8)


def _functional(header: Dataset, frame: int, keyword: str) -> Dataset | None:
    """The item of a functional group that holds for a frame (PS3.3 C.7.6.16), its own before the shared one."""
    own = header.get("PerFrameFunctionalGroupsSequence") or []
    shared = header.get("SharedFunctionalGroupsSequence") or []
    for group in (*own[frame - 1 : frame], *shared[:1]):
        items = group.get(keyword)
        if items:
            item: Dataset = items[0]
            return item
    return None


def _modality(values: Frame, header: Dataset, frame: int) -> Frame:
    """Stored values to modality values (PS3.3 C.11.1)."""
    return apply_modality_lut(values, _functional(header, frame, "PixelValueTransformationSequence") or header)


def _windowed(values: Frame, header: Dataset, frame: int, window: tuple[float, float] | None) -> NDArray[np.uint8]:
    if window is None and header.get("VOILUTSequence"):
        table = apply_voi(values, header)
        return _linear(table, *_range(table))
    chosen = window or _own_window(header, frame)
    if chosen is None and PIXEL_DATA not in header:
        return _stretched(values)
    return _linear(values, *(chosen or _range(values)))


def _stretched(values: Frame) -> NDArray[np.uint8]:
    """Real numbers from the smallest to the largest, onto 0..255; what is no number is black."""
    real = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    if np.isnan(real).all():
        return np.zeros(values.shape, np.uint8)
    low, high = np.nanmin(real), np.nanmax(real)
    return np.nan_to_num(np.rint((real - low) / ((high - low) or 1.0) * 255)).astype(np.uint8)


def _own_window(header: Dataset, frame: int) -> tuple[float, float] | None:
    """The first window that the header offers for this frame, if it is one."""
    holder = _functional(header, frame, "FrameVOILUTSequence") or header
    centre, width = _first(holder.get("WindowCenter")), _first(holder.get("WindowWidth"))
    return (centre, width) if centre is not None and width is not None and width >= 1 else None


def _first(value: Any) -> float | None:
    """The first of one or several decimal strings."""
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    return None if value in (None, "") else float(value)


def _range(values: Frame) -> tuple[float, float]:
    """A window from the smallest value to the largest."""
    low, high = float(values.min()), float(values.max())
    width = max(high - low + 1, 1.0)
    return low + width / 2, width


def _linear(values: Frame, centre: float, width: float) -> NDArray[np.uint8]:
    """PS3.3 C.11.2.1.2.1, the LINEAR function, onto 0..255."""
    if width == 1:
        return np.where(values <= centre - 0.5, 0, 255).astype(np.uint8)
    scaled = ((values.astype(np.float64) - (centre - 0.5)) / (width - 1) + 0.5) * 255
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
