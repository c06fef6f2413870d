"""The houses of the region as policy knows them: institutions and departments, open to every caller of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from yuanzhen.infrastructure.db.look import Reads


@dataclass(frozen=True, slots=True)
class Department:
    """A department and the institution it belongs to."""

    id: str
    name: str
    institution: str
    institution_name: str


_SELECT = (
    "SELECT d.id, d.name, d.institution, i.name AS institution_name "
    "FROM security.department d JOIN security.institution i ON i.id = d.institution"
)


async def has_department(reads: Reads, id: str) -> bool:
    """Whether a department is there."""
    return bool(await reads.value("SELECT true FROM security.department WHERE id = $1", id))


async def departments(reads: Reads) -> list[Department]:
    """All departments, by institution and name."""
    return [Department(*row.values()) for row in await reads.rows(f"{_SELECT} ORDER BY i.name, d.name")]


async def department(reads: Reads, id: str) -> Department | None:
    """One department; None where there is none."""
    row = await reads.row(f"{_SELECT} WHERE d.id = $1", id)
    return Department(*row.values()) if row else None


async def duty_phone(reads: Reads, department: str) -> str:
    """The number that somebody answers for a department: its institution's, or of the nearest one above; or ''."""
    found: str | None = await reads.value(
        "WITH RECURSIVE up AS (SELECT i.parent, i.duty_phone, 0 AS far FROM security.department d "
        "JOIN security.institution i ON i.id = d.institution WHERE d.id = $1 "
        "UNION ALL SELECT i.parent, i.duty_phone, up.far + 1 FROM up JOIN security.institution i ON i.id = up.parent) "
        "SELECT duty_phone FROM up WHERE duty_phone <> '' ORDER BY far LIMIT 1",
        department,
    )
    return found or ""


async def house_names(reads: Reads, ids: Iterable[str]) -> dict[str, str]:
    """What institutions and departments are called, many at once."""
    rows = await reads.rows(
        "SELECT id, name FROM security.institution WHERE id = ANY ($1) "
        "UNION ALL SELECT id, name FROM security.department WHERE id = ANY ($1)",
        list(ids),
    )
    return {row["id"]: row["name"] for row in rows}


async def members(reads: Reads, department: str) -> list[str]:
    """Who belongs to a department; for whoever holds 'members'."""
    rows = await reads.rows("SELECT person FROM security.membership WHERE department = $1", department)
    return [row["person"] for row in rows]


async def experts(reads: Reads) -> dict[str, list[str]]:
    """All experts who can log in, each with their departments; for every caller of ours."""
    rows = await reads.rows("SELECT person, departments FROM security.experts()")
    return {row["person"]: list(row["departments"]) for row in rows}


async def interpreters(reads: Reads) -> dict[str, str]:
    """All interpreters who can log in, and their names; for whoever may ask them into a room."""
    rows = await reads.rows("SELECT person, name FROM security.interpreters()")
    return {row["person"]: row["name"] for row in rows}


async def departments_of(reads: Reads, person: str) -> list[str]:
    """The departments that a person belongs to; one's own, or with the key 'members'."""
    rows = await reads.rows("SELECT department FROM security.membership WHERE person = $1 ORDER BY 1", person)
    return [row["department"] for row in rows]
