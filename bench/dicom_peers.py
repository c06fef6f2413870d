"""What the DICOM figures share: a study of CT images, DCMTK's and Orthanc's programs, and a centre on this disk.

Not a figure: run by itself it prints nothing.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom
from pydicom.data import get_testdata_file

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.make import inside
from tests.make.center import BIN, Center, free_ports
from tests.make.orthanc import DICOMWEB, ENVIRONMENT, Orthanc, has_orthanc, orthanc, running
from tests.make.spent import alone_s, postgres_s

__all__ = ["DICOMWEB", "Orthanc", "center", "has_orthanc", "orthanc"]

FOLDER = "/usr/bin"  # pynetdicom puts scripts of the same names into our own environment
NUMBER = "00000"  # stands in every UID of a file where its own number goes


def has_dcmtk() -> bool:
    """Whether DCMTK's own programs are here."""
    return shutil.which("storescp", path=FOLDER) is not None


def template() -> bytes:
    """A CT image of 512 x 512 pixels as a file of 526 KB, `NUMBER` in its UID; noise like a scanner's."""
    image = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    small = image.pixel_array.astype(np.int16)
    noise = np.random.default_rng(7).normal(0, 12, (512, 512))
    image.Rows, image.Columns = 512, 512
    image.PixelData = (np.kron(small, np.ones((4, 4), np.int16)) + noise).astype("<i2").tobytes()
    image.PatientName, image.PatientID = "Bench^One", "BENCH1"
    image.SOPInstanceUID = f"1.2.826.0.1.1{NUMBER}.9"
    image.StudyInstanceUID, image.SeriesInstanceUID = f"1.2.826.0.2.1{NUMBER}.9", f"1.2.826.0.3.1{NUMBER}.9"
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    written = io.BytesIO()
    image.save_as(written)
    return written.getvalue()


def study(folder: Path, count: int, *, first: int, study: int) -> list[Path]:
    """`count` files of one study with UIDs of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    base = template()
    paths = []
    for number in range(first, first + count):
        content = base
        for root, own in ((b"1.2.826.0.1.1", number), (b"1.2.826.0.2.1", study), (b"1.2.826.0.3.1", study)):
            content = content.replace(root + NUMBER.encode(), root + f"{own:05d}".encode())
        path = folder / f"{number:05d}.dcm"
        path.write_bytes(content)
        paths.append(path)
    return paths


def sent(port: int, title: str, paths: Sequence[Path], associations: int = 1) -> float:
    """Seconds that DCMTK's storescu takes for the files, over so many associations at once."""
    shares = [paths[n::associations] for n in range(associations)]
    started = time.perf_counter()
    senders = [
        subprocess.Popen([f"{FOLDER}/storescu", "-aec", title, "127.0.0.1", str(port), *share], env=ENVIRONMENT)
        for share in shares
    ]
    failed = [sender.args for sender in senders if sender.wait()]
    if failed:
        raise RuntimeError(f"storescu to {title} failed")
    return time.perf_counter() - started


@contextlib.contextmanager
def storescp(folder: Path, *words: str) -> Iterator[int]:
    """DCMTK's receiver, one process an association; its port."""
    (port,) = free_ports(1)
    folder.mkdir(parents=True, exist_ok=True)
    words = ("--fork", "-aet", "STORESCP", "-od", str(folder), *words, str(port))
    with running([f"{FOLDER}/storescp", *words], port):
        yield port


@contextlib.contextmanager
def center(folder: Path) -> Iterator[Center]:
    """Our own, whole, with its database on the same disk.

    In a session of its own as the peers are: Linux shares a busy machine out among sessions, not among processes.
    """
    running = Center.at(folder / "home").start(program=("setsid", BIN / "yuanzhen"))
    try:
        yield running
    finally:
        running.stop()


class Cost(NamedTuple):
    """Seconds: by the clock, of a receiver's CPU, and of its database's."""

    clock: float
    cpu: float
    postgres: float


@dataclass(frozen=True)
class Meter:
    """A receiver whose CPU is read from the system; `postmaster` is its database's, 0 where it has none."""

    pid: int
    postmaster: int = 0

    @classmethod
    def of(cls, one: Center | Orthanc) -> Meter:
        """Ours or Orthanc's."""
        if isinstance(one, Orthanc):
            return cls(one.pid)
        assert one.process is not None
        return cls(one.process.pid, inside.postmaster(one.home))

    def cost(self, work: Callable[[], float]) -> Cost:
        """What work costs that tells how many seconds it took."""
        cpu, postgres = self._spent()
        clock = work()
        spent = self._spent()
        return Cost(clock, spent[0] - cpu, spent[1] - postgres)

    def _spent(self) -> tuple[float, float]:
        return alone_s(self.pid), postgres_s(self.postmaster) if self.postmaster else 0.0


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each."""
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def per_piece_ms(cost: Cost, count: int) -> dict[str, float]:
    """CPU milliseconds of each of `count` pieces, for a line."""
    return {"cpu_ms": round(cost.cpu / count * 1e3, 2), "postgres_cpu_ms": round(cost.postgres / count * 1e3, 2)}


def line(figure: str, value: float, reference: float, unit: str, reference_is: str, goal: float, **more: Any) -> None:
    """One figure as a JSON line; the ratio is ours to the reference's, higher is better."""
    told = {"figure": figure, "value": round(value, 1), "unit": unit, "reference": round(reference, 1),
            "reference_is": reference_is, "ratio": round(value / reference, 2), "goal": goal,
            "load": round(os.getloadavg()[0], 1), **more}  # fmt: skip
    print(json.dumps(told), flush=True)
