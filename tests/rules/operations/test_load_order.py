"""Tables are loaded after those that they refer to."""

from __future__ import annotations

import pytest

from yuanzhen.infrastructure.db.copying.catalogue import Table, in_order
from yuanzhen.infrastructure.errors import Unsupported

FOUND = {number: Table("care", name, ("id",)) for number, name in enumerate(("step", "case", "person"))}


def test_what_refers_comes_after_what_it_refers_to() -> None:
    names = [table.name for table in in_order(FOUND, [(0, 1), (1, 2)])]
    assert names == ["person", "case", "step"]


def test_a_reference_to_a_table_that_is_not_copied_says_nothing() -> None:
    assert len(in_order(FOUND, [(0, 99)])) == 3


def test_a_circle_of_references_is_refused_with_its_place() -> None:
    with pytest.raises(Unsupported) as refused:
        in_order(FOUND, [(0, 1), (1, 0)])
    assert refused.value.code == "copy.circle" and str(refused.value.place).startswith("care.")
