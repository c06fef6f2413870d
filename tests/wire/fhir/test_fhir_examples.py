"""R4's official examples through the door: what the official schema accepts is stored and comes back as it was."""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home
from tests.make.fhir import Client
from tests.wire.fhir import published
from yuanzhen.data.records.model import LOGGED_ONLY


def exactly(data: bytes) -> Any:
    """The tree without its own id and meta, with numbers as they are written: 1.50 is not 1.5."""
    tree = json.loads(data, parse_float=lambda text: ("decimal", text), parse_int=lambda text: ("integer", text))
    return {name: value for name, value in tree.items() if name not in ("id", "meta")}


async def came_back(client: Client, data: bytes) -> str:
    """What became of one example: `equal`, `other`, or the code with which it was refused."""
    resource = json.loads(data)
    kind, id = resource["resourceType"], resource.get("id")
    written = await (client.call("PUT", f"/{kind}/{id}", data) if id else client.call("POST", f"/{kind}", data))
    if written.status not in (200, 201):
        return f"{written.code} {written.places}"
    read = await client.call("GET", f"/{kind}/{written.json['id']}")
    return "equal" if exactly(read.content) == exactly(data) == exactly(written.content) else "other"


@pytest.mark.slow
async def test_99_of_100_official_examples_are_stored_and_come_back(
    client: Client, examples: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = [data for path in examples if published.accepts(json.loads(data := path.read_bytes()))]
    ours = [data for data in accepted if json.loads(data)["resourceType"] != LOGGED_ONLY]
    counts = Counter([await came_back(client, data) for data in ours])
    with capsys.disabled():
        told = ", ".join(f"{number} {what}" for what, number in counts.most_common())
        sys.stdout.write(f"\nR4 examples: {len(examples)}, {len(ours)} accepted by the published schema: {told}\n")
    assert len(ours) >= 400
    assert counts["equal"] >= 0.99 * len(ours)
    assert counts["other"] == 0


@pytest.mark.slow
async def test_the_trails_type_is_refused_whatever_it_holds(client: Client, examples: list[Path]) -> None:
    events = [data for path in examples if json.loads(data := path.read_bytes())["resourceType"] == LOGGED_ONLY]
    assert len(events) >= 4
    for data in events:
        answer = await client.call("PUT", f"/{LOGGED_ONLY}/{json.loads(data)['id']}", data)
        assert (answer.status, answer.code) == (403, "fhir.scope")


@pytest.mark.slow
async def test_whole_patients_come_in_transactions(client: Client, shared: Path, home: Home) -> None:
    """Synthea's Bundles, whose entries name each other by placeholders: all of it is that patient's record."""
    files = sorted((shared / "synthea-r4-bundles").glob("*.json.gz"))[:6]
    assert files
    for path in files:
        data = gzip.decompress(path.read_bytes())
        sent = json.loads(data)["entry"]
        answer = await client.call("POST", "", data)
        assert answer.status == 200, answer.content[:500]
        told = [one["response"] for one in answer.json["entry"]]
        assert [one["status"] for one in told] == ["201 Created"] * len(sent)
        ids = [one["location"].partition("/_history")[0] for one in told]
        (who,) = [id for id in ids if id.startswith("Patient/")]
        rows = await home.rows(
            "SELECT type, patient, content FROM records.resource WHERE type || '/' || id = ANY ($1)", ids
        )
        assert len(rows) == len(sent)
        assert [row["type"] for row in rows if "urn:uuid:" in _referring(row["content"])] == []
        about = {row["type"]: row["patient"] for row in rows}
        assert {about[kind] for kind in ("Patient", "Encounter", "Condition") if kind in about} == {
            who.removeprefix("Patient/")
        }


def _referring(content: str) -> str:
    """All that stands in a resource's references."""
    found: list[str] = []

    def hook(node: dict[str, Any]) -> dict[str, Any]:
        found.append(str(node.get("reference", "")))
        return node

    json.loads(content, object_hook=hook)
    return " ".join(found)
