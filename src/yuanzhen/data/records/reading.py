"""What is asked of the record and changes nothing: read, version, history, search."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from yuanzhen.data.records import (
    access,
    answers,
    asked,
    audit_events,
    binaries,
    capability,
    history,
    model,
    searchset,
    store,
)
from yuanzhen.data.records.answers import Answer
from yuanzhen.data.records.asked import Call, Pairs
from yuanzhen.data.records.search.query import understood
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Gone, NotFound
from yuanzhen.security.audit import log as audit_log
from yuanzhen.security.identity.scopes import Scopes

Read = Callable[[Reads, Scopes, Call], Awaitable[Answer]]


def metadata(call: Call) -> Answer:
    """The CapabilityStatement, from what is really there."""
    return answers.of(capability.statement(clock.now(), call.form.base))


async def read(reads: Reads, scopes: Scopes, call: Call) -> Answer:
    """One resource, its current version; 304 to whoever holds it already."""
    kind, id = call.kind, call.id
    access.served(reads, scopes, kind, "read", id)
    asked.nothing_else(call.query, "_summary", "_elements")
    if kind == model.LOGGED_ONLY:
        return await _logged(reads, id)
    found = await access.seen(reads, kind, id)
    if asked.is_unchanged(call.conditions, found.version, found.updated):
        return Answer(304, found)
    if call.form.content:
        return binaries.content(found, call.form.content)
    cut = asked.without_form(call.query)
    return Answer(200, found, body=searchset.shown(understood(kind, cut), found) if cut else b"")


async def vread(reads: Reads, scopes: Scopes, call: Call) -> Answer:
    """One version of a resource that its reader may see now, though it be deleted since."""
    kind, id, number = call.kind, call.id, call.path[3]
    access.served(reads, scopes, kind, "read", id)
    asked.nothing_else(call.query)
    await access.known(reads, kind, id)
    found = await store.version(reads, kind, id, int(number)) if _is_version(number) else None
    if found is None:
        raise NotFound("fhir.version_not_found", place="_history")
    if found.deleted:
        raise Gone("fhir.deleted", place="_history")
    return binaries.content(found, call.form.content) if call.form.content else Answer(200, stored=found)


async def resource_history(reads: Reads, scopes: Scopes, call: Call) -> Answer:
    """The versions of one resource, its end among them."""
    access.served(reads, scopes, call.kind, "read", call.id)
    await access.known(reads, call.kind, call.id)
    return await _history(reads, call, call.kind, call.id)


async def type_history(reads: Reads, scopes: Scopes, call: Call) -> Answer:
    """The versions of all resources of a type that their reader may see."""
    access.served(reads, scopes, call.kind, "read")
    return await _history(reads, call, call.kind)


async def system_history(reads: Reads, scopes: Scopes, call: Call) -> Answer:
    """The versions of everything that their reader may see."""
    access.served_all(reads, scopes)
    return await _history(reads, call)


async def find(reads: Reads, scopes: Scopes, call: Call) -> Answer:
    """A search set, newest first, with a link to its next page."""
    access.served(reads, scopes, call.kind, "read")
    if call.kind != model.LOGGED_ONLY:
        return Answer(200, body=await searchset.searched(reads, scopes, call.kind, call.query, call.form))
    access.log_readable(reads)
    wanted = audit_events.asked(list(asked.without_form(call.query)))
    rows = await audit_log.find(reads, wanted)
    entries = [_event_entry(audit_events.rendered(row), call) for row in rows]
    last = str(rows[-1]["id"]) if len(rows) == wanted.count else ""
    return Answer(200, body=answers.bundle("searchset", entries, _links(call, last)))


async def find_within(reads: Reads, scopes: Scopes, call: Call) -> Answer:
    """As `find`, of what lies in the compartment that the path names: `Patient/1/Observation`."""
    owner, id, kind = call.path
    access.served(reads, scopes, owner, "read", id)
    access.served(reads, scopes, kind, "read")
    return Answer(200, body=await searchset.searched(reads, scopes, kind, call.query, call.form, within=(owner, id)))


async def _history(reads: Reads, call: Call, kind: str = "", id: str = "") -> Answer:
    shown, place = await history.page(reads, history.asked(asked.without_form(call.query)), kind, id)
    access.note_history(reads, kind, id, shown)
    entries = [answers.history_entry(one, call.form) for one in shown]
    return Answer(200, body=answers.bundle("history", entries, _links(call, place.text() if place else "")))


def _links(call: Call, last: str) -> list[tuple[str, str]]:
    """This page, and the next one where there is one."""
    path = call.path[:-1] if call.path[-1] == "_search" else call.path
    where = "/".join(path)
    links = [("self", answers.link(where, call.query, call.form))]
    if last:
        again: Pairs = tuple(pair for pair in call.query if pair[0] != "_after")
        links.append(("next", answers.link(where, (*again, ("_after", last)), call.form)))
    return links


async def _logged(reads: Reads, id: str) -> Answer:
    access.log_readable(reads)
    rows = await audit_log.find(reads, audit_events.asked([("_id", id)]))
    if not rows:
        raise access.no_event(reads, id)
    return answers.of(audit_events.rendered(rows[0]))


def _event_entry(event: model.Json, call: Call) -> bytes:
    url = f"{call.form.base}/AuditEvent/{event['id']}".encode()
    return b'{"fullUrl":"%b","resource":%b,"search":{"mode":"match"}}' % (url, model.encode(event))


def _is_version(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 10
