"""What a room tells itself for later."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec


class RoomDue(msgspec.Struct, frozen=True):
    """It is time to look who of a room has not been heard of; worth something only for the look that was set."""

    kind: ClassVar[str] = "RoomDue"
    room: str
    at: datetime
