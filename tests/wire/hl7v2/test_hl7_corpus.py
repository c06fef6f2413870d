"""Messages that nobody here wrote: each is read as another library reads it, or refused with a code."""

import os
import sys
from collections import Counter
from pathlib import Path

import hl7
import pytest

from yuanzhen.data.exchange.fhir import validate
from yuanzhen.data.exchange.hl7v2 import batches, dialects
from yuanzhen.data.exchange.hl7v2.mapping import Unmapped, received
from yuanzhen.data.exchange.hl7v2.message import parse
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.intake import overlay, patients
from yuanzhen.infrastructure.errors import Problem

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


# Of each corpus, a batch by its messages: how many are mapped, kept for a person, refused. Mapped may only grow.
COUNTS = {
    "cdc-phin-oru": (106, 14, 6),
    "hapi-test": (1, 0, 4),
    "hapi-test-literals": (21, 3, 17),
    "hapi-test-xml": (0, 0, 3),
    "hl7apy-test-literals": (0, 0, 15),
    "lfh-converter": (0, 1, 2),
    "lfh-test-literals": (37, 7, 97),
    "monitors-constructed": (5, 0, 1),
    "python-hl7-test-literals": (11, 0, 6),
}
# Why: types and events that are not taken here, a header or patient without a name, bytes that are no message
REFUSALS = {
    "hl7.unsupported_type", "hl7.unsupported_event", "hl7.missing", "hl7.no_msh", "hl7.delimiters", "hl7.no_segment",
    "hl7.second_header", "hl7.date", "hl7.too_long",
}  # fmt: skip
# ... and what waits: a date, a number, a code or a character set in it that cannot be read
KEPT = {"hl7.date", "hl7.missing", "hl7.charset", "hl7.no_segment"}


def test_every_message_is_mapped_kept_or_refused_with_a_reason(capsys):
    setting = Setting("inst", maps=dialects.of("zh-his"))
    counts: dict[str, Counter[str]] = {}
    for path in files():
        counted = counts.setdefault(path.relative_to(FOLDER).parts[0], Counter())
        try:
            messages = batches.opened(path.read_bytes()) or [path.read_bytes()]
        except Problem as why:
            counted["refused"] += 1
            assert why.code == "hl7.batch_count", path.name
            continue
        for message in messages:
            try:
                received(message, setting)
            except Unmapped as why:
                counted["kept"] += 1
                assert why.code in KEPT, path.name
            except Problem as why:
                counted["refused"] += 1
                assert why.code in REFUSALS, path.name
            else:
                counted["mapped"] += 1
    told = {name: (one["mapped"], one["kept"], one["refused"]) for name, one in counts.items()}
    with capsys.disabled():
        lines = [
            f"{name}: {mapped} mapped, {kept} kept, {refused} refused" for name, (mapped, kept, refused) in told.items()
        ]
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert told == COUNTS


def test_every_resource_that_a_message_tells_is_one_by_r4():
    setting = Setting("inst", maps=dialects.of("zh-his"))
    judged = 0
    for path in files():
        try:
            fact = received(path.read_bytes(), setting)
        except Problem:
            continue
        for about in fact.about:
            for told in (patients.told("p1", about.patient, "inst"), *about.told):
                laid = overlay.laid(None, {}, told, "")
                assert laid is not None
                found = validate.problems_of(overlay.finished(laid[0], "p1"))
                assert found == [], (path.name, told.place, [str(one) for one in found])
                judged += 1
    assert judged > 7500
