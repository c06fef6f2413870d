"""What a search on AuditEvent asks of the trail."""

import pytest

from yuanzhen.data.records.audit_events import asked
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
