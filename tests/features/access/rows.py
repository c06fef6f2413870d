"""How a table of calls is written: a row is a call, the callers are its columns; it holds at the stages it names."""

from __future__ import annotations

from typing import NamedTuple, get_args

from yuanzhen.applications.consultation.model import State

STAGES: tuple[str, ...] = get_args(State)  # a case can be in no other
ONE_STAGE = ("accepted",)  # the record is open to the expert, a draft is there, nothing is signed

OWN = ("anonymous", "patient")
# No relation to the case or its patient: nothing that is theirs may be in any answer. `neighbour` is another patient,
# `stranger` a clinician of another house, `outsider` an expert of another department, `machine` one of a narrow scope.
UNRELATED = ("neighbour", "carer", "stranger", "outsider", "nurse", "manager", "dispatcher", "quality", "officer",
             "interpreter", "machine")  # fmt: skip
# `colleague` is of the asker's house, `second` of the expert's department; `robot` is a machine of the widest scope.
PARTS = ("asker", "colleague", "second", "expert")
CALLERS = (*OWN, *UNRELATED, *PARTS, "robot")


class Row(NamedTuple):
    """A call and its answers, in the order of `CALLERS`."""

    method: str
    path: str  # {case} {patient} {study} {uid} {series} {sop} {report} {event} {number} are filled in
    answers: tuple[int, ...]
    stages: tuple[str, ...] = ONE_STAGE


def row(method: str, path: str, answers: str, *stages: str) -> Row:
    """`answers` as `anonymous patient | without a relation | asker colleague second expert | robot`.

    `404*` stands for as many callers as are left in its group.
    """
    groups = [_spread(text.split(), size) for text, size in zip(answers.split("|"), (2, 11, 4, 1), strict=True)]
    return Row(method, path, tuple(status for group in groups for status in group), stages or ONE_STAGE)


def _spread(words: list[str], size: int) -> list[int]:
    many = size - len(words) + 1
    return [int(word.rstrip("*")) for word in words for _ in range(many if word.endswith("*") else 1)]


EVERYBODY = "200 200 | 200* | 200 200 200 200 | 200"
LOGGED_IN = "401 200 | 200* | 200 200 200 200 | 200"
NOTHING = "404 404 | 404* | 404 404 404 404 | 404"
NOBODY = "401 404 | 404* | 404 404 404 404 | 404"
