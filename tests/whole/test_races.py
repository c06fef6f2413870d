"""Races at a running centre, over HTTP: whoever is first has it, all others are told so, and nothing is there twice.

Everybody has a connection of their own, open and waiting, before the first request is sent.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.make import inside
from tests.make.center import Center, Person, served
from tests.make.halves import HALVES
from yuanzhen.applications.consultation.consent_texts import CURRENT

pytestmark = pytest.mark.slow
NAME, BORN = "刘淑英", "1959-03-21"
OPINION = {"findings": "左侧低密度影", "conclusion": "考虑急性脑梗死", "advice": "静脉溶栓"}
SIGNING = {"patient": {"name": NAME, "birth_date": BORN}}
BETTER = {**OPINION, "advice": "转上级医院", "reason": "方位写错"}
Answer = tuple[int, str]  # the status, and the code of a problem


class Call(NamedTuple):
    """What one browser sends."""

    browser: httpx.Client
    path: str
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012 - a tuple's default, never changed


def at_once(calls: Sequence[Call]) -> list[httpx.Response]:
    """The answers, in the order of the calls."""
    return asyncio.run(_at_once(calls))


async def _at_once(calls: Sequence[Call]) -> list[httpx.Response]:
    start = asyncio.Barrier(len(calls))

    async def one(call: Call) -> httpx.Response:
        browser = call.browser
        async with httpx.AsyncClient(base_url=browser.base_url, headers=browser.headers, cookies=browser.cookies,
                                     timeout=120) as client:  # fmt: skip
            await client.get("/healthz")
            await start.wait()
            return await client.post(call.path, json=call.body, headers=call.headers)

    return await asyncio.gather(*(one(call) for call in calls))


def counted(what: str, answers: Sequence[httpx.Response]) -> Counter[Answer]:
    """How often each answer came, for the test and for whoever reads the run."""
    got = Counter((one.status_code, "" if one.is_success else one.json()["code"]) for one in answers)
    told = ", ".join(f"{times} {status} {code}".rstrip() for (status, code), times in sorted(got.items()))
    sys.stderr.write(f"\nrace, {what}: {told}\n")
    return got


@dataclass
class Track:
    """A centre with a township that asks, a department that answers, and as many browsers as a race wants."""

    center: Center
    department: str
    city: str
    patient: str
    askers: list[Person]
    dispatchers: list[Person]
    quality: Person
    experts: list[Person] = field(default_factory=list)
    hours: int = 0

    @classmethod
    def of(cls, center: Center) -> Track:
        city = center.told("institution", "add", "市中心医院东院", "--level", "branch")["id"]
        township = center.told("institution", "add", "柳河镇卫生院", "--level", "township")["id"]
        department = center.told("department", "add", "神经内科", "--institution", city)["id"]
        machine = center.machine("system/*.*", "--institution", township)
        patient = {"resourceType": "Patient", "name": [{"text": NAME}], "gender": "female", "birthDate": BORN}
        track = cls(
            center, department, city, machine.post("/fhir/R4/Patient", json=patient).json()["id"],
            askers=[center.user(name, "clinician", township) for name in ("xujing", "songqin")],
            dispatchers=[center.user(name, "dispatcher", city) for name in ("gaoyang", "malin")],
            quality=center.user("qinbo", "quality", city),
        )  # fmt: skip
        track.grow(2)
        return track

    def grow(self, count: int) -> list[Person]:
        """So many experts of the department, logged in."""
        for number in range(len(self.experts), count):
            self.experts.append(
                self.center.user(f"expert{number}", "expert", self.city, "--department", self.department)
            )
        assert all(one.http for one in self.experts)
        return self.experts[:count]

    def request(self, **more: str) -> dict[str, Any]:
        return {
            "patient": self.patient, "department": self.department, "urgency": "emergency", "question": "是否溶栓？",
            "consent": {"version": CURRENT, "given_by": "patient", "how": "signed"}, **more,
        }  # fmt: skip

    def ask(self, **more: str) -> str:
        answer = self.askers[0].http.post("/api/consultations", json=self.request(**more))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def cancel(self, case: str) -> None:
        answer = self.askers[0].http.post(f"/api/consultations/{case}/cancel", json={"reason": "转院"})
        assert answer.status_code == 200, answer.text

    def seen(self, case: str) -> dict[str, Any]:
        """The case as its asker sees it."""
        found: dict[str, Any] = self.askers[0].http.get(f"/api/consultations/{case}").json()
        return found

    def steps(self, case: str, what: str) -> list[str]:
        """Who did something on its time line."""
        return [step["who"]["id"] for step in self.seen(case)["timeline"] if step["what"] == what]

    def written(self) -> str:
        """A case with a draft that can be signed by the first expert."""
        expert, case = self.experts[0], self.ask(mode="written")
        expert.show_factor()
        assert expert.http.post(f"/api/consultations/{case}/claim").status_code == 200
        assert expert.http.put(f"/api/consultations/{case}/opinion", json=OPINION).status_code == 204
        return case

    def signed(self) -> str:
        case = self.written()
        answer = self.experts[0].http.post(f"/api/consultations/{case}/opinion/sign", json=SIGNING)
        assert answer.status_code == 200, answer.text
        return case

    def versions(self, case: str) -> list[tuple[int, str, str]]:
        """Of the opinion: number, kind, and what the signature is worth."""
        items = self.askers[0].http.get(f"/api/consultations/{case}/opinion").json()["items"]
        return [(one["version"], one["kind"], one["signature"]) for one in items]

    def slot(self) -> str:
        self.hours += 1
        start = datetime.now(UTC) + timedelta(days=2, hours=self.hours)
        times = {"start": start.isoformat(), "end": (start + timedelta(minutes=20)).isoformat()}
        expert = self.experts[0]
        answer = expert.http.post("/api/calendar/slots", json={"expert": expert.id, **times})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def hold(self) -> None:
        """Nothing is there by half."""
        for what, sql in HALVES.items():
            assert inside.rows(self.center.home, sql) == [], what


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Track]:
    with served(Path(tmp_path_factory.mktemp("races")) / "home") as center:
        track = Track.of(center)
        yield track
        track.hold()


# How often each race is run, and between how many; more of both in the long run.
small_and_large = pytest.mark.parametrize(
    ("rounds", "many"), [pytest.param(3, 4, id="few"), pytest.param(10, 20, id="many", marks=pytest.mark.long)]
)


def test_a_hundred_clients_race_for_one_slot(track: Track) -> None:
    slot = track.slot()
    body = track.request(urgency="scheduled", slot=slot)
    calls = [
        Call(track.askers[number % 2].http, "/api/consultations", body, {"Idempotency-Key": f"slot {number}"})
        for number in range(100)
    ]
    answers = at_once(calls)
    got = counted("a hundred clients for one slot", answers)
    assert got == {(201, ""): 1, (409, "calendar.slot_taken"): 99}
    [won] = [one.json()["id"] for one in answers if one.status_code == 201]
    rows = inside.rows(track.center.home, "SELECT id FROM consultation.case WHERE urgency = 'scheduled'")
    assert [row["id"] for row in rows] == [won]  # who came too late has left nothing


@small_and_large
@pytest.mark.parametrize(("act", "mode"), [("claim", "written"), ("accept", "live")])
def test_experts_race_for_one_case(track: Track, act: str, mode: str, rounds: int, many: int) -> None:
    experts, answers = track.grow(many), []
    for _ in range(rounds):
        case = track.ask(mode=mode)
        told = at_once([Call(one.http, f"/api/consultations/{case}/{act}") for one in experts])
        [winner] = [one for one, answer in zip(experts, told, strict=True) if answer.status_code == 200]
        assert track.seen(case)["expert"]["id"] == winner.id
        assert track.steps(case, act) == [winner.id]
        for one in experts:  # the record is open to the one who has it alone
            opened = one.http.get(f"/fhir/R4/Patient/{track.patient}").status_code
            assert opened == (200 if one is winner else 404)
        track.cancel(case)
        answers += told
    got = counted(f"{many} experts, {act}, {rounds} cases", answers)
    assert got == {(200, ""): rounds, (409, "consultation.not_now"): rounds * (many - 1)}


@small_and_large
def test_dispatchers_race_for_one_ring(track: Track, rounds: int, many: int) -> None:
    answers = []
    for _ in range(rounds):
        case = track.ask()
        ring = track.seen(case)["ring"]["id"]
        told = at_once([Call(one.http, f"/api/rings/{ring}/take") for one in track.dispatchers])
        [winner] = [one for one, answer in zip(track.dispatchers, told, strict=True) if answer.status_code == 200]
        assert track.seen(case)["ring"]["taken_by"]["id"] == winner.id
        track.cancel(case)
        answers += told
    assert counted(f"two dispatchers, {rounds} rings", answers) == {(200, ""): rounds, (409, "ring.taken"): rounds}


@small_and_large
def test_a_request_that_is_sent_again_and_again_is_one_case(track: Track, rounds: int, many: int) -> None:
    for number in range(rounds):
        key = {"Idempotency-Key": f"again {many} {number}"}
        answers = at_once([Call(track.askers[0].http, "/api/consultations", track.request(), key)] * many)
        assert counted(f"one request {many} times", answers) == {(201, ""): many}
        [case] = {one.json()["id"] for one in answers}
        other = track.askers[1].http.post("/api/consultations", json=track.request(), headers=key)
        assert other.json()["id"] != case  # another's key is another key
        assert len(track.steps(case, "asked")) == 1
        for one in (case, other.json()["id"]):
            track.cancel(one)


def test_one_expert_answers_on_two_devices(track: Track) -> None:
    """Both are told at once who has it; on the time line it stands once."""
    expert = track.experts[0]
    tablet = expert.login(ahead=1)
    case = track.ask()
    answers = at_once([Call(device, f"/api/consultations/{case}/accept") for device in (expert.http, tablet)])
    got = counted("one expert on two devices", answers)
    assert got == {(200, ""): 1, (409, "consultation.not_now"): 1}
    assert track.steps(case, "accept") == [expert.id]
    assert track.seen(case)["ring"]["called"] == []
    for device in (expert.http, tablet):  # on both it is theirs
        assert "sign" in device.get(f"/api/consultations/{case}").json()["acts"]
    track.cancel(case)


@small_and_large
def test_a_signature_is_made_once(track: Track, rounds: int, many: int) -> None:
    answers, expert = [], track.experts[0]
    for _ in range(rounds):
        case = track.written()
        answers += at_once([Call(expert.http, f"/api/consultations/{case}/opinion/sign", SIGNING)] * many)
        assert track.versions(case) == [(1, "first", "valid")]
    got = counted(f"{many} times the same signature, {rounds} cases", answers)
    assert got == {(200, ""): rounds, (409, "consultation.not_now"): rounds * (many - 1)}


@small_and_large
def test_several_sign_the_same_version_at_once(track: Track, rounds: int, many: int) -> None:
    _, *others = track.grow(many)
    for _ in range(rounds):
        case = track.signed()
        for one in others:
            one.show_factor()
        calls = [Call(one.http, f"/api/consultations/{case}/opinion/cosign", {"seen": 1}) for one in others]
        got = counted(f"{len(others)} who sign too, each twice", at_once(calls * 2))
        assert got == {(200, ""): len(others), (409, "opinion.signed_by_you"): len(others)}
        [version] = track.askers[0].http.get(f"/api/consultations/{case}/opinion").json()["items"]
        assert sorted(one["who"]["id"] for one in version["cosigned"]) == sorted(one.id for one in others)


@small_and_large
def test_what_waits_is_decided_once(track: Track, rounds: int, many: int) -> None:
    """Approved and rejected at once by two, and withdrawn by who signed: one decision, and the versions in a row."""
    expert, second, decided = *track.grow(2), []
    for _ in range(rounds):
        case = track.signed()
        opinion = f"/api/consultations/{case}/opinion"
        second.show_factor()
        track.quality.show_factor()
        assert expert.http.post(f"{opinion}/amend", json=BETTER).status_code == 202
        path = f"/api/approvals/{expert.http.get(opinion).json()['waiting']['approval']}"
        approve, reject, withdraw = at_once([
            Call(track.quality.http, f"{path}/approve"),
            Call(second.http, f"{path}/reject", {"reason": "证据不足"}),
            Call(expert.http, f"{opinion}/withdraw", {"reason": "患者搞错"}),
        ])  # fmt: skip
        decided += [approve, reject]
        assert withdraw.status_code in (202, 409)
        assert withdraw.status_code == 202 or withdraw.json()["code"] == "approval.waits"
        kinds = [(1, "first", "valid")] + ([(2, "amendment", "valid")] if approve.status_code == 200 else [])
        assert track.versions(case) == kinds
    got = counted(f"approve and reject at once, {rounds} times", decided)
    assert got == {(200, ""): rounds, (409, "approval.not_now"): rounds}


@small_and_large
def test_consent_is_withdrawn_while_the_opinion_is_signed(track: Track, rounds: int, many: int) -> None:
    """Either the one or the other; never a signed opinion without consent, and never neither."""
    answers, expert = [], track.experts[0]
    for _ in range(rounds):
        case = track.written()
        told = at_once([
            Call(expert.http, f"/api/consultations/{case}/opinion/sign", SIGNING),
            Call(track.askers[0].http, f"/api/consultations/{case}/withdraw-consent", {"reason": "家属不同意"}),
        ])  # fmt: skip
        signed = told[0].status_code == 200
        assert track.seen(case)["state"] == ("signed" if signed else "cancelled")
        assert track.versions(case) == ([(1, "first", "valid")] if signed else [])
        consent = track.askers[0].http.get(f"/fhir/R4/Consent/{case}").json()["status"]
        assert consent == ("active" if signed else "inactive")
        answers += told
    got = counted(f"sign and withdraw consent, {rounds} times", answers)
    assert got == {(200, ""): rounds, (409, "consultation.not_now"): rounds}
