"""Adding to a board of a case, and reading it."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import datetime

import msgspec

from yuanzhen.applications.consultation import access
from yuanzhen.applications.consultation.boards import model, store
from yuanzhen.applications.consultation.boards.model import LARGEST_BOARD, LARGEST_UPDATE, Kind
from yuanzhen.applications.consultation.model import ENDED
from yuanzhen.collaboration.room import service as room
from yuanzhen.data.records import directory as people
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid


class BoardAuthor(msgspec.Struct):
    """Who drew or wrote on a board, and when they did last."""

    id: str
    name: str
    at: datetime


class BoardView(msgspec.Struct):
    """What is on a board after an update that the page has: one update (Yjs, base64), and the last one's number."""

    update: str
    nth: int
    is_open: bool
    authors: list[BoardAuthor]


async def add(tx: Tx, id: str, kind: Kind, update: bytes, now: datetime) -> int:
    """An update of a page; the other pages are told that there is one. Returns its number.

    Raises as every act on a case, `Invalid` for what is no update, or too large, `Conflict` for a board that is full.
    """
    case = await access.of_a_side(tx, id, f"{kind}-write", "U")
    if len(update) > LARGEST_UPDATE:
        raise Invalid("board.large", place="update", most=LARGEST_UPDATE)
    checked = await asyncio.to_thread(model.checked, update)
    if case.state in ENDED:
        raise access.refused(tx, Conflict("consultation.not_now", act=kind, state=case.state), f"{kind}-write", case)
    await store.alone(tx, id, kind)
    if await store.size(tx, id, kind) + len(update) > LARGEST_BOARD:
        raise access.refused(tx, Conflict("board.full", most=LARGEST_BOARD), f"{kind}-write", case)
    nth = await store.add(tx, id, kind, checked, now)
    if kind == "board":
        await room.shared(tx, id, "room-board", now)
    tx.tell(channel(id), kind, {"nth": nth})
    return nth


async def read(db: Database, actor: Actor, id: str, kind: Kind, after: int) -> BoardView:
    """What came after an update (0: all of it), joined. Raises as `access.of_a_side`."""
    async with db.look(actor) as look:
        case = await access.of_a_side(look, id, f"{kind}-read", "R")
        found = await store.after(look, id, kind, after)
        wrote = await store.authors(look, id, kind)
        names = await people.names(look, {row["who"] for row in wrote})
    update = await asyncio.to_thread(model.joined, [row["content"] for row in found])
    authors = [BoardAuthor(row["who"], names.get(row["who"], ""), row["at"]) for row in wrote]
    nth = found[-1]["nth"] if found else after
    return BoardView(b64encode(update).decode(), nth, case.state not in ENDED, authors)


def channel(id: str) -> str:
    """The live channel of a case's boards."""
    return f"board/{id}"
