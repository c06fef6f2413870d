"""Telephones ring beside the pages: a gateway is told of each call until it is over, and nothing of the patient."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest

from tests.features.ring.bells import ABOUT, SOURCE, Bells
from tests.make.cases import EXPERT, SECOND, later
from yuanzhen.collaboration.ring import jobs
from yuanzhen.collaboration.ring.push import AGAIN, Gateway
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.programs.demo.outside import serving
from yuanzhen.programs.demo.push_gateway import PushGateway

SECRET = "shared with the gateway"
AT = later(seconds=1)


@pytest.fixture
async def gateway() -> AsyncIterator[PushGateway]:
    async with serving(PushGateway(SECRET)) as gateway:
        yield gateway


def pushed(bells: Bells, gateway: Gateway | None) -> Callable[[dict[str, Any]], Awaitable[None]]:
    return jobs.pusher(bells.db, gateway, lambda: AT).deliver


async def deliver(bells: Bells, gateway: PushGateway, secret: str = SECRET) -> None:
    """What waits for the gateway is told it, once each."""
    facts = await bells.home.rows("SELECT id, body FROM infrastructure.outbox WHERE kind = 'CallChanged' ORDER BY id")
    await bells.home.run("DELETE FROM infrastructure.outbox WHERE kind = 'CallChanged'")
    for fact in facts:
        await pushed(bells, Gateway(gateway.url, secret))(msgspec.json.decode(fact["body"]))


async def test_whoever_is_called_is_rung_until_somebody_answers(bells: Bells, gateway: PushGateway) -> None:
    await bells.here(EXPERT, SECOND)
    ring = await bells.start()
    await bells.look(ring)
    await deliver(bells, gateway)
    await deliver(bells, gateway)  # thirty seconds later
    assert [(one.event, one.person) for one in gateway.told] == [("ring", EXPERT.id)] * 2
    assert [one.pushed for one in (await bells.view(EXPERT)).called] == [AT]
    await bells.look(ring, seconds=60)
    await bells.answer(SECOND, seconds=61)
    await deliver(bells, gateway)
    # The first let it ring, the second answered before their telephone was told: nothing rings on
    assert [(one.event, one.person) for one in gateway.told[2:]] == [("over", EXPERT.id)]
    assert await bells.due("CallChanged") == []
    assert await bells.home.rows("SELECT person, receipt FROM ring.call ORDER BY number") == [
        (EXPERT.id, "sms-3"), (SECOND.id, ""),
    ]  # fmt: skip


async def test_a_telephone_rings_again_so_long_after(bells: Bells, gateway: PushGateway) -> None:
    await bells.here(EXPERT)
    await bells.look(await bells.start())
    await deliver(bells, gateway)
    [fact] = await bells.due("CallChanged")
    assert (fact["person"], fact["again"], fact["due"]) == (EXPERT.id, True, AT + AGAIN)


async def test_no_word_of_the_case_leaves_by_a_telephone(bells: Bells, gateway: PushGateway) -> None:
    await bells.here(EXPERT)
    await bells.look(await bells.start())
    await deliver(bells, gateway)
    said = msgspec.json.encode(gateway.told).decode()
    assert [word for word in (ABOUT.question, ABOUT.place, ABOUT.call_back, SOURCE) if word in said] == []
    assert {field for one in gateway.told for field in msgspec.structs.asdict(one)} == {
        "id", "event", "person", "name", "department", "text",
    }  # fmt: skip


async def test_a_gateway_that_takes_nothing_is_told_again_while_the_call_goes_on(
    bells: Bells, gateway: PushGateway
) -> None:
    await bells.here(EXPERT)
    ring = await bells.start()
    await bells.look(ring)
    gateway.deaf = True
    tell, fact = pushed(bells, Gateway(gateway.url, SECRET)), {"ring": ring, "person": EXPERT.id, "again": False}
    with pytest.raises(Unavailable, match=r"ring\.not_pushed"):
        await tell(fact)
    gateway.deaf = False
    await bells.stop(EXPERT)
    await tell(fact)
    assert gateway.told == [], "what is over need not ring any more"


async def test_who_does_not_hold_the_secret_rings_nobody(bells: Bells, gateway: PushGateway) -> None:
    await bells.here(EXPERT)
    await bells.look(await bells.start())
    with pytest.raises(Unavailable):
        await deliver(bells, gateway, secret="another one that is long")
    assert gateway.told == []


async def test_without_a_gateway_pages_ring_alone(bells: Bells) -> None:
    await bells.here(EXPERT)
    ring = await bells.start()
    await bells.look(ring)
    await pushed(bells, None)({"ring": ring, "person": EXPERT.id, "again": False})
    assert [one.pushed for one in (await bells.view(EXPERT)).called] == [None]
