"""Who may: the loader of rings for dispatchers. Rings of a case are loaded by its application, which has checked."""

from __future__ import annotations

from yuanzhen.collaboration.ring import store
from yuanzhen.collaboration.ring.model import Act, Ring
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden, NotFound
from yuanzhen.security.audit import trail

ENTITY = "ring"


def dispatches(reads: Reads, verb: str, action: trail.Action, id: str = "") -> None:
    """Raises `Forbidden` `ring.role` for who is no dispatcher; kept."""
    if reads.actor.role != "dispatcher":
        raise trail.refused(reads, Forbidden("ring.role"), verb, action, entity_type=ENTITY, entity=id)


async def open_for(tx: Tx, act: Act, id: str) -> Ring:
    """A ring locked for a dispatcher's act. Raises `Forbidden`, `NotFound`; each refusal is kept."""
    verb = f"ring.{act}"
    dispatches(tx, verb, "U", id)
    ring = await store.lock(tx, id)
    if ring is None:
        raise trail.refused(tx, NotFound("ring.not_found"), verb, "U", entity_type=ENTITY, entity=id)
    trail.noted(tx, verb, "U", entity_type=ENTITY, entity=id)
    return ring


async def seen(reads: Reads, id: str) -> Ring:
    """A ring for a dispatcher to read. Raises `Forbidden`, `NotFound`; each refusal is kept."""
    dispatches(reads, "ring.read", "R", id)
    ring = await store.find(reads, id)
    if ring is None:
        raise trail.refused(reads, NotFound("ring.not_found"), "ring.read", "R", entity_type=ENTITY, entity=id)
    trail.noted(reads, "ring.read", "R", entity_type=ENTITY, entity=id)
    return ring
