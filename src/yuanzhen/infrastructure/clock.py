"""The one place that reads the clock. Rules take `now` as an argument; shells ask here."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, with zone (UTC), to the microsecond."""
    return datetime.now(UTC)
