"""What others may hear of a reading."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class ReadingSigned(msgspec.Struct, frozen=True):
    """What was marked is now open to both sides, and goes into the record."""

    kind: ClassVar[str] = "ReadingSigned"
    reading: str
