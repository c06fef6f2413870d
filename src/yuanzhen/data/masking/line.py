"""A patient in a line of a list, as its reader may see them; whatever the list is of."""

from __future__ import annotations

import msgspec

from yuanzhen.data.masking.identity import NumberKind, Shown


class PatientLine(msgspec.Struct):
    """Whom it is about; `masked` until the record is open to the reader, and in lists."""

    id: str
    name: str
    sex: str
    birth_date: str
    number: str
    masked: bool
    number_kind: NumberKind


def line_of(id: str, shown: Shown) -> PatientLine:
    """The patient of this id as they are shown."""
    return PatientLine(
        id, shown.name, shown.sex, shown.birth_date, shown.number, shown.masked, shown.number_kind
    )  # fmt: skip
