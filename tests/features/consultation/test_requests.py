"""A request before it is sent: its draft, what is filled in, and what goes with it."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, COLLEAGUE, CONSENT, ENROLLED, EXPERT, INVITED, MACHINE, NOW, SECOND, STRANGER, Ward
from yuanzhen.applications.consultation import requests, views
from yuanzhen.applications.consultation.model import Consent
from yuanzhen.applications.consultation.requests import RequestDraft
from yuanzhen.data.records import service as records
from yuanzhen.data.records import store as record_store
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound

DRAFT = RequestDraft(
    key="k1", department="neurology", question="右侧无力，是否", call_back="13900000000", given_by="patient"
)


async def kept(ward: Ward, by: Actor = ASKER, draft: RequestDraft = DRAFT) -> None:
    await requests.keep(ward.db, by, ward.patient, draft, NOW)


async def prepared(ward: Ward, by: Actor = ASKER) -> requests.Prepared:
    return await requests.prepared(ward.db, by, ward.patient, NOW)


async def publish(ward: Ward, resource: dict[str, object]) -> None:
    async with ward.db.verb(MACHINE) as tx:
        await records.receive(tx, resource | {"subject": {"reference": f"Patient/{ward.patient}"}}, source="urn:t")


async def enrolled(ward: Ward, *people: Actor) -> None:
    """They can log in, and so be called."""
    async with ward.db.verb(system("setup")) as tx:
        for one in people:
            await tx.run(ENROLLED, one.id)


async def came(ward: Ward, reason: str) -> None:
    """The patient is at the township because of this."""
    kind = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    await publish(ward, {"resourceType": "Encounter", "id": "v1", "status": "in-progress", "class": kind,
                         "reasonCode": [{"text": reason}], "period": {"start": "2026-03-18T09:00:00Z"}})  # fmt: skip


async def document(ward: Ward, id: str) -> None:
    attachment = {"contentType": "image/jpeg", "title": "心电图.jpg", "size": 7}
    await publish(ward, {"resourceType": "DocumentReference", "id": id, "status": "current",
                         "content": [{"attachment": attachment}]})  # fmt: skip


async def test_a_draft_is_there_on_every_page_of_its_writer_and_of_nobody_else(ward: Ward) -> None:
    await kept(ward)
    await kept(ward, draft=RequestDraft(key="k2", question="是否溶栓", documents=["d"]))
    saved = (await prepared(ward)).saved
    assert saved is not None
    assert (saved.draft.key, saved.draft.question, saved.draft.documents) == ("k2", "是否溶栓", ["d"])
    assert (await prepared(ward, COLLEAGUE)).saved is None


async def test_what_was_sent_leaves_no_draft_and_is_not_drafted_again(ward: Ward) -> None:
    await kept(ward)
    case = await ward.ask(idempotency="k1")
    assert (await prepared(ward)).saved is None
    with pytest.raises(Conflict, match=r"consultation\.asked_already") as refused:
        await kept(ward)
    assert refused.value.facts["consultation"] == case.id
    assert (await ward.ask(idempotency="k1")).id == case.id


async def test_who_may_not_ask_keeps_no_draft_and_is_told_nothing(ward: Ward, home: Home) -> None:
    for by, problem in ((STRANGER, NotFound), (EXPERT, Forbidden), (ward.herself, Forbidden)):
        with pytest.raises(problem):
            await kept(ward, by)
        with pytest.raises(problem):
            await prepared(ward, by)
    assert await home.rows("SELECT * FROM consultation.request") == []


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (RequestDraft(key=""), "key"),
        (RequestDraft(key="k", question="痛" * 4001), "question"),
        (RequestDraft(key="k", call_back="1" * 2001), "call_back"),
        (RequestDraft(key="k", relation="子" * 2001), "relation"),
        (RequestDraft(key="k", documents=["d"] * 51), "documents"),
    ],
)
async def test_a_draft_that_could_never_be_sent_is_refused_with_its_place(
    ward: Ward, draft: RequestDraft, place: str
) -> None:  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await kept(ward, draft=draft)
    assert refused.value.place == place


async def test_the_visit_tells_the_complaint_its_department_and_what_is_asked(ward: Ward) -> None:
    await enrolled(ward, EXPERT, SECOND)
    await came(ward, "突发右侧无力 50 分钟")
    found = await prepared(ward)
    assert found.complaint == "stroke"
    stroke = next(one for one in found.complaints if one.id == "stroke")
    assert (stroke.department, stroke.on_duty) == ("neurology", 2)  # no shift: all its experts
    assert stroke.question["zh"].startswith("突发右侧无力 50 分钟。") and stroke.question["zh"].endswith("？")
    pain = next(one for one in found.complaints if one.id == "chest-pain")
    assert (pain.department, pain.question["en"].split(".")[0]) == ("cardiology", "Chest pain")
    assert next(one for one in found.complaints if one.id == "pregnancy").department == ""


async def test_a_department_with_nobody_to_call_is_not_filled_in_before_one_that_has(ward: Ward, home: Home) -> None:
    await enrolled(ward, EXPERT, SECOND)
    await home.run("INSERT INTO security.department (id, institution, name) VALUES ('stroke', 'city', '卒中中心')")
    [stroke] = [one for one in (await prepared(ward)).complaints if one.id == "stroke"]
    assert stroke.department == "neurology"
    await home.run("INSERT INTO security.membership VALUES ('chenyuan', 'stroke')")
    [stroke] = [one for one in (await prepared(ward)).complaints if one.id == "stroke"]
    assert (stroke.department, stroke.on_duty) == ("stroke", 1)


async def test_the_last_number_to_call_back_is_filled_in(ward: Ward) -> None:
    assert (await prepared(ward)).call_back == ""
    await ward.ask(call_back="0913-1")
    await ward.ask(call_back="0913-2")
    await ward.ask()
    assert (await prepared(ward)).call_back == "0913-2"
    assert (await prepared(ward, COLLEAGUE)).call_back == ""


async def test_what_goes_with_a_request_stands_on_its_time_line_while_the_record_is_open(ward: Ward) -> None:
    await document(ward, "d1")
    case = await ward.ask(documents=("d1",))
    seen = await views.case(ward.db, ASKER, case.id)
    assert [step.documents for step in seen.timeline if step.what == "asked"] == [["d1"]]
    assert [(one.id, one.title, one.type, one.bytes) for one in seen.documents] == [
        ("d1", "心电图.jpg", "image/jpeg", 7)
    ]
    assert (await views.case(ward.db, EXPERT, case.id)).documents == []  # it rings: the record is not open yet
    await ward.act(EXPERT, "accept", case)
    assert [one.id for one in (await views.case(ward.db, EXPERT, case.id)).documents] == ["d1"]
    await ward.act(ASKER, "cancel", case, "因故")
    assert (await views.case(ward.db, EXPERT, case.id)).documents == []


async def test_a_document_of_nobody_goes_with_no_request(ward: Ward, home: Home) -> None:
    with pytest.raises(Invalid, match=r"consultation\.no_such_document"):
        await ward.ask(documents=("x",))
    with pytest.raises(Invalid, match="documents"):
        await ward.ask(documents=tuple("x" * 51))
    assert await home.rows("SELECT * FROM consultation.case") == []


async def test_what_was_supplied_is_shown_to_the_expert(ward: Ward) -> None:
    case = await ward.ask(mode="written")
    await ward.act(EXPERT, "claim", case)
    await ward.act(EXPERT, "need-more", case, what="心电图")
    await document(ward, "d2")
    await ward.act(ASKER, "supply", case, text="已补", documents=("d2",), now=NOW + timedelta(minutes=1))
    assert [one.title for one in (await views.case(ward.db, EXPERT, case.id)).documents] == ["心电图.jpg"]


# ---- consent

DRAWN = ((100, 100, 200, 150, 300, 90), (400, 200))


async def consent_of(ward: Ward, by: Actor, id: str) -> dict[str, Any]:
    async with ward.db.look(by) as look:
        found = await record_store.find(look, "Consent", id)
    assert found is not None
    return found.resource()


async def test_a_drawn_signature_stands_on_the_case_and_in_the_consent_also_once_it_is_withdrawn(ward: Ward) -> None:
    case = await ward.ask(consent=replace(CONSENT, signature=DRAWN))
    assert (await views.case(ward.db, ASKER, case.id)).consent.signature == DRAWN
    assert (await consent_of(ward, ASKER, case.id))["sourceAttachment"]["contentType"] == "image/svg+xml"
    await ward.act(ASKER, "withdraw-consent", case, "因故")
    kept = await consent_of(ward, ward.herself, case.id)
    assert kept["status"] == "inactive"
    picture = base64.b64decode(kept["sourceAttachment"]["data"]).decode()
    assert '<polyline points="100,100 200,150 300,90"/><polyline points="400,200 400,200"/>' in picture


async def test_who_gave_it_for_the_patient_and_who_heard_it_is_named(ward: Ward) -> None:
    given = Consent(CONSENT.version, "next-of-kin", "spoken", name="刘强", relation="儿子", heard_by="许静")
    case = await ward.ask(consent=given)
    assert (await views.case(ward.db, ASKER, case.id)).consent == given
    [actor] = (await consent_of(ward, ASKER, case.id))["provision"]["actor"]
    assert actor["role"]["text"] == "next-of-kin, spoken, 刘强, 儿子, heard by 许静"


@pytest.mark.parametrize(
    ("consent", "place"),
    [
        (replace(CONSENT, signature=((1, 2, 3),)), "consent.signature[0]"),
        (replace(CONSENT, signature=((1, 2), (1001, 2))), "consent.signature[1]"),
        (replace(CONSENT, signature=((-1, 2),)), "consent.signature[0]"),
        (replace(CONSENT, signature=((1, 2),) * 201), "consent.signature"),
        (replace(CONSENT, signature=((1, 2) * 4001,)), "consent.signature"),
        (replace(CONSENT, how="spoken", signature=DRAWN), "consent.signature"),
        (replace(CONSENT, name="甲" * 2001), "consent.name"),
    ],
)
async def test_what_is_no_drawing_of_a_name_is_refused_with_its_place(
    ward: Ward, home: Home, consent: Consent, place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await ward.ask(consent=consent)
    assert refused.value.place == place
    assert await home.rows("SELECT * FROM consultation.case") == []


async def test_who_is_asked_in_sees_the_record_while_it_is_open_and_no_longer(ward: Ward) -> None:
    async def sees(by: Actor) -> bool:
        return not (await views.case(ward.db, by, case.id)).patient.masked

    case = await ward.ask()
    await ward.act(EXPERT, "accept", case)
    await ward.act(EXPERT, "invite", case)
    assert (await sees(EXPERT), await sees(INVITED)) == (True, True)
    await ward.act(ASKER, "cancel", case, "因故")
    assert (await sees(EXPERT), await sees(INVITED)) == (False, False)
