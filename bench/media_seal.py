"""Sealing faces and voices in Debian's Chromium: what it costs the page, and how much later a picture is seen.

Three JSON lines. `media_seal`, `media_open`: MB/s of frames of a 20 Mbit/s stream, whole as the worker does it
(divided, sealed, put together); `reference` is the same by the kept npm package, in the same page, rounds alternating,
the best of each; `core_percent` is what one such stream takes of a core. `media_delay`: from a picture's drawing to its
being on the other's screen, p50 of sealed calls over loopback; `reference` is calls in the clear, `through_worker_ms`
calls whose frames go through a worker that does nothing to them; all three in turn.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.make.seal import seal_page

ROUNDS, ROUND_MS = 5, 300
CALLS, PICTURES, SETTLING = (
    6,
    150,
    60,
)  # of each kind; a call begins with pictures that wait for its network to be known
FRAME, PER_SECOND = 83_333, 30
GOALS = {"core_percent": 15.0, "added_ms": 3.0}


def throughput(page: Page) -> None:
    """How fast, and what part of a core that is."""
    ours, others = [], []
    for _ in range(ROUNDS):
        ours.append(page.evaluate(f"seal.perFrame(seal.engines.wasm, {ROUND_MS})"))
        others.append(page.evaluate(f"seal.perFrame(seal.engines.script, {ROUND_MS})"))
    for act in ("seal", "open"):
        best, reference = min(one[act] for one in ours), min(one[act] for one in others)
        say(
            f"media_{act}", FRAME / 1000 / best, "MB/s", FRAME / 1000 / reference, "sm-crypto-v2 in the same page",
            core_percent=round(best * PER_SECOND / 10, 2), goal_percent=GOALS["core_percent"],
        )  # fmt: skip


def delay(page: Page) -> None:
    """How much later a picture is seen because it was sealed."""
    found: dict[str, list[float]] = {"open": [], "through": [], "sealed": []}
    for _ in range(CALLS):
        for sends, delays in found.items():
            delays.extend(page.evaluate(f"seal.delays('{sends}', {SETTLING + PICTURES})")[SETTLING:])
    clear, through, sealed = (statistics.median(delays) for delays in found.values())
    say("media_delay", sealed, "ms p50", clear, "the same call in the clear",
        added_ms=round(sealed - clear, 2), through_worker_ms=round(through, 1), goal_ms=GOALS["added_ms"])  # fmt: skip


def say(figure: str, value: float, unit: str, reference: float, reference_is: str, **more: float) -> None:
    """One line."""
    line = {"figure": figure, "value": round(value, 1), "unit": unit, "reference": round(reference, 1)}
    print(json.dumps({**line, "reference_is": reference_is, **more}), flush=True)


def main() -> None:
    """Everything in one page."""
    with tempfile.TemporaryDirectory() as folder, seal_page(Path(folder)) as page:
        throughput(page)
        delay(page)


if __name__ == "__main__":
    main()
