"""A guest of a room, at every door of the product: to all but the room's own they are nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.features.access.house import House
from tests.features.access.matrix import CHANNELS, ROWS
from tests.features.access.rows import Row
from tests.make.browser import Browser
from tests.make.cases import ASKER
from yuanzhen.applications.consultation import meeting

pytestmark = pytest.mark.slow

ROOM = "/api/consultations/{case}/room"
# What a guest is answered at the doors that know them; `other`: at another case's room.
MINE = {
    ("GET", ROOM): 200,
    ("POST", ROOM + "/join"): 200,
    ("POST", ROOM + "/failed"): 204,
    ("GET", ROOM + "/words"): 403,  # until they are let in
    ("GET", "/api/guest"): 200,
    **{
        ("POST", f"{ROOM}/{path}"): 403
        for path in ("beat", "show", "words", "leave", "keys", "publish", "receive", "answer", "select")
    },
}  # fmt: skip


@pytest.fixture
async def guest(house: House) -> Browser:
    """A browser in which somebody has opened the link that the asker, who is in the room, sent them."""
    await house.at("accepted")
    async with house.ward.db.verb(ASKER) as tx:
        await meeting.join(tx, house.given["case"], datetime.now(UTC))
        link = await meeting.ask_guest(tx, house.given["case"], "王工", "guest", datetime.now(UTC))
    browser = Browser(house.app)
    answer = await browser.post("/auth/guest", {"token": link.token})
    assert answer.status_code == 200, answer.text
    browser.csrf = answer.json()["csrf"]
    return browser


async def test_a_guest_is_nobody_at_every_door_but_those_of_their_room(house: House, guest: Browser) -> None:
    house.browsers["guest"] = guest
    stage = [row for row in ROWS if "accepted" in row.stages]
    wrong = {}
    for row in stage:
        answer = await house.call(row, "guest")
        expected = MINE.get((row.method, row.path), row.answers[0])  # of who is not logged in
        if answer.status_code != expected:
            wrong[row.method, row.path] = (answer.status_code, expected)
    assert wrong == {}
    assert MINE.keys() <= {(row.method, row.path) for row in stage}


async def test_a_guest_has_one_room(house: House, guest: Browser) -> None:
    house.browsers["guest"] = guest
    other = await house.case("accepted", house.patients["other"], "")
    async with house.ward.db.verb(ASKER) as tx:
        await meeting.join(tx, other, datetime.now(UTC))
    for method, path in MINE:
        if path.startswith(ROOM):
            row = Row(method, path, ())
            answer = await house.call(row, "guest", given={**house.given, "case": other})
            assert answer.status_code == 404, (method, path)


async def test_what_a_guest_changes_must_be_meant(house: House, guest: Browser) -> None:
    guest.csrf = ""
    answer = await guest.post(ROOM.format(**house.given) + "/join")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf.missing")
    evil = {"Origin": "https://evil.example"}
    assert (await guest.post("/auth/guest", {"token": "x"}, headers=evil)).status_code == 403


async def test_a_guest_follows_their_rooms_channel_and_no_other(house: House, guest: Browser) -> None:
    for row in CHANNELS:
        if "accepted" not in row.stages:
            continue
        async with guest.live() as page:
            await page.say({"subscribe": row.path.format(**house.given)})
            told = await page.hear()
        expected = 200 if row.path.startswith("room/") else 404
        assert told.get("problem", {}).get("status", 200) == expected, row.path


async def test_a_link_that_was_used_opens_nothing_in_another_browser(house: House, guest: Browser) -> None:
    async with house.ward.db.verb(ASKER) as tx:
        link = await meeting.ask_guest(tx, house.given["case"], "李工", "guest", datetime.now(UTC))
    first, second = Browser(house.app), Browser(house.app)
    assert (await first.post("/auth/guest", {"token": link.token})).status_code == 200
    answer = await second.post("/auth/guest", {"token": link.token})
    assert (answer.status_code, answer.json()["code"]) == (401, "guest.link")
    assert (await second.get("/api/guest")).status_code == 401
    assert (await first.get("/api/guest")).json()["name"] == "李工"


async def test_whoever_is_logged_in_is_no_guest(house: House, guest: Browser) -> None:
    expert = house.browsers["expert"]
    answer = await expert.post("/auth/guest", {"token": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "guest.logged_in")
