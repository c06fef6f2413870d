"""Who is heard of: by any call, by an open page, written for many at once and not at every call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, EXPERT, MACHINE, SECOND, person
from yuanzhen.doors.heard import Heard
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Forbidden, Unavailable
from yuanzhen.programs.listeners import LISTENS
from yuanzhen.security.identity import presence

NINE = datetime(2026, 3, 18, 9, tzinfo=UTC)


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NINE + timedelta(seconds=self.seconds)


async def written(home: Home) -> dict[str, datetime]:
    return {row["person"]: row["heard"] for row in await home.rows("SELECT person, heard FROM security.presence")}


async def told(home: Home) -> list[str]:
    """Of whom it was told that they came, each once."""
    rows = await home.rows("SELECT body ->> 'people' AS people FROM infrastructure.outbox ORDER BY id")
    return [row["people"] for row in rows]


async def test_many_calls_are_one_write_and_of_whom_it_is_told_is_who_came(home: Home) -> None:
    db = await home.open(LISTENS)
    watch = Watch()
    heard = Heard(db, list, watch.now)
    for _ in range(100):
        heard.note(EXPERT)
        heard.note(ASKER)
    await heard.write()
    watch.seconds = 50
    heard.note(EXPERT)
    await heard.write()
    assert await written(home) == {EXPERT.id: NINE + timedelta(seconds=50), ASKER.id: NINE}
    watch.seconds = 65
    heard.note(EXPERT)
    heard.note(ASKER)
    await heard.write()
    assert await told(home) == [f'["{EXPERT.id}", "{ASKER.id}"]', f'["{ASKER.id}"]']
    await db.close()


async def test_nobody_keeps_when_a_patient_a_carer_or_a_machine_was_heard_of(home: Home, db: Database) -> None:
    heard = Heard(db, list)
    for nobody in (MACHINE, person("p", "patient", patient="p"), person("c", "carer", patient="p")):
        heard.note(nobody)
    await heard.write()
    assert await written(home) == {}


async def test_what_could_not_be_written_is_written_later(home: Home) -> None:
    db = await home.open(LISTENS)
    heard = Heard(db, list)
    heard.note(EXPERT)
    await db.close()
    with pytest.raises(Unavailable):
        await heard.write()
    again = await home.open(LISTENS)
    heard._db = again
    await heard.write()
    assert list(await written(home)) == [EXPERT.id]
    await again.close()


async def test_a_word_holds_until_the_next_and_is_each_persons_own(home: Home, db: Database) -> None:
    async with db.verb(EXPERT) as tx:
        await presence.say(tx, "away", now=NINE)
    async with db.verb(person("relay", "nurse")) as tx:
        await presence.say(tx, "here", now=NINE)
    async with db.look(EXPERT) as look:
        assert await presence.said_by(look, EXPERT.id) == "away"
    async with db.look(SECOND) as look:
        assert await presence.said_by(look, SECOND.id) == "here"
        assert await presence.of(look, [EXPERT.id, SECOND.id]) == {}  # whom one may not see


@pytest.mark.parametrize("nobody", [MACHINE, person("p", "patient", patient="p"), person("c", "carer", patient="p")])
async def test_who_is_never_called_says_nothing_of_it(home: Home, db: Database, nobody: Actor) -> None:
    with pytest.raises(Forbidden, match=r"presence\.not_called"):
        async with db.verb(nobody) as tx:
            await presence.say(tx, "here", now=NINE)
    assert (nobody.id, "presence.say", 4, "presence.not_called") in await home.trail()
