"""Enrolled systems: HIS, LIS, PACS and scanners, each speaking for one institution."""

from __future__ import annotations

import re
from dataclasses import dataclass

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.service import administrator

KINDS = frozenset({"ORU", "ADT", "SIU"})  # what can be sent to a peer
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:]+\]|[^\s:]+):(\d{1,5})")
_AE = re.compile(r"[A-Za-z0-9_. -]{1,16}")  # PS3.5 6.2, AE

_COLUMNS = "id, name, institution, hl7_facility, charset, hl7_to, sends, ae, dicom_to, plain, dialect, off"


@dataclass(frozen=True, slots=True)
class Peer:
    """One system. Addresses are `HOST:PORT` or ''; `plain` allows it without TLS beyond loopback.

    One that is `off` is turned away, and what is for it waits.
    """

    id: str
    name: str
    institution: str
    hl7_facility: str = ""
    charset: str = ""
    hl7_to: str = ""
    sends: tuple[str, ...] = ()
    ae: str = ""
    dicom_to: str = ""
    plain: bool = False
    dialect: str = "default"
    off: bool = False


def address(text: str, place: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`. Raises `Invalid` that names the place."""
    match = _ADDRESS.fullmatch(text)
    if match is None or not 0 < int(match[2]) < 65536:
        raise Invalid("peer.address", place=place, rule="HOST:PORT")
    return match[1].strip("[]"), int(match[2])


async def add(tx: Tx, peer: Peer) -> None:
    """Enrols a system. Raises `Invalid` for a bad address, AE title or kind, `Conflict` for a name already taken."""
    administrator(tx, "identity.add_peer", "peer", peer.id)
    _check(peer)
    values = (peer.id, peer.name, peer.institution, peer.hl7_facility, peer.charset, peer.hl7_to, list(peer.sends),
              peer.ae, peer.dicom_to, peer.plain, peer.dialect, peer.off)  # fmt: skip
    try:
        await tx.run(
            f"INSERT INTO security.peer ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",  # noqa: S608
            *values,
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken(error) from None
    trail.noted(tx, "identity.add_peer", "C", entity_type="peer", entity=peer.id)


async def change(tx: Tx, peer: Peer) -> None:
    """How a system is read and reached, and whether it is off; its name, house and `plain` stay. Raises as `add`."""
    administrator(tx, "identity.change_peer", "peer", peer.id)
    _check(peer)
    try:
        await tx.run(
            "UPDATE security.peer SET charset = $2, dialect = $3, hl7_facility = $4, ae = $5, hl7_to = $6, "
            "dicom_to = $7, sends = $8, off = $9 WHERE id = $1",
            peer.id,
            peer.charset,
            peer.dialect,
            peer.hl7_facility,
            peer.ae,
            peer.hl7_to,
            peer.dicom_to,
            list(peer.sends),
            peer.off,
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken(error) from None


def _check(peer: Peer) -> None:
    for place, told in (("hl7_to", peer.hl7_to), ("dicom_to", peer.dicom_to)):
        if told:
            address(told, place)
    if peer.ae and not _AE.fullmatch(peer.ae):
        raise Invalid("peer.ae", place="ae", rule="1 to 16 characters (PS3.5 6.2)")
    if unknown := sorted(set(peer.sends) - KINDS):
        raise Invalid("peer.sends", place="send", found=unknown, known=sorted(KINDS))


def _taken(error: asyncpg.UniqueViolationError) -> Conflict:
    return Conflict("peer.taken", place=str(error.constraint_name).removeprefix("peer_"))


async def everyone(reads: Reads) -> list[Peer]:
    """All enrolled systems, by name."""
    rows = await reads.rows(f"SELECT {_COLUMNS} FROM security.peer ORDER BY name")  # noqa: S608
    return [_peer(row) for row in rows]


async def one(reads: Reads, id: str) -> Peer | None:
    """One enrolled system."""
    row = await reads.row(f"SELECT {_COLUMNS} FROM security.peer WHERE id = $1", id)  # noqa: S608
    return _peer(row) if row else None


async def wanting(reads: Reads, institution: str, kind: str) -> list[Peer]:
    """The systems of an institution that messages of a kind (`ORU`) are sent to."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM security.peer WHERE institution = $1 AND $2 = ANY (sends) AND hl7_to <> ''",  # noqa: S608
        institution,
        kind,
    )
    return [_peer(row) for row in rows]


def _peer(row: asyncpg.Record) -> Peer:
    return Peer(**{**dict(row), "sends": tuple(row["sends"])})
