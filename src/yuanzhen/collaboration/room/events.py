"""What others may hear of a room, and what it tells itself for later."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec


class RoomChanged(msgspec.Struct, frozen=True):
    """Who is in a room, or from which page they speak, is another."""

    kind: ClassVar[str] = "RoomChanged"
    room: str


class RoomDue(msgspec.Struct, frozen=True):
    """It is time to look who of a room has not been heard of; worth something only for the look that was set."""

    kind: ClassVar[str] = "RoomDue"
    room: str
    at: datetime
