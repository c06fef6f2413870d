"""A simulated calendar that a hospital keeps itself, as `collaboration/calendar/house_calendar.py` asks and tells it.

In memory alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec


class Time(msgspec.Struct, frozen=True):
    """From when to when an expert is not free."""

    expert: str
    start: datetime
    end: datetime

    def meets(self, other: Time) -> bool:
        """Whether both are one expert's and overlap."""
        return self.expert == other.expert and self.start < other.end and other.start < self.end


@dataclass
class HouseCalendar:
    """What the hospital has its experts do otherwise, and what it was told is booked, by source."""

    otherwise: list[Time] = field(default_factory=list)
    booked: dict[str, Time] = field(default_factory=dict)
    url: str = ""

    def free(self, asked: Time) -> bool:
        """Whether there is nothing else then."""
        return not any(one.meets(asked) for one in (*self.otherwise, *self.booked.values()))

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body for a request; 400 for what it does not understand."""
        parts = urlsplit(target)
        if method == "GET" and parts.path == "/free":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            return 200, msgspec.json.encode({"free": self.free(msgspec.convert(asked, Time, strict=False))})
        source = unquote(parts.path.removeprefix("/bookings/"))
        if method == "PUT":
            self.booked[source] = msgspec.json.decode(body, type=Time)
        elif method == "DELETE":
            self.booked.pop(source, None)
        return (204 if method in ("PUT", "DELETE") else 400), b""
