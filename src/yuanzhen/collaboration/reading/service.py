"""The verbs of a reading; `keep` is its application's, in the transaction of the application's act."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from yuanzhen.collaboration.reading import access, led, model, store, views
from yuanzhen.collaboration.reading.events import ReadingSigned
from yuanzhen.collaboration.reading.led import Lead, View
from yuanzhen.collaboration.reading.model import Mark, Reading, State
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Problem, TooMany
from yuanzhen.security.audit import trail


async def keep(
    tx: Tx,
    source: str,
    patient: str,
    writers: Iterable[str],
    audience: Iterable[str],
    state: State = "open",
    *,
    leaders: Iterable[str] = (),
) -> None:
    """Who reads and marks from now on. The application has checked who may say so; asked again it is the same.

    `audience`: the keys that know of it, our worker's among them; `leaders`: who besides the writers may lead. What
    was marked stays when the writers change; at `signed` it opens to the audience and goes into the record, at `ended`
    it is nobody's.
    """
    reading = Reading(model.id_of(source), source, patient, state, tuple(writers), tuple(audience),
                      tuple(dict.fromkeys((*writers, *leaders))))  # fmt: skip
    before = await store.find(tx, reading.id)
    if before == reading or (before is None and state != "open"):
        return  # nothing is new, or nobody ever read
    await store.put(tx, reading)
    if before is not None and before.state != state:
        if state == "signed":
            tx.announce(ReadingSigned(reading.id))
        tx.tell(channel(reading.id), state, {})
    if before is not None and before.leaders != reading.leaders:
        tx.tell(leading(reading.id), "people", {"people": msgspec.to_builtins(await views.people_of(tx, reading))})


async def mark(tx: Tx, id: str, mark: Mark) -> None:
    """An invited expert sets a mark, or moves one. Raises `Invalid` for what is none, or is on no picture of theirs."""
    reading = await access.open_for(tx, "mark", id)
    model.checked(mark)
    await access.picture(tx, reading, mark.place)
    if await store.count_others(tx, id, mark.id) >= model.MOST_MARKS:
        raise TooMany("reading.too_many_marks", limit=model.MOST_MARKS)
    await store.put_mark(tx, id, mark)
    tx.tell(channel(id), "mark", views.told(mark))


async def unmark(tx: Tx, id: str, mark: str) -> None:
    """An invited expert removes a mark; one that is not there is removed already."""
    await access.open_for(tx, "unmark", id)
    if await store.drop_mark(tx, id, mark):
        tx.tell(channel(id), "unmark", {"id": mark})


async def lead(tx: Tx, id: str, page: str, now: datetime) -> None:
    """Somebody leads the others through the pictures from this page on. Raises as `led.taken`, kept."""
    await _led(tx, "lead", id, lambda reading, lead: led.taken(reading, lead, tx.actor.id, page, now))


async def hand_over(tx: Tx, id: str, person: str, now: datetime) -> None:
    """The leader gives the lead to another. Raises as `led.handed`, kept."""
    await _led(tx, "hand-over", id, lambda reading, lead: led.handed(reading, lead, tx.actor.id, person, now))


async def show(tx: Tx, id: str, page: str, view: View, now: datetime) -> None:
    """The leader's page is there, and looks at this. Raises as `led.shown`, kept."""
    await _led(tx, "show", id, lambda reading, lead: led.shown(reading, lead, tx.actor.id, page, view, now))


async def record(tx: Tx, id: str, since: datetime, *, on: bool) -> None:
    """The room beside is recorded since then, and what is looked at is kept; or no longer, nor what came after."""
    if not await store.record(tx, id, on=on):
        return
    if not on:
        await store.drop_looked(tx, id, since=since)
        return
    reading, lead = await store.find(tx, id), await store.lead(tx, id)
    if reading is not None and lead is not None and lead.stands(reading, since):
        await store.add_looked(tx, id, since, lead.person, lead.view)


async def lay_down(tx: Tx, id: str, now: datetime) -> None:
    """The leader leads no more; who does not lead has laid it down already."""
    reading = await access.to_lead(tx, "lay-down", id)
    trail.noted(tx, "reading.lay-down", "U", entity_type=access.ENTITY, entity=id, patient=reading.patient)
    if await store.drop_lead(tx, id, tx.actor.id):
        await store.add_looked(tx, id, now, tx.actor.id, None)
        tx.tell(leading(id), "lead", {"leader": None})


async def _led(tx: Tx, act: str, id: str, change: Callable[[Reading, Lead | None], Lead]) -> None:
    reading = await access.to_lead(tx, act, id)
    before = await store.lock_lead(tx, id)
    try:
        after = change(reading, before)
    except Problem as problem:
        raise access.refused(tx, problem, act, reading) from None
    await store.put_lead(tx, id, after)
    if before is None or (before.person, before.page, before.since) != (after.person, after.page, after.since):
        trail.noted(tx, f"reading.{act}", "U", entity_type=access.ENTITY, entity=id, patient=reading.patient)
        tx.tell(leading(id), "lead", {"leader": msgspec.to_builtins(views.Leader(after.person, after.page))})
        await store.add_looked(tx, id, after.seen, after.person, after.view)
    elif after.view is not None and before.view != after.view:
        await _show(tx, reading, before, after, after.view)


async def _show(tx: Tx, reading: Reading, before: Lead, after: Lead, view: View) -> None:
    """A series that was not led before is looked up, and kept in the trail and on the time line."""
    last = before.view
    if last is None or last.place.series != view.place.series or not await store.was_led(tx, reading.id, after.since):
        await access.picture(tx, reading, view.place)
        trail.noted(tx, "reading.show", "U", entity_type=access.ENTITY, entity=reading.id, patient=reading.patient)
        await store.add_led(tx, reading.id, after.person, view.place, after.seen)
    await store.add_looked(tx, reading.id, after.seen, after.person, view)
    tx.tell(leading(reading.id), "view", {"view": msgspec.to_builtins(views.led_view(view))})


def leading(id: str) -> str:
    """The live channel of what is led."""
    return f"led/{id}"


def channel(id: str) -> str:
    """The live channel of a reading."""
    return f"reading/{id}"
