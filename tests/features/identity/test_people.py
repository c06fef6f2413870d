"""Entering institutions, departments and people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import product

import asyncpg
import pytest

from tests.conftest import Home
from tests.make.people import PASSWORD, Region
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Unauthenticated
from yuanzhen.security.identity import clients, login, people, service
from yuanzhen.security.identity.people import Added, NewPerson
from yuanzhen.security.identity.session import Caller

OFFICER = Actor("person", "officer1", "officer", "city")
WHERE = Caller("10.1.2.3", "r1")


async def add(region: Region, actor: Actor = OFFICER, **fields: object) -> Added:
    new = {"name": "Chen", "role": "expert", "institution": "city", "password": PASSWORD} | fields
    async with region.db.verb(actor) as tx:
        return await people.add_person(tx, region.identity, NewPerson(**new))  # type: ignore[arg-type]


async def test_an_officer_adds_a_person_with_a_final_password(region: Region, home: Home) -> None:
    added = await add(region, departments=["cardiology", "neurology"])
    assert added.totp_secret is not None
    assert added.one_time_password is None
    [row] = await home.rows("SELECT name, display, role, institution FROM security.person WHERE id = $1", added.id)
    assert tuple(row) == ("chen", "Chen", "expert", "city")
    assert [row[0] for row in await home.rows("SELECT department FROM security.membership ORDER BY 1")] == [
        "cardiology",
        "neurology",
    ]
    assert ("officer1", "identity.add_person", 0, "") in await home.trail()


async def test_neither_password_nor_secret_lies_in_the_database(region: Region, home: Home) -> None:
    await add(region)
    [credential] = await home.rows("SELECT hash FROM security.credential")
    assert credential["hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    [factor] = await home.rows("SELECT secret, confirmed FROM security.factor")
    assert factor["confirmed"]
    assert len(factor["secret"]) == 1 + 12 + 20 + 16  # sealed


async def test_a_patients_id_is_the_patients(region: Region) -> None:
    assert (await add(region, role="patient", patient="pat-7")).id == "pat-7"
    assert (await add(region, name="carer", role="carer", patient="pat-7")).id != "pat-7"


async def test_one_time_passwords_differ_and_pass_the_rules(region: Region) -> None:
    first = await add(region, password=None)
    second = await add(region, name="Li", password=None)
    assert first.one_time_password != second.one_time_password
    assert first.totp_secret is None
    assert len(first.one_time_password or "") == 19


REFUSED: list[tuple[dict[str, object], type[Problem], str]] = [
    ({"role": "king"}, Invalid, "identity.role"),
    ({"role": "patient"}, Invalid, "identity.patient"),
    ({"role": "expert", "patient": "pat-7"}, Invalid, "identity.patient"),
    ({"institution": "nowhere"}, NotFound, "institution.unknown"),
    ({"departments": ["nowhere"]}, NotFound, "department.unknown"),
    ({"name": " "}, Invalid, "identity.name"),
    ({"password": "short"}, Invalid, "password.too_short"),
    ({"name": "LI"}, Conflict, "identity.name_taken"),
]


async def test_a_person_is_refused_by_name_of_the_rule_and_nothing_is_kept(region: Region, home: Home) -> None:
    await add(region, name="Li")
    for fields, error, code in REFUSED:
        with pytest.raises(error) as refused:
            await add(region, **fields)
        assert refused.value.code == code
    assert [row[0] for row in await home.rows("SELECT name FROM security.person")] == ["li"]


async def test_a_disabled_person_is_out_at_once_and_back_when_enabled(region: Region) -> None:
    chen = await region.person("Chen")
    token = (await login.login(region.identity, WHERE, "Chen", PASSWORD)).token
    for disabled in (True, False):
        async with region.db.verb(OFFICER) as tx:
            await people.disable_person(tx, region.identity, chen.id, disabled=disabled)
        with pytest.raises(Unauthenticated, match=r"auth\.unknown"):
            await service.session_of(region.identity, token)
        if disabled:
            with pytest.raises(Unauthenticated, match=r"auth\.wrong"):
                await login.login(region.identity, WHERE, "Chen", PASSWORD)
    assert (await login.login(region.identity, WHERE, "Chen", PASSWORD)).next == "factor"


async def test_an_institution_has_a_level_and_a_known_parent(region: Region) -> None:
    async with region.db.verb(OFFICER) as tx:
        id = await people.add_institution(tx, "东城县医院", "county", "city")
        assert await people.add_department(tx, "急诊科", id)
    for level, parent, error in (("village", "city", Invalid), ("county", "nowhere", NotFound)):
        with pytest.raises(error):
            async with region.db.verb(OFFICER) as tx:
                await people.add_institution(tx, "X", level, parent)
    with pytest.raises(NotFound, match=r"institution\.unknown"):
        async with region.db.verb(OFFICER) as tx:
            await people.add_department(tx, "X", "nowhere")


Verb = Callable[[Tx, Region], Awaitable[object]]
VERBS: dict[str, Verb] = {
    "identity.add_institution": lambda tx, _: people.add_institution(tx, "X", "county"),
    "identity.add_department": lambda tx, _: people.add_department(tx, "X", "city"),
    "identity.add_person": lambda tx, r: people.add_person(tx, r.identity, NewPerson("X", "expert", "city")),
    "identity.disable_person": lambda tx, r: people.disable_person(tx, r.identity, "p1"),
    "identity.add_client": lambda tx, r: clients.add_client(tx, r.identity, "HIS", "system/*.*", "city"),
    "identity.disable_client": lambda tx, _: clients.disable_client(tx, "c1"),
}


OTHERS = ["expert", "manager", "quality", "patient", "machine-rw"]


async def test_nobody_but_officer_and_set_up_enters_anything(region: Region, home: Home) -> None:
    for role, verb in product(OTHERS, VERBS):
        with pytest.raises(Forbidden, match=r"identity\.not_yours"):
            async with region.db.verb(Actor("person", f"p-{role}", role, "city")) as tx:
                await VERBS[verb](tx, region)
    refused = {(actor, verb) for actor, verb, outcome, _ in await home.trail() if outcome == 4}
    assert refused == {(f"p-{role}", verb) for role, verb in product(OTHERS, VERBS)}


async def test_the_database_itself_shows_and_takes_nothing_of_identity_to_others(region: Region) -> None:
    await region.person("Chen")
    for role in [*OTHERS, "peer"]:
        await shows_and_takes_nothing(region, Actor("person", "p9", role, "city"))


async def shows_and_takes_nothing(region: Region, stranger: Actor) -> None:
    async with region.db.look(stranger) as look:
        for table in ("person", "credential", "factor", "session", "failures", "recovery", "client", "token"):
            assert await look.rows(f"SELECT * FROM security.{table}") == [], table
        assert len(await look.rows("SELECT id FROM security.institution")) == 2
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with region.db.verb(stranger) as tx:
            await tx.run("INSERT INTO security.institution (id, name, level) VALUES ('x', 'x', 'county')")
    async with region.db.verb(stranger) as tx:
        assert await tx.run("UPDATE security.credential SET hash = 'x'") == 0


async def test_people_see_their_own_row(region: Region) -> None:
    chen = await region.person("Chen")
    await region.person("Li")
    async with region.db.look(Actor("person", chen.id, "expert", "city")) as look:
        assert [row["name"] for row in await look.rows("SELECT name FROM security.person")] == ["chen"]


async def test_set_up_may_do_what_the_officer_may(region: Region) -> None:
    assert (await add(region, system("setup"))).id
