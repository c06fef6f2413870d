"""Critical findings that nobody read back in time, for dispatchers: who is to be called, and no word of the case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.applications.consultation import access
from yuanzhen.applications.consultation.events import CriticalChanged
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.applications.consultation.views import Asker, Named
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound
from yuanzhen.security.approvals.store import holders
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory


class CriticalAlarm(msgspec.Struct):
    """Whom a dispatcher brings together: who asked and where they are called, and who signed for which department."""

    consultation: str
    asker: Asker
    call_back: str
    department: Named
    signer: Named
    raised_at: datetime
    at: datetime
    taken_by: Named | None
    taken_at: datetime | None


class CriticalAlarms(Page):
    """What is unconfirmed now, the longest first."""

    items: list[CriticalAlarm]


async def take(tx: Tx, id: str, now: datetime) -> None:
    """A dispatcher has it in hand. Raises `Forbidden`; `NotFound` where none is; `Conflict`: another has."""
    _dispatches(tx, "critical.take", "U", id)
    found = next((row for row in await opinions.alarms(tx) if row["consultation"] == id), None)
    if found is None:
        raise trail.refused(tx, NotFound("critical.none"), "critical.take", "U", entity_type=access.ENTITY, entity=id)
    if not await opinions.take_alarm(tx, id, now):
        problem = Conflict("critical.taken", by=found["taken_by"])
        raise trail.refused(tx, problem, "critical.take", "U", entity_type=access.ENTITY, entity=id)
    trail.noted(tx, "critical.take", "U", entity_type=access.ENTITY, entity=id)
    tx.announce(CriticalChanged(id))
    tx.tell(f"consultation/{id}", "changed", {"id": id})


async def tell(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of `CriticalChanged`: every dispatcher's own channel says so."""
    for dispatcher in await holders(tx, "dispatcher"):
        tx.tell(f"me/{dispatcher}", "critical", {"consultation": body["consultation"]})


async def going(db: Database, actor: Actor) -> CriticalAlarms:
    """What is unconfirmed now. Raises `Forbidden`, kept."""
    async with db.look(actor) as look:
        _dispatches(look, "critical.list", "R", "")
        trail.noted(look, "critical.list", "R", entity_type=access.ENTITY, entity="")
        rows = await opinions.alarms(look)
        names = await people.names(look, {row[who] for row in rows for who in ("asker", "signer", "taken_by")})
        names |= await directory.house_names(
            look, {row[where] for row in rows for where in ("institution", "department")}
        )

    def named(id: str) -> Named:
        return Named(id, names.get(id, ""))

    items = [
        CriticalAlarm(
            consultation=row["consultation"],
            asker=Asker(row["asker"], names.get(row["asker"], ""), named(row["institution"])),
            call_back=row["call_back"],
            department=named(row["department"]),
            signer=named(row["signer"]),
            raised_at=row["raised_at"],
            at=row["at"],
            taken_by=named(row["taken_by"]) if row["taken_by"] else None,
            taken_at=row["taken_at"],
        )
        for row in rows
    ]
    return CriticalAlarms(items=items)


def _dispatches(reads: Reads, verb: str, action: trail.Action, id: str) -> None:
    if reads.actor.role != "dispatcher":
        raise trail.refused(reads, Forbidden("critical.role"), verb, action, entity_type=access.ENTITY, entity=id)
