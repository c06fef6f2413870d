"""One call of FHIR's REST, whether it came by HTTP or in a Bundle: which act it is, who may, and what becomes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from yuanzhen.data.records import access, alone, asked, conditional, reading, service
from yuanzhen.data.records.acts import act_of
from yuanzhen.data.records.answers import Answer
from yuanzhen.data.records.asked import Call
from yuanzhen.data.records.model import Json
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Invalid, NotFound
from yuanzhen.security.identity.scopes import Scopes

Give = Callable[[], Awaitable[Any]]  # what the client sent, judged: a resource, or the operations of a patch
Write = Callable[[Tx, Scopes, Call, Any], Awaitable[Answer]]
WriteAlone = Callable[[Database, Actor, Call, Any], Awaitable[Answer]]


async def perform(db: Database, actor: Actor, scopes: Scopes, call: Call, give: Give) -> Answer:
    """Does what a call asks, alone: a read in one look, a change in one transaction.

    Who may not write is told so, and it is kept, before what they sent is looked at.
    """
    act = act_of(call)
    if act == "metadata":
        return reading.metadata(call)
    if act == "bundle":  # a Bundle in a Bundle
        raise NotFound("path.unknown", place=call.place or None)
    if act in READS:
        async with db.look(actor) as look:
            return await READS[act](look, scopes, call)
    async with db.look(actor) as look:
        access.served(look, scopes, call.kind, "write", call.id)
    if act in TAKES_NO_QUERY:
        asked.nothing_else(call.query, code=TAKES_NO_QUERY[act])
    sent: Any = await give() if act not in ("delete", "delete-matching") else None
    if act in ALONE and (act != "create" or call.conditions.if_none_exist is None):
        return await ALONE[act](db, actor, call, sent)
    async with db.verb(actor) as tx:
        return await WRITES[act](tx, scopes, call, sent)


def agree(call: Call, resource: Json) -> None:
    """Passes a resource that is what its path says. Raises `Invalid` for another type or id."""
    if resource.get("resourceType") != call.kind:
        raise Invalid("fhir.type_differs", place="resourceType", rule="the type of the path")
    if call.method == "PUT" and call.id and resource.get("id") != call.id:
        raise Invalid("fhir.id_differs", place=f"{call.kind}.id", rule="the id of the path")


async def _create(tx: Tx, scopes: Scopes, call: Call, sent: Any) -> Answer:
    asked_for = call.none_exist
    criteria = None if asked_for is None else conditional.criteria(asked_for, "If-None-Exist")
    stored, made = await service.create(tx, scopes, sent, none_exist=criteria)
    return Answer(201 if made else 200, stored, wrote=True, made=True)


async def _create_alone(db: Database, actor: Actor, _: Call, sent: Any) -> Answer:
    return Answer(201, await alone.create(db, actor, sent), wrote=True, made=True)


async def _update(db: Database, actor: Actor, call: Call, sent: Any) -> Answer:
    asked = call.conditions
    stored, made = await alone.update(db, actor, sent, expected=asked.if_match, new=asked.if_none_match == "*")
    return Answer(201 if made else 200, stored, wrote=True, made=made)


async def _patch(db: Database, actor: Actor, call: Call, sent: Any) -> Answer:
    stored = await alone.amend(db, actor, call.kind, call.id, sent, expected=call.conditions.if_match)
    return Answer(200, stored, wrote=True)


async def _delete(db: Database, actor: Actor, call: Call, _: Any) -> Answer:
    return Answer(204, await alone.delete(db, actor, call.kind, call.id, expected=call.conditions.if_match))


async def _update_matching(tx: Tx, scopes: Scopes, call: Call, sent: Any) -> Answer:
    stored, made = await service.update_matching(tx, scopes, sent, asked.without_form(call.query))
    return Answer(201 if made else 200, stored, wrote=True, made=made)


async def _patch_matching(tx: Tx, scopes: Scopes, call: Call, sent: Any) -> Answer:
    return Answer(
        200, await service.amend_matching(tx, scopes, call.kind, asked.without_form(call.query), sent), wrote=True
    )


async def _delete_matching(tx: Tx, scopes: Scopes, call: Call, _: Any) -> Answer:
    return Answer(204, await service.delete_matching(tx, scopes, call.kind, asked.without_form(call.query)))


# A condition that nobody reads would be one that seems to hold: some clients write that of a create into the address.
TAKES_NO_QUERY = {
    "create": "fhir.misplaced_condition",
    "update": "fhir.unknown_parameter",
    "patch": "fhir.unknown_parameter",
    "delete": "fhir.unknown_parameter",
}
READS: dict[str, reading.Read] = {
    "read": reading.read,
    "vread": reading.vread,
    "search": reading.find,
    "compartment": reading.find_within,
    "history": reading.resource_history,
    "history-type": reading.type_history,
    "history-system": reading.system_history,
}
ALONE: dict[str, WriteAlone] = {  # by machines: nobody else writes at this door
    "create": _create_alone,
    "update": _update,
    "patch": _patch,
    "delete": _delete,
}
WRITES: dict[str, Write] = {  # what depends on a search, with it in one transaction
    "create": _create,
    "update-matching": _update_matching,
    "patch-matching": _patch_matching,
    "delete-matching": _delete_matching,
}
