"""Joins the demo's parts over a running centre: region, HIS, admission, CT, and what to click."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta, timezone
from pathlib import Path
from typing import Protocol

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.demo import beside, crowd, history, material, referrals, region, room, send, steps, week, years
from yuanzhen.programs.demo import kept as keeping
from yuanzhen.programs.demo.cast import PATIENT, PATIENTS
from yuanzhen.programs.demo.crowd import Told
from yuanzhen.programs.demo.kept import Kept
from yuanzhen.programs.demo.messages import admission
from yuanzhen.programs.demo.playing import Stage
from yuanzhen.programs.demo.scenes import EMERGENCY, ROOM, SCENES, Scene
from yuanzhen.security.identity.service import Identity

EXPERT = "chenyuan"  # for whom an emergency rings two minutes after they came
CHINA = timezone(timedelta(hours=8))
HIS_PORTS_ABOVE = 10  # the HIS listens so much above our own MLLP and HTTP ports


class Opened(Protocol):
    """What the demo needs of a home whose centre is running."""

    @property
    def db(self) -> Database: ...
    @property
    def identity(self) -> Identity: ...
    @property
    def settings(self) -> Settings: ...


@asynccontextmanager
async def playing(home: Opened) -> AsyncIterator[None]:
    """The region around a running centre: inside, the HIS runs, the patients and the CT are in, the steps are printed.

    Raises the Problem of the step that failed; started again, it goes on where it stopped.
    """
    settings = home.settings
    kept = await region.build(
        home.db, home.identity, settings.home, his_port=settings.mllp_port + HIS_PORTS_ABOVE,
        page_port=settings.port + HIS_PORTS_ABOVE, now=clock.now().astimezone(CHINA),
    )  # fmt: skip
    async with beside.his(settings.home, kept), week.county_calendar(home.db, clock.now()):
        await arrive(home, kept)
        await week.enter(home.db, clock.now())
        url = f"http://{_host(settings)}:{settings.port}"
        stage = Stage(home.db, settings.home, url, kept)
        known = list(crowd.patients())
        await _play(settings.home, kept, stage, known)
        await _refer(home, kept, known)
        await region.seat(home.db, home.identity, settings.home, kept)
        await room.prepare(home.db, settings.home, kept, stage, _of(known, ROOM))
        goes_on = [
            asyncio.create_task(stage.ring(EMERGENCY, _of(known, EMERGENCY), EXPERT)),
            asyncio.create_task(room.Company(home.db, settings.home, url, kept, stage).keep()),
        ]
        missing = await asyncio.to_thread(steps.lacks)
        print(f"\n{steps.text(kept, settings, missing)}\n", flush=True)
        try:
            yield
        finally:
            for task in goes_on:
                task.cancel()
            await asyncio.gather(*goes_on, return_exceptions=True)


async def run(home: Opened) -> None:
    """As `playing`, until it is cancelled."""
    async with playing(home):
        await asyncio.Event().wait()


async def arrive(home: Opened, kept: Kept) -> None:
    """The main job's real input: patients by HL7, images by DICOM, each by a stranger's program, each once."""
    settings = home.settings
    host = _host(settings)
    if not kept.admitted:
        answers = await send.by_mllp(host, settings.mllp_port, [admission(one, kept.day) for one in PATIENTS])
        for patient, answer in zip(PATIENTS, answers, strict=True):
            print(f"HIS → ADT^A04 {patient.number}: {answer}", flush=True)
            if answer != "AA":
                raise Unavailable("demo.admission_refused", place="MSA-1", answer=answer)
        await region.admit(home.db, home.identity, settings.home, kept)
        kept.admitted = True
        keeping.write(settings.home, kept)
    if not kept.history:
        await _remember(home, kept, host)
    if not kept.crowd:
        await _crowd(home, kept, host)
    archive = material.volume_file()
    if kept.study != "volume" and not (kept.study == "single" and archive is None):
        await _scan(host, settings, kept, archive)


async def _remember(home: Opened, kept: Kept, host: str) -> None:
    """The year that the township's systems know of the patient, told again as it was told then."""
    settings = home.settings
    patient = await region.connect(home.db, home.identity, settings.home, kept)
    answers = await send.by_mllp(host, settings.mllp_port, history.told(PATIENT, kept.day))
    made = await send.by_fhir(f"http://{host}:{settings.port}", kept.client, history.resources(patient, kept.day))
    print(f"HIS → {answers.count('AA')} × ADT, ORU, MDM; {len(made)} × FHIR", flush=True)
    if any(one != "AA" for one in answers) or any(status not in (200, 201) for status in made):
        raise Unavailable("demo.history_refused", answers=answers, statuses=[str(status) for status in made])
    kept.history = True
    keeping.write(settings.home, kept)


def _host(settings: Settings) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(settings.host, settings.host)  # noqa: S104 - not bound here


async def _crowd(home: Opened, kept: Kept, host: str) -> None:
    """Everybody else's years, told by their houses' systems."""
    settings, known = home.settings, list(crowd.patients())
    await region.populate(home.db, home.identity, kept)
    messages = [one for number, told in enumerate(known) for one in years.told(told, number, kept.day)]
    answers = await send.by_mllp(host, settings.mllp_port, messages)
    made: list[int] = []
    for house in crowd.PATIENTS_OF:
        client = await region.client_of(home.db, home.identity, settings.home, kept, house)
        told = [one for one in known if one.patient.house == house]
        ids = [await region.patient_of(home.db, kept.houses[house], one.patient) for one in told]
        resources = [
            resource
            for id, one in zip(ids, told, strict=True)
            for resource in years.resources(id, one.course, kept.day)
        ]
        made += await send.by_fhir(f"http://{host}:{settings.port}", client, resources)
    print(f"HIS → {len(known)} 名患者 patients: {answers.count('AA')} × ADT, ORU; {len(made)} × FHIR", flush=True)
    if any(one != "AA" for one in answers) or any(status not in (200, 201) for status in made):
        raise Unavailable("demo.history_refused", answers=answers, statuses=[str(status) for status in made])
    kept.crowd = True
    keeping.write(settings.home, kept)


async def _play(folder: Path, kept: Kept, stage: Stage, known: list[Told]) -> None:
    for number, scene in enumerate(SCENES):
        if number >= kept.scenes:
            await stage.play(f"demo-{number}", scene, _of(known, scene))
            kept.scenes = number + 1
            keeping.write(folder, kept)


async def _refer(home: Opened, kept: Kept, known: list[Told]) -> None:
    for number, one in enumerate(referrals.REFERRALS):
        if number >= kept.referrals:
            await referrals.play(home.db, kept, number, one, known)
            kept.referrals = number + 1
            keeping.write(home.settings.home, kept)


def _of(known: list[Told], scene: Scene) -> Told:
    return [one for one in known if one.patient.house == scene.house][scene.patient]


async def _scan(host: str, settings: Settings, kept: Kept, archive: Path | None) -> None:
    began = asyncio.get_running_loop().time()
    with tempfile.TemporaryDirectory(prefix="yuanzhen-demo-") as folder:
        study = await asyncio.to_thread(material.write, Path(folder), PATIENT, kept.day, archive)
        used = await send.by_dicom(host, settings.dicom_port, study.files, _told)
    seconds = asyncio.get_running_loop().time() - began
    print(f"CT → {len(study.files)} × C-STORE ({used}, {seconds:.1f} s)", flush=True)
    kept.study = "volume" if study.whole else "single"
    keeping.write(settings.home, kept)


def _told(done: int, of: int) -> None:
    if done % 27 == 0 and done < of:
        print(f"CT → {done}/{of}", flush=True)
