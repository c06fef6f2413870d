"""Links that name a resource by its canonical address (R4 2.3.0.2): one version of it, or any that we have. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from yuanzhen.data.records import parameters
from yuanzhen.data.records.parameters import Parameter
from yuanzhen.data.records.search.statement import Statement

# A link `i` names the resource of the address `u`: in its own version, or in any where the link tells none. A link that
# tells one stands in the index with it and without.
_NAMES = (
    "(i.target = u.code AND NOT EXISTS (SELECT FROM records.link AS n WHERE n.key = i.key AND n.path = i.path "
    "AND starts_with(n.target, u.code || '|')) OR i.target = u.code || '|' || v.code)"
)


class Canonical(NamedTuple):
    """Places where resources are named by their canonical address, and whose: `bearers` are the places of each type's
    own address and version."""

    places: tuple[int, ...]
    bearers: tuple[tuple[int, int], ...]


def canonical(along: Parameter, kinds: Iterable[str]) -> Canonical | None:
    """How a parameter names resources of these kinds by their addresses; None where it does not."""
    places = tuple(place.number for place in along.places if place.type in ("canonical", "uri"))
    bearing = [kind for kind in kinds if "url" in parameters.of(kind)]
    if not places or not bearing:
        return None
    return Canonical(places, tuple((_first(kind, "url"), _first(kind, "version")) for kind in bearing))


def who_names(s: Statement, way: Canonical) -> tuple[str, str]:
    """From resources `u.key` to the links `i` that name them, as what a FROM and a WHERE say."""
    urls, version = _bearers(s, way)
    return (
        f"records.token AS u {version} JOIN records.link AS i ON {_here(s, way)} "
        f"AND i.target = ANY (ARRAY[u.code, u.code || '|' || v.code]) AND {_NAMES}",
        f"u.path = ANY ({urls}::int[])",
    )


def whom_it_names(s: Statement, way: Canonical) -> tuple[str, str]:
    """From links `i` to the resources `u.key` that they name, so too."""
    urls, version = _bearers(s, way)
    return (
        f"records.link AS i JOIN records.token AS u ON u.path = ANY ({urls}::int[]) "
        f"AND u.code = split_part(i.target, '|', 1) {version}",
        f"{_here(s, way)} AND {_NAMES}",
    )


def _here(s: Statement, way: Canonical) -> str:
    return f"i.path = ANY ({s.value(list(way.places))}::int[])"


def _bearers(s: Statement, way: Canonical) -> tuple[str, str]:
    """The places of addresses, and the join that finds the version beside one."""
    urls, versions = s.value([url for url, _ in way.bearers]), s.value([version for _, version in way.bearers])
    version = (
        f"LEFT JOIN records.token AS v ON v.key = u.key "
        f"AND v.path = ({versions}::int[])[array_position({urls}::int[], u.path)]"
    )
    return urls, version


def _first(kind: str, name: str) -> int:
    found = parameters.of(kind).get(name)
    return found.places[0].number if found else 0
