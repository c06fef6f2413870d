"""Who may see whom, why and until when: written by the application whose work it is, in the same transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.ids import new_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def entrust(
    tx: Tx, person: str, patient: str, source: str, *, sensitive: bool = False, until: datetime | None = None
) -> None:
    """Opens a patient's record to a person for one piece of work (`source`: `consultation:ID`)."""
    relation = new_id()
    ends = "" if until is None else str((until - _EPOCH) // timedelta(microseconds=1))
    body = "|".join((relation, person, patient, source, "t" if sensitive else "f", ends))
    await tx.run(
        "SELECT security.entrust($1, $2, $3, $4, $5, $6, $7)",
        relation,
        person,
        patient,
        source,
        sensitive,
        until,
        tx.mac("entrust", body),
    )


async def dismiss(tx: Tx, source: str) -> list[str]:
    """Ends all that one piece of work opened; returns whose access that was."""
    rows = await tx.rows("SELECT security.dismiss($1, $2) AS person", source, tx.mac("dismiss", source))
    return [row["person"] for row in rows]
