"""Bytes that were read a moment ago, up to a bound: who asks for the same next gets them without disk and thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable

Place = tuple[str, int, int]  # an object's key, offset and length
LARGEST_SHARE = 8  # one place may take this part of the bound


class Recent:
    """Holds what was read last. Knows no rights: whoever asks has shown theirs."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._held: OrderedDict[Place, bytes] = OrderedDict()

    async def of(self, place: Place, read: Callable[[], Awaitable[bytes]]) -> bytes:
        """What lies at a place, `read` unless it is held."""
        held = self._held.get(place)
        if held is not None:
            self._held.move_to_end(place)
            return held
        content = await read()
        if len(content) * LARGEST_SHARE <= self._most and place not in self._held:
            self._held[place] = content
            self._bytes += len(content)
            while self._bytes > self._most:
                self._bytes -= len(self._held.popitem(last=False)[1])
        return content

    def forget(self, key: str) -> None:
        """Holds nothing of an object any more."""
        for place in [place for place in self._held if place[0] == key]:
            self._bytes -= len(self._held.pop(place))
