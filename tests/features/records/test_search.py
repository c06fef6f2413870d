"""Searching by every kind of parameter, modifier and prefix: one table of resources, queries and who is found."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.conftest import Home, Template
from tests.features.records.conftest import Record
from tests.features.records.searches import FOUND, PAT, RESOURCES
from tests.make.cases import ASKER, MACHINE, STRANGER, Ward, person
from yuanzhen.data.records import indexing, searchset
from yuanzhen.data.records.asked import Form
from yuanzhen.data.records.search import run
from yuanzhen.data.records.search.query import understood
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.identity.scopes import EVERYTHING


@pytest.fixture(scope="module")
async def record(db: Database, home: Home, tmp_path_factory: pytest.TempPathFactory) -> Record:
    record = Record(await Ward.of(db, tmp_path_factory.mktemp("objects")), home)
    for one in RESOURCES:
        await record.put(one)
    return record


OURS = {(one["resourceType"], one["id"]) for one in RESOURCES}


async def ids(record: Record, kind: str, query: str, by: Any = MACHINE) -> list[str]:
    page = await record.page(parse_qsl(query, keep_blank_values=True, separator="&"), by, kind)
    return [one.id for one in page.found if (one.type, one.id) in OURS]


@pytest.mark.parametrize(("kind", "query", "found"), FOUND)
async def test_a_query_finds_whom_it_means(record: Record, kind: str, query: str, found: set[str]) -> None:
    assert set(await ids(record, kind, query.replace("+", "%2B"))) == found
    if kind not in ("Practitioner", "Organization"):
        assert await ids(record, kind, query.replace("+", "%2B"), STRANGER) == []


async def test_what_lies_in_a_compartment(record: Record) -> None:
    async with record.db.look(MACHINE) as look:
        found = {}
        for kind in ("Patient", "Observation", "Encounter"):
            asked = understood(kind, [("_count", "100")], within=("Patient", "ann"))
            found[kind] = {one.id for one in (await run.page(look, asked)).found}
    assert found["Patient"] == {"ann"}
    assert found["Observation"] == {"pulse", "panel", "other", "low", "range"}
    assert found["Encounter"] == {"stay", "on"}


# sort, the order
ORDERS: list[tuple[str, str, list[str]]] = [
    ("Observation", "_sort=date&code=8867-4,85354-9", ["panel", "pulse", "other"]),
    ("Observation", "_sort=-date&code=8867-4,85354-9", ["pulse", "panel", "other"]),
    ("Patient", "_sort=family", ["ann", "cyd", "bob"]),
    ("Patient", "_sort=-family", ["cyd", "ann", "bob"]),
    ("Patient", "_sort=gender,-_id", ["ann", "bob", "cyd"]),
    ("Patient", "_sort=-birthdate,_id", ["ann", "bob", "cyd"]),
    ("Patient", "_sort=-_id", ["cyd", "bob", "ann"]),
    ("Patient", "_sort=_lastUpdated", ["ann", "bob", "cyd"]),
    ("Patient", "_sort=-_lastUpdated", ["cyd", "bob", "ann"]),
    ("Observation", "_sort=value-quantity&value-quantity=ge1", ["low", "pulse"]),
    ("Observation", "_sort=-combo-value-quantity&combo-value-quantity=ge72", ["other", "panel", "pulse"]),
    ("Patient", "", ["cyd", "bob", "ann"]),  # newest first
]


@pytest.mark.parametrize(("kind", "query", "order"), ORDERS)
async def test_matches_come_in_the_order_asked_for(record: Record, kind: str, query: str, order: list[str]) -> None:
    assert await ids(record, kind, query) == order
    paged, after = [], ""
    for _ in range(20):
        asked = [*parse_qsl(query), ("_count", "1"), *([("_after", after)] if after else [])]
        page = await record.page(asked, kind=kind)
        paged += [one.id for one in page.found if (one.type, one.id) in OURS]
        after = page.after
        if not after:
            break
    assert paged == order


# query, what comes along
ALONG: list[tuple[str, str, set[str]]] = [
    ("Observation", "_id=pulse&_include=Observation:subject", {"Patient/ann"}),
    ("Observation", "_id=pulse&_include=Observation:patient", {"Patient/ann"}),
    ("Observation", "_id=pulse&_include=Observation:subject:Patient", {"Patient/ann"}),
    ("Observation", "_id=pulse&_include=Observation:subject:Group", set()),
    ("Observation", "_id=pulse&_include=*", {"Patient/ann", "Encounter/stay", "Practitioner/doc"}),
    ("Observation", "_id=pulse&_include=Observation:subject&_include:iterate=Patient:organization"
                    "&_include:iterate=Organization:partof",
     {"Patient/ann", "Organization/clinic", "Organization/trust"}),
    ("Observation", "_id=pulse&_include=Observation:subject&_include=Observation:encounter",
     {"Patient/ann", "Encounter/stay"}),
    ("Observation", "_id=panel&_revinclude=DiagnosticReport:result", {"DiagnosticReport/told"}),
    ("Observation", "_id=panel&_revinclude=DiagnosticReport:result&_include:iterate=DiagnosticReport:encounter",
     {"DiagnosticReport/told", "Encounter/stay"}),
    ("Encounter", "_id=stay&_revinclude=Observation:encounter&_revinclude=MedicationRequest:encounter",
     {"Observation/pulse", "MedicationRequest/rx"}),
    ("DiagnosticReport", "_id=told&_include=DiagnosticReport:result", {"Observation/panel", "Observation/pulse"}),
    ("Patient", "_id=bob&_include=Patient:organization", set()),
    # by a canonical address: the version that is named, or all where none is
    ("QuestionnaireResponse", "_id=of1&_include=QuestionnaireResponse:questionnaire", {"Questionnaire/q1"}),
    ("QuestionnaireResponse", "_id=of1&_include=*", {"Questionnaire/q1"}),
    ("QuestionnaireResponse", "_id=of9&_include=QuestionnaireResponse:questionnaire", set()),
    ("QuestionnaireResponse", "_id=of3&_include=QuestionnaireResponse:questionnaire:Questionnaire",
     {"Questionnaire/q3"}),
    ("QuestionnaireResponse", "_id=any&_include=QuestionnaireResponse:questionnaire",
     {"Questionnaire/q1", "Questionnaire/q2"}),
    ("Questionnaire", "_id=q1&_revinclude=QuestionnaireResponse:questionnaire",
     {"QuestionnaireResponse/of1", "QuestionnaireResponse/any"}),
    ("Questionnaire", "_id=q2&_revinclude=QuestionnaireResponse:questionnaire", {"QuestionnaireResponse/any"}),
    ("Questionnaire", "_id=q3&_revinclude=QuestionnaireResponse:questionnaire", {"QuestionnaireResponse/of3"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "query", "along"), ALONG)
async def test_what_is_asked_for_comes_along(record: Record, kind: str, query: str, along: set[str]) -> None:
    page = await record.page(parse_qsl(query), kind=kind)
    assert len(page.found) == 1
    assert {f"{one.type}/{one.id}" for one in page.included} == along
    assert len(page.included) == len(along)


async def answer(record: Record, kind: str, query: str, *, lenient: bool = False) -> dict[str, Any]:
    async with record.db.look(MACHINE) as look:
        text = await searchset.searched(look, EVERYTHING, kind, parse_qsl(query), Form(lenient=lenient))
    told: dict[str, Any] = json.loads(text)
    return told


async def test_the_number_of_matches_is_told_when_asked_for(record: Record) -> None:
    assert "total" not in await answer(record, "Patient", "gender=female")
    for asked in ("_total=accurate", "_total=estimate", "_count=0", "_summary=count"):
        told = await answer(record, "Observation", f"code=85354-9&{asked}")
        assert told["total"] == 2
        assert len(told.get("entry", [])) == (0 if asked in ("_count=0", "_summary=count") else 2)


async def test_a_resource_is_cut_to_what_was_asked_for_and_says_so(record: Record) -> None:
    async def shown(query: str) -> dict[str, Any]:
        (entry,) = (await answer(record, "Observation", f"_id=pulse&{query}"))["entry"]
        resource: dict[str, Any] = entry["resource"]
        return resource

    always = {"resourceType", "id", "meta", "status", "code"}  # and what no Observation is without
    cut = await shown("_elements=valueQuantity")
    assert set(cut) == always | {"valueQuantity"}
    assert cut["meta"]["tag"][-1]["code"] == "SUBSETTED"
    assert set(await shown("_summary=text")) == always
    assert "performer" in await shown("_summary=true")
    assert set(await shown("_summary=data")) == set(await shown(""))
    assert "tag" not in (await shown(""))["meta"]


async def test_a_lenient_answer_says_what_it_left_out(record: Record) -> None:
    told = await answer(record, "Patient", "gender=female&colour=blue", lenient=True)
    *found, outcome = told["entry"]
    assert {entry["resource"]["id"] for entry in found} >= {"ann"}
    assert outcome["search"]["mode"] == "outcome"
    assert outcome["resource"]["issue"][0]["diagnostics"] == "ignored: colour"
    (link,) = told["link"]
    assert link["url"] == "/fhir/R4/Patient?gender=female"


async def test_nothing_comes_along_that_its_reader_may_not_see(record: Record) -> None:
    """A sensitive report of the same patient: met, counted or brought along by nobody whom it is closed to."""
    secret = {
        "resourceType": "DiagnosticReport", "id": "secret", "status": "final", "subject": PAT,
        "code": {"coding": [{"code": "hidden"}]}, "result": [{"reference": "Observation/panel"}],
        "meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]},
    }  # fmt: skip
    await record.put({**RESOURCES[3], "managingOrganization": {"reference": "Organization/liuhe"}})
    await record.put(secret)
    asks = [
        ("Patient", "_has:DiagnosticReport:patient:code=hidden", set(), {"ann"}),
        ("Observation", "_has:DiagnosticReport:result:code=hidden", set(), {"panel"}),
        ("DiagnosticReport", "patient.family=muller&code=hidden", set(), {"secret"}),
        ("DiagnosticReport", "_security=R", set(), {"secret"}),
        ("DiagnosticReport", "code:not=x&_id=secret", set(), {"secret"}),
    ]  # fmt: skip
    for kind, query, clinician, machine in asks:
        for by, found in ((ASKER, clinician), (MACHINE, machine), (person("e", "expert"), set())):
            page = await record.page([*parse_qsl(query), ("_total", "accurate")], by, kind)
            assert ({one.id for one in page.found}, page.total) == (found, len(found)), (query, by.role)
    for by, along in ((ASKER, {"told"}), (MACHINE, {"told", "secret"})):
        page = await record.page(parse_qsl("_id=panel&_revinclude=DiagnosticReport:result"), by, "Observation")
        assert {one.id for one in page.included} == along
    rows = await record.db.once(ASKER, "SELECT count(*) FROM records.token WHERE code = 'hidden'")
    assert rows[0][0] == 0


@pytest.mark.parametrize("order", ["_lastUpdated", "-_lastUpdated", "gender,-_lastUpdated"])
async def test_what_is_changed_while_pages_are_turned_stays_where_it_was(record: Record, order: str) -> None:
    system = f"urn:moved{len(order)}"

    async def put(nth: int, language: str = "zh") -> datetime:
        stored = await record.put(
            {
                "resourceType": "Patient", "id": f"moved{nth}-{len(order)}", "gender": "male", "language": language,
                "identifier": [{"system": system, "value": str(nth)}],
            }
        )  # fmt: skip
        return stored.updated

    written = [await put(nth) for nth in range(20)]
    seen: list[str] = []
    after = ""
    for turned in range(9):
        more = [("_after", after)] if after else []
        page = await record.page([("identifier", f"{system}|"), ("_count", "3"), ("_sort", order), *more])
        seen += [one.id for one in page.found]
        after = page.after
        if not after:
            break
        await put(100 + turned)
        for nth in (turned, 19 - turned):
            await put(nth, "en")
    # What was written in one millisecond stands newest first, in either order.
    numbers = sorted(range(20), key=lambda nth: (written[nth], -nth)) if "-" not in order else range(19, -1, -1)
    told = [f"moved{nth}-{len(order)}" for nth in numbers]
    assert [one for one in seen if one in told] == told
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("order", ["", "_lastUpdated", "-birthdate,_id"])
async def test_pages_turned_under_writes_repeat_and_lose_nothing(record: Record, order: str) -> None:
    """Between two pages somebody writes, changes and deletes others; what stays as it was is seen once."""
    system = f"urn:turned{len(order)}"

    async def put(nth: int, gender: str = "male") -> None:
        await record.put(
            {
                "resourceType": "Patient", "id": f"turn{nth}-{len(order)}", "gender": gender,
                "birthDate": f"19{nth % 90 + 10}", "identifier": [{"system": system, "value": str(nth)}],
            }
        )  # fmt: skip

    for nth in range(30):
        await put(nth)
    seen: list[str] = []
    after, turned = "", 0
    while True:
        asked = [("identifier", f"{system}|"), ("_count", "7"), *([("_sort", order)] if order else [])]
        page = await record.page([*asked, *([("_after", after)] if after else [])])
        seen += [one.id for one in page.found]
        if not page.after:
            break
        after = page.after
        turned += 1
        await put(100 + turned)
    first = [f"turn{nth}-{len(order)}" for nth in range(30)]
    assert len(set(seen)) == len(seen)
    assert set(first) <= set(seen)


async def test_when_it_was_written_is_the_millisecond_that_clients_see(record: Record) -> None:
    stored = await record.put({"resourceType": "Basic", "id": "dated", "code": {"text": "x"}})
    told = stored.resource()["meta"]["lastUpdated"].removesuffix("Z")
    for digits in ("Z", "400Z", "999999Z"):  # the millisecond as it is told, and more closely than it is
        asked = {
            prefix: await record.find(kind="Basic", _lastUpdated=f"{prefix}{told}{digits}")
            for prefix in ("eq", "ge", "le", "gt", "lt", "sa", "eb", "ne")
        }
        found = {prefix for prefix, ids in asked.items() if ids == ["dated"]}
        assert found == {"eq", "ge", "le"}, digits


@pytest.mark.parametrize("after", ["x", "", "W10", "WzFd", "WyJ4Il0", "bnVsbA", "WyJ4IiwyXQ", "MQ", "é"])
async def test_a_page_that_nobody_was_pointed_to_is_refused_or_the_first(record: Record, after: str) -> None:
    try:
        await record.page([("_after", after), ("_sort", "birthdate")])
    except Invalid as problem:
        assert problem.code == "fhir.bad_page"
    else:
        assert after == ""


async def test_an_index_of_before_is_made_anew(database_template: Template, tmp_path: Path) -> None:
    """As after an upgrade: rows that follow other definitions are replaced, step by step, and once."""
    async with database_template.clone() as home:
        db = await home.open()
        record = Record(await Ward.of(db, tmp_path), home)
        for one in RESOURCES[:8]:
            await record.put(one)
        before = await index_of(home)
        await home.run("UPDATE records.token SET code = 'wrong'; DELETE FROM records.word; DELETE FROM records.link")
        assert await indexing.bring_up(db, step=3) >= 8
        assert await index_of(home) == before
        assert await indexing.bring_up(db) == 0
        await home.run("UPDATE records.indexed SET digest = 'older', reached = 5, done = true")
        assert await indexing.bring_up(db, step=2) >= 8
        assert await index_of(home) == before
        await db.close()


async def index_of(home: Home) -> dict[str, list[str]]:
    tables = ("token", "word", "link", "moment", "amount")
    return {
        table: sorted(row[0] for row in await home.rows(f"SELECT t::text FROM records.{table} t")) for table in tables
    }


async def test_what_is_met_by_two_of_its_values_is_found_once(record: Record) -> None:
    """The rows of one value are walked in order: a resource that has it in two systems stands there twice."""
    for nth in range(7):
        both = [{"system": system, "code": "twice"} for system in ("urn:a", "urn:b")]
        code = {"coding": both if nth % 2 else both[:1]}
        await record.put({"resourceType": "Observation", "id": f"twice{nth}", "status": "final", "code": code})
    for count in range(1, 9):
        paged, after = [], ""
        while True:
            asked = [("code", "twice"), ("_count", str(count)), *([("_after", after)] if after else [])]
            page = await record.page(asked, kind="Observation")
            paged += [one.id for one in page.found]
            assert len(page.found) == count or not page.after
            if not page.after:
                break
            after = page.after
        assert paged == [f"twice{nth}" for nth in range(6, -1, -1)]


async def test_a_reference_is_compared_as_the_resources_keys_are(record: Record) -> None:
    """In another collation no index of theirs would be used: inclusions and chains would read whole tables."""
    rows = await record.home.rows(
        "SELECT DISTINCT attcollation FROM pg_attribute WHERE (attrelid = 'records.link'::regclass "
        "AND attname IN ('target', 'target_type')) OR (attrelid = 'records.resource'::regclass "
        "AND attname IN ('id', 'type'))"
    )
    assert len(rows) == 1


async def test_an_index_that_was_left_half_made_is_gone_on_with(database_template: Template, tmp_path: Path) -> None:
    async with database_template.clone() as home:
        db = await home.open()
        record = Record(await Ward.of(db, tmp_path), home)
        for one in RESOURCES[:8]:
            await record.put(one)
        whole, before = len(await home.rows("SELECT FROM records.resource")), await index_of(home)
        await home.run("UPDATE records.indexed SET digest = 'older', done = true")
        async with db.verb(indexing.INDEXER) as tx:
            assert await indexing._stepped(tx, 5) == (5, False)
        assert await indexing.bring_up(db, step=4) == whole - 5
        assert await index_of(home) == before
        await db.close()
