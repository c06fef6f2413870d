"""Who came to a door and who was turned away: gathered in memory, written down and told to open pages twice a second.

A message costs nothing here but an entry in a table of this process; the console may be half a second late.
"""

from __future__ import annotations

import asyncio

from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.intake import contact_store
from yuanzhen.data.intake.contact_store import Contact, Door
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.security.identity import people

EVERY_S = 0.5
MOST_STRANGERS = 100  # that are kept
MOST_AT_ONCE = 500  # that are remembered between two writings; those beyond are in the log alone
LONGEST_NAME = 64
RELAY = system("relay")


class Contacts:
    """One process's doors; `run` it beside them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._heard: dict[tuple[Door, str, str], Contact] = {}

    def heard(self, door: Door, sender: Sender, address: str) -> None:
        """A system spoke and was listened to."""
        contact = self._of(door, sender.peer, "", sender.institution, address)
        if contact is not None:
            contact.seen = clock.now()

    def turned_away(self, door: Door, name: str, address: str, problem: Problem, sender: Sender | None) -> None:
        """A system was refused at the door: an enrolled one, or a stranger by what it calls itself."""
        shown = "".join(one for one in name if one.isprintable())[:LONGEST_NAME]
        contact = (
            self._of(door, sender.peer, "", sender.institution, address)
            if sender is not None
            else self._of(door, "", shown, "", address)
        )
        if contact is not None:
            contact.refused, contact.code = clock.now(), problem.code
            contact.refusals += 1

    async def run(self) -> None:
        """Writes down what was heard, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.flush()
            except Problem as down:
                log.warning("contacts_later", problem=down.code)

    async def flush(self) -> None:
        """Writes down what was heard since the last time, and wakes the pages of these houses."""
        if not self._heard:
            return
        heard, self._heard = self._heard, {}
        try:
            await self._write(list(heard.values()))
        except Problem:
            self._heard = heard | self._heard
            raise

    def _of(self, door: Door, peer: str, name: str, institution: str, address: str) -> Contact | None:
        key = (door, peer, name)
        if key not in self._heard and not peer and len(self._heard) >= MOST_AT_ONCE:
            return None
        contact = self._heard.setdefault(key, Contact(door, peer, name, institution, address))
        contact.address = address
        return contact

    async def _write(self, contacts: list[Contact]) -> None:
        async with self._db.verb(RELAY) as tx:
            home = await people.home_institution(tx) or ""
            for one in contacts:
                one.institution = one.institution or home
            await contact_store.keep(tx, contacts)
            if any(not one.peer for one in contacts):
                await contact_store.forget_strangers(tx, MOST_STRANGERS)
            for institution in {one.institution for one in contacts}:
                tx.tell(f"exchange/{institution}", "heard", {})
