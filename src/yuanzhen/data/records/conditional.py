"""What depends on a search: whether anything of the kind is there, and which. One act at a time on the same."""

from __future__ import annotations

from collections.abc import Iterable

from yuanzhen.data.records.asked import Pairs, pairs
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.search import run
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden, Invalid, PreconditionFailed
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.scopes import Scopes

# Of the parameters that every type has those that choose; the rest say how the answer is to look.
CHOOSING = frozenset({"_id", "_lastUpdated", "_tag", "_security", "_profile", "_source", "_has"})


def criteria(text: str | Pairs, place: str) -> Pairs:
    """What a condition asks for: at least one parameter, and nothing but what chooses. Raises `Invalid`."""
    asked = pairs(text.removeprefix("?")) if isinstance(text, str) else text
    if not asked:
        raise Invalid("fhir.no_criteria", place=place)
    for name, _ in asked:
        if name.startswith("_") and name.partition(":")[0] not in CHOOSING:
            raise Invalid("fhir.no_criterion", place=place, found=name)
    return asked


async def lock(tx: Tx, wanted: Iterable[tuple[str, Pairs]]) -> None:
    """Until the end of the transaction nobody else acts on the same criteria: of many who would create one does.

    Criteria with an identifier are one with all that name it, whatever else they ask.
    """
    keys = sorted({key for kind, asked in wanted for key in _keys(kind, asked)})
    if keys:
        await tx.rows("SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) AS key", keys)


async def match(reads: Reads, scopes: Scopes, kind: str, asked: Pairs, place: str) -> Stored | None:
    """The one resource that meets the criteria; None for none. Raises `PreconditionFailed` for several."""
    try:
        found = await run.matching(reads, kind, asked, readable=lambda type: scopes.allows(type, "read"))
    except Forbidden as problem:
        raise trail.refused(reads, problem, "records.search", "E", entity_type=kind, entity="") from problem
    if len(found) > 1:
        raise PreconditionFailed("fhir.several_match", place=place)
    return found[0] if found else None


def _keys(kind: str, asked: Pairs) -> list[str]:
    numbers = [value for name, value in asked if name == "identifier"]
    return [f"fhir {kind} {key}" for key in numbers or ["&".join(f"{n}={v}" for n, v in sorted(asked))]]
