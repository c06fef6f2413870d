"""A case's files as its two sides see them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yuanzhen.applications.consultation import access
from yuanzhen.applications.consultation.files import store
from yuanzhen.applications.consultation.files.model import ATTACHED, FROM, File, State
from yuanzhen.data.records import directory as people
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database

MOST = 200


class FilePerson(msgspec.Struct):
    """Somebody who sent a file, or opened it."""

    id: str
    name: str


class FileView(msgspec.Struct):
    """One file. `got`: bytes that are here; `found`: what was found in it, or why it could not be looked at.

    `document`: its DocumentReference, once it is in the record. `mark`: told to its sender alone. `may_open`,
    `may_drop`: what its reader may do now.
    """

    id: str
    who: FilePerson
    at: datetime
    name: str
    bytes: int
    got: int
    state: State
    type: str
    found: str
    engine: str
    opened_by: FilePerson | None
    opened_at: datetime | None
    document: str | None
    mark: str
    may_open: bool
    may_drop: bool


class Files(msgspec.Struct):
    """The files of a case, the newest first."""

    items: list[FileView]


async def listed(db: Database, actor: Actor, case: str) -> Files:
    """All of them. Raises as `access.of_a_side`."""
    async with db.look(actor) as look:
        await access.of_a_side(look, case, "files", "R")
        found = await store.of(look, case, MOST)
        names = await people.names(look, {one.who for one in found} | {one.opened_by for one in found})
    return Files([view(one, actor, names) for one in found])


def view(file: File, actor: Actor, names: dict[str, str]) -> FileView:
    """One of them, as its reader sees it."""
    own = file.who == actor.id
    opener = FilePerson(file.opened_by, names.get(file.opened_by, "")) if file.opened_by else None
    return FileView(
        file.id, FilePerson(file.who, names.get(file.who, "")), file.at, file.name, file.bytes, file.got, file.state,
        file.type, file.found, file.engine, opener, file.opened_at,
        document=file.id if file.state in ATTACHED else None, mark=file.mark if own else "",
        may_open=file.state in FROM["open"], may_drop=own and file.state in FROM["drop"],
    )  # fmt: skip
