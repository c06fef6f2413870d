"""Messages become records whatever came first; what is not sure waits, is mended by a person, and is taken then."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.conftest import NUMBERS_KEY, Home
from tests.make.cases import ASKER, HIS, MACHINE, NAME, NUMBER, STRANGER, Ward
from yuanzhen.data.exchange.facts import MessageReceived, Sender
from yuanzhen.data.exchange.hl7v2.handler import handle
from yuanzhen.data.exchange.hl7v2.oru import ack_of
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.intake import console, messages, store, whose
from yuanzhen.data.intake.events import PatientKnown
from yuanzhen.data.intake.readings import Readings
from yuanzhen.data.records.file import access, labels
from yuanzhen.infrastructure.db.actor import Actor, Signer
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound

pytestmark = pytest.mark.slow

OFFICER = Actor("person", "officer", "officer", "city")
TOWN_OFFICER = Actor("person", "townofficer", "officer", "liuhe")
OTHER_OFFICER = Actor("person", "otherofficer", "officer", "baishi")
LIS = Sender("lis-liuhe", "liuhe")
sealed = Signer(b"", NUMBERS_KEY).sealed
SETTING = Setting("liuhe")
PERSON = f"PID|1||{NUMBER}^^^LIUHE^MR||刘^淑英||19590321|F\r"
VISIT = "PV1|1|I|{ward}||||||||||||||||V1|||||||||||||||||||||||||20260301080000|{end}\r"
RESULT = (
    "OBR|1|P1|F1|CBC^血常规^L|||20260301090000|||||||||||||||||HM|{status}\r"
    "OBX|1|NM|K^钾^L||{value}|mmol/L|||||{line}\r"
)


def text(kind: str, body: str, *, control: str = "M1", sent: str = "20260319100000", facility: str = "LIUHE") -> str:
    return f"MSH|^~\\&|HIS|{facility}|YUANZHEN|CITY|{sent}||{kind}|{control}|P|2.5.1||||||UNICODE UTF-8\r{body}"


def admission(event: str, *, ward: str = "内科", end: str = "", **more: str) -> str:
    return text(f"ADT^{event}", f"EVN|{event}\r{PERSON}{VISIT.format(ward=ward, end=end)}", **more)


def result(value: str = "5.4", *, person: str = PERSON, status: str = "F", line: str = "F", **more: str) -> str:
    return text("ORU^R01", person + RESULT.format(value=value, status=status, line=line), **more)


async def sent(ward: Ward, *told: str | bytes, sender: Sender = HIS, setting: Setting = SETTING) -> list[str]:
    """What each message is answered."""
    data = [one.encode() if isinstance(one, str) else one for one in told]
    return [ack_of(await handle(one, sender, ward.intake, setting)).code for one in data]


async def stored(ward: Ward, kind: str) -> list[dict[str, Any]]:
    sql = "SELECT id, content FROM records.resource WHERE type = $1 AND NOT deleted ORDER BY id"
    rows = await ward.db.once(MACHINE, sql, kind)
    return [{"id": row["id"], **msgspec.json.decode(row["content"])} for row in rows]


async def queue(home: Home) -> list[tuple[str, str, str]]:
    rows = await home.rows("SELECT control, state, code FROM intake.message WHERE control <> 'A1' ORDER BY id")
    return [(row["control"], row["state"], row["code"]) for row in rows]


async def waiting(home: Home) -> str:
    """The id of the one message that waits."""
    (row,) = await home.rows("SELECT id FROM intake.message WHERE state = 'waiting'")
    return str(row["id"])


# ---- taken


async def test_a_visit_is_an_encounter_of_the_patient(ward: Ward, home: Home) -> None:
    assert await sent(ward, admission("A01")) == ["AA"]
    (visit,) = await stored(ward, "Encounter")
    assert visit["status"] == "in-progress"
    assert visit["subject"] == {"reference": f"Patient/{ward.patient}"}
    (row,) = await home.rows("SELECT became FROM intake.message WHERE control = 'M1'")
    assert {one["type"] for one in msgspec.json.decode(row["became"])} >= {"Encounter"}


STAY = (
    admission("A01", control="M1", sent="20260301080000"),
    admission("A02", control="M2", sent="20260302080000", ward="外科"),
    admission("A03", control="M3", sent="20260305120000", ward="外科", end="20260305120000"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_stay_is_the_same_in_whatever_order_it_is_heard(ward: Ward, order: tuple[int, ...]) -> None:
    await sent(ward, *(STAY[n] for n in order))
    (visit,) = await stored(ward, "Encounter")
    assert visit["status"] == "finished"
    assert visit["period"] == {"start": "2026-03-01T08:00:00+08:00", "end": "2026-03-05T12:00:00+08:00"}
    assert visit["location"][0]["location"]["display"] == "外科"


async def test_a_cancel_that_comes_before_its_admission_holds(ward: Ward) -> None:
    cancel = admission("A11", control="M2", sent="20260301080000")
    await sent(ward, cancel, admission("A01", control="M1", sent="20260301080000"))
    assert [one["status"] for one in await stored(ward, "Encounter")] == ["cancelled"]


async def test_a_cancelled_discharge_opens_the_visit_again(ward: Ward) -> None:
    await sent(ward, *STAY, admission("A13", control="M4", sent="20260305130000", ward="外科"))
    (visit,) = await stored(ward, "Encounter")
    assert (visit["status"], "end" in visit["period"]) == ("in-progress", False)


@pytest.mark.parametrize("first", [0, 1])
async def test_a_correction_holds_whichever_came_first(ward: Ward, first: int) -> None:
    two = (
        result("5.4", control="R1", sent="20260301100000"),
        result("4.5", control="R2", sent="20260301110000", status="C", line="C"),
    )
    await sent(ward, two[first], two[1 - first], sender=LIS)
    (found,) = await stored(ward, "Observation")
    assert (found["valueQuantity"]["value"], found["status"]) == (4.5, "corrected")
    (report,) = await stored(ward, "DiagnosticReport")
    assert report["result"] == [{"reference": f"Observation/{found['id']}"}]


async def test_a_correction_of_what_a_person_labelled_is_taken_and_stays_labelled(ward: Ward, home: Home) -> None:
    """The system that told it goes on telling of it, though its house does not see it any more."""
    await sent(ward, result("5.4", control="R1", sent="20260301100000"), sender=LIS)
    (found,) = await stored(ward, "Observation")
    async with ward.db.verb(ASKER) as tx:
        patient = await access.opened(tx, ward.patient, "label")
        await labels.put(tx, patient, "Observation", found["id"], "R", "患者要求")
    corrected = result("4.5", control="R2", sent="20260301110000", status="C", line="C")
    assert await sent(ward, corrected, sender=LIS) == ["AA"]
    assert [state for _, state, _ in await queue(home)] == ["taken", "taken"]
    assert (await stored(ward, "Observation"))[0]["valueQuantity"]["value"] == 4.5
    (row,) = await home.rows("SELECT meta, audience FROM records.resource WHERE type = 'Observation'")
    assert msgspec.json.decode(row["meta"])["security"][0]["code"] == "R"
    assert f"told:{LIS.peer}" in row["audience"]
    assert "house:liuhe" not in row["audience"]


async def test_results_that_come_in_parts_add_up_in_one_report(ward: Ward) -> None:
    sodium = result(control="R2", sent="20260301110000").replace("K^钾^L", "NA^钠^L")
    await sent(ward, result(control="R1", sent="20260301100000"), sodium, sender=LIS)
    (report,) = await stored(ward, "DiagnosticReport")
    assert len(report["result"]) == len(await stored(ward, "Observation")) == 2


async def test_the_same_message_again_makes_no_second_version(ward: Ward, home: Home) -> None:
    for _ in range(3):
        assert await sent(ward, result(), sender=LIS) == ["AA"]
    assert len(await home.rows("SELECT FROM records.version WHERE type = 'Observation'")) == 1
    assert await queue(home) == [("M1", "taken", "")]


async def test_the_same_control_id_with_other_content_is_taken_and_counted(ward: Ward, home: Home) -> None:
    await sent(ward, result("5.4"), result("5.5", sent="20260319100001"), sender=LIS)
    rows = await home.rows("SELECT repeated FROM intake.message WHERE sender = 'lis-liuhe' ORDER BY id")
    assert [row["repeated"] for row in rows] == [False, True]
    assert (await stored(ward, "Observation"))[0]["valueQuantity"]["value"] == 5.5


async def test_the_numbers_of_a_message_are_locked_as_it_is_kept(ward: Ward) -> None:
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    fact = MessageReceived("ORU^R01", "M1", "d1", None, "utf-8", b"x", ())
    async with ward.db.verb(whose.peer(HIS)) as tx:
        assert await store.add(tx, HIS, fact, "taken", numbers=["liuhe|1", "liuhe|2"]) is not None
        assert await tx.value(held) == 2
        assert await store.add(tx, HIS, fact, "taken", numbers=["liuhe|1"]) is None


async def test_what_is_told_to_be_empty_is_taken_away(ward: Ward) -> None:
    await sent(ward, text("ADT^A31", PERSON.rstrip("\r") + '|||""||""\r'))
    (patient,) = await stored(ward, "Patient")
    assert "telecom" not in patient
    assert "address" not in patient
    assert patient["name"][0]["text"] == NAME


async def test_an_older_message_changes_nothing_that_a_newer_one_told(ward: Ward) -> None:
    newer = text("ADT^A31", PERSON.rstrip("\r") + "||||||13911111111\r", control="M2", sent="20260320100000")
    older = text("ADT^A31", PERSON.rstrip("\r") + "||||||13922222222\r", control="M1", sent="20260319100000")
    await sent(ward, newer, older)
    assert (await stored(ward, "Patient"))[0]["telecom"][0]["value"] == "13911111111"


async def test_orders_appointments_and_documents_are_taken(ward: Ward) -> None:
    order = text("ORM^O01", f"{PERSON}ORC|NW|P1\rOBR|1|P1||CT^胸部CT^L\r", control="M1")
    booked = text("SIU^S12", f"SCH|A1|B1|||||^复诊||30|min|^^^20260320090000\r{PERSON}", control="M2")
    document = text("MDM^T02", f"{PERSON}PV1|1|I\rTXA|1|DS|TX|||||||||D1|||||AU\rOBX|1|TX|1||好转出院\r", control="M3")
    assert await sent(ward, order, booked, document) == ["AA"] * 3
    for kind in ("ServiceRequest", "Appointment", "DocumentReference"):
        assert len(await stored(ward, kind)) == 1, kind


# ---- waiting


STRANGE = PERSON.replace(NUMBER, "00099")


async def test_a_result_of_an_unknown_patient_waits_and_is_taken_when_the_patient_is_known(
    ward: Ward, home: Home
) -> None:
    assert await sent(ward, result(person=STRANGE), sender=LIS) == ["AA"]
    assert await queue(home) == [("M1", "waiting", "intake.unknown_patient")]
    assert await stored(ward, "Observation") == []
    await sent(ward, text("ADT^A04", STRANGE, control="M2"))
    await console.patient_known(
        ward.db, Readings(ward.db), {"institution": "liuhe", "numbers": [sealed(OWN.format("00099"))]}
    )
    assert await queue(home) == [("M1", "taken", ""), ("M2", "taken", "")]
    assert len(await stored(ward, "Observation")) == 1


OWN = "urn:yuanzhen:issuer:liuhe|{}"


async def test_an_admission_announces_whom_others_wait_for(home: Home, ward: Ward) -> None:
    heard = await home.open({PatientKnown.kind: ("take-waiting",)})
    try:
        await sent(ward, result(person=STRANGE), sender=LIS)
        other = replace(ward, db=heard)
        await sent(other, text("ADT^A04", STRANGE, control="M2"))
        await sent(other, text("ADT^A04", PERSON.replace(NUMBER, "00100"), control="M3"))
        rows = await home.rows("SELECT body FROM infrastructure.outbox")
    finally:
        await heard.close()
    assert [msgspec.json.decode(row["body"])["numbers"] for row in rows] == [[sealed(OWN.format("00099"))]]


@pytest.mark.parametrize(
    ("other", "place"),
    [("刘^淑英||19600321|F", "PID-7"), ("王^芳||19590321|F", "PID-5"), ("刘^淑英||19590321|M", "PID-8")],
)
async def test_a_result_whose_patient_disagrees_waits(ward: Ward, home: Home, other: str, place: str) -> None:
    await sent(ward, result(person=PERSON.replace("刘^淑英||19590321|F", other)), sender=LIS)
    (row,) = await home.rows("SELECT state, code, place FROM intake.message WHERE control = 'M1'")
    assert tuple(row) == ("waiting", "intake.patient_disagrees", place)
    assert await stored(ward, "Observation") == []


async def test_bytes_that_are_no_text_wait_until_an_officer_says_what_they_are(ward: Ward, home: Home) -> None:
    data = text("ADT^A31", PERSON.replace("淑英", "淑瑛")).encode("gb18030")
    assert await sent(ward, data) == ["AA"]
    id = await waiting(home)
    row = await console.replay(ward.db, Readings(ward.db), OFFICER, id, text=None, charset="GB18030", patient="")
    assert (row["state"], row["code"]) == ("taken", "")
    assert (await stored(ward, "Patient"))[0]["name"][0]["text"] == "刘淑瑛"


async def test_an_officer_mends_a_message_and_what_was_sent_stays(ward: Ward, home: Home) -> None:
    broken = result().replace("20260301090000", "20261301")
    assert await sent(ward, broken, sender=LIS) == ["AA"]
    id = await waiting(home)
    mended = broken.replace("20261301", "20260301").replace("\r", "\n")
    row = await console.replay(ward.db, Readings(ward.db), OFFICER, id, text=mended, charset="", patient="")
    assert row["state"] == "taken"
    assert row["body"].decode() == broken
    assert row["mended"].decode().replace("\r", "\n") == mended
    assert len(await stored(ward, "Observation")) == 1
    assert ("officer", "exchange.replay") in await home.trail("actor", "verb")


async def test_what_was_mended_badly_waits_on_and_says_why(ward: Ward, home: Home) -> None:
    await sent(ward, result(person=STRANGE), sender=LIS)
    row = await console.replay(
        ward.db, Readings(ward.db), OFFICER, await waiting(home), text="rubbish", charset="", patient=""
    )
    assert (row["state"], row["code"]) == ("waiting", "hl7.no_msh")


async def test_an_officer_says_whom_a_message_is_about(ward: Ward, home: Home) -> None:
    await sent(ward, result(person=STRANGE), sender=LIS)
    await console.replay(
        ward.db, Readings(ward.db), OFFICER, await waiting(home), text=None, charset="", patient=ward.patient
    )
    (found,) = await stored(ward, "Observation")
    assert found["subject"] == {"reference": f"Patient/{ward.patient}"}


async def test_a_message_that_nobody_can_mend_is_given_up_with_a_reason(ward: Ward, home: Home) -> None:
    await sent(ward, result(person=STRANGE), sender=LIS)
    id = await waiting(home)
    row = await console.give_up(ward.db, OFFICER, id, "测试数据")
    assert (row["state"], row["reason"], row["ended_by"]) == ("given-up", "测试数据", "officer")
    with pytest.raises(Conflict, match=r"exchange\.not_waiting"):
        await console.give_up(ward.db, OFFICER, id, "again")
    with pytest.raises(Conflict, match=r"exchange\.not_waiting"):
        await console.replay(ward.db, Readings(ward.db), OFFICER, id, text=None, charset="", patient="")


@pytest.mark.parametrize(("who", "problem"), [(STRANGER, Forbidden), (OTHER_OFFICER, NotFound)])
async def test_only_the_houses_own_officer_and_the_homes_see_a_message(
    ward: Ward, home: Home, who: Actor, problem: type[Exception]
) -> None:
    await sent(ward, result(person=STRANGE), sender=LIS)
    id = await waiting(home)
    with pytest.raises(problem):
        await console.give_up(ward.db, who, id, "x")
    for officer in (OFFICER, TOWN_OFFICER):
        async with ward.db.look(officer) as look:
            assert (await console.found(look, "read", id))["control"] == "M1"


async def test_a_message_is_found_by_what_its_sender_calls_it(ward: Ward) -> None:
    await sent(ward, admission("A01", control="M1"), admission("A01", control="M10"))
    async with ward.db.look(TOWN_OFFICER) as look:
        (found,) = await store.some(look, store.Wanted(control="M1"), before="", count=50)
        assert found["control"] == "M1"
        assert await store.some(look, store.Wanted(control="M"), before="", count=50) == []
    async with ward.db.look(OTHER_OFFICER) as look:
        assert await store.some(look, store.Wanted(control="M1"), before="", count=50) == []


async def test_an_edited_row_counts_from_the_next_message_on(ward: Ward) -> None:
    async with ward.db.verb(TOWN_OFFICER) as tx:
        told = {"code": "K", "system": "http://loinc.org", "target": "2823-3", "display": "Potassium"}
        await console.put_row(tx, "liuhe", "", "code", told)
    await sent(ward, result(), sender=LIS, setting=await Readings(ward.db).of(LIS))
    (found,) = await stored(ward, "Observation")
    assert {one["code"] for one in found["code"]["coding"]} == {"K", "2823-3"}


async def test_what_was_refused_is_kept_to_be_shown_and_forgotten_in_time(ward: Ward, home: Home) -> None:
    assert await sent(ward, text("BAR^P01", PERSON)) == ["AR"]
    await sent(ward, result(person=STRANGE, control="M2"), sender=LIS)
    assert ("M1", "refused", "hl7.unsupported_type") in await queue(home)
    await home.run("UPDATE intake.message SET received = received - interval '91 days'")
    assert not await console.forget(ward.db, 90)
    assert await queue(home) == [("M2", "waiting", "intake.unknown_patient")]


# ---- merged


async def test_a_merge_gives_the_survivor_both_numbers_and_ends_the_other(ward: Ward, home: Home) -> None:
    await sent(ward, text("ADT^A04", STRANGE, control="M1"))
    await sent(ward, text("ADT^A40", f"{PERSON}MRG|00099^^^LIUHE^MR\r", control="M2"))
    both = {one["id"]: one for one in await stored(ward, "Patient")}
    survivor = both.pop(ward.patient)
    (other,) = both.values()
    assert {one["value"] for one in survivor["identifier"]} == {NUMBER, "00099"}
    assert (other["active"], other["link"]) == (
        False,
        [{"other": {"reference": f"Patient/{ward.patient}"}, "type": "replaced-by"}],
    )
    await sent(ward, result(person=STRANGE, control="M3"), sender=LIS)
    (found,) = await stored(ward, "Observation")
    assert found["subject"] == {"reference": f"Patient/{ward.patient}"}


async def test_a_merge_that_comes_before_the_patient_who_is_given_up_holds(ward: Ward) -> None:
    await sent(ward, text("ADT^A40", f"{PERSON}MRG|00099^^^LIUHE^MR\r", control="M2", sent="20260319110000"))
    await sent(ward, text("ADT^A04", STRANGE, control="M1", sent="20260319100000"))
    (survivor,) = await stored(ward, "Patient")
    assert {one["value"] for one in survivor["identifier"]} == {NUMBER, "00099"}


async def test_a_merge_heard_twice_changes_nothing_more(ward: Ward, home: Home) -> None:
    await sent(ward, text("ADT^A04", STRANGE, control="M1"))
    for control in ("M2", "M3"):
        await sent(ward, text("ADT^A40", f"{PERSON}MRG|00099^^^LIUHE^MR\r", control=control))
    (other,) = [one for one in await stored(ward, "Patient") if one["id"] != ward.patient]
    rows = await home.rows("SELECT version FROM records.resource WHERE id = $1", other["id"])
    assert rows[0]["version"] == 2


async def test_numbers_of_two_patients_in_one_message_wait(ward: Ward, home: Home) -> None:
    await sent(ward, text("ADT^A04", STRANGE, control="M1"))
    both = PERSON.replace("^MR|", "^MR~00099^^^LIUHE^MR|")
    await sent(ward, text("ADT^A31", both, control="M2"))
    assert ("M2", "waiting", "intake.numbers_of_two") in await queue(home)


async def test_an_order_number_of_another_patient_waits(ward: Ward, home: Home) -> None:
    await sent(ward, text("ADT^A04", STRANGE, control="M1"))
    await sent(ward, result(control="M2"), result(person=STRANGE, control="M3", sent="20260319110000"), sender=LIS)
    assert ("M3", "waiting", "intake.number_of_another_patient") in await queue(home)


async def test_numbers_that_were_kept_open_are_sealed_at_the_next_start(ward: Ward, home: Home) -> None:
    await sent(ward, result(person=STRANGE), sender=LIS)
    await home.run(f"UPDATE intake.message SET numbers = ARRAY['{OWN.format('00099')}'] WHERE state = 'waiting'")
    await messages.sealed(ward.db)
    (row,) = await home.rows("SELECT numbers FROM intake.message WHERE state = 'waiting'")
    assert row["numbers"] == [sealed(OWN.format("00099"))]
