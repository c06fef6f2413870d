"""The viewer in Debian's Chromium over loopback: 300 CT slices of 526 KB, stored and read as a clinician reads them.

Three JSON lines. `first_picture`: from the click on a study to its middle slice on the screen, the first time in
a browser (`cold_ms`); `reference` is the bare fetch of what the picture needs (series, headers, one frame) by the same
page. `next_slice`: from an arrow key to the slice on the screen when all are there, over 100 keys;
`reference` is the bare fetch of one frame. `scroll`: through all by keys, one each animation frame, begun while most
are still to come: how many animation frames showed no picture, and how long until the last stood.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pydicom
from playwright.sync_api import Page
from pydicom.data import get_testdata_file

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.make.center import served
from tests.make.pages import Visitor, browser

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 300
ROUNDS, KEYS, PARTS = 3, 100, 20
GOALS = {"first_picture": 1000.0, "next_slice": 50.0}
STUDY, SERIES = "2.25.300", "2.25.301"

# Stands on the page: whether the picture that is wanted is drawn, looked at once each animation frame.
WATCH = """() => {
  performance.setResourceTimingBufferSize(5000); // else the first 250 are all that is kept
  const look = () => {
    const stage = document.querySelector('.stage');
    const canvas = stage?.querySelector('canvas');
    if (!stage || !canvas || !canvas.width) return { drawn: false, shown: -1 };
    const small = document.createElement('canvas');
    small.width = small.height = 16;
    const pen = small.getContext('2d');
    pen.drawImage(canvas, 0, 0, 16, 16);
    const drawn = pen.getImageData(4, 4, 8, 8).data.some((value, at) => at % 4 < 3 && value > 8);
    return { drawn, shown: Number(stage.dataset.shown ?? -1), wanted: Number(stage.dataset.wanted) };
  };
  window.frame = () => new Promise((done) => requestAnimationFrame(() => done()));
  window.look = look;
  window.until = async (holds) => {
    const began = performance.now();
    while (!holds(look())) {
      if (performance.now() - began > 60000) throw new Error('not on the screen after a minute');
      await window.frame();
    }
    return performance.now();
  };
  window.key = (key) => document.querySelector('.stage')
    .dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
}"""
FIRST = """async (selector) => {
  const began = performance.now();
  document.querySelector(selector).click();
  return await window.until(({ drawn, shown, wanted }) => drawn && shown === wanted) - began;
}"""
ALL_THERE = """(count) => performance.getEntriesByType('resource')
  .filter(({ name, responseEnd }) => name.includes('/frames/') && responseEnd > 0).length >= count"""
NEXT = """async (keys) => {
  const took = [];
  for (let at = 0; at < keys; at += 1) {
    const to = Number(document.querySelector('.stage').dataset.shown) + (at < keys / 2 ? 1 : -1);
    const began = performance.now();
    window.key(at < keys / 2 ? 'ArrowDown' : 'ArrowUp');
    took.push(await window.until(({ drawn, shown }) => drawn && shown === to) - began);
  }
  return took;
}"""
SCROLL = """async (count) => {
  let blank = 0;
  window.key('Home');
  const began = performance.now();
  for (let at = 1; at < count; at += 1) {
    window.key('ArrowDown');
    await window.frame();
    if (!window.look().drawn) blank += 1;
  }
  return { blank, took: await window.until(({ shown }) => shown === count - 1) - began };
}"""
FETCHED = """async (paths) => {
  const began = performance.now();
  for (const [path, accept] of paths) await (await fetch(path, { headers: { Accept: accept } })).arrayBuffer();
  return performance.now() - began;
}"""


def slices(count: int) -> list[bytes]:
    """A chest that is none: a body with noise like a scanner's, one place further for each file."""
    image = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    small = np.kron(image.pixel_array.astype(np.int16), np.ones((4, 4), np.int16))
    random = np.random.default_rng(7)
    image.Rows, image.Columns, image.PatientName, image.PatientID = 512, 512, "Bench^One", "BENCH1"
    image.StudyInstanceUID, image.SeriesInstanceUID, image.SliceThickness = STUDY, SERIES, "1"
    files = []
    for number in range(1, count + 1):
        image.InstanceNumber, image.SOPInstanceUID = number, f"2.25.4000.{number}"
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.ImagePositionPatient = [-150, -150, number]
        image.PixelData = (small + random.normal(0, 12, small.shape)).astype("<i2").tobytes()
        written = pydicom.filebase.DicomBytesIO()
        image.save_as(written)
        files.append(written.getvalue())
    return files


def store(client: httpx.Client, files: Sequence[bytes]) -> None:
    """STOW-RS, a few files a request."""
    kind = 'multipart/related; type="application/dicom"; boundary=of-the-bench'
    for at in range(0, len(files), PARTS):
        parts = b"".join(b"\r\n--of-the-bench\r\nContent-Type: application/dicom\r\n\r\n" + file
                         for file in files[at : at + PARTS])  # fmt: skip
        body, headers = parts + b"\r\n--of-the-bench--\r\n", {"Content-Type": kind, "Accept": "application/dicom+json"}
        answer = client.post("/dicom-web/studies", content=body, headers=headers, timeout=60)
        answer.raise_for_status()


def patient_of(client: httpx.Client) -> str:
    """The patient, once the study is described."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        entries = client.get("/fhir/R4/ImagingStudy").json().get("entry", [])
        if entries:
            return str(entries[0]["resource"]["subject"]["reference"]).removeprefix("Patient/")
        time.sleep(0.2)
    raise RuntimeError("the study was not described")


def measured(page: Page, url: str, patient: str) -> None:
    """Prints the three figures."""
    link = f"a[href$='/studies/{STUDY}']"

    def first() -> float:
        page.goto(f"{url}/patients/{patient}")
        page.locator(link).first.wait_for()
        page.wait_for_load_state("networkidle")
        page.evaluate(WATCH)
        return float(page.evaluate(FIRST, link))

    cold = first()
    page.wait_for_function(ALL_THERE, arg=COUNT, timeout=120_000)
    warm = [first() for _ in range(ROUNDS)]
    scrolled = page.evaluate(SCROLL, COUNT)
    page.wait_for_function(ALL_THERE, arg=COUNT, timeout=120_000)
    page.evaluate("async () => { window.key('Home'); await window.until(({ shown }) => shown === 0); }")
    took = page.evaluate(NEXT, KEYS)
    root = f"/dicom-web/studies/{STUDY}/series"
    octets = "multipart/related; type=application/octet-stream; transfer-syntax=*"
    frames = [[f"{root}/{SERIES}/instances/2.25.4000.{number}/frames/1", octets] for number in range(1, 31)]
    listed = [[path, "application/dicom+json"] for path in (root, f"{root}/{SERIES}/metadata")]
    needed = statistics.median(page.evaluate(FETCHED, [*listed, frames[at]]) for at in range(ROUNDS))
    one = page.evaluate(FETCHED, frames) / len(frames)
    ordered = sorted(took)
    told("first_picture", statistics.median([cold, *warm]), needed, cold_ms=round(cold, 1))
    told("next_slice", statistics.median(took), one, p95_ms=round(ordered[int(len(ordered) * 0.95)], 1))
    line = {"figure": "scroll", "value": scrolled["blank"], "unit": "blank frames", "reference": 0,
            "slices": COUNT, "seconds": round(scrolled["took"] / 1000, 2)}  # fmt: skip
    print(json.dumps(line), flush=True)


def told(name: str, value: float, reference: float, **more: Any) -> None:
    """One line: milliseconds, those of the reference, the ratio, and what was promised."""
    line = {"figure": name, "value": round(value, 1), "unit": "ms", "reference": round(reference, 1),
            "ratio": round(value / reference, 2), "goal": GOALS[name], **more}  # fmt: skip
    print(json.dumps(line), flush=True)


def main() -> None:
    """A centre of its own, 300 slices, one clinician."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "home") as center, browser() as window:
        house = center.told("institution", "add", "Bench", "--level", "township")["id"]
        clinician = center.user("bench", "clinician", house)
        with center.machine("system/*.*", "--institution", house) as machine:
            store(machine, slices(COUNT))
            patient = patient_of(machine)
        visitor = Visitor.come(window, center.url, (clinician.name, clinician.password, clinician.totp_secret))
        visitor.login()
        measured(visitor.page, center.url, patient)
        if visitor.faults:
            raise RuntimeError(visitor.faults)


if __name__ == "__main__":
    main()
