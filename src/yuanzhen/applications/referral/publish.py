"""What others see of a referral: ServiceRequest, Task and, where something is to be gone on with, CarePlan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yuanzhen.applications.referral.model import Kind, Referral, State
from yuanzhen.collaboration.calendar.model import Urgency
from yuanzhen.data.records import service as records
from yuanzhen.infrastructure.db.tx import Tx

# R4 task-status; where it stands more closely is the business status.
TASK: Mapping[State, str] = {
    "sent": "requested", "received": "received", "more-needed": "on-hold", "accepted": "accepted", "booked": "accepted",
    "arrived": "in-progress", "treated": "in-progress", "returned": "completed", "closed": "completed",
    "declined": "rejected", "unanswered": "requested", "withdrawn": "cancelled",
}  # fmt: skip
REQUEST: Mapping[State, str] = {"returned": "completed", "closed": "completed", "withdrawn": "revoked"}  # else active
PRIORITY: Mapping[Urgency, str] = {"emergency": "stat", "urgent": "urgent", "routine": "routine"}
TRANSFER = {"system": "http://snomed.info/sct", "code": "3457005", "display": "Patient referral"}
KIND: Mapping[Kind, str] = {
    "outpatient": "门诊 outpatient", "admission": "住院 admission", "examination": "检查 examination",
    "rehabilitation": "康复 rehabilitation", "follow-up": "随访 follow-up",
}  # fmt: skip


async def all_of(tx: Tx, one: Referral) -> None:
    """The referral as it stands; a draft is nobody else's."""
    if one.state == "draft" or (one.state == "withdrawn" and one.turn == 1):
        return
    for resource in resources(one):
        await records.publish(tx, resource, source=f"yuanzhen:referral/{one.id}")


def resources(one: Referral) -> list[dict[str, Any]]:
    """R4 resources, each with the referral's id."""
    plans = [_plan(one)] if one.told.plan else []
    return [_request(one), _task(one), *plans]


def _request(one: Referral) -> dict[str, Any]:
    told = one.told
    attached = {"supportingInfo": [{"reference": each} for each in told.documents]} if told.documents else {}
    return {
        "resourceType": "ServiceRequest",
        "id": one.id,
        "identifier": [{"system": "urn:yuanzhen:referral", "value": one.id}],
        "status": REQUEST.get(one.state, "active"),
        "intent": "order",
        "category": [{"coding": [TRANSFER]}],
        "priority": PRIORITY[told.urgency],
        "code": {"text": KIND[told.kind]},
        "subject": {"reference": f"Patient/{told.patient}"},
        "authoredOn": _instant(one.created),
        "requester": {"reference": f"Practitioner/{one.sender}"},
        "performer": [{"reference": f"Organization/{told.department or told.institution}"}],
        "reasonCode": [{"text": told.reason}],
        **attached,
    }


def _task(one: Referral) -> dict[str, Any]:
    told = one.told
    owner = f"Practitioner/{one.handler}" if one.handler else f"Organization/{told.department or told.institution}"
    resource: dict[str, Any] = {
        "resourceType": "Task",
        "id": one.id,
        "status": TASK[one.state],
        "businessStatus": {"text": one.state},
        "intent": "order",
        "priority": PRIORITY[told.urgency],
        "focus": {"reference": f"ServiceRequest/{one.id}"},
        "for": {"reference": f"Patient/{told.patient}"},
        "authoredOn": _instant(one.created),
        "lastModified": _instant(one.since),
        "requester": {"reference": f"Organization/{one.house}"},
        "owner": {"reference": owner},
    }
    texts = {"outcome": one.outcome, "plan": one.outcome_plan}
    output = [{"type": {"text": name}, "valueString": text} for name, text in texts.items() if text]
    output += [{"type": {"text": "document"}, "valueReference": {"reference": each}} for each in one.outcome_documents]
    return resource | ({"output": output} if output else {})


def _plan(one: Referral) -> dict[str, Any]:
    told = one.told
    return {
        "resourceType": "CarePlan",
        "id": one.id,
        "status": REQUEST.get(one.state, "active"),  # request-status has the same words
        "intent": "plan",
        "description": told.plan,
        "subject": {"reference": f"Patient/{told.patient}"},
        "created": _instant(one.created),
        "author": {"reference": f"Practitioner/{one.sender}"},
        "activity": [{"reference": {"reference": f"ServiceRequest/{one.id}"}}],
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
