"""What a write asks of the record is found by an index, by the plan that is kept for all writes too."""

from __future__ import annotations

from tests.features.records.conftest import Record, patient
from tests.make.cases import MACHINE
from yuanzhen.data.records import service

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
