"""How well one person's records are found: precision and recall on invented registrations of whom the truth is known.

The pure parts of the matcher over `tests/make/registrations.py` (fixed seed): what is certain is what is linked without
a person, what is unsure is what a person is asked. The reference, in the same run, is what many systems do: the same
identity card's number, or else the same name, sex and birth date as they are written. One JSON line each.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from yuanzhen.data.matching import index
from yuanzhen.data.matching.model import Score, Traits, compared
from yuanzhen.data.matching.store import MOST_IN_A_BLOCK

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.make.registrations import Region, region

Pair = tuple[int, int]


def seal(text: str) -> str:
    """Stands for the home's HMAC: equal where the numbers are equal."""
    return sha256(text.encode()).hexdigest()[:32]


def indexed(found: Region) -> list[Traits]:
    """Every registration as the match index has it."""
    return [
        index.traits(one["id"], one, one["managingOrganization"]["reference"].partition("/")[2], seal)
        for one in found.patients
    ]


def candidates(traits: list[Traits]) -> set[Pair]:
    """Those who share a block that is not everybody's, as the database seeks them."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(traits):
        for block in index.blocks(one):
            blocks[block].append(at)
    many = [them for them in blocks.values() if len(them) <= MOST_IN_A_BLOCK]
    return {(a, b) for them in many for i, a in enumerate(them) for b in them[i + 1 :]}


def judged(traits: list[Traits]) -> dict[Pair, Score]:
    """Every pair that is compared."""
    return {(a, b): compared(traits[a], traits[b]) for a, b in candidates(traits)}


def as_written(found: Region) -> set[Pair]:
    """Pairs by the same number, or the same name, sex and birth date, letter by letter."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for at, one in enumerate(found.patients):
        for number in one.get("identifier", []):
            groups[number["value"]].append(at)
        if "birthDate" in one:
            groups[one["name"][0]["text"], one["gender"], one["birthDate"]].append(at)
    return {(a, b) for many in groups.values() for i, a in enumerate(many) for b in many[i + 1 :]}


def quality(pairs: set[Pair], truth: set[Pair]) -> dict[str, float | int]:
    """Precision and recall, and how many they are of."""
    right = len(pairs & truth)
    return {"pairs": len(pairs), "right": right, "precision": round(right / max(len(pairs), 1), 5),
            "recall": round(right / len(truth), 4)}  # fmt: skip


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    found = region(people)
    truth = found.pairs()
    started = time.perf_counter()
    scores = judged(indexed(found))
    seconds = time.perf_counter() - started
    certain = {pair for pair, score in scores.items() if score.verdict == "certain"}
    unsure = {pair for pair, score in scores.items() if score.verdict == "unsure"}
    told = {"people": people, "registrations": len(found.patients), "true_pairs": len(truth)}
    print(json.dumps({"figure": "matching: certain (linked)", **quality(certain, truth), **told,
                      "reference": quality(as_written(found), truth)}))  # fmt: skip
    print(json.dumps({"figure": "matching: certain or unsure (seen by a person)", **quality(certain | unsure, truth)}))
    print(json.dumps({"figure": "matching: unsure alone", **quality(unsure, truth)}))
    print(json.dumps({"figure": "matching: compared", "pairs": len(scores),
                      "us_each": round(1e6 * seconds / len(scores)),
                      "not_compared": len(truth - scores.keys())}))  # fmt: skip


if __name__ == "__main__":
    main()
