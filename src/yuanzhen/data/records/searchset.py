"""What a search answers: a searchset Bundle of texts as they are stored, cut to what was asked to be shown."""

from __future__ import annotations

from yuanzhen.data.exchange.fhir import definitions
from yuanzhen.data.records import access, answers, model
from yuanzhen.data.records.asked import Form
from yuanzhen.data.records.model import Json, Stored
from yuanzhen.data.records.search import run
from yuanzhen.data.records.search.query import Asked, Pairs, understood
from yuanzhen.data.records.search.run import Page
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.scopes import Scopes

FORM = Form()
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


async def searched(
    reads: Reads, scopes: Scopes, kind: str, pairs: Pairs, form: Form = FORM, *, within: tuple[str, str] | None = None
) -> bytes:
    """The answer to a search on one type, newest first; the trail says what was asked for and whom it showed.

    `within` names a compartment; a lenient `form` leaves unknown parameters out, and the answer says which.
    """
    asked = understood(kind, pairs, strict=not form.lenient, within=within)
    machine = reads.actor.kind == "machine"
    try:
        page = await run.page(reads, asked, lambda type: not machine or scopes.allows(type, "read"))
    except Forbidden as problem:
        raise trail.refused(reads, problem, "records.search", "E", entity_type=kind, entity="") from problem
    access.note_found(reads, kind, [*page.found, *page.included], " ".join(sorted({name for name, _ in asked.used})))
    return bundle(asked, page, form)


def bundle(asked: Asked, page: Page, form: Form) -> bytes:
    """The Bundle; its self link holds what was understood, its next link where this page ended."""
    place = "/".join([*(asked.within or ()), asked.kind])
    links = [("self", answers.link(place, asked.used, form))]
    if page.after:
        again = [(name, value) for name, value in asked.used if name != "_after"]
        links.append(("next", answers.link(place, [*again, ("_after", page.after)], form)))
    entries = [answers.found_entry(one, shown(asked, one), b"match", form) for one in page.found]
    entries += [answers.found_entry(one, shown(asked, one), b"include", form) for one in page.included]
    if told := _told(asked, page):
        entries.append(b'{"resource":%b,"search":{"mode":"outcome"}}' % model.encode(told))
    total = {} if page.total is None else {"total": page.total}
    return answers.bundle("searchset", entries, links, **total)


def _told(asked: Asked, page: Page) -> Json | None:
    """What the client should know of the answer: what was not understood, what it does not hold."""
    issues = [
        {"severity": "warning", "code": "not-supported", "diagnostics": f"ignored: {name}"} for name in asked.ignored
    ]  # fmt: skip
    if page.cut:
        words = f"more than {run.MOST_INCLUDED} resources would come along"
        issues.append({"severity": "warning", "code": "too-costly", "diagnostics": words})
    return {"resourceType": "OperationOutcome", "issue": issues} if issues else None


def shown(asked: Asked, one: Stored) -> bytes:
    """A resource as much of it as `_summary` and `_elements` ask for, marked as cut (R4 3.1.1.5.8, 3.1.1.5.9)."""
    keep = _kept(asked, one.type)
    if keep is None and asked.summary != "data":
        return one.text().encode()
    whole = one.resource()
    always = {"resourceType", "id", "meta"}
    cut = {
        name: value
        for name, value in whole.items()
        if (name != "text" if keep is None else name in always or name.removeprefix("_") in keep)
    }
    meta = dict(cut["meta"])
    meta["tag"] = [*meta.get("tag", []), SUBSETTED]
    return model.encode({**cut, "meta": meta})


def _kept(asked: Asked, type: str) -> set[str] | None:
    """The members that stay; None for all."""
    members = definitions.search().members[type]
    if asked.elements:
        return {*asked.elements, *members.mandatory}
    if asked.summary == "true":
        return {*members.summary, *members.mandatory}
    return {"text", *members.mandatory} if asked.summary == "text" else None
