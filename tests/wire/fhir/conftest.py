"""FHIR that nobody here wrote, from the folder of real material; what needs it is skipped where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("YUANZHEN_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data") / "fhir"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with one corpus in each of its folders."""
    if not SHARED.is_dir():
        pytest.skip("about 2,000 FHIR resources were not tried: YUANZHEN_SHARED_DATA names no folder")
    return SHARED


@pytest.fixture(scope="session")
def examples(shared: Path) -> list[Path]:
    """R4's official examples, one resource a file."""
    return sorted((shared / "r4-examples").glob("*.json"))
