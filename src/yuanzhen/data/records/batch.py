"""Performs a Bundle: a batch entry by entry, each for itself, or a transaction in one, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from yuanzhen.data.exchange.fhir.outcome import Faulty, outcome
from yuanzhen.data.records import access, acts, answers, asked, bundle, conditional, door, judging, service, store
from yuanzhen.data.records.answers import Answer
from yuanzhen.data.records.asked import Form, Pairs
from yuanzhen.data.records.bundle import Entry
from yuanzhen.data.records.model import Json, Stored, labelled
from yuanzhen.data.records.service import Change, Deletion
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Invalid, NotFound, PreconditionFailed, Problem
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.identity.scopes import Scopes

Said = Callable[[Problem], str]  # a problem in the reader's language
Key = tuple[str, str]  # type, id


async def perform(db: Database, actor: Actor, scopes: Scopes, form: Form, sent: Json, said: Said) -> Answer:
    """Does what a Bundle asks and answers with another, entry for entry.

    Raises, with the place of the entry, what refuses a transaction; a batch tells it in the entry.
    """
    entries = sent.get("entry", [])
    if sent["type"] == "transaction":
        found = [bundle.entry(number, one, form) for number, one in enumerate(entries)]
        async with db.verb(actor) as tx:
            done = await Transaction(tx, scopes, found).perform()
        told = [answers.response_entry(done[entry.number], form) for entry in found]
        return Answer(200, body=answers.bundle("transaction-response", told))
    apart: dict[int, bytes] = {}
    asking: list[Entry] = []
    for number, one in enumerate(entries):
        try:
            asking.append(bundle.entry(number, one, form))
        except Problem as problem:
            apart[number] = answers.refused_entry(problem.status, outcome(problem, said))
    for entry in bundle.in_order(asking):
        apart[entry.number] = await _apart(db, actor, scopes, entry, said)
        await asyncio.sleep(0)  # others have their turn between two entries
    return Answer(200, body=answers.bundle("batch-response", [apart[number] for number in range(len(entries))]))


async def _apart(db: Database, actor: Actor, scopes: Scopes, entry: Entry, said: Said) -> bytes:
    """One entry of a batch, alone."""

    async def give() -> Any:
        if entry.call.method == "PATCH":
            return entry.changes
        judging.judge(entry.resource)
        door.agree(entry.call, entry.resource)
        return entry.resource

    try:
        answer = await door.perform(db, actor, scopes, entry.call, give)
    except Problem as problem:
        return answers.refused_entry(problem.status, outcome(problem, said))
    return answers.response_entry(answer, entry.call.form)


class Transaction:
    """One transaction's entries on their way: who is meant, what refers to whom, what is written, what is answered."""

    def __init__(self, tx: Tx, scopes: Scopes, entries: Sequence[Entry]) -> None:
        self._tx = tx
        self._scopes = scopes
        self._entries = bundle.in_order(list(entries))
        self._matched: dict[int, Stored | None] = {}  # what met an entry's condition
        self._keys: dict[int, Key] = {}  # which resource an entry is about
        self._before: dict[Key, Stored] = {}
        self._done: dict[int, Answer] = {}

    async def perform(self) -> dict[int, Answer]:
        """The answer of each entry by its number; raises what refuses them all."""
        writes = [entry for entry in self._entries if entry.writes and self._act(entry) != "search"]
        await self._match(writes)
        self._name(writes)
        await self._resolve(writes)
        self._before |= await store.find_all(self._tx, self._keys.values())
        await self._write(writes)
        for entry in self._entries:
            if entry.number not in self._done:
                with _at(entry):
                    self._done[entry.number] = await door.READS[self._act(entry)](self._tx, self._scopes, entry.call)
        return self._done

    def _act(self, entry: Entry) -> str:
        """What an entry asks to be done, if it may."""
        act = acts.act_of(entry.call)
        if act in ("metadata", "bundle"):
            raise NotFound("path.unknown", place=entry.place)
        if act not in door.READS:
            with _at(entry):
                access.served(self._tx, self._scopes, entry.call.kind, "write", entry.call.id)
                if entry.resource:
                    door.agree(entry.call, entry.resource)
                    service.not_posing(entry.resource)
        return act

    async def _match(self, writes: Sequence[Entry]) -> None:
        """Finds what the conditions of entries mean, each criteria once."""
        asked_for: dict[int, Pairs] = {}
        for entry in writes:
            with _at(entry):
                none_exist = entry.call.none_exist if entry.call.method == "POST" else None
                if none_exist is not None:
                    asked_for[entry.number] = conditional.criteria(none_exist, "request.ifNoneExist")
                elif entry.call.method != "POST" and not entry.call.id:
                    criteria = asked.without_form(entry.call.query)
                    asked_for[entry.number] = conditional.criteria(criteria, "request.url")
        met = {entry.number: entry for entry in writes if entry.number in asked_for}
        await conditional.lock(self._tx, [(met[number].call.kind, one) for number, one in asked_for.items()])
        for number, criteria in asked_for.items():
            with _at(met[number]):
                self._matched[number] = await self._one(met[number].call.kind, criteria, "request")

    async def _one(self, kind: str, criteria: Pairs, place: str) -> Stored | None:
        access.served(self._tx, self._scopes, kind, "read")
        found = await conditional.match(self._tx, self._scopes, kind, criteria, place)
        if found is not None:
            access.note_found(self._tx, kind, [found], " ".join(sorted({name for name, _ in criteria})))
        return found

    def _name(self, writes: Sequence[Entry]) -> None:
        """Says which resource each entry is about, and gives new ones their ids. None may be meant twice."""
        taken: set[Key] = set()
        for entry in writes:
            matched = self._matched.get(entry.number)
            if entry.call.id:
                id = entry.call.id
            elif matched is not None:
                id = matched.id
            elif entry.call.method in ("POST", "PUT"):
                id = new_id() if entry.call.method == "POST" else str(entry.resource.get("id") or new_id())
            else:
                continue  # nothing is there to be deleted or changed
            with _at(entry):
                judging.identified(entry.call.kind, id)
            key = (entry.call.kind, id)
            if entry.call.method != "POST" or matched is None:  # else it is only referred to
                if key in taken:
                    raise Invalid("fhir.same_twice", place=entry.place, found="/".join(key))
                taken.add(key)
            self._keys[entry.number] = key

    async def _resolve(self, writes: Sequence[Entry]) -> None:
        """Puts addresses where entries name each other, or search for what they mean."""
        links: dict[str, str] = {}
        for entry in writes:
            if entry.full_url in links:
                raise Invalid("fhir.same_twice", place=f"{entry.place}.fullUrl")
            if entry.full_url and entry.number in self._keys:
                links[entry.full_url] = "/".join(self._keys[entry.number])
        searched: dict[str, str] = {}
        for entry in writes:
            with _at(entry):
                for spot in bundle.spots(entry):
                    criteria = bundle.conditional(spot)
                    if criteria is not None and spot.text not in searched:
                        searched[spot.text] = await self._meant(*criteria)
                    target = searched.get(spot.text) or bundle.resolved(spot, entry, links)
                    if target is not None:
                        spot.put(target)

    async def _meant(self, kind: str, text: str) -> str:
        """The address of the one resource that a reference searches for."""
        found = await self._one(kind, conditional.criteria(text, "reference"), "reference")
        if found is None:
            raise PreconditionFailed("fhir.none_match", place="reference")
        return f"{kind}/{found.id}"

    async def _write(self, writes: Sequence[Entry]) -> None:
        """Writes all that changes, in one statement, and answers for it."""
        changes: list[tuple[Entry, Change | Deletion]] = []
        for entry in writes:
            with _at(entry):
                change = self._change(entry)
            if change is not None:
                changes.append((entry, change))
        stored = await service.write_all(self._tx, [change for _, change in changes])
        for (entry, change), one in zip(changes, stored, strict=True):
            before = self._before.get((one.type, one.id))
            made = before is None or before.deleted
            status = 204 if isinstance(change, Deletion) else 201 if made else 200
            self._done[entry.number] = Answer(status, one, wrote=True, made=made)

    def _change(self, entry: Entry) -> Change | Deletion | None:
        """What an entry changes; None where it is answered already, for nothing is to be done."""
        key = self._keys.get(entry.number)
        before = self._before.get(key) if key is not None else None
        matched = self._matched.get(entry.number)
        access.writable(self._tx, before if entry.call.method != "POST" else None)
        expected, place = entry.call.conditions.if_match, f"{entry.place}.request.ifMatch"
        if entry.call.method == "DELETE":
            if before is None or before.deleted:
                access.note_deleted(self._tx, entry.call.kind, entry.call.id, "")
                self._done[entry.number] = Answer(204)
                return None
            return Deletion(before, expected, place)
        if entry.call.method == "PATCH":
            if before is None or before.deleted:
                raise access.missed(self._tx, "records.write", entry.call.kind, entry.call.id)
            return Change(service.amended(before, entry.changes, expected), before.version, place)
        if entry.call.method == "POST":
            if matched is not None:
                self._done[entry.number] = Answer(200, matched, wrote=True)
                return None
            return Change({**entry.resource, "id": self._id(key)}, 0, place)
        if entry.call.id:
            return Change(labelled(entry.resource, before), expected, place)
        resource, version = service.matched(
            {**entry.resource, "id": entry.resource.get("id") or self._id(key)}, matched
        )
        return Change(labelled(resource, matched), version, place)

    @staticmethod
    def _id(key: Key | None) -> str:
        return key[1] if key is not None else ""


@contextmanager
def _at(entry: Entry) -> Iterator[None]:
    """Whatever is refused within says in which entry."""
    try:
        yield
    except Problem as problem:
        for one in _faults(problem):
            if not str(one.place or "").startswith("Bundle."):
                one.place = f"{entry.place}.{one.place}" if one.place else entry.place
        raise


def _faults(problem: Problem) -> Iterable[Problem]:
    return {problem, *problem.faults} if isinstance(problem, Faulty) else (problem,)
