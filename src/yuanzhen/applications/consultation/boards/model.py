"""What a case's boards are, how large, and what an update of one must be. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pycrdt import Doc, Text, merge_updates

from yuanzhen.infrastructure.errors import Invalid

Kind = Literal["board", "minutes"]

LARGEST_UPDATE = 6 * 2**20  # bytes: a picture that is put on the board comes in one
LARGEST_BOARD = 64 * 2**20
NOTHING = Doc[Text]().get_update()  # what an empty board says


def checked(update: bytes) -> bytes:
    """The update itself. Raises `Invalid` for what is none (Yjs, version 1): no page could read the board any more."""
    try:
        Doc[Text]().apply_update(update)
    except ValueError as error:
        raise Invalid("board.update", place="update") from error
    return update


def joined(updates: Sequence[bytes]) -> bytes:
    """What many updates say together, in one."""
    return merge_updates(*updates) if updates else NOTHING
