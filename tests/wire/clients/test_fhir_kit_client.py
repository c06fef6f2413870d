"""fhir-kit-client from npm, unchanged: one walk of it through the FHIR door, and what it met at each step."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts.setup.ground import VENV
from tests.wire.clients.conftest import Door

pytestmark = pytest.mark.slow

WALK = Path(__file__).parent / "walk.mjs"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def told(door: Door) -> Json:
    """What the walk says that it met."""
    command = [VENV / "bin" / "node", WALK, door.fhir, door.authorization]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    met: Json = json.loads(done.stdout)
    return met


def test_it_reads_what_the_server_says_of_itself(told: Json) -> None:
    assert told["metadata"] == {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}


def test_a_conditional_create_makes_one(told: Json) -> None:
    assert told["create"] == {"made": 201, "again": 200, "same": True}


def test_versions_are_made_by_update_patch_and_conditional_update(told: Json) -> None:
    assert (told["update"], told["patch"], told["conditional"]) == ("2", "other", 200)
    assert told["history"] == ["4", "3", "2", "1"]
    assert (told["read"]["active"], told["read"]["meta"]["versionId"]) == (True, "4")
    assert (told["vread"]["name"][0]["text"], "gender" in told["vread"]) == ("刘淑英", False)


def test_a_transaction_joins_what_it_makes(told: Json) -> None:
    assert [status[:3] for status in told["transaction"]] == ["201"] * 6
    assert told["resolved"] == "王"


def test_searches_turn_pages_and_bring_along_what_is_included(told: Json) -> None:
    assert told["pages"] == [[1, 2], [3, 4], [5]]
    assert told["included"] == ["match"] * 5 + ["include"]
    assert told["compartment"] == 5


def test_what_was_deleted_is_gone(told: Json) -> None:
    assert (told["deleted"], told["gone"]["status"]) == (204, 410)


@pytest.mark.parametrize(
    ("refused", "status", "says"),
    [
        ("stale", 412, ""), ("invalid", 422, "Patient.gender"), ("broken", 422, "entry[6]"),
        ("misspelt", 422, "identifer"), ("stranger", 401, ""), ("gone", 410, ""),
    ],
)  # fmt: skip
def test_refusals_are_operation_outcomes_that_say_where(told: Json, refused: str, status: int, says: str) -> None:
    refusal = told[refused]
    assert (refusal["status"], refusal["outcome"]["resourceType"]) == (status, "OperationOutcome")
    assert says in json.dumps(refusal["outcome"], ensure_ascii=False)
