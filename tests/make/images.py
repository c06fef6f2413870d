"""Small CT images of somebody, and a scanner that sends them over the network."""

from __future__ import annotations

import httpx
import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE

SUCCESS = 0x0000


def ct(number: int, *, patient: str = "00017", name: str = "刘^淑英") -> pydicom.Dataset:
    """A CT image with a UID of its own for each number."""
    image = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    image.SpecificCharacterSet, image.PatientName, image.PatientID = "ISO_IR 192", name, patient
    image.PatientBirthDate, image.PatientSex = "19590321", "F"
    image.InstanceNumber, image.SOPInstanceUID = number, f"2.25.4711.{number}"
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    return image


def sent(port: int, *images: pydicom.Dataset, title: str = "SCANNER") -> list[int]:
    """The status that each image got; an empty list when no association was made."""
    scanner = AE(title)
    scanner.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
    link = scanner.associate("127.0.0.1", port, ae_title="YUANZHEN")
    if not link.is_established:
        return []
    try:
        return [int(getattr(link.send_c_store(image), "Status", -1)) for image in images]
    finally:
        link.release()


def shown(client: httpx.Client) -> list[int]:
    """The numbers of these images that the centre shows."""
    study = f"/dicom-web/studies/{ct(1).StudyInstanceUID}/series"
    numbers = []
    for series in client.get(study).json():
        instances = client.get(f"{study}/{series['0020000E']['Value'][0]}/instances").json()
        numbers += [int(one["00200013"]["Value"][0]) for one in instances]
    return sorted(numbers)
