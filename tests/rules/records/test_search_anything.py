"""Whatever is asked, it is understood or refused with its place; never a fault of ours, never part of the statement."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.data.records import parameters
from yuanzhen.data.records.search.query import understood
from yuanzhen.data.records.search.source import source
from yuanzhen.data.records.search.statement import Statement
from yuanzhen.infrastructure.errors import Problem

NOW = datetime(2026, 3, 18, tzinfo=UTC)
KINDS = st.sampled_from(
    ["Patient", "Observation", "Group", "MolecularSequence", "ValueSet", "RiskAssessment", "Location"]
)
MODIFIERS = st.sampled_from(
    ["", ":exact", ":contains", ":missing", ":not", ":text", ":identifier", ":Patient", ":below", ":above", ":of-type",
     ".name", ":Patient.identifier", ".organization.name", ":iterate", ":"]
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.text("0123456789.-+eE:TZ|$,\\geltapsn", max_size=30),
    st.sampled_from(
        ["2026", "ap2020", "5||mg", "5.4|u|mg", "a$b", "Patient/1", "true", "a|b|c", r"\,", "'; DROP TABLE x"]
    ),
)


@given(kind=KINDS, data=st.data())
def test_any_search_is_understood_or_refused(kind: str, data: st.DataObject) -> None:
    others = ["_sort", "_include", "_has:Observation:patient:code", "_count"]
    names = st.sampled_from([*sorted(parameters.of(kind)), *others])
    pairs = data.draw(st.lists(st.tuples(st.builds(str.__add__, names, MODIFIERS), VALUES), max_size=4))
    s = Statement(now=NOW, readable=lambda _: True)
    try:
        asked = understood(kind, pairs)
        for in_order in (True, False):
            text = " ".join(source(s, kind, asked.criteria, in_order=in_order).conditions)
            assert "DROP" not in text
    except Problem as problem:
        assert problem.place is not None or problem.code == "fhir.search_too_wide"
