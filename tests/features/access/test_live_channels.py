"""Who may open `/live`, and which channels each page is given: the snapshot of a channel, or why not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.features.access.house import House, in_order
from tests.features.access.matrix import CHANNELS
from tests.features.access.rows import CALLERS, Row
from tests.features.access.test_api import hidden_from, newest, refusals
from yuanzhen.programs import site

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("row", "stage"), [pytest.param(*call, id=f"{call[1]} {call[0].path}") for call in in_order(CHANNELS)]
)
async def test_each_page_gets_the_channels_of_the_table(house: House, row: Row, stage: str) -> None:
    await house.at(stage)
    before = await newest(house.home)
    got = {}
    for caller in CALLERS:
        status, text = await subscribed(house, caller, row.path.format(**house.given))
        got[caller] = status
        assert [secret for secret in hidden_from(caller, stage, row.path) if secret in text] == [], caller
    assert got == dict(zip(CALLERS, row.answers, strict=True))
    if row.path.partition("/")[0] in ("queue", "consultation"):
        kept = await refusals(house.home, before)
        assert {caller for caller, status in got.items() if status == 404 and house.ids[caller] not in kept} == set()


async def subscribed(house: House, caller: str, channel: str, **more: Any) -> tuple[int, str]:
    """What a page is first told of a channel: 200 with its snapshot or events, or the problem's status."""
    async with house.browsers[caller].live() as page:
        if page.refused:
            return page.refused, ""
        await page.say({"subscribe": channel, **more})
        told = await page.hear()
        return told.get("problem", {}).get("status", 200), str(told)


async def test_every_channel_of_the_product_has_its_rows(house: House) -> None:
    prefixes = {row.path.partition("/")[0] for row in CHANNELS}
    assert prefixes == set(site.channels(house.opened)._sources)


@pytest.mark.parametrize("row", [row for row in CHANNELS if "{" in row.path], ids=lambda row: row.path)
async def test_a_channel_that_is_not_yours_is_answered_as_one_that_is_not_there(house: House, row: Row) -> None:
    await house.at(row.stages[0])
    real, invented = row.path.format(**house.given), row.path.partition("/")[0] + "/nothing"
    for caller, expected in zip(CALLERS, row.answers, strict=True):
        if expected == 404:
            there, nowhere = [await subscribed(house, caller, name) for name in (real, invented)]
            assert there[1].replace(real, "") == nowhere[1].replace(invented, ""), caller


async def test_what_was_missed_is_not_for_who_may_not_see_the_channel(house: House) -> None:
    await house.at("accepted")
    for channel in ("queue/neurology", f"consultation/{house.given['case']}"):
        assert (await subscribed(house, "expert", channel, after=0))[0] == 200
        assert (await subscribed(house, "stranger", channel, after=0))[0] == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:8443.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Cookie": "__Host-yuanzhen=guess"}, 401),
        ({"Authorization": "Bearer guess"}, 401),
    ],
    ids=["another-site", "no-site", "a-longer-name", "cross-site", "guessed-cookie", "guessed-token"],
)
async def test_no_other_site_opens_a_persons_socket(house: House, headers: dict[str, str], status: int) -> None:
    async with house.browsers["asker"].live(headers) as page:
        assert page.refused == status
