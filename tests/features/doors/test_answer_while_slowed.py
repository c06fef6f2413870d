"""Somebody guesses at an expert's log-in while an emergency calls that expert: one code, one act, no session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest

from tests.conftest import Home
from tests.features.access.house import House
from tests.make.authenticator import Authenticator
from tests.make.browser import Browser
from tests.make.cases import EXPERT, Ward
from tests.make.people import PASSWORD
from yuanzhen.collaboration.ring import service, store
from yuanzhen.collaboration.ring.model import Duty, Pace
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity.people import NewPerson, add_person

RELAY = system("relay")


async def rings(ward: Ward, person: str) -> str:
    """A case that calls somebody."""
    case = await ward.ask(call_back="0912-7712")
    async with ward.db.verb(RELAY) as tx:
        ring = (await store.of(tx, [f"consultation/{case.id}"]))[f"consultation/{case.id}"]
        duty = Duty(((person,),), rostered=False)
        await service.look(tx, ring.id, ring.turn, duty, Pace(timedelta(seconds=60), ""), clock.now())
    return case.id


async def test_a_slowed_expert_answers_with_a_code_and_is_logged_in_nowhere(
    home: Home, db: Database, tmp_path_factory: object
) -> None:
    house = await House.of(db, home, tmp_path_factory.mktemp("house"))  # type: ignore[attr-defined]
    id = await rings(house.ward, EXPERT.id)
    new = NewPerson("third", "expert", "city", ("neurology",), password=PASSWORD)
    async with db.verb(system("setup")) as tx:
        secret = (await add_person(tx, house.opened.identity, new)).totp_secret or ""
    guesser, phone = Browser(house.app, address="10.9.9.9"), Browser(house.app)
    code = pyotp.TOTP(secret).at(datetime.now(UTC))

    async def answered(name: str, code: str) -> tuple[int, str]:
        answer = await phone.post("/auth/answer", {"name": name, "code": code})
        return answer.status_code, answer.json().get("code", "")

    assert await answered("third", code) == (401, "auth.factor_wrong"), "nobody slows them: they log in as ever"
    for _ in range(4):
        await guesser.post("/auth/login", {"name": "third", "password": "guess"})
    slow = await phone.post("/auth/login", {"name": "third", "password": PASSWORD})
    assert (slow.status_code, slow.json()["code"]) == (429, "auth.slow_down")
    assert await answered("third", code) == (401, "auth.factor_wrong"), "nothing calls them"
    other = await rings(house.ward, (await home.rows("SELECT id FROM security.person WHERE name = 'third'"))[0]["id"])
    taken = await phone.post("/auth/answer", {"name": "third", "code": code})
    assert taken.status_code == 200, taken.text
    assert (taken.json()["consultation"], taken.json()["call_back"]) == (other, "0912-7712")
    assert "set-cookie" not in taken.headers
    assert (await phone.get("/api/me")).status_code == 401
    states = {row["id"]: row["state"] for row in await home.rows("SELECT id, state FROM consultation.case")}
    assert (states[other], states[id]) == ("accepted", "ringing")


async def test_a_slowed_expert_answers_by_the_touch_of_a_key(
    home: Home, db: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    house = await House.of(db, home, tmp_path_factory.mktemp("house"))
    new = NewPerson("third", "expert", "city", ("neurology",), password=PASSWORD)
    async with db.verb(system("setup")) as tx:
        added = await add_person(tx, house.opened.identity, new)
    desk, guesser, phone = Browser(house.app), Browser(house.app, address="10.9.9.9"), Browser(house.app)
    await desk.post("/auth/login", {"name": "third", "password": PASSWORD})
    code = pyotp.TOTP(added.totp_secret or "").at(datetime.now(UTC))
    desk.csrf = (await desk.post("/auth/factor", {"kind": "totp", "code": code})).json()["csrf"]
    key, other = Authenticator(), Authenticator(seed=2)
    made = key.create((await desk.post("/auth/enrol/webauthn/options")).json())
    assert (
        await desk.post("/auth/enrol", {"kind": "webauthn", "credential": made, "label": "blue"})
    ).status_code == 200

    async def options(name: str = "third") -> tuple[int, dict[str, Any]]:
        asked = await phone.post("/auth/answer/options", {"name": name})
        return asked.status_code, asked.json()

    async def answered(credential: dict[str, Any]) -> int:
        return (await phone.post("/auth/answer", {"name": "third", "credential": credential})).status_code

    assert (await options())[1]["code"] == "auth.factor_wrong", "nobody slows them"
    for _ in range(4):
        await guesser.post("/auth/login", {"name": "third", "password": "guess"})
    assert (await options())[1]["code"] == "auth.factor_wrong", "nothing calls them"
    await home.run("DELETE FROM security.failures WHERE key LIKE 'answer%'")
    case = await rings(house.ward, added.id)
    status, told = await options()
    assert status == 200, told
    assert await answered(other.get(told)) == 401, "somebody else's key"
    await home.run("DELETE FROM security.failures WHERE key LIKE 'answer%'")
    fresh = (await options())[1]
    assert fresh["challenge"] != told["challenge"], "a challenge is good once"
    assert await answered(key.get(fresh)) == 200
    assert (await phone.get("/api/me")).status_code == 401
    [row] = await home.rows("SELECT state, expert FROM consultation.case WHERE id = $1", case)
    assert tuple(row) == ("accepted", added.id)
    assert (await options("nobody"))[1]["code"] == "auth.factor_wrong"
