"""How times lie, for figures that tell more than a mean."""

from __future__ import annotations


def spread(ms: list[float]) -> tuple[float, float]:
    """p50 and p99, to the hundredth."""
    ms = sorted(ms)
    return round(ms[len(ms) // 2], 2), round(ms[len(ms) * 99 // 100], 2)
