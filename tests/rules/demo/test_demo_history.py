"""What the demo's HIS tells of a year is read by our own codecs as it was meant."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from yuanzhen.programs.demo import history
from yuanzhen.programs.demo.cast import PATIENT
from yuanzhen.programs.demo.paper import pdf

DAY = datetime(2026, 3, 18, 9, 30, tzinfo=timezone(timedelta(hours=8)))


def test_the_same_day_tells_the_same_bytes() -> None:
    assert history.told(PATIENT, DAY) == history.told(PATIENT, DAY)
    assert history.resources("p", DAY) == history.resources("p", DAY)


def test_every_message_has_a_number_of_its_own_that_fits() -> None:
    numbers = [body.split(b"|")[9] for body in history.told(PATIENT, DAY)]
    assert len(set(numbers)) == len(numbers)
    assert max(map(len, numbers)) <= 20


def test_what_is_sensitive_is_labelled() -> None:
    labelled = [one["resourceType"] for one in history.resources("p", DAY) if "meta" in one]
    assert labelled == ["Condition"]


def test_the_letter_is_a_pdf_whose_table_finds_each_object() -> None:
    page = pdf(("出院小结", "好转"))
    table = int(re.search(rb"startxref\n(\d+)", page)[1])  # type: ignore[index]
    assert page[table : table + 4] == b"xref"
    places = [int(line[:10]) for line in page[table:].splitlines() if line.endswith(b" n ")]
    assert [page[place:].startswith(b"%d 0 obj" % number) for number, place in enumerate(places, 1)] == [True] * 7
