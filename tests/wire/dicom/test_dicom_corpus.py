"""Files that nobody here wrote: each is a fact and a picture, or refused with a code."""

import os
from pathlib import Path

import pytest

from yuanzhen.data.exchange.dicom.attributes import instance_json
from yuanzhen.data.exchange.dicom.codec import received
from yuanzhen.data.exchange.dicom.pixels import rendered
from yuanzhen.infrastructure.errors import Problem

FOLDER = Path(os.environ.get("YUANZHEN_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data") / "dicom"


def files() -> list[Path]:
    if not FOLDER.is_dir():
        pytest.skip("about 190 DICOM files were not tried: YUANZHEN_SHARED_DATA names no folder")
    return [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and path.stat().st_size < 20_000_000]


def outcome(act, file: bytes) -> str:
    try:
        return "done" if act(file) else "empty"
    except Problem as problem:
        return problem.code


def test_every_file_is_a_fact_or_refused():
    outcomes = [outcome(received, path.read_bytes()) for path in files()]
    assert set(outcomes) <= {
        "done",
        "dicom.not_a_file",
        "dicom.data_set",
        "dicom.missing",
        "dicom.uid",
        "dicom.mismatch",
        "dicom.transfer_syntax",
    }
    assert outcomes.count("done") > 90


def test_every_file_has_metadata_or_is_refused():
    assert sum(outcome(instance_json, path.read_bytes()) == "done" for path in files()) > 120


def test_most_pictures_are_shown_and_the_rest_refused():
    outcomes = [outcome(rendered, path.read_bytes()) for path in files()]
    assert set(outcomes) <= {
        "done",
        "dicom.not_a_file",
        "dicom.data_set",
        "dicom.no_pixels",
        "dicom.pixels",
        "dicom.transfer_syntax",
    }
    assert outcomes.count("done") > 70
