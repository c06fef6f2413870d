"""Templates are text, and reports of others are read without believing them."""

from __future__ import annotations

import json
from datetime import datetime

import msgspec
import pytest
from pydicom.dataset import Dataset

from yuanzhen.collaboration.reading import reports, templates
from yuanzhen.collaboration.reading.model import Reading, id_of

SCRIPT = "<script>alert(1)</script>{{constructor}}${7*7}%s{0.__class__}"


def test_every_template_speaks_both_languages_and_leaves_something_to_fill() -> None:
    assert len(templates.known()) >= 5
    for one in templates.known():
        for words in (one.title, one.findings, one.conclusion, one.advice):
            assert words.zh.strip() and words.en.strip(), one.id
        assert "___" in one.findings.zh + one.conclusion.zh


def test_the_fitting_come_first_and_none_is_left_out() -> None:
    ids = [one.id for one in templates.fitting("神经内科", "CT").items]
    assert ids[:2] == ["head-ct-plain", "stroke-window"]
    assert len(ids) == len(templates.known())
    assert templates.fitting("呼吸与危重症医学科", "CT").items[0].id == "lung-nodule"
    assert templates.fitting("Ultrasound", "US").items[0].id == "ultrasound-abdomen"
    assert templates.fitting("", "").items[0].id == "general"


def test_a_template_with_a_script_in_it_stays_text() -> None:
    words = {"zh": SCRIPT, "en": SCRIPT}
    told = {"id": "x", "departments": [], "modalities": []} | dict.fromkeys(
        ("title", "findings", "conclusion", "advice"), words
    )
    read = templates.read(json.dumps(told).encode())
    assert read.findings.zh == SCRIPT
    assert json.loads(msgspec.json.encode(read))["findings"]["zh"] == SCRIPT
    with pytest.raises(msgspec.ValidationError):
        templates.read(json.dumps(told | {"run": "rm"}).encode())


def test_a_document_that_says_nothing_marks_nothing() -> None:
    empty = Dataset()
    empty.SOPClassUID, empty.SOPInstanceUID = reports.SR_CLASSES[0], "1.2"
    assert reports.marks(empty) == []
    group = Dataset()
    group.ValueType, group.ConceptNameCodeSequence = "CONTAINER", [code("125007")]
    drawn = Dataset()
    drawn.ValueType, drawn.GraphicType, drawn.GraphicData = "SCOORD", "POLYLINE", [1.0, 2.0, 3.0, 4.0]
    group.ContentSequence = [drawn]  # on no picture
    empty.ContentSequence = [group]
    assert reports.marks(empty) == []


def test_a_measure_in_a_unit_that_is_not_shown_has_no_figure() -> None:
    document = Dataset()
    document.SOPClassUID, document.SOPInstanceUID = reports.SR_CLASSES[0], "1.2"
    group = Dataset()
    group.ConceptNameCodeSequence = [code("125007")]
    picture = Dataset()
    picture.ReferencedSOPInstanceUID = "1.2.3"
    image, drawn, length = Dataset(), Dataset(), Dataset()
    image.ReferencedSOPSequence = [picture]
    drawn.ValueType, drawn.GraphicType, drawn.GraphicData = "SCOORD", "POLYLINE", [1.0, 2.0, 3.0, 4.0]
    drawn.ContentSequence = [image]
    measured = Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = "1.2", [code("[in_i]", "UCUM")]
    length.ConceptNameCodeSequence, length.MeasuredValueSequence = [code("410668003", "SCT")], [measured]
    length.ContentSequence = [drawn]
    group.ContentSequence = [length]
    document.ContentSequence = [group]
    (said,) = reports.marks(document)
    assert (said.kind, said.instance, said.figures, said.at) == ("length", "1.2.3", {}, None)
    document.ContentDate, document.ContentTime = "20260318", "173105.250000"
    (said,) = reports.marks(document)
    assert said.at == datetime(2026, 3, 18, 17, 31, 5).astimezone()


def code(value: str, scheme: str = "DCM") -> Dataset:
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator = value, scheme
    return made


@pytest.mark.parametrize(
    ("state", "person", "reads", "writes"),
    [
        ("open", "li", True, True),
        ("open", "xu", False, False),
        ("signed", "li", True, False),
        ("signed", "xu", True, False),
        ("ended", "li", False, False),
        ("ended", "xu", False, False),
    ],
)
def test_who_sees_and_sets_marks(state: str, person: str, reads: bool, writes: bool) -> None:
    reading = Reading("c", "consultation/c", "p", state, ("li",), ("li", "xu"), ())  # type: ignore[arg-type]
    assert (reading.is_read_by(person), reading.is_written_by(person)) == (reads, writes)


def test_a_reading_is_called_as_what_it_is_of() -> None:
    assert id_of("consultation/c1") == "c1"
