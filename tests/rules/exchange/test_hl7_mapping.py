"""Visits, orders, appointments, documents and merges as R4 resources."""

from __future__ import annotations

import base64

import pytest

from yuanzhen.data.exchange.facts import Identifier, MessageReceived
from yuanzhen.data.exchange.hl7v2 import dialects
from yuanzhen.data.exchange.hl7v2.mapping import Unmapped, received
from yuanzhen.data.exchange.hl7v2.setting import Setting, Target
from yuanzhen.infrastructure.errors import Problem

SETTING = Setting("town", maps=dialects.of("zh-his"))
PID = "PID|1||10086^^^TOWN^MR||王^小明||19800215|M\r"
VISIT = "PV1|1|{kind}|内科^302^05||||D7^李^主任|||{service}|||||||||V7^^^HIS|||||||||||||||||||||||||{start}|{end}\r"


def message(kind: str, body: str, *, setting: Setting = SETTING, sent: str = "20260102030405") -> MessageReceived:
    head = f"MSH|^~\\&|HIS|TOWN|YUANZHEN|CITY|{sent}||{kind}|C1|P|2.5.1||||||UNICODE UTF-8\r"
    return received(f"{head}{body}".encode(), setting)


def visit(event: str, *, kind: str = "I", start: str = "20260101080000", end: str = "", **more: Setting):
    body = f"EVN|{event}|20260102030405\r{PID}" + VISIT.format(kind=kind, start=start, end=end, service="")
    (told,) = message(f"ADT^{event}", body, **more).about[0].told
    return told


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("A01", "in-progress"), ("A02", "in-progress"), ("A03", "finished"), ("A04", "in-progress"),
        ("A05", "planned"), ("A06", "in-progress"), ("A07", "in-progress"), ("A08", None), ("A11", "cancelled"),
        ("A12", "in-progress"), ("A13", "in-progress"),
    ],
)  # fmt: skip
def test_the_event_is_the_status_of_the_visit(event, status):
    told = visit(event)
    assert told.type == "Encounter"
    assert told.elements.get("status") == status
    assert told.id == visit("A01").id


def test_a_visit_is_told_whole():
    elements = visit("A03", end="20260105120000").elements
    assert elements["class"]["code"] == "IMP"
    assert elements["identifier"][0]["value"] == "V7"
    assert elements["location"] == [{"location": {"display": "内科 302 05"}, "status": "active"}]
    assert elements["participant"][0]["individual"]["display"] == "李主任"
    assert (elements["period.start"], elements["period.end"]) == (
        "2026-01-01T08:00:00+08:00",
        "2026-01-05T12:00:00+08:00",
    )


def test_a_cancelled_discharge_takes_the_end_away():
    assert visit("A13").elements["period.end"] is None
    assert visit("A13").cancels


def test_an_empty_field_is_told_to_be_empty():
    assert visit("A08", end='""').elements["period.end"] is None
    assert "period.end" not in visit("A08").elements


def test_a_dialects_words_for_the_kind_of_visit_are_known():
    assert visit("A04", kind="急诊").elements["class"]["code"] == "EMER"


def test_a_row_says_which_department_of_ours_a_ward_is():
    maps = {("department", "内科"): Target("", "dep-1")}
    assert visit("A01", setting=Setting("town", maps=maps)).elements["serviceProvider"] == {
        "reference": "Organization/dep-1"
    }


def test_a_visit_without_a_number_is_no_encounter():
    assert message("ADT^A01", f"{PID}PV1|1|I\r").about[0].told == ()


def test_an_account_number_stands_for_the_visits():
    person = PID.replace("|M\r", "|M||||||||||ACC9\r")
    (told,) = message("ADT^A01", f"{person}PV1|1|I\r").about[0].told
    assert told.elements["identifier"][0]["value"] == "ACC9"


def test_fields_that_a_patient_no_longer_has_are_told():
    body = 'PID|1||10086^^^TOWN^MR||王^小明||19800215|M|||""||""\r'
    assert message("ADT^A31", body).about[0].patient.deleted == ("address", "phone")


def test_a_merge_names_the_numbers_that_are_given_up():
    (about,) = message("ADT^A40^ADT_A39", f"{PID}MRG|10099^^^TOWN^MR~A9\r").about
    assert about.merged == (Identifier("10099", "TOWN", "MR"), Identifier("A9", "", ""))


def test_a_merge_without_numbers_waits():
    with pytest.raises(Unmapped) as why:
        message("ADT^A40^ADT_A39", PID)
    assert (why.value.code, why.value.place) == ("hl7.no_segment", "MRG")


ORDER = (
    "ORC|{control}|P1^HIS|||{status}||^^^^^S||20260102030000|||D7^李^主任\r"
    "OBR|1|P1^HIS||CT^胸部CT^L|||||||||咳嗽 3 天\r"
)


@pytest.mark.parametrize(
    ("control", "progress", "status"),
    [("NW", "", "active"), ("CA", "", "revoked"), ("DC", "", "revoked"), ("HD", "", "on-hold"),
     ("SC", "CM", "completed"), ("SC", "IP", "active"), ("ZZ", "", None)],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["ORM^O01", "OML^O21^OML_O21"])
def test_an_order_is_a_service_request(kind, control, progress, status):
    (told,) = message(kind, PID + ORDER.format(control=control, status=progress)).about[0].told
    assert told.type == "ServiceRequest"
    assert told.elements.get("status") == status
    assert told.elements["intent"] == "order"
    assert told.elements["priority"] == "stat"
    assert told.elements["code"]["text"] == "胸部CT"
    assert told.elements["authoredOn"] == "2026-01-02T03:00:00+08:00"
    assert told.elements["requester"]["display"] == "李主任"
    assert told.elements["reasonCode"] == [{"text": "咳嗽 3 天"}]
    assert told.cancels == (status == "revoked")


def test_a_result_refers_to_the_order_that_it_answers():
    (order,) = message("ORM^O01", PID + ORDER.format(control="NW", status="")).about[0].told
    line = "OBR|1|P1^HIS|F1^RIS|CT^胸部CT^L\rOBX|1|TX|DX^x^L||结节||||||F\r"
    report = message("ORU^R01", PID + line).about[0].told[0]
    assert report.elements["basedOn"][0]["reference"] == f"ServiceRequest/{order.id}"


def test_an_order_without_a_number_waits():
    with pytest.raises(Unmapped) as why:
        message("ORM^O01", f"{PID}ORC|NW\rOBR|1|||CT\r")
    assert (why.value.code, why.value.place) == ("hl7.missing", "OBR[1]-2")


SCHEDULE = "SCH|A1^HIS|B1^SCHED|||||^复诊||30|min|^^^20260110090000||||||||||||||Booked\r"


@pytest.mark.parametrize(
    ("event", "status"),
    [("S12", "booked"), ("S13", "booked"), ("S14", "booked"), ("S15", "cancelled"), ("S16", "cancelled"),
     ("S17", "entered-in-error")],
)  # fmt: skip
def test_an_appointment_follows_its_events(event, status):
    body = f"{SCHEDULE}{PID}PV1|1|O\rRGS|1\rAIS|1||CT^胸部CT^L\rAIP|1||D7^李^主任\rAIL|1||CT室\r"
    (told,) = message(f"SIU^{event}^SIU_S12", body).about[0].told
    elements = told.elements
    assert (told.type, elements["status"]) == ("Appointment", status)
    assert (elements["start"], elements["end"]) == ("2026-01-10T09:00:00+08:00", "2026-01-10T09:30:00+08:00")
    assert [one["actor"].get("display") for one in elements["participant"]] == [None, "李主任", "CT室"]
    assert elements["reasonCode"] == [{"text": "复诊"}]


DOCUMENT = "TXA|1|DS^出院小结^L|TX|20260102|D7^李^主任|20260102030000||||||DOC1^EMR|||||AU||AV\r"


def test_a_document_carries_its_text():
    body = f"{PID}PV1|1|I\r{DOCUMENT}OBX|1|TX|1^x^L||第一行\rOBX|2|TX|1^x^L||第二行\r"
    (told,) = message("MDM^T02^MDM_T02", body).about[0].told
    elements = told.elements
    assert (told.type, elements["status"], elements["docStatus"]) == ("DocumentReference", "current", "final")
    assert elements["type"]["text"] == "出院小结"
    assert elements["date"] == "2026-01-02T03:00:00+08:00"
    (content,) = elements["content"]
    assert base64.b64decode(content["attachment"]["data"]).decode() == "第一行\n第二行"


@pytest.mark.parametrize(
    ("body", "place"),
    [("PV1|1|I\rTXA|1|DS\rOBX|1|TX|1||x\r", "TXA-12"), (f"PV1|1|I\r{DOCUMENT}", "OBX-5"), ("PV1|1|I\r", "TXA")],
)
def test_a_document_without_number_or_content_waits(body, place):
    with pytest.raises(Unmapped) as why:
        message("MDM^T02", PID + body)
    assert why.value.place == place


@pytest.mark.parametrize(
    ("kind", "place"), [("ADT^A24", "MSH-9.2"), ("VXU^V04", "MSH-9.1"), ("ORU^R30", "MSH-9.2"), ("SIU^S18", "MSH-9.2")]
)
def test_what_is_not_taken_here_is_refused(kind, place):
    with pytest.raises(Problem) as why:
        message(kind, PID)
    assert not isinstance(why.value, Unmapped)
    assert why.value.place == place


def test_bytes_that_are_no_text_of_their_character_set_wait():
    data = f"MSH|^~\\&|HIS|TOWN|||2026||ADT^A04|C1|P|2.5.1||||||UNICODE UTF-8\r{PID}".encode("gb18030")
    with pytest.raises(Unmapped) as why:
        received(data, SETTING)
    assert (why.value.code, why.value.place) == ("hl7.not_in_charset", "PID")
    told = received(data, Setting("town", charset="GB18030"))
    assert told.about[0].patient.name.full == "王小明"


def test_the_same_thing_told_by_two_versions_of_the_standard_is_one():
    old = f"MSH|^~\\&|HIS|TOWN|||20260102||ADT^A01|C1|P|2.1\r{PID}" + VISIT.format(
        kind="I", service="", start="", end=""
    )
    new = old.replace("|2.1\r", "|2.8|||AL|NE|CHN|UNICODE UTF-8\r")
    first, second = (received(text.encode(), SETTING).about[0].told[0] for text in (old, new))
    assert first == second
