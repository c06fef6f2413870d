"""The officer's console over HTTP: a message beside what became of it, mended and replayed, and rows of codes."""

from __future__ import annotations

from typing import Any

from httpx import Response

from tests.features.access.house import House
from tests.make.cases import NUMBER
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.exchange.hl7v2.handler import handle
from yuanzhen.data.exchange.hl7v2.setting import Setting

BASE = "/api/exchange"
LIS = Sender("lis-liuhe", "liuhe")
RESULT = (
    "MSH|^~\\&|LIS|LIUHE|YUANZHEN|CITY|20260319100000||ORU^R01|{control}|P|2.5.1||||||UNICODE UTF-8\r"
    "PID|1||{number}^^^LIUHE^MR||刘^淑英||19590321|F\r"
    "OBR|1||F{control}|CBC^血常规^L|||20260301090000|||||||||||||||||HM|F\rOBX|1|NM|K^钾^L||5.4|mmol/L|||||F\r"
)


async def sent(house: House, control: str, number: str) -> str:
    """A result of the township; the id under which the console shows it."""
    await handle(RESULT.format(control=control, number=number).encode(), LIS, house.ward.intake, Setting("liuhe"))
    (row,) = await house.home.rows("SELECT id FROM intake.message WHERE control = $1", control)
    return str(row["id"])


async def called(house: House, method: str, path: str, body: Any = None) -> Response:
    officer = house.browsers["officer"]
    return await officer.http.request(method, f"{BASE}{path}", json=body, headers={"X-CSRF-Token": officer.csrf})


async def test_a_message_is_shown_with_its_segments_beside_what_became_of_it(house: House) -> None:
    id = await sent(house, "X1", NUMBER)
    shown = (await called(house, "GET", f"/messages/{id}")).json()
    assert (shown["message"]["state"], shown["message"]["kind"]) == ("taken", "ORU^R01")
    assert {one["type"] for one in shown["message"]["became"]} == {"DiagnosticReport", "Observation"}
    assert [one["name"] for one in shown["segments"]] == ["MSH", "PID", "OBR", "OBX"]
    assert {"number": 5, "text": "刘^淑英"} in shown["segments"][1]["fields"]
    for one in shown["message"]["became"]:
        read = await house.browsers["robot"].http.get(f"/fhir/R4/{one['type']}/{one['id']}")
        assert read.status_code == 200, read.text


async def test_what_waits_is_found_mended_and_taken(house: House) -> None:
    id = await sent(house, "X2", "00404")
    listed = (await called(house, "GET", "/messages?state=waiting&sender=lis-liuhe")).json()["items"]
    assert [(one["id"], one["code"]) for one in listed] == [(id, "intake.unknown_patient")]
    counted = (await called(house, "GET", "/senders")).json()["items"]
    assert ("lis-liuhe", "waiting", 1) in {(one["sender"], one["state"], one["messages"]) for one in counted}
    right = RESULT.format(control="X2", number=NUMBER).replace("\r", "\n")
    answer = await called(house, "POST", f"/messages/{id}/replay", {"text": right})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["message"]["state"], shown["message"]["ended_by"]) == ("taken", house.ids["officer"])
    assert "00404" in shown["text"]
    assert NUMBER in shown["mended"]
    again = await called(house, "POST", f"/messages/{id}/replay", {})
    assert (again.status_code, again.json()["code"]) == (409, "exchange.not_waiting")


async def test_what_nobody_can_mend_is_given_up_with_a_reason(house: House) -> None:
    id = await sent(house, "X3", "00405")
    empty = await called(house, "POST", f"/messages/{id}/give-up", {"reason": " "})
    assert (empty.status_code, empty.json()["code"]) == (422, "exchange.reason")
    ended = (await called(house, "POST", f"/messages/{id}/give-up", {"reason": "测试数据"})).json()
    assert (ended["state"], ended["reason"]) == ("given-up", "测试数据")


async def test_pages_of_messages_hold_each_once(house: House) -> None:
    for n in range(3):
        await sent(house, f"Y{n}", NUMBER)
    first = (await called(house, "GET", "/messages?count=2")).json()
    second = (await called(house, "GET", f"/messages?count=2&before={first['next']}")).json()
    assert [one["control"] for one in (*first["items"], *second["items"])][:3] == ["Y2", "Y1", "Y0"]
    assert (await called(house, "GET", "/messages?count=0")).status_code == 422


async def test_a_row_of_codes_is_made_shown_over_the_dialects_and_taken_away(house: House) -> None:
    told = {"institution": "liuhe", "name": "unit", "code": "MMHG", "target": "kPa"}
    assert (await called(house, "PUT", "/code-maps", told)).status_code == 200

    async def rows() -> list[tuple[str, bool]]:
        found = (await called(house, "GET", "/code-maps?institution=liuhe&name=unit")).json()["items"]
        return [(one["target"], one["own"]) for one in found if one["code"] == "mmhg"]

    assert await rows() == [("kPa", True)]
    gone = await called(house, "DELETE", "/code-maps?institution=liuhe&name=unit&code=mmHg")
    assert gone.status_code == 204, gone.text
    assert await rows() == [("mm[Hg]", False)]
    assert (await called(house, "PUT", "/code-maps", {**told, "name": "nothing"})).status_code == 422
