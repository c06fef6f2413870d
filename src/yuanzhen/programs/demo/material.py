"""The demo's images: a CT of a real head as a township's scanner would send it. No pixel is invented.

The volume is InVesalius' example `Cranium.inv3`, which set-up takes out of Debian's `invesalius-examples`. Without it a
single real slice out of pydicom's wheel is sent instead, under the same patient, and named as what it is. The brain in
the volume shows a frontal area of low density: nothing may call it normal.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from yuanzhen.programs.demo.cast import ISSUER, SCANNER, TOWNSHIP, house_name
from yuanzhen.programs.demo.model import DemoPatient

VOLUMES = (
    Path(__file__).resolve().parents[4] / ".setup" / "ct" / "Cranium.inv3",
    Path("/usr/share/doc/invesalius-examples/examples/Cranium.inv3"),
)
SHAPE = (108, 256, 256)  # z, y, x; int16, HU
SPACING_MM = (1.5, 0.9570312, 0.9570312)  # z, y, x, as the volume's own main.plist has it

SINGLE = "CT_small.dcm"  # in pydicom's wheel
NAMESPACE = UUID("5a1b6a0e-6d0f-4c0b-9f43-3f6c1f0c7d55")

CREDITS = {
    "volume": "CT: Cranium, example data of InVesalius (Debian invesalius-examples, GPL-2)",
    "single": "CT: CT_small.dcm, test data of pydicom (MIT)",
}


@dataclass(frozen=True, slots=True)
class Study:
    """What is sent: the files in order, and whether they are the whole volume or the single slice instead."""

    files: tuple[Path, ...]
    whole: bool

    @property
    def credit(self) -> str:
        """Whose data it is."""
        return CREDITS["volume" if self.whole else "single"]


def volume_file() -> Path | None:
    """Where the CT volume is, or None."""
    return next((path for path in VOLUMES if path.is_file()), None)


def volume(archive: Path) -> NDArray[np.int16]:
    """HU, int16 (z, y, x): z upward, rows from the front of the head to its back (the archive has them turned over)."""
    with tarfile.open(archive) as tar:
        member = next(one for one in tar if one.name.rpartition("/")[2] == "matrix.dat")
        content = tar.extractfile(member)
        if content is None:
            raise ValueError("matrix.dat is no file")
        stored = np.frombuffer(content.read(), dtype="<i2").reshape(SHAPE)
    return stored[:, ::-1, :]


def write(folder: Path, patient: DemoPatient, at: datetime, archive: Path | None) -> Study:
    """Writes the study of a patient into `folder` as PS3.10 files; `at` is when the scanner made it."""
    folder.mkdir(parents=True, exist_ok=True)
    slices = _single(patient, at) if archive is None else _slices(volume(archive), patient, at)
    files = []
    for number, data_set in enumerate(slices, 1):
        files.append(folder / f"{number:03}.dcm")
        data_set.save_as(files[-1], enforce_file_format=True)
    return Study(tuple(files), archive is not None)


def uid(*of: object) -> UID:
    """The UID of what these words name: the same words, the same UID (PS3.5 B.2: 2.25 and a UUID)."""
    return UID(f"2.25.{uuid5(NAMESPACE, '|'.join(map(str, of))).int}")


def _slices(hu: NDArray[np.int16], patient: DemoPatient, at: datetime) -> Iterator[FileDataset]:
    for index, pixels in enumerate(hu):
        image = _named(Dataset(), patient, at, "volume", index + 1)
        _described(image, "头颅 CT 平扫", "头颅", "HEAD")
        _placed(image, index)
        _with_pixels(image, pixels)
        yield _file(image, image.SOPInstanceUID)


def _single(patient: DemoPatient, at: datetime) -> Iterator[FileDataset]:
    """The one slice, its geometry and pixels kept, its former patient's and maker's words left behind."""
    found = get_testdata_file(SINGLE, download=False)
    source = dcmread(str(found))
    image = Dataset({element.tag: element for element in source if element.tag.group in (0x0028, 0x7FE0)})
    for keyword in ("ImageType", "ImagePositionPatient", "ImageOrientationPatient", "SliceThickness", "KVP"):
        if keyword in source:
            setattr(image, keyword, source[keyword].value)
    _named(image, patient, at, "single", 1)
    _described(image, "CT 示例单层图像(非头颅)", "示例单层", "")
    yield _file(image, image.SOPInstanceUID)


def _named(image: Dataset, patient: DemoPatient, at: datetime, kind: str, number: int) -> Dataset:
    """Patient, study, series, equipment and instance (PS3.3 C.7.1.1, C.7.2.1, C.7.3.1, C.7.5.1, C.12.1)."""
    study = (patient.number, at.isoformat(), kind)
    image.update(_elements(
        SpecificCharacterSet="ISO_IR 192",
        SOPClassUID=CTImageStorage,
        SOPInstanceUID=uid(*study, "instance", number),
        StudyDate=f"{at:%Y%m%d}", SeriesDate=f"{at:%Y%m%d}", ContentDate=f"{at:%Y%m%d}",
        StudyTime=f"{at:%H%M%S}", SeriesTime=f"{at:%H%M%S}", ContentTime=f"{at:%H%M%S}",
        TimezoneOffsetFromUTC=f"{at:%z}",
        AccessionNumber=f"CT{at:%y%m%d}{patient.number[-4:]}",
        Modality="CT",
        Manufacturer="", ReferringPhysicianName="",
        InstitutionName=house_name(TOWNSHIP),
        StationName=SCANNER,
        PatientName=f"{patient.latin}={patient.family}^{patient.given}",
        PatientID=patient.number, IssuerOfPatientID=ISSUER,
        PatientBirthDate=f"{patient.born:%Y%m%d}", PatientSex=patient.sex,
        StudyInstanceUID=uid(*study), SeriesInstanceUID=uid(*study, "series"),
        FrameOfReferenceUID=uid(*study, "frame"), PositionReferenceIndicator="",
        StudyID="1", SeriesNumber=2, InstanceNumber=number, AcquisitionNumber=1,
    ))  # fmt: skip
    return image


def _described(image: Dataset, study: str, series: str, part: str) -> None:
    image.StudyDescription, image.SeriesDescription, image.BodyPartExamined = study, series, part


def _placed(image: Dataset, index: int) -> None:
    """Image plane and CT image (PS3.3 C.7.6.2, C.8.2.1); left and right are nominal, for the volume does not say."""
    z, y, x = SPACING_MM
    image.update(_elements(
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        PatientPosition="HFS",
        SliceThickness=z, SpacingBetweenSlices=z,
        PixelSpacing=[y, x],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        ImagePositionPatient=[round(-x * 127.5, 4), round(-y * 127.5, 4), index * z],
        SliceLocation=index * z,
        ImageComments="左右方向未经证实 / left and right are nominal",
        KVP="",
    ))  # fmt: skip


def _with_pixels(image: Dataset, pixels: NDArray[np.int16]) -> None:
    """Image pixel and window (PS3.3 C.7.6.3, C.11.2): HU as they are, a window for the brain."""
    image.update(_elements(
        SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2",
        Rows=pixels.shape[0], Columns=pixels.shape[1],
        BitsAllocated=16, BitsStored=16, HighBit=15, PixelRepresentation=1,
        RescaleIntercept=0, RescaleSlope=1, RescaleType="HU",
        WindowCenter=40, WindowWidth=80,
    ))  # fmt: skip
    image.PixelData = np.ascontiguousarray(pixels, dtype="<i2").tobytes()
    image["PixelData"].VR = "OW"


def _elements(**values: Any) -> Dataset:
    elements = Dataset()
    for keyword, value in values.items():
        setattr(elements, keyword, value)
    return elements


def _file(image: Dataset, sop: UID) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = sop
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid("scanner", SCANNER)
    return FileDataset("", image, preamble=b"\0" * 128, file_meta=meta)
