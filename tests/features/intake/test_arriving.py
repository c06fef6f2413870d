"""What open pages hear of a study that comes."""

from __future__ import annotations

from tests.conftest import Home
from tests.make.cases import Ward
from yuanzhen.data.intake import dicom
from yuanzhen.infrastructure.db.actor import system


async def test_open_pages_hear_of_a_study_when_it_begins_while_it_comes_and_when_it_is_whole(
    ward: Ward, home: Home
) -> None:
    async def told() -> list[str]:
        rows = await home.rows("SELECT event FROM infrastructure.event WHERE channel LIKE 'patient/%' ORDER BY seq")
        return [row["event"] for row in rows]

    await ward.study()
    await ward.study("2.25.4711.2")  # of which there is nothing new to say
    assert await told() == ["arriving"]
    (row,) = await home.rows("SELECT uid FROM records.study")
    async with ward.db.verb(system("relay")) as tx:
        await dicom.describe(tx, row["uid"])
    assert await told() == ["arriving", "arriving"]
    await home.run("UPDATE records.instance SET received = received - interval '3 seconds'")
    async with ward.db.verb(system("relay")) as tx:
        await dicom.describe(tx, row["uid"])
    assert await told() == ["arriving", "arriving", "study"]
