"""The record by its verbs: searching, versions, what is published, what is sensitive, and who sees which."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.features.records.conftest import PATIENTS, Record, patient
from tests.make.cases import ASKER, EXPERT, MACHINE, STRANGER, person
from yuanzhen.data.records import access, parameters, searchset, service, store
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound, PreconditionFailed
from yuanzhen.security.identity.scopes import EVERYTHING, Scopes
from yuanzhen.security.policy import relations

# parameter, value, who is found
FOUND: list[tuple[str, str, set[str]]] = [
    ("_id", "wang", {"wang"}),
    ("_id", "wang,li,nobody", {"wang", "li"}),
    ("name", "张", {"zhang"}),
    ("name", "王秀", {"wang"}),
    ("name", "john", {"smith"}),
    ("name", "smith", set()),  # text is one word here: its beginning counts
    ("name", "100%", {"percent"}),
    ("name", "%", set()),
    ("name", "_", set()),
    ("name", "１００％", {"percent"}),  # width is folded
    ("name", r"\\", set()),
    ("gender", "female", {"wang", "li"}),
    ("gender", "other,male", {"zhang", "smith", "percent"}),
    ("identifier", "A-3", {"li"}),
    ("identifier", "urn:cards|A-3", {"li"}),
    ("identifier", "urn:other|A-3", set()),
    ("identifier", "|A-3", set()),  # no system at all
    ("organization", "Organization/liuhe", {"zhang", "wang", "li", "smith", "percent"}),
    ("organization", "liuhe", {"zhang", "wang", "li", "smith", "percent"}),
    ("organization", "Patient/liuhe", set()),
    # a stored span and an asked one, R4 3.1.1.4.7
    ("birthdate", "1980-02-29", {"zhang"}),
    ("birthdate", "1980-02", {"zhang"}),
    ("birthdate", "1980", {"zhang", "wang"}),
    ("birthdate", "eq1981", {"li"}),
    ("birthdate", "1981-05", set()),  # a whole year is not within one of its months
    ("birthdate", "ne1980", {"li", "smith", "percent"}),
    ("birthdate", "lt1980", {"smith"}),
    ("birthdate", "lt1980-03-01", {"smith", "zhang"}),
    ("birthdate", "le1980-03-01", {"smith", "zhang", "wang"}),
    ("birthdate", "gt1980-03-01", {"li", "percent"}),
    ("birthdate", "ge1980-03-01", {"wang", "li", "percent"}),
    ("birthdate", "gt1981-06", {"li", "percent"}),  # the year goes on after its June
    ("birthdate", "lt1981-06", {"smith", "zhang", "wang", "li"}),
    ("birthdate", "sa1981", {"percent"}),
    ("birthdate", "eb1981", {"smith", "zhang", "wang"}),
]
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
OURS = {one[0] for one in PATIENTS}


@pytest.mark.parametrize(("name", "value", "ids"), FOUND)
async def test_a_parameter_finds_whom_it_means(record: Record, name: str, value: str, ids: set[str]) -> None:
    assert set(await record.find(**{name: value})) & OURS == ids
    assert set(await record.find(ASKER, **{name: value})) & OURS == ids
    assert await record.find(STRANGER, **{name: value}) == []
    assert await record.find(EXPERT, **{name: value}) == []


async def test_conditions_are_met_all_at_once(record: Record) -> None:
    assert await record.find(gender="female", birthdate="1980") == ["wang"]
    page = await record.page([("birthdate", "ge1980"), ("birthdate", "lt1981")])  # one parameter twice: both
    assert {one.id for one in page.found} == {"zhang", "wang"}


@pytest.mark.parametrize("name", ["phones", "name.x", "_text", "_content", "_filter", "_list", "Name", "", "subject"])
async def test_an_unknown_parameter_is_refused_and_never_ignored(record: Record, name: str) -> None:
    with pytest.raises(Invalid) as problem:
        await record.find(**{name: "x"})
    assert problem.value.place == name


async def test_pages_follow_one_another_without_gap_or_repeat(record: Record) -> None:
    whole = await record.find()
    paged: list[str] = []
    after: dict[str, str] = {}
    for _ in range(len(whole)):
        page = await record.page([("_count", "2"), *after.items()])
        assert len(page.found) <= 2
        paged += [one.id for one in page.found]
        if not page.after:
            break
        after = {"_after": page.after}
    assert paged == whole
    assert await record.find(_count="0") == []


async def test_a_search_notes_what_was_asked_for_and_whom_it_showed_but_no_value(record: Record) -> None:
    async with record.db.look(ASKER) as look:
        await searchset.searched(look, EVERYTHING, "Patient", [("name", "张")])
    rows = await record.home.rows(
        "SELECT action, entity, patient, reason FROM security.trail WHERE verb = 'records.search' "
        "ORDER BY id DESC LIMIT 2"
    )
    assert [tuple(row) for row in rows] == [("R", "zhang", "zhang", ""), ("E", "", "", "name")]


# ---- versions


async def test_a_version_is_changed_only_from_the_one_that_was_seen(record: Record) -> None:
    one = patient("versioned", "甲", "male", "1970", "V-1")
    assert (await record.put(one, expected=0)).version == 1
    assert (await record.put(one, expected=1)).version == 2
    for stale in (0, 1, 3):
        with pytest.raises(PreconditionFailed, match=r"fhir\.version_conflict"):
            await record.put(one, expected=stale)
    assert (await record.put(one)).version == 3
    async with record.db.look(MACHINE) as look:
        assert [bool(await store.version(look, "Patient", "versioned", number)) for number in (1, 2, 3, 4)] == [
            True, True, True, False,
        ]  # fmt: skip


async def test_a_version_that_is_not_there_yet_cannot_be_changed(record: Record) -> None:
    with pytest.raises(PreconditionFailed):
        await record.put(patient("absent", "甲", "male", "1970", "V-9"), expected=4)
    assert await record.find(_id="absent") == []


async def test_of_twenty_writers_at_once_each_version_has_one(record: Record) -> None:
    one = patient("crowd", "甲", "male", "1970", "V-2")
    answers = await asyncio.gather(*(record.put(one) for _ in range(20)))
    assert sorted(answer.version for answer in answers) == list(range(1, 21))
    rows = await record.home.rows(
        "SELECT count(*) FROM records.token WHERE path = $1 AND code = 'V-2'",
        parameters.number("Patient", ["identifier"]),
    )
    assert rows[0][0] == 1


async def test_of_twenty_who_make_the_same_resource_anew_one_does(record: Record) -> None:
    one = patient("first", "甲", "male", "1970", "V-3")
    answers = await asyncio.gather(*(record.put(one, expected=0) for _ in range(20)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["PreconditionFailed"] * 19 + ["Stored"]


async def test_decimals_and_what_we_do_not_know_stay_as_they_were_written(record: Record) -> None:
    one: dict[str, Any] = patient("exact", "甲", "male", "1970", "V-4")
    one["extension"] = [{"url": "urn:x", "valueDecimal": 1}]
    stored = await record.put(one)
    again = stored.resource()
    assert again["extension"] == one["extension"]
    assert again["meta"]["versionId"] == "1"


async def test_a_number_that_was_taken_away_is_found_no_more(record: Record) -> None:
    await record.put(patient("renumbered", "甲", "male", "1970", "V-5"))
    await record.put(patient("renumbered", "甲", "male", "1970", "V-6"))
    assert await record.find(identifier="V-5") == []
    assert await record.find(identifier="V-6") == ["renumbered"]


# ---- who writes what


async def test_what_an_application_publishes_is_read_only_from_outside(record: Record) -> None:
    case = await record.ward.ask()
    (consent,) = await record.db.once(MACHINE, "SELECT id FROM records.resource WHERE type = 'Consent'")
    told = {"resourceType": "Consent", "id": consent["id"], "patient": {"reference": f"Patient/{case.patient}"}}
    with pytest.raises(Forbidden, match=r"fhir\.published"):
        await record.put(told)
    with pytest.raises(Forbidden, match=r"fhir\.published"):
        await record.put({"resourceType": "Organization", "id": "liuhe", "name": "x"})
    refused = await record.home.rows(
        "SELECT entity FROM security.trail WHERE code = 'fhir.published' AND actor = 'robot' ORDER BY id"
    )
    assert [row["entity"] for row in refused] == [consent["id"], "liuhe"]


async def test_a_client_cannot_make_its_own_look_published(record: Record) -> None:
    """`meta.source` is ours to say: what begins with our prefix is taken for ours and locks its writer out."""
    one = patient("posing", "甲", "male", "1970", "V-7") | {"meta": {"source": "yuanzhen:consultation/1"}}
    with pytest.raises(Invalid, match=r"fhir\.reserved_source"):
        await record.put(one)
    assert await record.find(_id="posing") == []


@pytest.mark.parametrize(
    "by",
    [ASKER, EXPERT, person("boss", "officer"), person("zhang", "patient", "liuhe", "zhang")],
    ids=lambda one: one.role,
)
async def test_people_write_by_the_applications_verbs_alone(record: Record, by: Any) -> None:
    with pytest.raises(Forbidden, match=r"fhir\.scope"):
        await record.put(patient("zhang", "改", "male", "1980", "A-1"), by)


@pytest.mark.parametrize("scope", ["system/*.read", "system/Organization.*", "system/Observation.write"])
async def test_a_machine_writes_what_its_scopes_name(record: Record, scope: str) -> None:
    with pytest.raises(Forbidden, match=r"fhir\.scope"):
        await record.put(patient("zhang", "改", "male", "1980", "A-1"), scopes=Scopes.parse(scope))


async def test_a_machine_may_write_of_a_patient_who_is_not_here_yet(record: Record) -> None:
    report = {"resourceType": "DiagnosticReport", "id": "early", "subject": {"reference": "Patient/not-yet"}}
    assert (await record.put(report)).institution == MACHINE.institution
    peer = Actor("peer", "his-liuhe", "peer", "liuhe")
    with pytest.raises(NotFound, match=r"fhir\.patient_not_found"):
        async with record.db.verb(peer) as tx:
            await service.receive(tx, report | {"id": "early-too"}, source="urn:yuanzhen:peer:his-liuhe")


async def test_many_that_were_told_at_once_follow_their_patient(record: Record) -> None:
    """The Patient is written first, wherever it stands, and answers keep the order of what was told."""
    peer = Actor("peer", "his-liuhe", "peer", "liuhe")
    report = {"resourceType": "DiagnosticReport", "id": "told", "subject": {"reference": "Patient/told"}}
    async with record.db.verb(peer) as tx:
        written = await service.receive_all(tx, [report, patient("told", "甲", "male", "1970", "R-1")], source="urn:x")
        assert await service.receive_all(tx, [], source="urn:x") == []
    assert [(one.type, one.institution, one.patient) for one in written] == [
        ("DiagnosticReport", "liuhe", "told"), ("Patient", "liuhe", "told"),
    ]  # fmt: skip
    assert await record.find(ASKER, kind="DiagnosticReport", patient="told") == ["told"]
    assert await record.find(STRANGER, kind="DiagnosticReport", patient="told") == []


# ---- what is sensitive


async def test_what_is_labelled_is_seen_by_the_patient_and_machines_but_not_by_clinicians(record: Record) -> None:
    """R and V (v3-Confidentiality) hide a resource from the patient's own house and from entrusted experts."""
    entrusted, fully = person("e1", "expert"), person("e2", "expert")
    async with record.db.verb(EXPERT) as tx:
        await relations.entrust(tx, "e1", "zhang", "test:1")
        await relations.entrust(tx, "e2", "zhang", "test:2", sensitive=True)
    for label in ("R", "V", "N"):
        report = {
            "resourceType": "DiagnosticReport", "id": f"report-{label}", "subject": {"reference": "Patient/zhang"},
            "meta": {"security": [{"system": CONFIDENTIALITY, "code": label}]},
        }  # fmt: skip
        await record.put(report)
    asked = {"kind": "DiagnosticReport", "patient": "zhang"}
    everything, plain = {"report-R", "report-V", "report-N"}, {"report-N"}
    assert set(await record.find(MACHINE, **asked)) == everything
    assert set(await record.find(person("zhang", "patient", "liuhe", "zhang"), **asked)) == everything
    assert set(await record.find(fully, **asked)) == everything
    assert set(await record.find(entrusted, **asked)) == plain
    assert set(await record.find(ASKER, **asked)) == plain
    assert await record.find(person("wang", "patient", "liuhe", "wang"), **asked) == []
    for by, id in ((ASKER, "report-R"), (entrusted, "report-V")):
        with pytest.raises(NotFound):
            async with record.db.look(by) as look:
                await access.seen(look, "DiagnosticReport", id)


async def test_a_label_that_comes_later_hides_the_earlier_versions_too(record: Record) -> None:
    report: dict[str, Any] = {"resourceType": "DiagnosticReport", "id": "later", "subject": {"reference": "Patient/li"}}
    await record.put(report)
    assert await record.find(ASKER, kind="DiagnosticReport", patient="li") == ["later"]
    await record.put(report | {"meta": {"security": [{"code": "R"}]}})
    assert await record.find(ASKER, kind="DiagnosticReport", patient="li") == []
    rows = await record.db.once(
        ASKER, "SELECT version FROM records.version WHERE type = 'DiagnosticReport' AND id = 'later'"
    )
    assert rows == []


async def test_a_patient_who_moves_to_another_house_is_seen_there(record: Record) -> None:
    await record.put(patient("mover", "甲", "male", "1970", "M-1"))
    await record.put(patient("mover", "甲", "male", "1970", "M-1", house="baishi"))
    assert await record.find(ASKER, _id="mover") == []
    assert await record.find(STRANGER, _id="mover") == ["mover"]


async def test_the_verbs_of_a_machine_are_in_the_trail(record: Record) -> None:
    async with record.db.verb(MACHINE) as tx:
        made, _ = await service.create(tx, EVERYTHING, {**patient("", "甲", "male", "1970", "T-1")})
    await record.put({**patient(made.id, "乙", "male", "1970", "T-1")})
    rows = await record.home.rows(
        "SELECT actor, action, patient FROM security.trail WHERE entity = $1 ORDER BY id", made.id
    )
    assert [tuple(row) for row in rows] == [("robot", "C", made.id), ("robot", "U", made.id)]
