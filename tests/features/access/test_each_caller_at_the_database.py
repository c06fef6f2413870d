"""With a true context of their own: which tables hold a row of the case or its patient for each caller, by hand.

What a statement slipped into one of ours would see. A machine's scopes are its door's affair; people's tiers are here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Home, Template
from tests.features.access.house import SCHEMAS, House, people
from tests.features.access.rows import UNRELATED
from yuanzhen.infrastructure.db.actor import Actor

RECORD = {"records.resource", "records.version", "records.link", "records.token", "records.word", "records.moment",
          "records.study", "records.instance"}  # fmt: skip
INDEX = {"records.link", "records.token", "records.word", "records.moment", "records.amount"}
APART = {"records.apart"}  # an image of the house that contradicts its patient
CASE = {"consultation.case", "consultation.step", "reading.reading", "referral.referral"}  # she is referred there too
MET = CASE | {"room.room", "room.member", "room.line"}  # the asker has come to its room
SIGNED = MET | {"consultation.opinion"}
OWN = {"security.relation", "security.trail"}  # who was entrusted with one, and who looked
DRAFT = {"consultation.draft"}
RING = {"ring.ring"}  # its source is the case: both sides see how it goes, dispatchers that it rang
PERSON, RELATION = {"security.person"}, {"security.relation"}
LOG_INS = {*PERSON, *OWN}  # the officer keeps everybody's log-in, the patient's too, and sees nothing that proves it
MESSAGES = {"intake.message", "intake.told"}  # what systems sent, and what became of it: the officer's console

# caller: at `queued` (it was taken and given back), `accepted`, `signed`
SEES: dict[str, tuple[set[str], set[str], set[str]]] = {
    **{caller: (set(), set(), set()) for caller in UNRELATED},
    "quality": ({"security.trail"}, {"security.trail"}, {"security.trail"}),
    "dispatcher": (set(), set(), RING),
    "carer": (PERSON, PERSON, PERSON),  # their own row names whose carer they are
    "officer": (LOG_INS | MESSAGES,) * 3,
    "machine": (RECORD | {"security.trail"}, RECORD | {"security.trail"}, RECORD | {"security.trail"}),
    "robot": (RECORD | {"security.trail"}, RECORD | {"security.trail"}, RECORD | {"security.trail"}),
    "patient": (RECORD | CASE | OWN, RECORD | MET | OWN, RECORD | SIGNED | OWN),
    "asker": (RECORD | APART | CASE, RECORD | APART | MET, RECORD | APART | SIGNED | RING),
    "colleague": (RECORD | APART | CASE, RECORD | APART | MET, RECORD | APART | SIGNED | RING),
    "second": (CASE, MET, SIGNED | RING),
    "expert": (CASE | RELATION, RECORD | MET | DRAFT | RELATION, SIGNED | RELATION | RING),
}  # fmt: skip


def actor(house: House, caller: str) -> Actor:
    known = people(house.ward, house.patients["neighbour"])
    role = {"machine": "machine-r", "robot": "machine-rw"}.get(caller, "")
    return known.get(caller) or Actor("machine", house.ids[caller], role, "liuhe")


async def tables(home: Home) -> list[str]:
    rows = await home.rows(
        "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n "
        "ON n.oid = c.relnamespace "
        f"WHERE n.nspname IN ({SCHEMAS}) "
        "AND c.relkind = 'r' AND has_any_column_privilege('yuanzhen_app', c.oid, 'SELECT')"
    )
    return [row["name"] for row in rows]


@pytest.fixture(scope="module")
async def house(database_template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house that no other test has acted in: what they leave behind would be seen here."""
    async with House.standing(database_template, tmp_path_factory.mktemp("house")) as house:
        yield house


async def sees(house: House, by: Actor) -> set[str]:
    """The tables in which this actor finds a row that names the case, its patient or their images."""
    named = "|".join(house.given[name] for name in ("case", "patient", "study", "uid")).replace(".", r"\.")
    keys = [row[0] for row in await house.home.rows("SELECT key FROM records.resource r WHERE r::text ~ $1", named)]
    found = set()
    for table in await tables(house.home):
        of_index = table in INDEX  # whose rows name a resource by its key alone
        counted = f"SELECT count(*) FROM {table} t WHERE {'t.key = ANY ($1)' if of_index else 't::text ~ $1'}"
        (row,) = await house.ward.db.once(by, counted, keys if of_index else named)
        if row[0]:
            found.add(table.replace('"', ""))
    return found


@pytest.mark.parametrize(("at", "stage"), [(0, "queued"), (1, "accepted"), (2, "signed")])
async def test_each_caller_sees_the_rows_of_the_table(house: House, at: int, stage: str) -> None:
    await house.at(stage)
    await house.home.run("DELETE FROM consultation.opened")  # by this patient, of the cases before
    got = {caller: await sees(house, actor(house, caller)) for caller in SEES}
    assert got == {caller: expected[at] for caller, expected in SEES.items()}
