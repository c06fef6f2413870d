"""The verbs of administration: identity keeps what policy needs, the record shows it to others."""

from __future__ import annotations

from yuanzhen.applications.administration import publish
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.identity import clients, peers, people
from yuanzhen.security.identity.clients import AddedClient
from yuanzhen.security.identity.peers import Peer
from yuanzhen.security.identity.people import Added, NewPerson
from yuanzhen.security.identity.service import Identity


async def add_institution(tx: Tx, name: str, level: str, parent: str | None) -> str:
    """A hospital, branch or health centre, also as an Organization; its id is the same in both."""
    id = await people.add_institution(tx, name, level, parent, id=new_id())
    await publish.organization(tx, id, name, kind="prov", parent=parent)
    return id


async def add_department(tx: Tx, name: str, institution: str) -> str:
    """A department, also as an Organization that is part of its institution's."""
    id = await people.add_department(tx, name, institution, id=new_id())
    await publish.organization(tx, id, name, kind="dept", parent=institution)
    return id


async def add_user(tx: Tx, identity: Identity, new: NewPerson) -> Added:
    """Somebody who can log in; whoever works in the region is a Practitioner as well."""
    added = await people.add_person(tx, identity, new)
    if new.role not in publish.PEOPLE:
        await publish.practitioner(tx, added.id, new.display or new.name)
    return added


async def add_client(tx: Tx, identity: Identity, name: str, scope: str, institution: str) -> AddedClient:
    """A machine client."""
    return await clients.add_client(tx, identity, name, scope, institution)


async def add_peer(tx: Tx, peer: Peer) -> str:
    """An enrolled system; its id is made here when it has none."""
    await peers.add(tx, peer)
    return peer.id
