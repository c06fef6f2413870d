"""Cases that rang before there were rings: the migration makes whoever waits be called."""

from __future__ import annotations

from tests.conftest import MIGRATIONS
from tests.features.ring.bells import Bells, called
from tests.make.cases import ASKER, EXPERT
from yuanzhen.collaboration.ring import store


async def test_what_rang_before_is_called_and_what_was_taken_is_answered(bells: Bells) -> None:
    ward = bells.ward
    ringing, taken, written = await ward.ask(), await ward.accepted(), await ward.ask(mode="written")
    await bells.home.run("DELETE FROM ring.call; DELETE FROM ring.ring; DELETE FROM infrastructure.outbox")
    await bells.home.run((MIGRATIONS / "0034_rings_of_cases.sql").read_text(encoding="utf-8"))
    async with bells.db.look(ASKER) as look:
        found = await store.of(look, [f"consultation/{case.id}" for case in (ringing, taken, written)])
    states = {source.partition("/")[2]: (ring.state, ring.answered_by) for source, ring in found.items()}
    assert states == {ringing.id: ("ringing", ""), taken.id: ("answered", EXPERT.id)}
    ring = found[f"consultation/{ringing.id}"]
    assert [(row["ring"], row["turn"]) for row in await bells.due("RingDue")] == [(ring.id, 0)]
    await bells.here(EXPERT)
    await ward.act(EXPERT, "accept", ringing)
    assert called(await bells.ring(ring.id)) == []
