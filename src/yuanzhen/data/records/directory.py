"""What people are called: the published names of practitioners, many at once."""

from __future__ import annotations

from collections.abc import Iterable

from yuanzhen.infrastructure.db.look import Reads


async def names(reads: Reads, ids: Iterable[str]) -> dict[str, str]:
    """The name of each practitioner among `ids`; who has none published is left out."""
    rows = await reads.rows(
        "SELECT id, content::jsonb #>> '{name,0,text}' AS name FROM records.resource "
        "WHERE type = 'Practitioner' AND id = ANY ($1) AND NOT deleted",
        [id for id in set(ids) if id],
    )
    return {row["id"]: row["name"] or "" for row in rows}
