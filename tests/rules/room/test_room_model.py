"""Who stands how in a room, step by step, by tables written by hand."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from yuanzhen.collaboration.room import model
from yuanzhen.collaboration.room.model import Role, Room
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
EMPTY = Room("c", "consultation/c", "p", ("neurology",))


def join(
    room: Room, person: str, role: Role = "expert", *, direct: bool = True, at: datetime = NOW, page: str = "1"
) -> Room:
    return model.joined(
        room, person, role, direct=direct, ticket=f"{person}-{page}", meeting=f"m{room.epoch}", now=at
    ).room  # fmt: skip


def three() -> Room:
    """The host, an expert and the primary clinician are in; the patient waits."""
    room = join(EMPTY, "host", "host")
    room = join(join(room, "expert"), "primary", "primary")
    return join(room, "patient", "patient", direct=False)


def test_who_is_of_the_circle_enters_and_others_wait() -> None:
    room = three()
    assert [room.standing(one) for one in ("host", "expert", "primary", "patient", "nobody")] == [
        "in", "in", "in", "waiting", "out"
    ]  # fmt: skip


def test_each_who_comes_into_the_room_or_goes_begins_an_epoch_and_who_waits_does_not() -> None:
    room = three()
    assert room.epoch == 3
    room = model.admitted(room, "expert", "patient", NOW).room
    assert room.epoch == 4
    room = model.left(room, "expert", NOW).room
    assert room.epoch == 5
    assert model.left(room, "expert", NOW).room == room, "who is gone is gone"


def test_another_device_of_a_person_in_it_begins_an_epoch_and_takes_over_the_ticket() -> None:
    room = three()
    again = join(room, "host", "host", page="2")
    assert (again.epoch, again.of("host").ticket, len(again.members)) == (4, "host-2", 4)  # type: ignore[union-attr]


def test_a_meeting_ends_with_its_last_member_and_the_next_is_another() -> None:
    room = join(EMPTY, "host", "host")
    assert room.meeting == "m0"
    room = join(room, "expert")
    assert room.meeting == "m0"
    room = model.left(model.left(room, "host", NOW).room, "expert", NOW).room
    assert (room.meeting, room.epoch) == ("", 4)
    assert join(room, "host", "host").meeting == "m4"


def test_who_was_removed_waits_whoever_they_are_until_somebody_lets_them_in() -> None:
    room = model.removed(three(), "host", "expert", "吵", NOW).room
    room = join(room, "expert", page="2")
    assert room.standing("expert") == "waiting"
    assert model.admitted(room, "host", "expert", NOW).room.standing("expert") == "in"


@pytest.mark.parametrize(
    ("by", "may"),
    [("host", {"expert", "primary", "patient"}), ("expert", {"patient"}), ("primary", {"patient"}), ("patient", set())],
)
def test_who_may_put_out_whom(by: str, may: set[str]) -> None:
    room = model.admitted(three(), "host", "patient", NOW).room
    for person in ("host", "expert", "primary", "patient"):
        if person in may:
            changed = model.removed(room, by, person, "", NOW)
            assert changed.room.standing(person) == "removed"
            assert [(line.what, line.person, line.by) for line in changed.lines] == [("room-removed", person, by)]
        else:
            with pytest.raises(Forbidden):
                model.removed(room, by, person, "", NOW)


@pytest.mark.parametrize("by", ["patient", "nobody"])
def test_nobody_outside_lets_in(by: str) -> None:
    with pytest.raises(Forbidden):
        model.admitted(three(), by, "patient", NOW)


def test_who_did_not_come_cannot_be_let_in_and_who_is_in_not_again() -> None:
    with pytest.raises(Invalid):
        model.admitted(three(), "host", "nobody", NOW)
    with pytest.raises(Conflict):
        model.admitted(three(), "host", "expert", NOW)


def test_who_is_silent_has_broken_off_and_comes_back_without_being_let_in() -> None:
    room = model.admitted(three(), "host", "patient", NOW).room
    later = NOW + model.SILENT
    heard = tuple(replace(one, heard=later) if one.person != "patient" else one for one in room.members)
    room = replace(room, members=heard, due=later)
    changed = model.looked(room, later)
    assert changed.room.standing("patient") == "lost"
    assert [(line.what, line.person) for line in changed.lines] == [("interrupted", "patient")]
    assert changed.room.due == later + model.LOOK
    back = model.joined(
        changed.room, "patient", "patient", direct=False, ticket="t", meeting="x", now=later
    )  # fmt: skip
    assert (back.room.standing("patient"), back.lines[0].what) == ("in", "room-back")


def test_who_broke_off_has_left_when_they_do_not_come_back() -> None:
    """They alone are looked at still, and only as long as they are awaited."""
    room = model.begun(join(EMPTY, "host", "host"), NOW)
    told: list[tuple[timedelta, str]] = []
    while room.due is not None:
        changed = model.looked(room, room.due)
        told += [(room.due - NOW, line.what) for line in changed.lines]
        room = changed.room
    assert told == [(model.SILENT, "interrupted"), (model.SILENT + model.AWAITED, "room-left")]
    assert (room.standing("host"), room.meeting) == ("out", "")


def test_a_look_that_comes_late_takes_nobody_for_broken_off() -> None:
    room = model.begun(three(), NOW)
    late = NOW + timedelta(minutes=10)
    changed = model.looked(room, late)
    assert changed.lines == ()
    assert changed.room.standing("host") == "in"
    assert model.looked(changed.room, late + model.LOOK).lines == (), "they have their time from then on"


def test_who_no_longer_has_the_right_is_out_and_whom_somebody_let_in_stays() -> None:
    room = model.admitted(three(), "host", "patient", NOW).room
    changed = model.kept(room, {"primary": "primary", "expert": "host"}, ["a"], is_open=True, now=NOW)
    told = {one.person: (one.standing, one.role) for one in changed.room.members}
    assert told == {
        "host": ("removed", "host"),
        "expert": ("in", "host"),
        "primary": ("in", "primary"),
        "patient": ("in", "patient"),
    }


def test_a_room_that_closes_lets_all_go_and_nobody_in() -> None:
    room = model.kept(three(), {}, ["a"], is_open=False, now=NOW).room
    assert {one.standing for one in room.members} == {"out"}
    assert (room.meeting, room.those("in", "waiting")) == ("", ())
    with pytest.raises(Conflict):
        join(room, "host", "host")


def test_sixteen_are_in_and_the_seventeenth_is_told_that_it_is_full() -> None:
    room = EMPTY
    for nth in range(model.MOST):
        room = join(room, f"e{nth}")
    with pytest.raises(Conflict, match=r"room\.full"):
        join(room, "one-more")
    join(room, "e0", page="2")  # who is in it already comes in again
    waits = join(room, "patient", "patient", direct=False)
    with pytest.raises(Conflict, match=r"room\.full"):
        model.admitted(waits, "e1", "patient", NOW)


def test_every_step_of_the_table_has_its_word_on_the_time_line() -> None:
    moved = {(before, after) for (before, _), after in model.NEXT.items() if before != after}
    assert moved == model.LINES.keys()


class Walk(RuleBasedStateMachine):
    """People come, go, are let in and put out at random."""

    PEOPLE = st.sampled_from([("host", "host", True), ("expert", "expert", True), ("patient", "patient", False)])

    def __init__(self) -> None:
        super().__init__()
        self.room, self.epoch, self.page, self.now = EMPTY, 0, 0, NOW

    def _took(self, changed: model.Changed) -> None:
        inside = {(one.person, one.ticket) for one in self.room.those("in")}
        now_inside = {(one.person, one.ticket) for one in changed.room.those("in")}
        assert (changed.room.epoch > self.room.epoch) == (inside != now_inside)
        self.room = changed.room

    @rule(who=PEOPLE)
    def join(self, who: tuple[str, Role, bool]) -> None:
        self.page += 1
        person, role, direct = who
        self._took(
            model.joined(
                self.room, person, role, direct=direct, ticket=f"t{self.page}", meeting=f"m{self.page}", now=self.now
            )
        )

    @rule(who=PEOPLE)
    def leave(self, who: tuple[str, Role, bool]) -> None:
        self._took(model.left(self.room, who[0], self.now))

    @rule(by=PEOPLE, who=PEOPLE)
    def admit(self, by: tuple[str, Role, bool], who: tuple[str, Role, bool]) -> None:
        with contextlib.suppress(Conflict, Forbidden, Invalid):
            self._took(model.admitted(self.room, by[0], who[0], self.now))

    @rule(by=PEOPLE, who=PEOPLE)
    def remove(self, by: tuple[str, Role, bool], who: tuple[str, Role, bool]) -> None:
        with contextlib.suppress(Conflict, Forbidden, Invalid):
            self._took(model.removed(self.room, by[0], who[0], "", self.now))

    @precondition(lambda self: self.room.those("in", "waiting"))
    @rule(seconds=st.integers(1, 20))
    def look(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self._took(model.looked(model.begun(self.room, self.now), self.now))

    @invariant()
    def what_holds(self) -> None:
        inside = self.room.those("in")
        assert bool(self.room.meeting) == bool(inside)
        assert len({one.ticket for one in inside}) == len(inside)
        assert all(not one.ticket for one in self.room.members if one.standing in ("out", "removed"))

    @invariant()
    def everybody_can_leave(self) -> None:
        room = self.room
        for one in room.members:
            room = model.left(room, one.person, self.now).room
        assert not room.those("in", "waiting", "lost")


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)


def show(
    room: Room, person: str, *, hand: bool | None = None, is_muted: bool | None = None, at: datetime = NOW
) -> Room:  # fmt: skip
    return model.shown(room, person, model.Told(hand, is_muted), at)


def signs(room: Room, person: str) -> model.Signs:
    found = room.of(person)
    assert found is not None
    return found.signs


def test_a_hand_is_up_since_it_went_up_and_begins_no_epoch() -> None:
    room = show(three(), "primary", hand=True)
    later = show(room, "primary", hand=True, is_muted=True, at=NOW + timedelta(seconds=9))
    assert signs(later, "primary") == model.Signs(hand=NOW, is_muted=True)
    assert later.epoch == room.epoch == three().epoch
    assert signs(show(later, "primary"), "primary") == signs(later, "primary"), "of what is not said nothing changes"
    assert signs(show(later, "primary", hand=False), "primary") == model.Signs(is_muted=True)


def test_the_host_lowers_a_hand_puts_one_forward_and_asks_for_silence() -> None:
    room = show(three(), "primary", hand=True)
    assert signs(model.led(room, "host", "lower", "primary", NOW), "primary").hand is None
    room = model.led(room, "host", "spotlight", "primary", NOW)
    assert room.spotlit == "primary"
    assert model.led(room, "host", "spotlight", "primary", NOW).spotlit == "", "and back"
    room = model.led(room, "host", "hush", "primary", NOW)
    assert signs(show(room, "primary", hand=True), "primary").hushed == NOW, "they still speak"
    assert signs(show(room, "primary", is_muted=True), "primary").hushed is None


def test_nobody_leads_but_the_host_and_nobody_is_led_who_is_not_in() -> None:
    for lead in ("spotlight", "lower", "hush"):
        for who in ("expert", "primary", "patient", "nobody"):
            with pytest.raises(Forbidden):
                model.led(three(), who, lead, "expert", NOW)
        for whom in ("patient", "nobody"):
            with pytest.raises(Invalid):
                model.led(three(), "host", lead, whom, NOW)
    with pytest.raises(Forbidden):
        show(three(), "patient", hand=True)


def test_who_leaves_or_breaks_off_stands_before_nobody_and_begins_anew() -> None:
    room = model.led(show(three(), "expert", hand=True), "host", "spotlight", "expert", NOW)
    gone = model.left(room, "expert", NOW).room
    assert (gone.spotlit, signs(gone, "expert")) == ("", model.Signs())
    assert model.left(room, "primary", NOW).room.spotlit == "expert"


def test_what_a_page_shows_is_told_once_each_time_that_it_begins() -> None:
    room, said = three(), []
    for labels in ("microphone camera", "camera screen", "camera screen", "screen second", "screen", "second screen x"):
        changed = model.sends(room, "primary", labels.split(), NOW)
        room, told = changed.room, [line.what for line in changed.lines]
        said.append(told)
    assert said == [[], ["room-screen"], [], ["room-second"], [], ["room-second"]]
    assert signs(room, "primary").shows == ("screen", "second")
    assert signs(show(room, "primary", hand=True), "primary").shows == ("screen", "second")
    assert model.sends(room, "patient", ["screen"], NOW) == model.Changed(room), "who is not in shows nothing"
