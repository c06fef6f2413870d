"""What a search on AuditEvent asks of the trail."""

from datetime import UTC, datetime
from typing import Any

import pytest

from yuanzhen.data.records.audit_events import asked, rendered
from yuanzhen.infrastructure.errors import Invalid


@pytest.mark.parametrize(
    ("name", "value"),
    [("_count", "0"), ("_count", "-1"), ("_count", "²"), ("_count", "9" * 5000), ("_id", "²"), ("_id", "٣")],
)
def test_what_is_no_number_is_refused(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=rf"fhir\.bad_number at {name}"):
        asked([(name, value)])


def test_a_page_has_at_most_200_events() -> None:
    assert asked([("_count", "999999")]).count == 200
    assert asked([]).count == 50


@pytest.mark.parametrize(
    ("word", "codes"), [("treatment", ["TREAT"]), ("patient-request", ["PATRQT"]), ("operation", [])]
)
def test_what_for_is_told_by_its_code_where_there_is_one(word: str, codes: list[str]) -> None:
    row: Any = {
        "id": 1, "at": datetime(2026, 3, 18, tzinfo=UTC), "kind": "person", "actor": "p", "role": "patient",
        "purpose": word, "origin": "", "verb": "records.read", "action": "R", "outcome": 0, "entity_type": "Patient",
        "entity": "p", "patient": "p", "code": "",
    }  # fmt: skip
    (purpose,) = rendered(row)["agent"][0]["purposeOfUse"]
    assert ([one["code"] for one in purpose.get("coding", ())], purpose["text"]) == (codes, word)
