"""The verbs of a reading; `keep` is its application's, in the transaction of the application's act."""

from __future__ import annotations

from collections.abc import Iterable

from yuanzhen.collaboration.reading import access, model, store, views
from yuanzhen.collaboration.reading.events import ReadingSigned
from yuanzhen.collaboration.reading.model import Mark, Reading, State
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import TooMany


async def keep(
    tx: Tx, source: str, patient: str, writers: Iterable[str], audience: Iterable[str], state: State = "open"
) -> None:
    """Who reads and marks from now on. The application has checked who may say so; asked again it is the same.

    `audience`: the keys that know of it, our worker's among them. What was marked stays when the writers change; at
    `signed` it opens to the audience and goes into the record, at `ended` it is nobody's.
    """
    reading = Reading(model.id_of(source), source, patient, state, tuple(writers), tuple(audience))
    before = await store.find(tx, reading.id)
    if before == reading or (before is None and state != "open"):
        return  # nothing is new, or nobody ever read
    await store.put(tx, reading)
    if before is not None and before.state != state:
        if state == "signed":
            tx.announce(ReadingSigned(reading.id))
        tx.tell(channel(reading.id), state, {})


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


def channel(id: str) -> str:
    """The live channel of a reading."""
    return f"reading/{id}"
