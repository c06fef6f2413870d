"""Messages that nobody here wrote: each is read as another library reads it, or refused with a code."""

import os
from datetime import timedelta, timezone
from pathlib import Path

import hl7
import pytest

from yuanzhen.data.exchange.hl7v2.adt import VISIT_EVENTS, patient_seen
from yuanzhen.data.exchange.hl7v2.message import parse
from yuanzhen.infrastructure.errors import Problem

CHINA = timezone(timedelta(hours=8))
FOLDER = Path(os.environ.get("YUANZHEN_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data") / "hl7v2"


def files() -> list[Path]:
    if not FOLDER.is_dir():
        pytest.skip("about 360 HL7 messages were not tried: YUANZHEN_SHARED_DATA names no folder")
    return [path for path in sorted(FOLDER.rglob("*")) if path.suffix.lower() in (".hl7", ".txt")]


def read(data: bytes):
    try:
        return parse(data, charset=None)
    except Problem:
        return None


def test_every_message_is_read_or_refused_and_most_are_read():
    results = [read(path.read_bytes()) is not None for path in files()]
    assert sum(results) > 0.9 * len(results)


def test_fields_are_what_another_library_reads():
    compared = 0
    for path in files():
        message = read(path.read_bytes())
        if message is None or "PID" not in {segment.name for segment in message.segments}:
            continue
        text = path.read_bytes().decode(message.codec).strip().replace("\r\n", "\r").replace("\n", "\r")
        other = hl7.parse(text)
        names = [str(segment[0]) for segment in other]
        if names != [segment.name for segment in message.segments]:
            continue
        assert message.first("PID").raw(3) == str(other.segment("PID")(3) if len(other.segment("PID")) > 3 else "")
        compared += 1
    assert compared > 150


# Where the admissions of the corpus that are refused break the standard: no control id, no patient, no number, no date
BREAKS = {("hl7.missing", "MSH-10"), ("hl7.no_segment", "PID"), ("hl7.missing", "PID-3"), ("hl7.date", "MSH-7")}


def test_every_admission_becomes_a_patient_or_breaks_the_standard():
    seen = 0
    for path in files():
        message = read(path.read_bytes())
        if (
            message is None
            or message.get("MSH-9.1") != "ADT"
            or message.get("MSH-9.2") not in (*VISIT_EVENTS, "A28", "A31")
        ):
            continue
        try:
            seen += bool(patient_seen(message, "digest", CHINA).identifiers)
        except Problem as problem:
            assert (problem.code, problem.place) in BREAKS, path.name
    assert seen > 25
