"""Plays the scenes: by the product's verbs, a signature at its doors, and a ring when an expert has come."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

from yuanzhen.applications.consultation import consent_texts, service
from yuanzhen.applications.consultation.model import Consent, Given
from yuanzhen.applications.consultation.opinion import Texts
from yuanzhen.collaboration.calendar import store as calendar
from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict, NotFound
from yuanzhen.programs.demo import kept as keeping
from yuanzhen.programs.demo import region
from yuanzhen.programs.demo.crowd import Told
from yuanzhen.programs.demo.kept import Kept
from yuanzhen.programs.demo.model import DemoPatient
from yuanzhen.programs.demo.scenes import Act, Scene
from yuanzhen.security.identity import presence
from yuanzhen.security.policy import directory

AFTER_S = 120  # from the expert's coming to the call
LOOK_S = 5
BOOKED_AHEAD, WEEK = timedelta(days=2), timedelta(days=7)
WITHIN_S = 30
RELAY = system("relay")


class Stage:
    """Where the scenes are played: the running centre, and who plays."""

    def __init__(self, db: Database, home: Path, url: str, kept: Kept) -> None:
        self._db = db
        self._home = home
        self._url = url
        self._kept = kept
        self._browsers: dict[str, Browser] = {}

    async def play(self, key: str, scene: Scene, told: Told) -> str:
        """One scene from its first act to its last; played again it goes on where it was left. The case's id."""
        asked = clock.now() - timedelta(minutes=scene.minutes_ago)
        request = service.Request(
            patient=await region.patient_of(self._db, self._kept.houses[scene.house], told.patient),
            department=await self._department(scene.department),
            urgency=scene.urgency,
            mode=scene.mode,
            question=scene.question or told.course.question,
            consent=Consent(consent_texts.CURRENT, "patient", "signed"),
            slot=await self._hour(scene.expert) if scene.expert else "",
        )
        async with self._db.verb(self.actor(scene.asker)) as tx:
            case = (await service.ask(tx, request, idempotency=key, now=asked)).id
        for act in scene.acts:  # now: a claim of an hour ago would be over
            await self._act(case, act, told.patient)
        return case

    async def ring(self, scene: Scene, told: Told, expert: str) -> None:
        """Each time that the expert comes: two minutes later an emergency rings for them."""
        while True:
            await self._until(expert, here=True)
            await asyncio.sleep(AFTER_S)
            await self.play(f"demo-{clock.now().isoformat()}", scene, told)
            await self._until(expert, here=False)

    async def _until(self, login: str, *, here: bool) -> None:
        person = self._kept.logins[login].id
        while True:
            async with self._db.look(RELAY) as look:
                found = (await presence.of(look, [person])).get(person)
            if (found is not None and found.is_heard(clock.now())) == here:
                return
            await asyncio.sleep(LOOK_S)

    def actor(self, login: str) -> Actor:
        """One of the people of the tables."""
        one = self._kept.logins[login]
        return Actor("person", one.id, one.role, one.institution, origin="demo")

    async def _department(self, name: str) -> str:
        async with self._db.look(RELAY) as look:
            found = [one.id for one in await directory.departments(look) if one.name == name]
        if not found:
            raise NotFound("demo.no_department", place=name)
        return found[0]

    async def _hour(self, login: str) -> str:
        """The expert's first free hour from the day after tomorrow on; '' where there is none."""
        start = clock.now() + BOOKED_AHEAD
        async with self._db.look(self.actor(login)) as look:
            found = await calendar.slots_of(look, [self._kept.logins[login].id], Span(start, start + WEEK))
        return next((one.id for one in found if not (one.taken or one.absent)), "")

    async def _act(self, case: str, act: Act, patient: DemoPatient) -> None:
        try:
            if act.name == "sign":
                await asyncio.to_thread(self._sign, case, act.by, patient)
                return
            async with self._db.verb(self.actor(act.by)) as tx:
                if act.name == "write":
                    await service.write(tx, case, Texts(**act.given), now=clock.now())
                else:
                    await service.act(tx, act.name, case, self._given(act), now=clock.now())
        except Conflict:
            return  # played before a stop

    def _given(self, act: Act) -> Given:
        """What comes with an act: a person of the tables by their id."""
        given = Given(**act.given)
        return replace(given, person=self._kept.logins[given.person].id) if given.person else given

    def cookies(self, login: str) -> dict[str, str]:
        """What a browser holds in which somebody has logged in just now."""
        return self._browser(login).cookies

    def _sign(self, case: str, login: str, patient: DemoPatient) -> None:
        """Signs over HTTP like anybody, with the factor of the signer's log-in."""
        if login not in self._browsers:
            self._browsers[login] = self._browser(login)
        who = {"name": patient.name, "birth_date": patient.born.isoformat()}
        self._browsers[login].post(f"/api/consultations/{case}/opinion/sign", {"patient": who})

    def _browser(self, login: str) -> Browser:
        """Logged in by the code before the present one, which is left to a visitor: each is good once."""

        def entered(ago: timedelta) -> Browser:
            code, _ = keeping.code(self._home, login, clock.now() - ago)
            return Browser(self._url, login, self._kept.logins[login].password, code)

        try:
            return entered(timedelta(seconds=keeping.STEP_S))
        except HTTPError:  # a step has begun meanwhile, or the visitor was there before
            return entered(timedelta())


class Browser:
    """Somebody logged in over HTTP."""

    def __init__(self, url: str, login: str, password: str, code: str) -> None:
        self._url = url
        self._jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self._jar))
        self._csrf = ""
        self.post("/auth/login", {"name": login, "password": password})
        self._csrf = str(self.post("/auth/factor", {"kind": "totp", "code": code})["csrf"])

    @property
    def cookies(self) -> dict[str, str]:
        """By their names."""
        return {one.name: one.value or "" for one in self._jar}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer's JSON. Raises Conflict `demo.played` for what the state forbids, OSError for other refusals."""
        headers = {"Content-Type": "application/json", "X-CSRF-Token": self._csrf}
        asked = Request(self._url + path, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - our own URL
        try:
            with self._opener.open(asked, timeout=WITHIN_S) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except HTTPError as refused:
            if refused.code == 409:
                raise Conflict("demo.played", place=path) from refused
            raise
