"""Sizes that receivers chose and do not have yet. Pure.

A receiver gets another size from that size's next key frame on. The server asks the sender for one, once; a browser
that has just sent one passes over the wish (libwebrtc: within 300 ms), so we ask again until the size has come.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from yuanzhen.network.media.events import Layer, Received

MOST_ROUNDS = 8  # a sender whose line is thin sends no larger size at all

Place = tuple[str, str, str]  # room, who receives, mid there


@dataclass(slots=True)
class _Choice:
    track: Received
    substream: int
    rounds: int = 0


@dataclass(slots=True)
class Choices:
    """By receiver and track, what was chosen last."""

    _open: dict[Place, _Choice] = field(default_factory=dict)

    def choose(self, room: str, who: str, track: Received, substream: int | None) -> None:
        """A receiver chose a size; None for whichever comes, or none at all."""
        if substream is not None:
            self._open[room, who, track.mid] = _Choice(track, substream)
        else:
            self._open.pop((room, who, track.mid), None)

    def hear(self, event: Layer) -> None:
        """A receiver gets a size."""
        place = event.room, event.who, event.mid
        if place in self._open and self._open[place].substream == event.substream:
            del self._open[place]

    def next_round(self) -> set[tuple[str, str, str]]:
        """Whose tracks should send a key frame now: room, sender, mid of the sender."""
        for choice in self._open.values():
            choice.rounds += 1
        self._open = {place: choice for place, choice in self._open.items() if choice.rounds <= MOST_ROUNDS}
        return {(room, choice.track.feed, choice.track.source) for (room, _, _), choice in self._open.items()}
