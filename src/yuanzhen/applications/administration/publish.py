"""What others see of the houses and people of the region: Organizations and Practitioners."""

from __future__ import annotations

from typing import Any

from yuanzhen.data.records import service as records
from yuanzhen.infrastructure.db.tx import Tx

SOURCE = "yuanzhen:administration"
TYPES = "http://terminology.hl7.org/CodeSystem/organization-type"
PEOPLE = frozenset({"patient", "carer"})  # known by resources of their own


async def organization(tx: Tx, id: str, name: str, *, kind: str, parent: str | None) -> None:
    """An institution (`prov`) or a department (`dept`) of the tree."""
    resource: dict[str, Any] = {
        "resourceType": "Organization",
        "id": id,
        "active": True,
        "type": [{"coding": [{"system": TYPES, "code": kind}]}],
        "name": name,
    }
    if parent:
        resource["partOf"] = {"reference": f"Organization/{parent}"}
    await records.publish(tx, resource, source=f"{SOURCE}/{id}")


async def practitioner(tx: Tx, id: str, name: str) -> None:
    """Somebody who works in the region."""
    resource = {"resourceType": "Practitioner", "id": id, "active": True, "name": [{"text": name}]}
    await records.publish(tx, resource, source=f"{SOURCE}/{id}")
