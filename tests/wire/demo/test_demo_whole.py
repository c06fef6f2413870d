"""The whole demo over a real centre: strangers send, the people of the file consult, the report reaches the HIS."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.make import inside
from tests.make.center import free_ports
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.settings import Settings, read
from yuanzhen.programs import center
from yuanzhen.programs.demo import cast, material, steps
from yuanzhen.programs.demo import kept as keeping
from yuanzhen.programs.demo.run import HIS_PORTS_ABOVE, playing

pytestmark = pytest.mark.slow
SIGNER = """SELECT f.last_step, extract(epoch FROM s.created)::int AS came FROM security.person p
  JOIN security.factor f ON f.person = p.id AND f.kind = 'totp' JOIN security.session s ON s.person = p.id
 WHERE p.name = 'linhai'"""
OPINION = {"findings": "额叶低密度区", "conclusion": "性质待定,建议 MR", "advice": "尽快行头颅 MR"}


@pytest.fixture(scope="module")
async def settings() -> AsyncIterator[Settings]:
    """A home below a folder that its owner alone may enter, as a user's own is."""
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    names = ("port", "https_port", "dicom_port", "mllp_port")
    ports = dict(zip(names, map(str, free_ports(4)), strict=True))
    yield read({}, {"home": str(folder / "home"), "turn_port": "0", **ports})
    shutil.rmtree(folder)


async def enter(settings: Settings, login: str) -> httpx.AsyncClient:
    """A person's browser, by what the demo's file says."""
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}", timeout=30)
    kept = keeping.read(settings.home)
    password = kept.logins[login].password
    assert (await client.post("/auth/login", json={"name": login, "password": password})).json() == {"next": "factor"}
    code, _ = keeping.code(settings.home, login, clock.now())
    entered = await client.post("/auth/factor", json={"kind": "totp", "code": code})
    client.headers["X-CSRF-Token"] = entered.json()["csrf"]
    return client


async def until(look, what):
    """What `look` finds as soon as it finds something, within 30 s; what is looked at is another process's."""
    for _ in range(300):
        if found := await look():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(what)


async def entries(client: httpx.AsyncClient, path: str) -> list:
    return [one["resource"] for one in (await client.get(path)).json().get("entry", [])]


async def test_from_the_township_to_the_report_in_its_his(settings, capsys):
    async with center.running(settings) as running, playing(running.home):
        said = capsys.readouterr().out
        assert "点什么 · what to click" in said
        clinician, expert = await enter(settings, "xujing"), await enter(settings, "chenyuan")
        (patient,) = await entries(clinician, f"/fhir/R4/Patient?name={cast.PATIENT.name}")
        study = (await until(lambda: entries(clinician, f"/fhir/R4/ImagingStudy?patient={patient['id']}"), "no study"))[
            0
        ]
        assert study["numberOfInstances"] == (1 if material.volume_file() is None else 108)

        stranger = await enter(settings, "zhaolei")
        assert await entries(stranger, f"/fhir/R4/Patient?name={cast.PATIENT.name}") == []
        assert (await stranger.get(f"/fhir/R4/Patient/{patient['id']}")).status_code == 404

        departments = (await clinician.get("/api/departments")).json()["items"]
        neurology = next(one["id"] for one in departments if one["name"] == "神经内科")
        version = (await clinician.get("/api/consent-texts/current")).json()["version"]
        asked = await clinician.post("/api/consultations", json={
            "patient": patient["id"], "department": neurology, "urgency": "emergency", "question": "额叶低密度区,性质?",
            "consent": {"version": version, "given_by": "patient", "how": "signed"},
        })  # fmt: skip
        assert asked.status_code == 201, asked.text
        path = f"/api/consultations/{asked.json()['id']}"
        assert (await expert.post(f"{path}/accept")).json()["state"] == "accepted"
        assert (await expert.put(f"{path}/opinion", json=OPINION)).status_code == 204
        who = {"name": cast.PATIENT.name, "birth_date": cast.PATIENT.born.isoformat()}
        signed = await expert.post(f"{path}/opinion/sign", json={"patient": who})
        assert (signed.status_code, signed.json()["state"]) == (200, "signed")

        page = f"http://localhost:{settings.port + HIS_PORTS_ABOVE}"

        async def arrived():
            async with httpx.AsyncClient() as client:
                reports = (await client.get(f"{page}/reports.json")).json()
            return [one for one in reports if one["name"] == cast.PATIENT.name]  # not those of the scenes

        (report,) = await until(arrived, "the HIS has no report")
        assert (report["conclusion"], report["signer"]) == (OPINION["conclusion"], "陈予安")
        states = [one["state"] for one in (await clinician.get("/api/consultations")).json()["items"]]
        assert {"queued", "accepted", "more-needed", "booked", "closed", "signed"} <= set(states)
        for client in (clinician, expert, stranger):
            await client.aclose()
        (signer,) = inside.rows(settings.home, SIGNER)
        # The code before the present one; what came as a step began may have had to take the next
        assert signer["last_step"] < signer["came"] // keeping.STEP_S or signer["came"] % keeping.STEP_S < 5


async def test_a_second_start_sends_nothing_anew_and_shows_the_same_logins(settings, capsys):
    before = keeping.read(settings.home)
    async with center.running(settings) as running, playing(running.home):
        said = capsys.readouterr().out
    assert "ADT^A04" not in said and "C-STORE" not in said
    assert keeping.read(settings.home) == before
    shown = {login for login, one in before.logins.items() if one.password in said}
    assert shown == before.logins.keys() - steps.SIMULATED, "as those who are simulated nobody logs in"


async def test_its_ports_are_free_when_it_has_ended(settings):
    for port in (settings.port, settings.mllp_port):
        socket.create_server(("127.0.0.1", port + HIS_PORTS_ABOVE)).close()
