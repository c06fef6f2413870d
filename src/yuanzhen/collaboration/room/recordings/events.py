"""What others may hear of a recording."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class RecordingChanged(msgspec.Struct, frozen=True):
    """A recording was begun or ended, or its consent is another."""

    kind: ClassVar[str] = "RecordingChanged"
    room: str
    recording: str
