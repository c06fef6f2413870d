"""Who sends: the enrolled system behind an HL7 message or a DICOM association, or nobody."""

from __future__ import annotations

import ssl
from typing import Literal

from yuanzhen.data.exchange.dicom.archive import Destination
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.exchange.hl7v2 import ack, handler, mllp
from yuanzhen.data.exchange.hl7v2.mllp import Connection
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.exchange.sink import Sink
from yuanzhen.data.intake.contact_store import Door
from yuanzhen.data.intake.contacts import Contacts
from yuanzhen.data.intake.readings import Readings
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Forbidden, Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.programs.trust import Trust, is_loopback
from yuanzhen.security.identity import peers, people
from yuanzhen.security.identity.peers import Peer

DOOR = system("door")
LOOPBACK = "loopback"
NAMED: dict[Door, Literal["hl7_facility", "ae"]] = {"hl7": "hl7_facility", "dicom": "ae"}


class Senders:
    """Looks peers up at every message and association: an enrolment counts at once."""

    def __init__(
        self, db: Database, trust: Trust, client_tls: ssl.SSLContext | None = None, contacts: Contacts | None = None
    ) -> None:
        self._db = db
        self.contacts = contacts or Contacts(db)
        self._trust = trust
        self._client_tls = client_tls
        self._readings = Readings(db)

    async def hl7(self, facility: str, connection: Connection) -> tuple[Sender, Setting]:
        """The sender by MSH-4, and how it is read.

        Raises `Forbidden` for an unknown one, one that is off, or in clear beyond loopback.
        """
        sender, peer = await self._known("hl7", facility, connection.address, connection.tls)
        async with self._db.look(DOOR) as look:
            return sender, await self._readings.enrolled(look, sender, peer)

    async def dicom(self, ae: str, address: str, tls: bool) -> Sender:
        """The sender by its AE title. Raises as `hl7`."""
        sender, _ = await self._known("dicom", ae, address, tls)
        self.contacts.heard("dicom", sender, address)
        return sender

    async def destination(self, title: str) -> Destination | None:
        """Where the peer of an AE title takes images; None for one that is not enrolled, is off, or takes none."""
        async with self._db.look(DOOR) as look:
            known = await peers.everyone(look)
        peer = next((one for one in known if title and one.ae == title and one.dicom_to and not one.off), None)
        if peer is None:
            return None
        host, port = peers.address(peer.dicom_to, "dicom_to")
        in_clear = peer.plain or is_loopback(host)
        return Destination(host, port, None if in_clear else self._client_tls)

    async def _known(self, door: Door, name: str, address: str, tls: bool) -> tuple[Sender, Peer | None]:
        """Who calls itself so at a door; whoever is turned away is remembered."""
        peer = await self._enrolled(NAMED[door], name)
        sender = Sender(peer.id, peer.institution) if peer is not None else None
        try:
            if peer is not None and peer.off:
                raise Forbidden("peer.off", place=peer.id)
            # Beyond this machine an enrolled one must use TLS unless its enrolment says otherwise.
            if peer is not None and not (tls or peer.plain or is_loopback(address)):
                raise Forbidden("peer.must_use_tls", place=peer.id)
            return sender or await self._ours(address), peer
        except Forbidden as problem:
            self.contacts.turned_away(door, name, address, problem, sender)
            raise

    async def _enrolled(self, by: Literal["hl7_facility", "ae"], name: str) -> Peer | None:
        """The peer of this name.

        MSH-4 is an HD (HL7 2.5.1 2.A.36): who was enrolled by its namespace alone may send its universal id as well.
        """
        async with self._db.look(DOOR) as look:
            known = await peers.everyone(look)
        named = (name, name.partition("^")[0])
        return next((one for told in named for one in known if told and getattr(one, by) == told), None)

    async def _ours(self, address: str) -> Sender:
        """A peer on this machine speaks for the home's own institution while the trust holds."""
        if self._trust.holds and is_loopback(address):
            async with self._db.look(DOOR) as look:
                institution = await people.home_institution(look)
            if institution is not None:
                return Sender(LOOPBACK, institution)
        raise Forbidden("peer.not_enrolled")


def hl7_door(senders: Senders, sink: Sink) -> mllp.Handler:
    """What answers each message of an MLLP connection, also those of a batch, each by who it says it is from."""

    async def answer(data: bytes, connection: Connection) -> bytes:
        return await handler.each(data, lambda one: alone(one, connection))

    async def alone(data: bytes, connection: Connection) -> bytes:
        try:
            sender, setting = await senders.hl7(ack.header_of(data).facility, connection)
        except Problem as problem:
            log.info("hl7_refused", code=problem.code)
            return handler.refusal(data, problem)
        answered = await handler.handle(data, sender, sink, setting)
        senders.contacts.heard("hl7", sender, connection.address)  # now: what it sent is there to be looked at
        return answered

    return answer
