"""Who may be one person is found soon after a Patient is written; what is certain is linked, what is unsure waits."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from bench.matching import indexed, judged
from tests.conftest import Home
from tests.make.cases import BORN, HIS, MACHINE, NAME, NUMBER, Ward, seen
from tests.make.registrations import region
from yuanzhen.data.exchange.facts import Identifier, Sender
from yuanzhen.data.matching.matcher import Matcher
from yuanzhen.data.records import service as records

OTHER_HIS = Sender("his-baishi", "baishi")
CARD = "610100195903210028"  # the check character holds
PHONE = "13912345678"


def patient(id: str, house: str, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "resourceType": "Patient",
        "id": id,
        "managingOrganization": {"reference": f"Organization/{house}"},
        "name": [{"text": "欧阳建国"}],
        "gender": "male",
        "birthDate": "1961-07-05",
    }
    return {name: value for name, value in (told | more).items() if value is not None}


def telecom(number: str) -> list[dict[str, str]]:
    return [{"system": "phone", "value": number}]


def card(value: str) -> list[dict[str, Any]]:
    return [{"system": "urn:yuanzhen:number:NNCHN", "value": value, "type": {"coding": [{"code": "NNCHN"}]}}]


async def written(ward: Ward, *resources: dict[str, Any]) -> None:
    """A client writes, and the matcher looks."""
    async with ward.db.verb(MACHINE) as tx:
        for one in resources:
            await records.receive(tx, one, source="urn:test")
    await Matcher(ward.db).work()


async def pairs(home: Home) -> list[tuple[str, str, str, str]]:
    rows = await home.rows("SELECT low, high, verdict, state FROM matching.pair ORDER BY low, high")
    return [tuple(row.values()) for row in rows]


async def links(home: Home, id: str) -> list[tuple[str, str]]:
    (row,) = await home.rows("SELECT content FROM records.resource WHERE type = 'Patient' AND id = $1", id)
    found = msgspec.json.decode(row["content"]).get("link", [])
    return [(one["type"], one["other"]["reference"]) for one in found]


async def test_one_person_of_two_houses_is_linked_when_it_is_certain(ward: Ward, home: Home) -> None:
    await written(ward, patient("a", "liuhe", telecom=telecom(PHONE)), patient("b", "baishi", telecom=telecom(PHONE)))
    assert await pairs(home) == [("a", "b", "certain", "linked")]
    assert await links(home, "a") == [("seealso", "Patient/b")]
    assert await links(home, "b") == [("seealso", "Patient/a")]
    assert ("system:matcher", "matching.link", 0, "") in await home.trail()


async def test_within_a_house_a_person_decides_even_what_is_certain(ward: Ward, home: Home) -> None:
    await written(ward, patient("a", "liuhe", telecom=telecom(PHONE)), patient("b", "liuhe", telecom=telecom(PHONE)))
    assert await pairs(home) == [("a", "b", "certain", "open")]
    assert await links(home, "a") == []


async def test_what_is_unsure_waits_for_a_person(ward: Ward, home: Home) -> None:
    await written(ward, patient("a", "liuhe"), patient("b", "baishi", name=[{"text": "欧阳建囯"}]),
                  patient("c", "baishi", name=[{"text": "OUYANG JIANGUO"}]))  # fmt: skip
    assert ("a", "c", "unsure", "open") in await pairs(home)


async def test_other_identity_cards_are_two_people_whatever_else_agrees(ward: Ward, home: Home) -> None:
    one = patient("a", "liuhe", telecom=telecom(PHONE), birthDate=None, identifier=card(CARD))
    await written(
        ward, one, patient("b", "baishi", telecom=telecom(PHONE), birthDate=None, identifier=card("11010519491231002X"))
    )
    assert await pairs(home) == []


async def test_an_old_card_is_the_same_as_the_new_one(ward: Ward, home: Home) -> None:
    new, old = (
        patient("a", "liuhe", birthDate=None, identifier=card("11010519491231002X")),
        "110105491231002",
    )
    await written(ward, new, patient("b", "baishi", birthDate=None, identifier=card(old)))
    assert await pairs(home) == [("a", "b", "certain", "linked")]


async def test_two_written_at_one_moment_are_found(ward: Ward, home: Home) -> None:
    async def one(id: str, house: str) -> None:
        async with ward.db.verb(MACHINE) as tx:
            await records.receive(tx, patient(id, house, telecom=telecom(PHONE)), source="urn:test")

    await asyncio.gather(one("a", "liuhe"), one("b", "baishi"), Matcher(ward.db).work(), Matcher(ward.db).work())
    await Matcher(ward.db).work()
    assert await pairs(home) == [("a", "b", "certain", "linked")]
    assert await home.rows("SELECT FROM matching.due") == []


async def test_a_correction_takes_an_open_pair_away(ward: Ward, home: Home) -> None:
    await written(ward, patient("a", "liuhe"), patient("b", "baishi"))
    assert await pairs(home) == [("a", "b", "unsure", "open")]
    await written(ward, patient("b", "baishi", birthDate="1988-01-02", name=[{"text": "王芳"}]))
    assert await pairs(home) == []


async def test_nobody_is_linked_to_a_circle_in_which_somebody_is_another(ward: Ward, home: Home) -> None:
    """b has no card and resembles both; a and c have other cards."""
    told = {"telecom": telecom(PHONE), "birthDate": "1949-12-31"}
    await written(
        ward, patient("a", "liuhe", **told, identifier=card("11010519491231002X")), patient("b", "baishi", **told)
    )
    await written(ward, patient("c", "city", **told, identifier=card("110105194912310038")))
    found = {(low, high): state for low, high, _, state in await pairs(home)}
    assert found[("a", "b")] == "linked"
    assert found.get(("b", "c"), "open") == "open"


async def test_a_number_stands_in_the_record_alone(ward: Ward, home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    """The match index, pairs, what waits, the trail, facts: all but the record know its seal alone."""
    his = {"identifiers": (Identifier(NUMBER, "LIUHE", "MR"), Identifier(CARD, "", "NNCHN")), "phone": PHONE}
    await ward.intake.patient_seen(HIS, seen(**his, message="N1"))
    await ward.intake.patient_seen(OTHER_HIS, seen("B7", identifiers=(Identifier(CARD, "", "NNCHN"),), message="N2"))
    await Matcher(ward.db).work()
    assert [verdict for _, _, verdict, _ in await pairs(home)] == ["certain"]
    tables = await home.rows(
        "SELECT n.nspname || '.' || quote_ident(c.relname) AS name FROM pg_class c JOIN pg_namespace n ON "
        "n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname IN "
        "('infrastructure', 'security', 'records', 'intake', 'consultation', 'matching', 'ring', 'reading')"
    )
    holding = set()
    for table in tables:
        for number in (CARD, PHONE):
            sql = f"SELECT EXISTS (SELECT FROM {table['name']} t WHERE strpos(t::text, $1) > 0) AS held"
            if (await home.rows(sql, number))[0]["held"]:
                holding.add(table["name"])
    assert holding <= {"records.resource", "records.version", "records.token", "records.word", "intake.message"}
    assert "records.resource" in holding
    logged = "".join(capfd.readouterr())
    assert [number for number in (CARD, PHONE, NUMBER) if number in logged] == []
    assert {NAME, BORN} <= {row["name"] for row in await home.rows("SELECT name FROM matching.patient")} | {BORN}


async def test_a_patient_who_names_no_house_stays_its_clients(ward: Ward, home: Home) -> None:
    """What the matcher writes changes nobody's access."""
    one = patient("a", "liuhe", managingOrganization=None, telecom=telecom(PHONE))
    await written(ward, one, patient("b", "baishi", telecom=telecom(PHONE)))
    (row,) = await home.rows("SELECT institution, audience, content FROM records.resource WHERE id = 'a'")
    assert "seealso" in row["content"]
    assert (row["institution"], "house:city" in row["audience"]) == ("city", True)


async def test_a_correction_that_contradicts_ends_what_the_machine_linked(ward: Ward, home: Home) -> None:
    one, other = patient("a", "liuhe", telecom=telecom(PHONE)), patient("b", "baishi", telecom=telecom(PHONE))
    await written(ward, one, other)
    assert [state for _, _, _, state in await pairs(home)] == ["linked"]
    cards = {"birthDate": "1949-12-31"}
    await written(ward, one | cards | {"identifier": card("11010519491231002X")},
                  other | cards | {"identifier": card("110105194912310038")})  # fmt: skip
    assert [state for _, _, _, state in await pairs(home)] == ["apart"]
    assert await links(home, "a") == []


async def test_a_correction_that_contradicts_a_persons_word_is_told_to_the_person(ward: Ward, home: Home) -> None:
    one, other = patient("a", "liuhe", telecom=telecom(PHONE)), patient("b", "baishi", telecom=telecom(PHONE))
    await written(ward, one, other)
    await home.run("UPDATE matching.pair SET settled_by = 'zhaoqin'")
    await written(ward, one | {"birthDate": "1988-02-03", "gender": "female"})
    rows = await home.rows("SELECT state, problem FROM matching.pair")
    assert [tuple(row.values()) for row in rows] == [("linked", "matching.contradicts")]


async def test_the_database_finds_whom_the_pure_rules_find(ward: Ward, home: Home) -> None:
    """Blocks in SQL and in Python are the same blocks: what `bench/matching.py` measures is what a home does."""
    found = region(150, seed=11)
    for one in found.patients:
        house = ("city", "liuhe", "baishi")[len(one["id"]) % 3]
        one["managingOrganization"] = {"reference": f"Organization/{house}"}
    await written(ward, *found.patients)
    ids = [one["id"] for one in found.patients]
    expected = {
        (*sorted((ids[a], ids[b])), score.verdict)
        for (a, b), score in judged(indexed(found)).items()
        if score.verdict != "none"
    }
    kept = {(low, high, verdict) for low, high, verdict, _ in await pairs(home) if ward.patient not in (low, high)}
    assert kept == expected
    assert len(kept) > 50


async def test_a_client_that_writes_a_patient_without_the_link_does_not_end_it(ward: Ward, home: Home) -> None:
    one, other = patient("a", "liuhe", telecom=telecom(PHONE)), patient("b", "baishi", telecom=telecom(PHONE))
    await written(ward, one, other)
    await written(ward, one | {"address": [{"text": "中街"}]})
    assert await links(home, "a") == [("seealso", "Patient/b")]
    assert await links(home, "b") == [("seealso", "Patient/a")]
    rows = await home.rows("SELECT version FROM records.resource WHERE id = 'b'")
    assert [row["version"] for row in rows] == [2]  # it said so all the time


async def test_a_patient_that_cannot_be_read_holds_nobody_up(
    ward: Ward, home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    async with ward.db.verb(MACHINE) as tx:
        await records.receive(tx, patient("x", "liuhe"), source="urn:test")
    await home.run("UPDATE records.resource SET content = '{\"name\": 7}' WHERE id = 'x'")
    await written(ward, patient("a", "liuhe", telecom=telecom(PHONE)), patient("b", "baishi", telecom=telecom(PHONE)))
    assert await pairs(home) == [("a", "b", "certain", "linked")]
    assert "patient_not_indexed" in "".join(capfd.readouterr())
    assert await home.rows("SELECT FROM matching.due") == []
