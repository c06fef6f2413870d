"""A case that anybody tries anything on, and what must hold of it whatever was tried.

Hypothesis walks in a thread of its own; what it does goes to the loop in which the database's connections live.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar, get_args

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.make.cases import (
    ASKER,
    BORN,
    COLLEAGUE,
    CONSENT,
    ENROLLED,
    EXPERT,
    GIVEN,
    INVITED,
    NAME,
    NOW,
    OPINION,
    OUTSIDER,
    QUALITY,
    QUESTION,
    SECOND,
    STRANGER,
    Ward,
    factor,
    person,
)
from yuanzhen.applications.consultation import service, views
from yuanzhen.applications.consultation.model import EARLY, ENDED, FIRST, Act, Given, Mode, Urgency
from yuanzhen.applications.consultation.views import CaseView
from yuanzhen.collaboration.calendar import service as calendar
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import NotFound, Problem

T = TypeVar("T")
ACTS: tuple[Act, ...] = get_args(Act)
ENDING: frozenset[Act] = frozenset({"cancel", "did-not-take-place", "withdraw-consent"})  # without an opinion
# What the expert does at once where it is theirs to do, so that no state is left to chance.
TAKEN: tuple[tuple[Act, ...], ...] = (
    (), ("claim", "need-more"), ("accept", "did-not-take-place"), ("claim", "did-not-take-place"), ("accept", "sign")
)  # fmt: skip
FIRST_STEPS = 8  # of a walk do not end the case, so that it gets far
EXPERTS = {"neurology": (EXPERT, SECOND), "cardiology": (OUTSIDER,), "neurosurgery": (INVITED,)}
INSIDE = [one for members in EXPERTS.values() for one in members]  # or not, as the case goes on
OTHER_EXPERTS = tuple(f"expert{number}" for number in range(20))  # more than a walk asks in
STRANGERS = (STRANGER, QUALITY, person("sunjie", "manager"), person("gaoyang", "dispatcher"), person("he", "nurse"))
# What the database itself opens of a case, by table.
ROWS = "SELECT " + ", ".join(
    f"(SELECT count(*) FROM consultation.{table} WHERE {'id' if table == 'case' else 'consultation'} = $1) AS {table}"
    for table in ("case", "step", "draft", "opinion", "rating", "message")
)


class UndoneError(Exception):
    """Ends the transaction of what was only tried."""


class Sight(NamedTuple):
    """What somebody sees: the case, how many rows of it by table, and whether the patient's record is open."""

    view: CaseView | None
    rows: dict[str, int]
    record: bool


@dataclass
class Ground:
    """What all walks share: the region, the loop of its database, the next free hour, and what was counted."""

    ward: Ward
    loop: asyncio.AbstractEventLoop
    free_from: datetime = NOW
    counts: Counter[str] = field(default_factory=Counter)
    stood: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def of(cls, ward: Ward) -> Ground:
        """The ward, with experts enough to ask in."""
        async with ward.db.verb(system("setup")) as tx:
            await tx.run(ENROLLED, EXPERT.id)
            for id in OTHER_EXPERTS:
                await tx.run(ENROLLED, id)
                await tx.run("INSERT INTO security.membership VALUES ($1, 'neurosurgery')", id)
        return cls(ward, asyncio.get_running_loop())

    async def slot(self, now: datetime) -> str:
        """One more hour of the expert's, far enough ahead to be booked."""
        start = max(now + timedelta(hours=25), self.free_from)
        self.free_from = start + timedelta(minutes=20)
        async with self.ward.db.verb(EXPERT) as tx:
            return (await calendar.add_slot(tx, expert=EXPERT.id, start=start, end=self.free_from, now=now)).id


class Walk(RuleBasedStateMachine):
    """One case, from the request to its end."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground

    @initialize(kind=st.sampled_from(sorted(FIRST)), taken=st.sampled_from(TAKEN))
    def begins(self, kind: tuple[Mode, Urgency], taken: tuple[Act, ...]) -> None:
        """It is asked for, in one of the four ways; now and then the expert has gone some way with it already."""
        self.now, self.steps = NOW, 0
        self.had: set[str] = set()  # who had it in their hands: they still see where it went
        self.id = self._waits(self._asked(*kind))
        self.sight = self._waits(self._sights())
        self.created = self.stands.created
        for act in taken:
            if act in self._offered(EXPERT) and (EXPERT, act) not in self._not_yet():
                self._does(EXPERT, act)

    @rule(data=st.data())
    def somebody_goes_on(self, data: st.DataObject) -> None:
        """Something that a page offers is done, after somebody has tried everything."""
        self._tries_everything(self._one_of(data, self.people))
        self._drawn(data, ending=False)

    @precondition(lambda self: self.steps >= FIRST_STEPS and self.stands.state not in ENDED)
    @rule(data=st.data())
    def somebody_ends_it(self, data: st.DataObject) -> None:
        self._drawn(data, ending=True)

    @precondition(lambda self: self.stands.claim_ends is not None)
    @rule(minutes=st.sampled_from([1, 20, 45]))
    def time_passes(self, minutes: int) -> None:
        """A claim that was let lie ends by itself, and no other."""
        self.now += timedelta(minutes=minutes)
        claim, before = self.stands.claim_ends, self.stands
        self._waits(self._clock())
        self.sight = self._waits(self._sights())
        assert claim is not None
        assert (self.stands != before) == (claim <= self.now)

    @precondition(lambda self: self._begins() is not None)
    @rule()
    def its_hour_comes(self) -> None:
        self.now = self._begins() or self.now

    @invariant()
    def each_sees_what_is_theirs_and_those_outside_nothing(self) -> None:
        """The case, what the database itself opens of it, the record, and the draft."""
        hands = {one.id for one in (self.stands.expert, *self.stands.invited) if one}
        at_work = hands if self.stands.state in ("accepted", "more-needed") else set()
        asked = {one.id for one in (ASKER, COLLEAGUE, self.ground.ward.herself)}
        inside = asked | {one.id for one in EXPERTS[self.stands.department.id]} | hands | self.had
        for one, sight in self.sight.items():
            assert (sight.view is not None) == (one.id in inside), one.id
            assert one.id in inside or not any(sight.rows.values()), one.id
            assert not sight.rows["draft"] or one.id in hands, one.id
            assert one.role != "expert" or sight.record == (one.id in at_work), one.id

    @invariant()
    def waiting_time_never_falls(self) -> None:
        """Whoever has it now counts from the request, and it stands in the queue where that puts it."""
        assert self.stands.created == self.created
        if self.stands.state in ("ringing", "queued"):
            queue = self._waits(self._queue(self.stands.department.id))
            assert self.id in [one.id for one in queue]
            assert queue == sorted(queue, key=lambda one: (one.urgency, one.created))

    def teardown(self) -> None:
        """From wherever it stands, those who asked can end it, and then the record is closed to all."""
        if not hasattr(self, "created"):
            return
        if self.stands.state not in ENDED:
            assert self._waits(self._tried(ASKER, "close" if self.stands.state == "signed" else "cancel")) == ""
            self.sight = self._waits(self._sights())
        assert self.stands.state in ENDED
        assert not any(sight.record for one, sight in self.sight.items() if one.role == "expert")
        self.ground.counts["walks"] += 1

    # ---- what is done

    def _drawn(self, data: st.DataObject, *, ending: bool) -> None:
        """One of the acts that are offered, done by one of those to whom it is."""
        offers = [(one, act) for one in self.people for act in self._offered(one) if (act in ENDING) == ending]
        if offers:
            act = self._one_of(data, sorted({act for _, act in offers}))
            self._does(self._one_of(data, [one for one, offered in offers if offered == act]), act)

    def _one_of(self, data: st.DataObject, choices: Sequence[T]) -> T:
        """One of them, the first no likelier than the last."""
        return choices[(data.draw(st.integers(0, 99)) + self.steps) % len(choices)]

    def _does(self, by: Actor, act: Act) -> None:
        """An act that was offered; the time line has one line more, and lost none."""
        before, code = self.stands, self._waits(self._tried(by, act))
        if code == "consultation.too_early" and (by, act) in self._not_yet():
            return
        assert code == "", (by.id, act)
        if act in ("accept", "claim", "hand-over"):
            self.had.add(by.id)
        self.sight = self._waits(self._sights())
        assert self.stands.timeline[: len(before.timeline)] == before.timeline
        assert len(self.stands.timeline) == len(before.timeline) + (act != "write")
        self.steps += 1
        self.ground.counts["done"] += 1
        self.ground.stood[self.stands.state] += 1

    def _tries_everything(self, by: Actor) -> None:
        """What somebody's page is offered is exactly what succeeds; whatever was tried, nothing has changed."""
        offered = {act for act in self._offered(by) if (by, act) not in self._not_yet()}
        succeeded = self._waits(self._possible(by))
        assert succeeded == offered, (by.id, self.stands.state)
        assert self._waits(self._seen(ASKER)) == self.stands
        self.ground.counts["tried"] += len(ACTS)
        self.ground.counts["refused"] += len(ACTS) - len(succeeded)

    def _not_yet(self) -> set[tuple[Actor, Act]]:
        """What a page offers, with the hour from which on it can be done."""
        return {(one, "accept") for one in self.people} if self._begins() else set()

    def _offered(self, by: Actor) -> list[Act]:
        view = self.sight[by].view
        return view.acts if view else []

    def _begins(self) -> datetime | None:
        """From when on what is booked can begin; None once it can, and where there is no hour."""
        booked = self.stands.state == "booked" and self.stands.starts is not None
        return self.stands.starts - EARLY if booked and self.now < self.stands.starts - EARLY else None

    @property
    def people(self) -> list[Actor]:
        return list(self.sight)

    @property
    def stands(self) -> CaseView:
        """The case as those who asked see it."""
        view = self.sight[ASKER].view
        assert view is not None
        return view

    # ---- in the loop of the database

    def _waits(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.ground.loop).result(60)

    async def _asked(self, mode: Mode, urgency: Urgency) -> str:
        slot = await self.ground.slot(NOW) if FIRST[mode, urgency] == "booked" else ""
        request = service.Request(self.ground.ward.patient, "neurology", urgency, mode, QUESTION, CONSENT, slot=slot)
        async with self.ground.ward.db.verb(ASKER) as tx:
            return (await service.ask(tx, request, idempotency=None, now=NOW)).id

    async def _seen(self, by: Actor) -> CaseView:
        return await views.case(self.ground.ward.db, by, self.id)

    async def _sights(self) -> dict[Actor, Sight]:
        everybody = [ASKER, COLLEAGUE, self.ground.ward.herself, *INSIDE, *STRANGERS]
        return dict(zip(everybody, await asyncio.gather(*(self._sight(one) for one in everybody)), strict=True))

    async def _sight(self, by: Actor) -> Sight:
        try:
            view = await self._seen(by)
        except NotFound:
            view = None
        (rows,) = await self.ground.ward.db.once(by, ROWS, self.id)
        return Sight(view, dict(rows), await self.ground.ward.sees_record(by))

    async def _queue(self, department: str) -> list[views.Line]:
        by = EXPERTS[department][0]
        return (await views.cases(self.ground.ward.db, by, department=department, after="", count=50)).items

    async def _tried(self, by: Actor, act: Act, *, keep: bool = True) -> str:
        """What came of it: nothing but that it is done, or the code of the problem."""
        given = await self._given(act)
        try:
            async with self.ground.ward.db.verb(by) as tx:
                if act in ("write", "sign"):
                    await service.write(tx, self.id, OPINION, now=self.now)
                if act == "sign":
                    await service.sign(tx, self.ground.ward.vault, factor(by, self.now), self.id, name=NAME,
                                       birth_date=BORN, now=self.now)  # fmt: skip
                elif act != "write":
                    await service.act(tx, act, self.id, given, now=self.now)
                if not keep:
                    raise UndoneError
        except Problem as problem:
            return problem.code
        except UndoneError:
            pass
        return ""

    async def _possible(self, by: Actor) -> set[Act]:
        """The acts that succeed when somebody tries them all; none is kept."""
        return {act for act in ACTS if await self._tried(by, act, keep=False) == ""}

    async def _given(self, act: Act) -> Given:
        """What comes with an act, such that nothing but who asks and how it stands decides."""
        told = dict(GIVEN.get(act, {}))
        if act == "hand-over":
            told["department"] = next(one for one in EXPERTS if one != self.stands.department.id)
        elif act == "invite":
            there = {one.id for one in (self.stands.expert, *self.stands.invited) if one}
            told["person"] = next(one for one in (INVITED.id, *OTHER_EXPERTS) if one not in there)
        elif act == "reschedule":
            told["slot"] = await self.ground.slot(self.now)
        return Given(**told)

    async def _clock(self) -> None:
        async with self.ground.ward.db.verb(system("relay")) as tx:
            await service.end_claim(tx, self.id, now=self.now)
