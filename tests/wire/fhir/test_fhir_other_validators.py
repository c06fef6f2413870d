"""Two validators that nobody here wrote agree with ours, but for what each of them is known to miss or to add."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.setup.fhir import R4, VALIDATORS
from scripts.setup.ground import VENV
from tests.wire.fhir.test_fhir_corpus import REFUSED_AT_MOST, problem_of, texts

pytestmark = pytest.mark.long

# What the other adds to R4's structures: why it refuses what we let pass.
ADDS = {
    "medplum": r"Constraint \w+-\d+ not met|Invalid base64Binary format",  # invariants; base64 over several lines
    "fhir": r"Invalid type for reference|not found in value set",  # reads the type off the reference's text
}

# What the other does not look at: the rules by which we refuse what it lets pass.
MISSES = {
    "medplum": {"fhir.format", "fhir.not_a_code", "fhir.not_aligned"},  # ids, closed lists of some codes
    "fhir": {
        "fhir.format",
        "fhir.no_such_type",
        "fhir.not_aligned",
        "fhir.required",  # below the third level
        "fhir.unknown_element",
        "fhir.wrong_type",
    },
}

DISAGREEMENTS_AT_MOST = {"medplum": 15, "fhir": 38}  # of 671; they may only become fewer

Verdict = tuple[str, str | None, dict[str, str | None]]


@pytest.fixture(scope="module")
def verdicts(
    shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, str | None, dict[str, str | None]]]:
    """(name, our rule or None, the reason of each other one or None) of every resource that is JSON."""
    if not (VALIDATORS / "node_modules").is_dir():
        pytest.skip("the two other validators were not asked: `make setup-long` brings them")
    named = [(name, data, _tree(data)) for corpus in sorted(REFUSED_AT_MOST) for name, data in texts(shared / corpus)]
    named = [(name, data, tree) for name, data, tree in named if isinstance(tree, dict)]
    lines = tmp_path_factory.mktemp("resources") / "all.ndjson"
    lines.write_text("\n".join(json.dumps(tree) for _, _, tree in named), encoding="utf-8")
    command = [VENV / "bin" / "node", VALIDATORS / "judge.mjs", R4, lines]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout.splitlines()
    ours = [(name, problem_of(data)) for name, data, _ in named]
    return [
        (name, problem and problem.code, json.loads(line)) for (name, problem), line in zip(ours, said, strict=True)
    ]


def _tree(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except ValueError:
        return None


@pytest.mark.parametrize("other", sorted(MISSES))
def test_another_validator_agrees_but_for_what_is_known(verdicts, other, capsys):
    differing = [(name, rule, said[other]) for name, rule, said in verdicts if (rule is None) != (said[other] is None)]
    with capsys.disabled():
        sys.stdout.write(f"\n{other}: {len(verdicts)} resources, {len(differing)} judged otherwise\n")
    for name, rule, reason in differing:
        explained = re.search(ADDS[other], reason) if reason else rule in MISSES[other]
        assert explained, (name, rule, reason)
    assert len(verdicts) > 600
    assert len(differing) <= DISAGREEMENTS_AT_MOST[other]
