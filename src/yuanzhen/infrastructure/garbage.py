"""How often this process looks for garbage that holds itself; all other garbage goes at once, by its count."""

from __future__ import annotations

import gc

YOUNG = 20_000  # objects made and not gone again before the youngest are looked at; Python's own 700 suit a script
ROUNDS = (20, 20)  # looks at the youngest before the middle ones are, and at those before all are


def settle() -> None:
    """Leaves alone for good what is there by now: modules, schemas and routes, 300,000 objects that stay.

    Every header and every resource is hundreds of small objects, each lot of which had Python walk through others, and
    in the end through all, and free nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *ROUNDS)
