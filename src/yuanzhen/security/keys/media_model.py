"""What an epoch of a room is, whose keys it has, and what is asked of a next one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from yuanzhen.infrastructure.errors import Invalid

KEY = 16  # bytes, of SM4
LAST_EPOCH = 2**24 - 1  # what a frame's nonce has room for
UNRECORDED = timedelta(hours=1)  # so long old keys are kept when nothing of theirs is


@dataclass(frozen=True, slots=True)
class Epoch:
    """From one join or leave to the next. `senders`: who is in the room, each of whom gets a key of their own.

    `keep`: how long the keys are kept once it has ended, by the retention of what was recorded in it.
    """

    room: str
    number: int
    senders: tuple[str, ...]
    reason: str
    since: datetime
    keep: timedelta


@dataclass(frozen=True, slots=True)
class MediaKey:
    """The key under which one sender's frames are sealed in one epoch."""

    sender: str
    epoch: int
    key: bytes


def begun(room: str, number: int, senders: Iterable[str], reason: str, keep: timedelta, now: datetime) -> Epoch:
    """An epoch to begin. Raises Invalid `key.media_epoch` when its number is out of bounds, or `keep` below nothing."""
    if not 1 <= number <= LAST_EPOCH or keep < timedelta(0):
        raise Invalid("key.media_epoch", epoch=number, most=LAST_EPOCH)
    return Epoch(room, number, tuple(sorted(set(senders))), reason, now, keep)


def sealed_for(room: str, epoch: int, sender: str) -> str:
    """What a sealed key is bound to: put in the place of another it does not open."""
    return f"media key {room} {epoch} {sender}"
