"""What is asked at every write is found by an index, by the plan that is kept for all of them too."""

from __future__ import annotations

from tests.features.records.conftest import Record, patient
from tests.make.cases import MACHINE
from yuanzhen.data.intake import store as intake
from yuanzhen.data.records import service
from yuanzhen.data.records.search import run
from yuanzhen.data.records.search.query import understood
from yuanzhen.data.records.store import by_identifier, find, find_all

WALKED = (  # what this connection has not told to the statistics yet
    "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_xact_user_tables WHERE relid = 'records.resource'::regclass"
)


async def test_a_new_patient_comes_without_a_walk_through_the_record(record: Record) -> None:
    async with record.db.verb(MACHINE) as tx:
        await tx.run("SET LOCAL plan_cache_mode = force_generic_plan")
        await tx.run("SET LOCAL enable_seqscan = off")  # so that a small table does not pass for a good plan
        before = await tx.value(WALKED)
        await service.receive(tx, patient("planned", "秦岚", "female", "1990-01-01", "P-1"), source="urn:test")
        assert await tx.value(WALKED) == before


async def test_many_are_written_without_a_walk_through_the_record(record: Record) -> None:
    told = [{"resourceType": "Observation", "id": f"planned-{n}", "status": "final", "code": {"text": "K"},
             "subject": {"reference": "Patient/li"}} for n in range(3)]  # fmt: skip
    async with record.db.verb(MACHINE) as tx:
        await tx.run("SET LOCAL plan_cache_mode = force_generic_plan")
        await tx.run("SET LOCAL enable_seqscan = off")  # a server that knows how small the table is walks through it
        before = await tx.value(WALKED)
        for version in (1, 2):
            stored = await service.receive_all(tx, told, source="urn:test")
            assert [one.version for one in stored] == [version] * 3
        assert await tx.value(WALKED) == before
        found = await find_all(tx, [("Observation", one["id"]) for one in told])
        assert {one.institution for one in found.values()} == {"liuhe"}  # the patient's, whoever wrote


async def test_a_number_is_looked_up_and_not_each_resource_asked_for_it(record: Record) -> None:
    looked = "SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_xact_user_tables WHERE relid = 'records.token'::regclass"
    async with record.db.verb(MACHINE) as tx:
        await tx.run("SET LOCAL plan_cache_mode = force_generic_plan")
        before = await tx.value(looked)
        found = await by_identifier(tx, "Patient", "urn:cards", "A-3")
        assert found is not None and found.id == "li"
        assert await tx.value(looked) == before + 1


async def test_what_was_told_before_is_looked_up_by_name(record: Record) -> None:
    told = "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_xact_user_tables WHERE relid IN ('intake.told'::regclass, "
    async with record.db.verb(MACHINE) as tx:
        await tx.run("SET LOCAL plan_cache_mode = force_generic_plan")
        before = await tx.value(f"{told} 'records.resource'::regclass)")
        assert await intake.known(tx, [("Observation", "none"), ("Patient", "li")]) == ({}, {})
        assert await tx.value(f"{told} 'records.resource'::regclass)") == before


async def test_a_resource_is_found_by_its_key(record: Record) -> None:
    async with record.db.verb(MACHINE) as tx:
        await tx.run("SET LOCAL plan_cache_mode = force_generic_plan")
        await tx.run("SET LOCAL enable_seqscan = off")
        before = await tx.value(WALKED)
        found = await find(tx, "Patient", "li")
        assert found is not None and found.id == "li"
        assert await tx.value(WALKED) == before


async def test_of_what_is_a_patients_only_what_meets_the_rest_is_looked_at(record: Record) -> None:
    looked = "SELECT sum(idx_scan) FROM pg_stat_xact_user_tables WHERE relid = 'records.resource'::regclass"
    told = [{"resourceType": "Observation", "id": f"walked-{n}", "status": "final", "code": {"coding": [{"code": one}]},
             "subject": {"reference": "Patient/li"}} for n, one in enumerate("abaab")]  # fmt: skip
    async with record.db.verb(MACHINE) as tx:
        await service.receive_all(tx, told, source="urn:test")
        await tx.run("SET LOCAL plan_cache_mode = force_generic_plan")
        asked = [("status", "final"), ("code", "a"), ("patient", "li"), ("_count", "2")]
        pages, after = [], ""
        for looks in (3, 1):  # the first page looks whether there is another one
            before = await tx.value(looked)
            page = await run.page(tx, understood("Observation", [*asked, *([("_after", after)] if after else [])]))
            assert await tx.value(looked) - before == looks
            pages.append([one.id for one in page.found])
            after = page.after
        assert (pages, after) == ([["walked-3", "walked-2"], ["walked-0"]], "")
