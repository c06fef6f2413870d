"""Marks out of DICOM: what measurement reports (PS3.16 TID 1500) and key object selections of a study say. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydicom.dataset import Dataset

from yuanzhen.collaboration.reading.model import FIGURES, POINTS, Kind, Point

SR_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.88.22",  # Enhanced SR
    "1.2.840.10008.5.1.4.1.1.88.33",  # Comprehensive SR
    "1.2.840.10008.5.1.4.1.1.88.34",  # Comprehensive 3D SR
)
KEYS_CLASS = "1.2.840.10008.5.1.4.1.1.88.59"
GROUP, TRACKING, OBSERVER = ("125007", "DCM"), ("112039", "DCM"), ("121008", "DCM")
DERIVATION = ("121401", "DCM")
AREA, LENGTH, ANGLE = ("42798000", "SCT"), ("410668003", "SCT"), ("1483009", "SCT")
DERIVED = {
    ("373098007", "SCT"): "mean",
    ("386136009", "SCT"): "sd",
    ("255605001", "SCT"): "min",
    ("56851009", "SCT"): "max",
}
MEASURED = {LENGTH: "length_mm", ANGLE: "angle_deg", AREA: "area_mm2"}
UNITS = {"length_mm": {"mm"}, "angle_deg": {"deg"}, "area_mm2": {"mm2"}}
HU = "[hnsf'U]"
# By how it is drawn and with how many points
DRAWN: Mapping[tuple[str, int], Kind] = {("POLYLINE", 2): "length", ("POLYLINE", 3): "angle", ("ELLIPSE", 4): "ellipse"}


@dataclass(frozen=True, slots=True)
class Said:
    """A mark as a document says it, whoever made it; of a picture that it names."""

    id: str
    kind: Kind
    instance: str
    frame: int
    points: tuple[Point, ...]
    figures: Mapping[str, float]
    unit: str
    observer: str
    at: datetime | None = None  # of the document, by the clock of the house


def marks(document: Dataset) -> list[Said]:
    """What a document marks; what is drawn or measured in ways that are not shown here is left out."""
    at = _written(document)
    return [replace(one, at=at) for one in _marks(document)]


def _written(document: Dataset) -> datetime | None:
    """PS3.3 table C.17-2; None where a document does not say it as the standard has it."""
    told = f"{document.get('ContentDate', '')}{document.get('ContentTime', '')}"
    try:
        return datetime.strptime(told[:14], "%Y%m%d%H%M%S").astimezone()
    except ValueError:
        return None


def _marks(document: Dataset) -> list[Said]:
    if str(document.get("SOPClassUID", "")) == KEYS_CLASS:
        return list(_keys(document))
    observer = next((str(item.PersonName) for item in _items(document) if _named(item) == OBSERVER), "")
    groups = [item for item in _items(document) if _named(item) == GROUP]
    found = [_measure(group, observer, f"{document.SOPInstanceUID}/{at}") for at, group in enumerate(groups)]
    return [one for one in found if one is not None]


def _keys(document: Dataset) -> Iterator[Said]:
    observer = next((str(item.PersonName) for item in _items(document) if _named(item) == OBSERVER), "")
    for at, item in enumerate(one for one in _items(document) if one.get("ValueType") == "IMAGE"):
        for instance, frame in _referenced(item):
            id = f"{document.SOPInstanceUID}/{at}/{frame}"
            yield Said(id, "key", instance, frame, (), {}, "", observer.rstrip("^"))


def _measure(group: Dataset, observer: str, id: str) -> Said | None:
    items = list(_items(group))
    drawn = next((item for item in items if item.get("ValueType") == "SCOORD"), None)
    if drawn is None:
        return None
    data = [float(part) for part in drawn.get("GraphicData", ())]
    kind = DRAWN.get((str(drawn.GraphicType), len(data) // 2))
    picture = next((one for item in _items(drawn) for one in _referenced(item)), None)
    if kind is None or picture is None:
        return None
    figures, unit = _figures(items)
    tracking = next((str(item.TextValue) for item in items if _named(item) == TRACKING), id)
    points = tuple(zip(data[::2], data[1::2], strict=True))
    kept = {name: value for name, value in figures.items() if name in FIGURES[kind]}
    return Said(tracking, kind, *picture, points[: POINTS[kind]], kept, unit, observer.rstrip("^"))


def _figures(items: list[Dataset]) -> tuple[dict[str, float], str]:
    figures: dict[str, float] = {}
    unit = ""
    for item in items:
        measured = next(iter(item.get("MeasuredValueSequence", ())), None)
        if measured is None:
            continue
        ucum = _code(measured.MeasurementUnitsCodeSequence[0])[0]
        name = MEASURED.get(_named(item), "")
        if not name:
            derived = (_code(one.ConceptCodeSequence[0]) for one in _items(item) if _named(one) == DERIVATION)
            name = next((DERIVED[one] for one in derived if one in DERIVED), "")
            unit = "HU" if ucum == HU else unit
        if name and ucum in UNITS.get(name, {ucum}):
            figures[name] = float(measured.NumericValue)
    return figures, unit


def _items(item: Dataset) -> Iterator[Dataset]:
    """All content below, outermost first; a group's own is not that of another."""
    for one in item.get("ContentSequence", ()):
        yield one
        yield from _items(one)


def _referenced(item: Dataset) -> Iterator[tuple[str, int]]:
    for one in item.get("ReferencedSOPSequence", ()):
        frames = one.get("ReferencedFrameNumber") or 1
        for frame in frames if isinstance(frames, list) or hasattr(frames, "__iter__") else (frames,):
            yield str(one.ReferencedSOPInstanceUID), int(frame)


def _named(item: Dataset) -> tuple[str, str]:
    named = item.get("ConceptNameCodeSequence")
    return _code(named[0]) if named else ("", "")


def _code(item: Dataset) -> tuple[str, str]:
    value = item.get("CodeValue") or item.get("LongCodeValue") or ""
    return str(value), str(item.get("CodingSchemeDesignator", ""))
