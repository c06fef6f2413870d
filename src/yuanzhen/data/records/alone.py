"""One resource written by a machine, a transaction by itself: one round trip, two where it is looked at first.

The door has seen to the scopes. The trail of the look goes with the write, or is lost with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yuanzhen.data.records import access, index, judging, service, store
from yuanzhen.data.records.model import Draft, Json, Stored, draft, erased, house_named, labelled
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict, PreconditionFailed
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit.trail import Action

TRIES = service.TRIES


async def create(db: Database, actor: Actor, resource: Json) -> Stored:
    """A new resource under an id of ours."""
    service.not_posing(resource)
    made = {**resource, "id": new_id()}
    one = _draft(actor, made)
    # Nobody else knows the id, so no other's write can stand in the way of those that go with this one.
    written = await store.put_new(db, actor, (one, 0, index.rows(made)), trail=access.written(actor, one, "C"))
    return one.stored(written.version, written.updated)


async def update(
    db: Database, actor: Actor, resource: Json, *, expected: int | None, new: bool = False
) -> tuple[Stored, bool]:
    """A new version, or the first under the client's id (again, when it was deleted); says whether it is that.

    Raises `PreconditionFailed` when If-Match names another version, or one is there that shall be `new`
    (If-None-Match, RFC 9110 13.1.2), `Forbidden` for what an application has published.
    """
    kind, id = str(resource.get("resourceType")), str(resource.get("id"))
    judging.identified(kind, id)
    for _ in range(TRIES):
        async with db.look(actor) as look:
            before = await store.find(look, kind, id)
            access.writable(look, before)
            service.not_posing(resource)
        if before is not None:
            if new and not before.deleted:
                raise service.stale(before.version, 0, "If-None-Match")
            over = before.version if new else expected
            return await _written(db, actor, labelled(resource, before), over, "U"), before.deleted
        try:
            return await _written(db, actor, resource, expected or 0, "C"), True
        except PreconditionFailed:
            if expected is not None:
                raise
        # Somebody made it in this moment: it is found the next time round.
    raise Conflict("database.try_again")


async def amend(db: Database, actor: Actor, kind: str, id: str, changes: list[Json], *, expected: int | None) -> Stored:
    """A new version by JSON Patch. Without a version named it is done again while others change the resource."""
    for _ in range(TRIES):
        async with db.look(actor) as look:
            found = await access.seen(look, kind, id)
            access.writable(look, found)
            resource = service.amended(found, changes, expected)
            noted = look.handed()
        try:
            return await _written(db, actor, resource, found.version, "U", noted)
        except PreconditionFailed:
            if expected is not None:
                raise
    raise Conflict("database.try_again")


async def delete(db: Database, actor: Actor, kind: str, id: str, *, expected: int | None) -> Stored | None:
    """Ends a resource: its history stays, and what refers to it. None where there is nothing to end (any more)."""
    async with db.look(actor) as look:
        found = await store.find(look, kind, id)
        if found is None or found.deleted:
            access.note_deleted(look, kind, id, "")
            return None
        access.writable(look, found)
    return await _put(db, actor, (erased(found), expected, index.NOTHING), [access.deletion(actor, found)])


async def _written(
    db: Database, actor: Actor, resource: Json, expected: int | None, action: Action, noted: Sequence[Any] = ()
) -> Stored:
    one = _draft(actor, resource)
    rows = [*noted, access.written(actor, one, action)]
    return await _put(db, actor, (one, expected, index.rows(resource)), rows)


def _draft(actor: Actor, resource: Json) -> Draft:
    """A version of what stays: of a Patient in the house that it names, else in the writer's own."""
    house = house_named(resource) if resource["resourceType"] == "Patient" else ""
    return draft(resource, institution=house or actor.institution, source="")


async def _put(db: Database, actor: Actor, writing: store.Writing, trail: list[dict[str, Any]]) -> Stored:
    one: Draft = writing[0]
    expected = writing[1]
    version, updated, _ = await store.put_alone(db, actor, writing, trail=trail)
    if version <= 0:
        raise service.stale(-version, expected)
    return one.stored(version, updated)
