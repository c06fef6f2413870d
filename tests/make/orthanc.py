"""Debian's Orthanc, a stranger's archive: run beside ours as a modality, and as what our figures are held against."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.make.center import free_ports

DICOMWEB = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
ENVIRONMENT = os.environ | {"TCP_NODELAY": "1"}  # without it DCMTK's network code waits for acknowledgements


def has_orthanc() -> bool:
    """Whether Orthanc is here."""
    return shutil.which("Orthanc") is not None


@dataclass(frozen=True)
class Orthanc:
    """A running Orthanc."""

    dicom: int
    url: str
    pid: int


@contextlib.contextmanager
def orthanc(folder: Path, **more: Any) -> Iterator[Orthanc]:
    """Orthanc that syncs its storage as we do, with its DICOMweb plugin, on a disk of its own folder."""
    dicom, http = free_ports(2)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "StorageDirectory": str(folder), "IndexDirectory": str(folder), "SyncStorageArea": True, "DicomPort": dicom,
        "HttpPort": http, "DicomAet": "ORTHANC", "AuthenticationEnabled": False, "RemoteAccessAllowed": False,
        "DicomAlwaysAllowStore": True, "DicomCheckCalledAet": False, "Plugins": [str(DICOMWEB)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"}, "HttpThreadsCount": 8, "OverwriteInstances": True, **more,
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with running(["Orthanc", str(folder / "orthanc.json")], http) as pid:
        for _ in range(100):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{http}/system")
                break
            time.sleep(0.1)
        yield Orthanc(dicom, f"http://127.0.0.1:{http}", pid)


@contextlib.contextmanager
def running(command: Sequence[str], port: int) -> Iterator[int]:
    """The process of a program in a group of its own, from when its port accepts until the end of the block."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
