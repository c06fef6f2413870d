"""The handbook says what the program does."""

from __future__ import annotations

from pathlib import Path

from yuanzhen.infrastructure import settings
from yuanzhen.programs.operations.doctor.machine import PARTS
from yuanzhen.programs.operations.doctor.ports import PORTS

HANDBOOK = Path(__file__).parents[3] / "docs" / "operations.md"


def test_it_holds_the_table_of_settings_in_both_languages() -> None:
    text = HANDBOOK.read_text()
    assert settings.describe("en") in text
    assert settings.describe("zh") in text


def test_it_names_what_the_doctor_looks_at() -> None:
    text = HANDBOOK.read_text()
    for name in (*(part.name for part in PARTS), *(port.replace("_", "-") for port in PORTS)):
        assert f"`{name}`" in text
