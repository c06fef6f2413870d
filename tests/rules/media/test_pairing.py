"""Two people without a media server get each other's offers and answers, whatever breaks in between."""

from __future__ import annotations

import random

import pytest

from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.network.media.events import Offer, Received
from yuanzhen.network.media.pairing import Pair, tracks_of

OFFER = "v=0\r\ns={name}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
LABELS = {"0": "microphone", "1": "camera"}


class Page:
    """What a page does: it sends, asks, answers, and begins anew when it is told to."""

    def __init__(self, pair: Pair, seat: str) -> None:
        self.pair, self.seat = pair, seat
        self.times = 0
        self.sends = ""  # the offer of the connection that it sends on
        self.heard = ""  # by whom that was answered
        self.receives = ""  # the offer of the connection that it receives on

    def begin(self) -> None:
        self.times += 1
        self.sends, self.heard, self.receives = OFFER.format(name=f"{self.seat}{self.times}"), "", ""
        self.pair.publish(self.seat, self.sends, LABELS)
        self.ask(anew=True)

    def ask(self, *, anew: bool = False) -> bool:
        """Whether there was anything."""
        handed, _ = self.pair.receive(self.seat, anew=anew)
        if handed.again:
            self.begin()
        if handed.sdp:
            assert handed.is_new
            self.receives = handed.sdp
            self.pair.answer(self.seat, f"answer to {handed.sdp}")
        if handed.answer:
            self.heard = handed.answer
        return handed != Offer()


def settle(*pages: Page) -> None:
    """All ask, as an event has each of them do, until nobody gets anything any more."""
    for _ in range(10):
        told = [page.ask() for page in pages]
        if not any(told):
            return
    raise AssertionError("they never come to rest")


def joined(a: Page, b: Page) -> bool:
    return (a.receives, b.receives) == (b.sends, a.sends) and all(
        one.heard == f"answer to {one.sends}" for one in (a, b)
    )


@pytest.fixture
def both() -> tuple[Page, Page]:
    pair = Pair()
    pages = Page(pair, "a"), Page(pair, "b")
    for one in pages:
        one.begin()
    settle(*pages)
    return pages


def test_two_who_come_one_after_the_other_are_joined(both: tuple[Page, Page]) -> None:
    assert joined(*both)


def test_the_tracks_of_an_offer_are_told_with_their_labels() -> None:
    assert tracks_of("a", OFFER, LABELS) == (
        Received("0", "audio", "a", "0", "microphone"), Received("1", "video", "a", "1", "camera"),
    )  # fmt: skip
    with pytest.raises(Invalid, match=r"media\.description"):
        tracks_of("a", "v=0\r\n", {})


def test_who_begins_anew_is_joined_again(both: tuple[Page, Page]) -> None:
    a, b = both
    a.begin()
    settle(a, b)
    assert joined(a, b)


def test_who_comes_instead_of_another_is_joined(both: tuple[Page, Page]) -> None:
    a, _ = both
    assert a.pair.leave("b")
    settle(a)
    c = Page(a.pair, "c")
    c.begin()
    settle(a, c)
    assert joined(a, c)
    assert not a.pair.leave("b")


def test_a_third_is_refused(both: tuple[Page, Page]) -> None:
    with pytest.raises(Conflict, match=r"media\.only_two"):
        Page(both[0].pair, "c").begin()


def test_whoever_breaks_off_in_whatever_order_both_are_joined_in_the_end(both: tuple[Page, Page]) -> None:
    chance = random.Random(20261129)
    for _ in range(200):
        for _ in range(chance.randrange(1, 6)):
            one = chance.choice(both)
            chance.choice((one.begin, one.ask))()
        settle(*both)
        assert joined(*both)
