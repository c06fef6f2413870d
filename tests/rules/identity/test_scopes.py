"""SMART v1 scopes of machine clients."""

from __future__ import annotations

import pytest

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.identity.scopes import EVERYTHING, Scopes


def test_a_scope_allows_what_it_names_and_nothing_else() -> None:
    scopes = Scopes.parse("system/Observation.read system/Patient.*")
    assert scopes.allows("Observation", "read")
    assert not scopes.allows("Observation", "write")
    assert scopes.allows("Patient", "write")
    assert not scopes.allows("Condition", "read")
    assert not scopes.allows("*", "read")


def test_the_star_allows_every_resource() -> None:
    assert Scopes.parse("system/*.read").allows("Anything", "read")
    assert not Scopes.parse("system/*.read").writes
    assert Scopes.parse("system/*.*").writes


def test_part_of_what_is_held_is_within_it_and_more_is_not() -> None:
    held = Scopes.parse("system/*.read system/Patient.write")
    assert Scopes.parse("system/Observation.read system/Patient.*").within(held)
    assert not Scopes.parse("system/Observation.write").within(held)
    assert not EVERYTHING.within(held)


def test_scopes_read_back_as_they_are_written() -> None:
    for text in ("system/*.*", "system/Patient.read system/Observation.write"):
        assert Scopes.parse(str(Scopes.parse(text))) == Scopes.parse(text)


@pytest.mark.parametrize(
    "text", ["", " ", "patient/*.read", "system/*.rs", "system/Patient", "system/patient.read", "system/*.* x"]
)
def test_anything_else_is_no_scope(text: str) -> None:
    with pytest.raises(Invalid, match=r"scope\.unknown"):
        Scopes.parse(text)
