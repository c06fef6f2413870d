"""What others see of the calendar: an expert's Schedule and their Slots, read-only from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yuanzhen.collaboration.calendar.model import Slot
from yuanzhen.data.records import service as records
from yuanzhen.data.records import store as stored
from yuanzhen.data.records.service import Change, Deletion
from yuanzhen.infrastructure.db.tx import Tx

SOURCE = "yuanzhen:calendar"


async def slot(tx: Tx, one: Slot, resource: str = "") -> None:
    """A slot as it is now, and the Schedule of its expert, or of the `resource` of that name, if not there yet."""
    if await stored.find(tx, "Schedule", one.expert) is None:
        await records.write_all(
            tx,
            [Change(schedule_resource(one.expert, resource), house=one.institution)],
            source=f"{SOURCE}/{one.expert}",
        )
    await records.write_all(tx, [Change(slot_resource(one), house=one.institution)], source=f"{SOURCE}/{one.id}")


async def withdrawn(tx: Tx, id: str) -> None:
    """A slot that is offered no more; its history stays."""
    found = await stored.find(tx, "Slot", id)
    if found is not None and not found.deleted:
        await records.write_all(tx, [Deletion(found)])


def schedule_resource(expert: str, resource: str = "") -> dict[str, Any]:
    """R4 Schedule; its id is the expert's, or the resource's."""
    return {
        "resourceType": "Schedule",
        "id": expert,
        "active": True,
        "actor": [{"display": resource} if resource else {"reference": f"Practitioner/{expert}"}],
    }


def slot_resource(one: Slot) -> dict[str, Any]:
    """R4 Slot: `busy` when taken, `busy-unavailable` when the expert will not be there."""
    return {
        "resourceType": "Slot",
        "id": one.id,
        "schedule": {"reference": f"Schedule/{one.expert}"},
        "status": "busy" if one.taken else "busy-unavailable" if one.absent else "free",
        "start": _instant(one.span.start),
        "end": _instant(one.span.end),
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
