"""Two records of one person become one, everything of theirs with them, and part again without a trace but the log."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from tests.conftest import Home
from tests.features.intake.test_messages import PERSON, result, text
from tests.features.matching.test_matching import card, links, patient, written
from tests.make.cases import EXPERT, HIS, MACHINE, NUMBER, Ward, image, seen
from yuanzhen.data.exchange.facts import Identifier
from yuanzhen.data.exchange.hl7v2.handler import handle
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.intake.dicom import describe
from yuanzhen.data.matching import matcher, store
from yuanzhen.data.matching.matcher import MATCHER, Matcher
from yuanzhen.data.records import service as records
from yuanzhen.infrastructure.db.actor import system

SECOND = "00099"  # another number of the same house


async def second(ward: Ward, **more: Any) -> str:
    """The patient's other record, with an image, a result and a case; answers its id."""
    told = {"identifiers": (Identifier(SECOND, "LIUHE", "MR"),), "message": "B1", "phone": "13912345678"} | more
    await ward.intake.patient_seen(HIS, seen(SECOND, **told))
    rows = await ward.db.once(MACHINE, "SELECT id FROM records.resource WHERE type = 'Patient' ORDER BY updated DESC")
    return str(rows[0]["id"])


async def filled(ward: Ward, patient: str) -> None:
    """Of everything that can be a patient's, one."""
    await ward.sends(HIS, image("2.25.4711.9", number=SECOND, StudyInstanceUID="2.25.99", SeriesInstanceUID="2.25.98"))
    await ward.accepted(patient=patient)
    async with ward.db.verb(MACHINE) as tx:
        for resource in (
            {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "K"},
             "subject": {"reference": f"Patient/{patient}"}, "performer": [{"reference": f"Patient/{patient}"}]},
            {"resourceType": "Condition", "id": "c1", "subject": {"reference": f"Patient/{patient}/_history/1"},
             "meta": {"security": [{"code": "R"}]}},
            {"resourceType": "Group", "id": "g1", "type": "person", "actual": True,
             "member": [{"entity": {"reference": f"Patient/{one}"}} for one in (patient, ward.patient)]},
        ):  # fmt: skip
            await records.receive(tx, resource, source="urn:test")


def content(row: Any) -> dict[str, Any]:
    """A row with its JSON as JSON, and without what every write changes."""
    told = {name: value for name, value in dict(row).items() if name not in ("version", "updated", "key")}
    return {n: msgspec.json.decode(v) if n in ("meta", "content", "header") and isinstance(v, str) else v
            for n, v in told.items()}  # fmt: skip


TABLES = {
    "records.resource": "type, id",
    "records.study": "uid",
    "records.instance": "sop",
    "consultation.case": "id",
    "security.relation": "id",
    "security.person": "id",
}


async def record(home: Home) -> dict[str, list[dict[str, Any]]]:
    """Everything that could be one patient's."""
    return {
        table: [content(row) for row in await home.rows(f"SELECT * FROM {table} ORDER BY {order}")]
        for table, order in TABLES.items()
    }


async def joined(ward: Ward, other: str) -> str:
    """The two are merged, the first record goes on; answers the pair."""
    low, high = sorted((ward.patient, other))
    async with ward.db.verb(MATCHER) as tx:
        id = await store.by_machine(tx, low, high, "joining")
        await tx.run("UPDATE matching.pair SET survivor = $2 WHERE id = $1", id, ward.patient)
    await matcher.settle(ward.db, id)
    return id


async def state(home: Home, id: str) -> tuple[str, str]:
    (row,) = await home.rows("SELECT state, problem FROM matching.pair WHERE id = $1", id)
    return row["state"], row["problem"]


async def parted(ward: Ward, id: str) -> None:
    async with ward.db.verb(MATCHER) as tx:
        await store.done(tx, id, "parting")
    await matcher.settle(ward.db, id)


async def test_everything_follows_and_comes_back(ward: Ward, home: Home) -> None:
    other = await second(ward)
    await filled(ward, other)
    await home.run(f"INSERT INTO security.person VALUES ('u', 'u', 'U', 'patient', 'liuhe', '{other}', false, now())")
    await Matcher(ward.db).work()
    before = await record(home)
    id = await joined(ward, other)
    assert await state(home, id) == ("merged", "")
    whose = {
        "resources": "SELECT count(*) FROM records.resource WHERE patient = $1 AND type <> 'Patient'",
        "studies": "SELECT count(*) FROM records.study WHERE patient = $1",
        "images": "SELECT count(*) FROM records.instance WHERE '@' || $1 = ANY (audience)",
        "cases": "SELECT count(*) FROM consultation.case WHERE patient = $1",
        "accounts": "SELECT count(*) FROM security.person WHERE patient = $1",
        "relations": "SELECT count(*) FROM security.relation WHERE patient = $1",
    }
    for sql in whose.values():
        assert [row[0] for row in await home.rows(sql, other)] == [0]
        assert (await home.rows(sql, ward.patient))[0][0] > 0
    named = await home.rows(
        "SELECT type FROM records.resource WHERE type <> 'Patient' AND content LIKE '%Patient/' || $1 || '%'", other
    )
    assert [row["type"] for row in named] == []
    assert await ward.sees_record(EXPERT) is True  # entrusted with the other, and so with who that is
    await parted(ward, id)
    assert await state(home, id) == ("apart", "")
    after = await record(home)
    for table in TABLES:
        assert after[table] == before[table], table
    trail = [row for row in await home.trail("verb", "patient") if str(row[0]).startswith("patients.")]
    assert {verb for verb, _ in trail} == {"patients.merge", "patients.part"}


async def a40(ward: Ward) -> None:
    """The house's HIS says so."""
    told = text("ADT^A40", f"{PERSON}MRG|{SECOND}^^^LIUHE^MR\r", control="M40")
    await handle(told.encode(), HIS, ward.intake, Setting("liuhe"))


async def test_what_an_his_merges_follows_and_can_be_undone(ward: Ward, home: Home) -> None:
    other = await second(ward)
    await filled(ward, other)
    await Matcher(ward.db).work()
    before = await record(home)
    await a40(ward)
    await Matcher(ward.db).work()
    (pair,) = await home.rows("SELECT id, state FROM matching.pair")
    assert pair["state"] == "merged"
    assert await home.rows("SELECT FROM records.resource WHERE patient = $1 AND type <> 'Patient'", other) == []
    await parted(ward, pair["id"])
    assert await record(home) == before


async def test_what_is_written_for_the_given_up_follows_too_and_goes_back_with_the_rest(ward: Ward, home: Home) -> None:
    other = await second(ward)
    await Matcher(ward.db).work()
    id = await joined(ward, other)
    async with ward.db.verb(MACHINE) as tx:
        for name, patient in (("late", other), ("own", ward.patient)):
            observation = {"resourceType": "Observation", "id": name, "status": "final", "code": {"text": "K"},
                           "subject": {"reference": f"Patient/{patient}"}}  # fmt: skip
            await records.receive(tx, observation, source="urn:test")
    await Matcher(ward.db).work()
    owners = "SELECT id, patient FROM records.resource WHERE type = 'Observation' ORDER BY id"
    assert [row["patient"] for row in await home.rows(owners)] == [ward.patient, ward.patient]
    await parted(ward, id)
    assert {row["id"]: row["patient"] for row in await home.rows(owners)} == {"late": other, "own": ward.patient}


async def test_what_was_corrected_since_the_merge_stays_corrected(ward: Ward, home: Home) -> None:
    other = await second(ward)
    await filled(ward, other)
    await Matcher(ward.db).work()
    id = await joined(ward, other)
    async with ward.db.verb(MACHINE) as tx:
        observation = {"resourceType": "Observation", "id": "o1", "status": "amended", "code": {"text": "K"},
                       "subject": {"reference": f"Patient/{ward.patient}"}}  # fmt: skip
        await records.receive(tx, observation, source="urn:test")
    await parted(ward, id)
    (row,) = await home.rows("SELECT patient, content FROM records.resource WHERE id = 'o1'")
    assert (row["patient"], msgspec.json.decode(row["content"])["status"]) == (other, "amended")


async def test_a_merge_whose_survivor_was_given_up_since_waits_for_that(ward: Ward, home: Home) -> None:
    other = await second(ward)
    id = await joined(ward, other)
    third = await second(ward, identifiers=(Identifier("00100", "LIUHE", "MR"),), message="C1")
    async with ward.db.verb(MATCHER) as tx:
        later = await store.by_machine(tx, ward.patient, third, "joining")
        await tx.run("UPDATE matching.pair SET survivor = $2 WHERE id = $1", later, third)
    await matcher.settle(ward.db, later)
    await parted(ward, id)
    assert await state(home, id) == ("merged", "matching.merged_further")
    await parted(ward, later)
    await parted(ward, id)
    assert [await state(home, one) for one in (later, id)] == [("apart", ""), ("apart", "")]


async def test_merges_writes_and_undoing_at_once_lose_nothing(ward: Ward, home: Home) -> None:
    other = await second(ward)
    await filled(ward, other)
    await Matcher(ward.db).work()
    before = await record(home)
    low, high = sorted((ward.patient, other))
    async with ward.db.verb(MATCHER) as tx:
        id = await store.by_machine(tx, low, high, "joining")
        await tx.run("UPDATE matching.pair SET survivor = $2 WHERE id = $1", id, ward.patient)

    async def writes(name: str) -> None:
        async with ward.db.verb(MACHINE) as tx:
            observation = {"resourceType": "Observation", "id": name, "status": "final", "code": {"text": "K"},
                           "subject": {"reference": f"Patient/{other}"}}  # fmt: skip
            await records.receive(tx, observation, source="urn:test")

    await asyncio.gather(*(writes(f"w{n}") for n in range(8)), *(matcher.settle(ward.db, id) for _ in range(3)),
                         Matcher(ward.db).work())  # fmt: skip
    await matcher.settle(ward.db, id)
    await Matcher(ward.db).work()
    assert (await state(home, id))[0] == "merged"
    assert await home.rows("SELECT FROM records.resource WHERE patient = $1 AND type <> 'Patient'", other) == []
    assert len(await home.rows("SELECT FROM matching.merge WHERE undone_at IS NULL")) == 1
    await parted(ward, id)
    after = await record(home)
    after["records.resource"] = [one for one in after["records.resource"] if not one["id"].startswith("w")]
    assert after == before
    rows = await home.rows("SELECT DISTINCT patient FROM records.resource WHERE id LIKE 'w%'")
    assert [row["patient"] for row in rows] == [other]


async def test_two_houses_records_point_to_each_other_and_stay_what_they_are(ward: Ward, home: Home) -> None:
    async with ward.db.verb(MACHINE) as tx:
        for name, house in (("a", "liuhe"), ("b", "baishi")):
            await records.receive(tx, patient(name, house), source="urn:test")
    before = await record(home)
    async with ward.db.verb(MATCHER) as tx:
        id = await store.by_machine(tx, "a", "b", "joining")
    await matcher.settle(ward.db, id)
    assert await state(home, id) == ("linked", "")
    assert await links(home, "b") == [("seealso", "Patient/a")]
    await parted(ward, id)
    assert await record(home) == before


async def test_contradicting_records_are_not_joined_whoever_wants_it(ward: Ward, home: Home) -> None:
    one, other = card("11010519491231002X"), card("110105194912310038")
    await written(ward, patient("a", "liuhe", birthDate=None, identifier=one),
                  patient("b", "liuhe", birthDate=None, identifier=other))  # fmt: skip
    async with ward.db.verb(MATCHER) as tx:
        id = await store.by_machine(tx, "a", "b", "joining")
    await matcher.settle(ward.db, id)
    assert await state(home, id) == ("open", "matching.contradicts")


async def test_what_came_by_the_others_own_number_meanwhile_is_theirs(ward: Ward, home: Home) -> None:
    other = await second(ward)
    await Matcher(ward.db).work()
    id = await joined(ward, other)
    theirs = PERSON.replace(NUMBER, SECOND)
    for control, whom in (("R1", theirs), ("R2", PERSON)):
        told = result(person=whom, control=control).replace("|F1|", f"|F{control}|").replace("|P1|", f"|P{control}|")
        await handle(told.encode(), HIS, ward.intake, Setting("liuhe"))
    await ward.sends(HIS, image("2.25.5", number=SECOND, StudyInstanceUID="2.25.6", SeriesInstanceUID="2.25.7"))
    await ward.sends(HIS, image("2.25.8", StudyInstanceUID="2.25.9", SeriesInstanceUID="2.25.10"))
    await home.run("UPDATE records.instance SET received = received - interval '1 minute'")  # they have come to rest
    async with ward.db.verb(system("relay")) as tx:
        for uid in ("2.25.6", "2.25.9"):
            await describe(tx, uid)
    mine, of_other = await holdings(home, ward.patient), await holdings(home, other)
    assert (mine["Observation"], mine["ImagingStudy"], mine["study"], of_other) == (2, 2, 2, {"study": 0})
    await parted(ward, id)
    for patient_ in (ward.patient, other):
        found = await holdings(home, patient_)
        assert (found["Observation"], found["DiagnosticReport"], found["ImagingStudy"], found["study"]) == (1, 1, 1, 1)
    (row,) = await home.rows("SELECT patient FROM records.study WHERE uid = '2.25.6'")
    assert row["patient"] == other


async def holdings(home: Home, patient_: str) -> dict[str, int]:
    """How much of each type is a patient's, and how many studies."""
    rows = await home.rows(
        "SELECT type, count(*) AS n FROM records.resource WHERE patient = $1 AND type <> 'Patient' GROUP BY type",
        patient_,
    )
    (study,) = await home.rows("SELECT count(*) AS n FROM records.study WHERE patient = $1", patient_)
    return {**{row["type"]: row["n"] for row in rows}, "study": study["n"]}


async def test_a_client_that_gives_a_patient_up_merges_and_that_can_be_undone(ward: Ward, home: Home) -> None:
    """It writes nothing to the survivor, and so nothing is taken from there."""
    survivor = patient("a", "liuhe", active=True, identifier=[{"system": "urn:a", "value": "1"}])
    other = patient("b", "baishi", active=True, identifier=[{"system": "urn:b", "value": "2"}])
    observation = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "K"},
                   "subject": {"reference": "Patient/b"}}  # fmt: skip
    await written(ward, survivor, other, observation)
    before = await record(home)
    replaced = [{"other": {"reference": "Patient/a"}, "type": "replaced-by"}]
    await written(ward, other | {"active": False, "link": replaced})
    (row,) = await home.rows("SELECT patient, institution FROM records.resource WHERE id = 'o'")
    assert tuple(row.values()) == ("a", "liuhe")
    (pair,) = await home.rows("SELECT id, state FROM matching.pair WHERE low = 'a' AND high = 'b'")
    assert pair["state"] == "merged"
    await parted(ward, pair["id"])
    assert await record(home) == before
