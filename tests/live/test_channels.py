"""The order of events, without a database: each reader gets a snapshot's number, then every later event once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanzhen.doors.channels import Channel, Event, Gap, named
from yuanzhen.infrastructure.errors import NotFound

READERS = ("a", "b", "c")


def event(seq: int) -> Event:
    return Event(seq, f"e{seq}")


class World:
    """A database that commits, one process that follows it, and readers that come at any moment."""

    def __init__(self) -> None:
        self.committed = 0
        self.channel: Channel[str] = Channel(named("ward/1", ""))
        self.reading: dict[str, int] = {}
        self.got: dict[str, list[int]] = {}

    def commit(self, _: str) -> None:
        self.committed += 1

    def follow(self, _: str) -> None:
        if self.channel.is_open:
            news = [event(seq) for seq in range((self.channel.seen or 0) + 1, self.committed + 1)]
            for heard, readers in self.channel.hear(news):
                for reader in readers:
                    self.got[reader].append(heard.seq)

    def come(self, reader: str) -> None:
        self.leave(reader)
        self.channel.join(reader)
        self.channel.open(self.committed)

    def read(self, reader: str) -> None:
        if self.channel.readers.get(reader, 0) is None:
            self.reading[reader] = self.committed

    def start(self, reader: str) -> None:
        if reader in self.reading:
            seq = self.reading.pop(reader)
            self.got[reader] = [seq]
            self.got[reader] += [held.seq for held in self.channel.start(reader, seq)]

    def leave(self, reader: str) -> None:
        self.channel.leave(reader)
        self.reading.pop(reader, None)
        self.got.pop(reader, None)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["commit", "commit", "follow", "come", "read", "start", "leave"]), st.sampled_from(READERS)
    ),
    max_size=60,
)


@settings(max_examples=1000, derandomize=True, deadline=None)
@given(STEPS)
@pytest.mark.slow
def test_whatever_the_order_every_reader_gets_every_later_event_once(steps: list[tuple[str, str]]) -> None:
    world = World()
    for act, reader in steps:
        getattr(world, act)(reader)
    for reader in READERS:
        world.read(reader)
        world.start(reader)
    world.follow("")
    for got in world.got.values():
        assert got == list(range(got[0], world.committed + 1))
    assert not world.channel._held


def test_an_event_that_was_heard_is_passed_over_and_a_missing_one_is_a_gap() -> None:
    channel: Channel[str] = Channel(named("ward/1", ""))
    channel.join("a")
    channel.open(3)
    channel.start("a", 3)
    assert channel.hear([event(3), event(4)]) == [(event(4), ["a"])]
    with pytest.raises(Gap):
        channel.hear([event(6)])


def test_a_start_before_what_is_held_is_a_gap() -> None:
    channel: Channel[str] = Channel(named("ward/1", ""))
    channel.join("a")
    channel.open(3)
    with pytest.raises(Gap):
        channel.start("a", 2)


def test_ones_own_channel_is_a_channel_of_its_own_in_the_database() -> None:
    assert named("me", "li").stored == "me/li"
    assert named("ward/7", "li").stored == "ward/7"


@pytest.mark.parametrize(
    "wire", ["", "me/wang", "ward", "ward/", "ward/1/2", "Ward/1", "ward/a b", "../x", "ward/" + "1" * 129]
)
def test_a_word_that_means_no_channel_is_refused(wire: str) -> None:
    with pytest.raises(NotFound, match=r"live\.no_channel"):
        named(wire, "li")
