"""Two people without a media server: what each offers is handed to the other, and the answer back. Pure.

Nobody forwards anything here: the connection that one sends on is the one that the other receives on. An offer is good
for one answer; who wants it again is waited for until its sender has made another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.network.media.events import Kind, Offer, Received

MOST = 2
KINDS: Mapping[str, Kind] = {"audio": "audio", "video": "video"}
SECTION = re.compile(r"^m=(\w+) .*?(?=^m=|\Z)", re.MULTILINE | re.DOTALL)
MID = re.compile(r"^a=mid:(\S+)", re.MULTILINE)


@dataclass(slots=True)
class _Seat:
    offer: str = ""
    tracks: tuple[Received, ...] = ()
    is_taken: bool = False  # the other has the offer
    answer: str = ""  # of the other, until it is handed over
    again: bool = False


@dataclass(slots=True)
class Pair:
    """One room's two seats. Every act says by its result whether the other one is to ask for what there is."""

    _seats: dict[str, _Seat] = field(default_factory=dict)

    def publish(self, seat: str, sdp: str, labels: Mapping[str, str]) -> bool:
        """A seat begins to send what it offers. Raises Conflict `media.only_two`, and as `tracks_of`."""
        self._sit(seat)
        self._seats[seat] = _Seat(sdp, tracks_of(seat, sdp, labels))
        other = self._other(seat)
        if other is None:
            return False
        other.again |= other.is_taken  # by the connection that this seat has just closed
        return True

    def receive(self, seat: str, *, anew: bool) -> tuple[Offer, bool]:
        """What there is for a seat. `anew`: it has no connection to receive on. Raises Conflict as `publish`."""
        mine = self._sit(seat)
        if mine.again:
            mine.again = False
            return Offer(again=True), False
        answer, mine.answer = mine.answer, ""
        other = self._other(seat)
        if other is None or not other.offer:
            return Offer(answer=answer), False
        if other.is_taken:
            other.again |= anew
            return Offer(answer=answer), anew
        other.is_taken = True
        return Offer(other.offer, other.tracks, True, answer), False

    def answer(self, seat: str, sdp: str) -> bool:
        """A seat answers what it was handed last."""
        other = self._other(seat)
        if other is None or not other.is_taken:
            return False  # it has gone, or sends otherwise by now
        other.answer = sdp
        return True

    def leave(self, seat: str) -> bool:
        """A seat is free again; the other one sends anew to whoever comes."""
        if self._seats.pop(seat, None) is None:
            return False
        for other in self._seats.values():
            other.again |= other.is_taken
        return bool(self._seats)

    @property
    def seats(self) -> frozenset[str]:
        """Who sits here."""
        return frozenset(self._seats)

    def _sit(self, seat: str) -> _Seat:
        if seat not in self._seats and len(self._seats) >= MOST:
            raise Conflict("media.only_two")
        return self._seats.setdefault(seat, _Seat())

    def _other(self, seat: str) -> _Seat | None:
        return next((one for name, one in self._seats.items() if name != seat), None)


def tracks_of(seat: str, sdp: str, labels: Mapping[str, str]) -> tuple[Received, ...]:
    """The tracks of an offer, as their receiver is told of them. Raises Invalid `media.description` for none."""
    tracks = []
    for section in SECTION.finditer(sdp):
        mid = MID.search(section[0])
        if mid and section[1] in KINDS:
            tracks.append(Received(mid[1], KINDS[section[1]], seat, mid[1], labels.get(mid[1], "")))
    if not tracks:
        raise Invalid("media.description", place="sdp")
    return tuple(tracks)
