"""Marks as DICOM: a measurement report (PS3.16 TID 1500) and a key object selection (TID 2010). Knows no store.

Whoever calls imports it late: highdicom takes a second to load.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

import numpy as np
from highdicom import ko, sr
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import UID, ExplicitVRLittleEndian

from yuanzhen.collaboration.reading.model import Mark
from yuanzhen.data.exchange.dicom import files

MANUFACTURER = "Yuanzhen"
SERIES_NUMBER = {"marks": 9001, "keys": 9002}
# What of a patient highdicom leaves out, and the archive goes by
WHOSE = ("SpecificCharacterSet", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence")

IMAGING = Code("18748-4", "LN", "Diagnostic imaging study")
CHINESE = sr.CodedConcept("zh-CN", "RFC5646", "Chinese (China)")
LENGTH, ANGLE = codes.SCT.Length, codes.SCT.Angle
AREA = codes.SCT.Area
ATTENUATION = Code("112031", "DCM", "Attenuation Coefficient")
PIXELS = Code("pixel-value", "99YUANZHEN", "Pixel value")  # where pixels are in no unit that has a code
MM, DEGREE, MM2 = codes.UCUM.Millimeter, codes.UCUM.Degree, codes.UCUM.SquareMillimeter
HU, NO_UNITS = codes.UCUM.HounsfieldUnit, codes.UCUM.NoUnits
DERIVED = {
    "mean": codes.SCT.Mean,
    "sd": codes.SCT.StandardDeviation,
    "min": codes.SCT.Minimum,
    "max": codes.SCT.Maximum,
}


def documents(
    reading: str, marks: Sequence[Mark], pictures: Mapping[str, Dataset], observer: str, at: datetime
) -> list[bytes]:
    """The files of one study's marks: the report of what was measured, and the key images; what is empty is left out.

    `pictures`: the headers of the objects that the marks are on, by their UID. The same marks make the same files.
    """
    measured = [one for one in marks if one.kind != "key"]
    keys = list(dict.fromkeys(one.place.instance for one in marks if one.kind == "key"))
    made = []
    if measured:
        made.append(_file(_report(reading, measured, pictures, observer), pictures[measured[0].place.instance], at))
    if keys:
        made.append(_file(_selection(reading, keys, pictures, observer), pictures[keys[0]], at))
    return made


def uid_of(reading: str, study: str, what: str) -> UID:
    """A UID that is the same whenever it is asked for (PS3.5 B.2)."""
    return UID(f"2.25.{uuid5(NAMESPACE_OID, f'yuanzhen:{reading}:{study}:{what}').int}")


def _report(reading: str, marks: Sequence[Mark], pictures: Mapping[str, Dataset], observer: str) -> Dataset:
    study = marks[0].place.study
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_person_context=_observer(observer)),
        procedure_reported=IMAGING,
        imaging_measurements=[_group(one, pictures[one.place.instance]) for one in marks],
        title=codes.DCM.ImagingMeasurementReport,
        language_of_content_item_and_descendants=sr.LanguageOfContentItemAndDescendants(CHINESE),
    )
    return sr.ComprehensiveSR(
        evidence=[pictures[one] for one in dict.fromkeys(mark.place.instance for mark in marks)],
        content=content[0],
        series_instance_uid=uid_of(reading, study, "marks series"),
        series_number=SERIES_NUMBER["marks"],
        sop_instance_uid=uid_of(reading, study, "marks"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        is_final=True,
    )


def _selection(reading: str, keys: Sequence[str], pictures: Mapping[str, Dataset], observer: str) -> Dataset:
    chosen = [pictures[one] for one in keys]
    study = str(chosen[0].StudyInstanceUID)
    content = ko.KeyObjectSelection(
        document_title=codes.DCM.OfInterest, referenced_objects=chosen, observer_person_context=_observer(observer)
    )
    return ko.KeyObjectSelectionDocument(
        evidence=chosen,
        content=content,
        series_instance_uid=uid_of(reading, study, "keys series"),
        series_number=SERIES_NUMBER["keys"],
        sop_instance_uid=uid_of(reading, study, "keys"),
        instance_number=1,
        manufacturer=MANUFACTURER,
    )


def _observer(name: str) -> sr.ObserverContext:
    return sr.ObserverContext(
        observer_type=codes.DCM.Person,
        observer_identifying_attributes=sr.PersonObserverIdentifyingAttributes(name=f"{name}^"),
    )


def _group(
    mark: Mark, picture: Dataset
) -> sr.MeasurementsAndQualitativeEvaluations | sr.PlanarROIMeasurementsAndQualitativeEvaluations:
    """TID 1410 for a region, TID 1501 for what is measured between points."""
    tracked = sr.TrackingIdentifier(uid=uid_of("mark", mark.place.instance, mark.id), identifier=mark.id)
    points = np.array(mark.points, dtype=np.float64)
    frames = [mark.place.frame] if int(picture.get("NumberOfFrames") or 1) > 1 else None
    if mark.kind == "ellipse":
        source = sr.SourceImageForRegion(picture.SOPClassUID, picture.SOPInstanceUID, frames)
        region = sr.ImageRegion(sr.GraphicTypeValues.ELLIPSE, _long_axis_first(points), source)
        return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracked, referenced_region=region, measurements=_of_region(mark)
        )
    source = sr.SourceImageForRegion(picture.SOPClassUID, picture.SOPInstanceUID, frames)
    drawn = sr.CoordinatesForMeasurement(sr.GraphicTypeValues.POLYLINE, points, source)
    name, unit, value = (
        (LENGTH, MM, mark.figures.get("length_mm", 0.0))
        if mark.kind == "length"
        else (ANGLE, DEGREE, mark.figures.get("angle_deg", 0.0))
    )
    measurement = sr.Measurement(name=name, value=_short(value), unit=unit, referenced_coordinates=[drawn])
    return sr.MeasurementsAndQualitativeEvaluations(tracking_identifier=tracked, measurements=[measurement])


def _long_axis_first(points: np.ndarray) -> np.ndarray:
    """The ends of the major axis, then of the minor one (PS3.3 C.18.6.1.2)."""
    first, second = np.linalg.norm(points[0] - points[1]), np.linalg.norm(points[2] - points[3])
    return points if first >= second else points[[2, 3, 0, 1]]


def _of_region(mark: Mark) -> list[sr.Measurement]:
    found = []
    if "area_mm2" in mark.figures:
        found.append(sr.Measurement(name=AREA, value=_short(mark.figures["area_mm2"]), unit=MM2))
    name, unit = (ATTENUATION, HU) if mark.unit == "HU" else (PIXELS, NO_UNITS)
    for figure, derivation in DERIVED.items():
        if figure in mark.figures:
            found.append(
                sr.Measurement(name=name, value=_short(mark.figures[figure]), unit=unit, derivation=derivation)
            )
    return found


def _short(value: float) -> float:
    """Fits the sixteen characters of a DS (PS3.5 6.2)."""
    return round(value, 4)


def _file(document: Dataset, picture: Dataset, at: datetime) -> bytes:
    """A PS3.10 file with the moment of the signature as its own, and with all that says whose it is."""
    for keyword in WHOSE:
        if keyword in picture:
            setattr(document, keyword, picture[keyword].value)
    local = at.astimezone()
    for kind in ("Content", "InstanceCreation", "Series"):
        setattr(document, f"{kind}Date", local.strftime("%Y%m%d"))
        setattr(document, f"{kind}Time", local.strftime("%H%M%S"))
    for maker in document.get("ContributingEquipmentSequence", ()):
        maker.ContributionDateTime = local.strftime("%Y%m%d%H%M%S")
    meta = FileMetaDataset()
    meta.ImplementationClassUID = files.IMPLEMENTATION
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = document.SOPClassUID, document.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    document.file_meta = meta
    written = io.BytesIO()
    document.save_as(written, enforce_file_format=True)
    return written.getvalue()
