"""How often somebody may ask what wants no log-in: so many at once, then so many a minute, by where they call from."""

from __future__ import annotations

from dataclasses import dataclass, field

from yuanzhen.infrastructure.errors import TooMany

MOST_KNOWN = 10_000  # callers who are remembered; beyond that all who have waited long enough are forgotten


@dataclass(slots=True)
class Pace:
    """A bucket for each caller, in this process: `burst` at once, refilled at `per_minute`."""

    burst: int
    per_minute: float
    _full_at: dict[str, float] = field(default_factory=dict)  # caller -> when their bucket is full again, in seconds

    def take(self, caller: str, now_s: float) -> None:
        """Counts one call. Raises TooMany `request.too_often` with the seconds to wait."""
        each_s = 60 / self.per_minute
        if len(self._full_at) >= MOST_KNOWN:
            self._full_at = {one: full for one, full in self._full_at.items() if full > now_s}
        full_at = max(self._full_at.get(caller, now_s), now_s) + each_s
        over_s = full_at - now_s - self.burst * each_s
        if over_s > 1e-9:  # a sum of sixties is not exact
            raise TooMany("request.too_often", retry_after_s=int(over_s) + 1)
        self._full_at[caller] = full_at
