"""Marks: the invited experts set them, both sides see them after the signature, and the record keeps them."""

from __future__ import annotations

import asyncio
import math
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.features.reading.desk import READING, SHAPES, Desk
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, OUTSIDER, SECOND, STRANGER
from yuanzhen.collaboration.reading import service
from yuanzhen.collaboration.reading.live import ReadingChannel
from yuanzhen.collaboration.reading.model import MOST_MARKS, Kind
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, TooMany

pytestmark = pytest.mark.slow

KINDS: tuple[Kind, ...] = ("length", "angle", "ellipse", "key")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_mark_comes_back_as_it_was_set(desk: Desk, kind: Kind) -> None:
    await desk.marks(desk.mark(kind))
    (found,) = (await desk.seen(EXPERT)).items
    assert (found.kind, tuple(found.points), found.instance) == (kind, SHAPES[kind], desk.place.instance)
    assert found.measured.said() == desk.mark(kind).figures


async def test_an_expert_who_is_asked_in_marks_too_and_moves_what_the_other_set(desk: Desk) -> None:
    await desk.marks(desk.mark())
    await desk.keep(EXPERT, OUTSIDER)
    await desk.marks(desk.mark(points=((0.0, 0.0), (3.0, 4.0))), by=OUTSIDER)
    (found,) = (await desk.seen(EXPERT)).items
    assert (found.author, found.points) == (OUTSIDER.id, [(0.0, 0.0), (3.0, 4.0)])
    await desk.unmarks("mark-0001", by=EXPERT)
    assert (await desk.seen(OUTSIDER)).items == []


async def test_who_is_asked_out_again_sees_nothing_more(desk: Desk) -> None:
    await desk.keep(EXPERT, OUTSIDER)
    await desk.marks(desk.mark())
    await desk.keep(EXPERT)
    with pytest.raises(NotFound):
        await desk.seen(OUTSIDER)
    with pytest.raises(Forbidden):
        await desk.marks(desk.mark(), by=OUTSIDER)


@pytest.mark.parametrize("somebody", [ASKER, COLLEAGUE, STRANGER, SECOND])
async def test_before_the_signature_nobody_else_sees_a_mark_by_any_way(desk: Desk, somebody: Actor) -> None:
    await desk.marks(desk.mark("ellipse"))
    channel = ReadingChannel(desk.ward.db)
    with pytest.raises(NotFound):
        await desk.seen(somebody)
    with pytest.raises(NotFound):
        await channel.snapshot(somebody, READING)
    with pytest.raises(NotFound):
        await channel.allowed(somebody, READING)
    assert await desk.ward.db.once(somebody, "SELECT * FROM reading.mark") == []
    assert len(await desk.objects_of_study()) == 1  # the image: nothing is in the record yet


async def test_after_the_signature_both_sides_see_and_nobody_marks(desk: Desk) -> None:
    await desk.marks(desk.mark())
    await desk.keep(EXPERT, state="signed")
    for somebody in (ASKER, COLLEAGUE, EXPERT):
        shown = await desk.seen(somebody)
        assert [one.id for one in shown.items] == ["mark-0001"] and not shown.writable
    for somebody in (STRANGER, SECOND):
        with pytest.raises(NotFound):
            await desk.seen(somebody)
    with pytest.raises(Conflict):
        await desk.marks(desk.mark(id="mark-0002"))
    with pytest.raises(Conflict):
        await desk.unmarks("mark-0001")


async def test_what_ends_without_a_signature_is_shown_to_nobody(desk: Desk) -> None:
    await desk.marks(desk.mark())
    await desk.keep(EXPERT, state="ended", by=ASKER)
    for somebody in (ASKER, EXPERT):
        with pytest.raises(NotFound):
            await desk.seen(somebody)
    assert await desk.announced() == 0


async def test_who_only_has_part_in_the_case_may_not_mark(desk: Desk, home: Home) -> None:
    with pytest.raises(Forbidden):
        await desk.marks(desk.mark(), by=ASKER)
    with pytest.raises(NotFound):
        await desk.marks(desk.mark(), by=STRANGER)
    told = await home.rows(
        "SELECT actor, code FROM security.trail WHERE outcome = 4 AND verb = 'reading.mark' ORDER BY id"
    )
    assert [(row["actor"], row["code"]) for row in told] == [
        (ASKER.id, "reading.not_yours"), (STRANGER.id, "reading.not_found"),
    ]  # fmt: skip


async def test_a_mark_is_on_a_picture_of_the_patient(desk: Desk) -> None:
    there = desk.mark()
    for elsewhere in (
        replace(there.place, study="1.2.3"),
        replace(there.place, series="1.2.3"),
        replace(there.place, instance="1.2.3"),
        replace(there.place, frame=2),
    ):
        with pytest.raises(Invalid) as refused:
            await desk.marks(replace(there, place=elsewhere))
        assert refused.value.code == "reading.no_such_picture"
    assert (await desk.seen(EXPERT)).items == []


async def test_a_mark_that_is_none_names_the_place(desk: Desk) -> None:
    for place, mark in {
        "id": desk.mark(id="<script>"),
        "study": desk.mark(place=replace(desk.place, study="../..")),
        "points": desk.mark(points=((1.0, 2.0),)),
        "length_mm": desk.mark(figures={"length_mm": math.inf}),
        "mean": desk.mark(figures={"mean": 3.0}),
        "unit": desk.mark(unit="x" * 17),
    }.items():
        with pytest.raises(Invalid) as refused:
            await desk.marks(mark)
        assert refused.value.place == place
    with pytest.raises(Invalid):
        await desk.marks(desk.mark(points=((math.nan, 2.0), (1.0, 1.0))))


async def test_there_is_a_limit_and_what_is_there_may_still_be_moved(desk: Desk) -> None:
    async with desk.ward.db.verb(EXPERT) as tx:
        for number in range(MOST_MARKS):
            await tx.run(
                "INSERT INTO reading.mark VALUES ($1, $2, 'key', '1', '1', '1', 1, '[]', '{}', '', $3, $4)",
                READING, f"mark-{number:04d}", EXPERT.id, NOW,
            )  # fmt: skip
    with pytest.raises(TooMany):
        await desk.marks(desk.mark(id="mark-too-many"))
    await desk.marks(desk.mark(id="mark-0001"))


async def test_the_record_keeps_what_was_signed_and_shows_it_again(desk: Desk, tmp_path: Path) -> None:
    for number, kind in enumerate(KINDS):
        await desk.marks(desk.mark(kind, id=f"mark-000{number}"))
    await desk.keep(EXPERT, state="signed")
    assert await desk.announced() == 1
    await desk.written()
    assert [one for one, _ in await desk.objects_of_study()] == [
        "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.59",
    ]  # fmt: skip
    shown = {one.kind: one for one in await desk.in_record(ASKER)}
    assert set(shown) == set(KINDS)
    for kind, one in shown.items():
        assert one.measured.said() == desk.mark(kind).figures
        assert one.instance == desk.place.instance
        assert (one.author_name, one.changed) == (EXPERT.id, NOW)
        assert sorted(one.points) == sorted(SHAPES[kind])
    assert shown["ellipse"].measured.unit == "HU"
    with pytest.raises(NotFound):
        await desk.in_record(STRANGER)


async def test_a_report_that_is_asked_for_again_is_written_once(desk: Desk, home: Home) -> None:
    await desk.marks(desk.mark())
    await desk.keep(EXPERT, state="signed")
    await desk.written()
    before = await desk.objects_of_study()
    await desk.written()
    assert await desk.objects_of_study() == before
    assert await home.rows("SELECT * FROM records.apart") == []


async def test_signing_again_tells_the_record_once(desk: Desk) -> None:
    await desk.marks(desk.mark())
    await desk.keep(EXPERT, state="signed")
    await desk.keep(EXPERT, state="signed")
    assert await desk.announced() == 1


def dumped(file: Path) -> str:
    """What DCMTK makes of a document that it has no complaint about."""
    done = subprocess.run(["/usr/bin/dsrdump", file], capture_output=True, text=True, check=True)
    assert [line for line in done.stderr.splitlines() if line.startswith(("E:", "F:"))] == []
    return done.stdout


async def test_dcmtk_reads_the_report_without_complaint(desk: Desk, tmp_path: Path) -> None:
    for number, kind in enumerate(KINDS):
        await desk.marks(desk.mark(kind, id=f"mark-000{number}"))
    await desk.keep(EXPERT, state="signed")
    await desk.written()
    rows = await desk.ward.db.once(
        ASKER, "SELECT blob, bytes FROM records.instance WHERE sop_class LIKE '%.88.%' ORDER BY sop_class"
    )
    told = []
    for number, row in enumerate(rows):
        file = tmp_path / f"{number}.dcm"
        file.write_bytes(b"".join([piece async for piece in desk.ward.objects.read(row["blob"], row["bytes"])]))
        told.append(await asyncio.to_thread(dumped, file))
    assert '"Length")="12.34" (mm' in told[0] and "(ELLIPSE" in told[0] and "610100195903210017" in told[0]
    assert "Of Interest" in told[1]


async def test_nothing_was_marked_nothing_is_written(desk: Desk) -> None:
    await desk.keep(EXPERT, state="signed")
    await desk.written()
    assert len(await desk.objects_of_study()) == 1


async def test_a_case_that_nobody_read_has_no_reading(desk: Desk) -> None:
    async with desk.ward.db.verb(ASKER) as tx:
        await service.keep(tx, "consultation/c2", desk.ward.patient, [], ["house:liuhe"], "ended")
    assert await desk.ward.db.once(ASKER, "SELECT * FROM reading.reading WHERE id = 'c2'") == []
