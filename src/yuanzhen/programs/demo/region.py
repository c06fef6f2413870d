"""The small region in the database: made once, found again by the next start."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from yuanzhen.applications.administration import service as administration
from yuanzhen.data.exchange.facts import Identifier
from yuanzhen.data.intake import patients
from yuanzhen.data.records import store as records
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, NotFound
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.programs.demo import cast, crowd
from yuanzhen.programs.demo import kept as keeping
from yuanzhen.programs.demo.houses import CITY
from yuanzhen.programs.demo.kept import Kept, Login
from yuanzhen.programs.demo.model import DemoPatient
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import people
from yuanzhen.security.identity import store as identities
from yuanzhen.security.identity.peers import Peer
from yuanzhen.security.identity.people import NewPerson
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.policy import directory

SETUP = system("setup")


async def build(db: Database, identity: Identity, home: Path, *, his_port: int, page_port: int, now: datetime) -> Kept:
    """The region's houses, staff and systems, all or none; a region that is there is kept as it is, with its ports.

    Raises Conflict `demo.logins_lost` when it is there and `demo.json` is not, NotFound without the home's institution.
    """
    kept = keeping.read(home)
    async with db.verb(SETUP) as tx:
        there = await identities.person_named(tx, cast.STAFF[0].login) is not None
        if there and kept is not None:
            return kept
        if there:
            raise Conflict("demo.logins_lost", place=keeping.NAME, rule="the demo wants a home of its own: --home")
        city = await people.home_institution(tx)
        if city is None:
            raise NotFound("institution.unknown", place="home")
        houses = await _houses(tx, city)
        peer = await _systems(tx, houses, his_port)
        logins = await _staff(tx, identity, houses)
        kept = Kept(now, his_port, page_port, houses[cast.TOWNSHIP], peer, logins, houses=houses)
        # Before the commit: a crash between the two leaves a file too many, not people whose password nobody knows.
        keeping.write(home, kept)
    return kept


async def admit(db: Database, identity: Identity, home: Path, kept: Kept) -> Kept:
    """Lets the demo's patient log in, once the HIS has told the centre of her; a login that is there is kept."""
    patient = await _patient(db, kept)
    login = cast.PATIENT_LOGIN
    async with db.verb(SETUP) as tx:
        if await identities.person_named(tx, login) is not None:
            return kept
        new = NewPerson(login, "patient", kept.township, patient=patient, display=cast.PATIENT.name)
        kept.logins[login] = await _added(tx, identity, new, cast.house_name(cast.TOWNSHIP))
        keeping.write(home, kept)
    return kept


async def seat(db: Database, identity: Identity, home: Path, kept: Kept) -> None:
    """Those who come into the demo's room by themselves can log in; added once."""
    async with db.verb(SETUP) as tx:
        departments = {one.name: one.id for one in await directory.departments(tx)}
        for player in cast.IN_ROOM:
            if await identities.person_named(tx, player.login) is None:
                belongs = tuple(departments[name] for name in player.departments)
                new = NewPerson(player.login, player.role, kept.houses[player.house], belongs, display=player.name)
                kept.logins[player.login] = await _added(tx, identity, new, cast.house_name(player.house))
        keeping.write(home, kept)  # before the commit, as above


async def connect(db: Database, identity: Identity, home: Path, kept: Kept) -> str:
    """Makes the FHIR client of the township's HIS, once; answers the id of the patient whose history it tells."""
    if not kept.client[0]:
        async with db.verb(SETUP) as tx:
            added = await administration.add_client(tx, identity, cast.CLIENT, "system/*.*", kept.township)
            kept.client = added.client_id, added.client_secret
            keeping.write(home, kept)
    return await _patient(db, kept)


async def client_of(db: Database, identity: Identity, home: Path, kept: Kept, house: str) -> tuple[str, str]:
    """The FHIR client of a house's HIS, id and secret; made once."""
    if house == cast.TOWNSHIP:
        return kept.client
    if house not in kept.clients:
        async with db.verb(SETUP) as tx:
            name = f"{cast.house_name(house)} HIS（FHIR）"
            added = await administration.add_client(tx, identity, name, "system/*.*", kept.houses[house])
            kept.clients[house] = added.client_id, added.client_secret
            keeping.write(home, kept)
    return kept.clients[house]


async def _houses(tx: Tx, city: str) -> dict[str, str]:
    ids = {CITY: city}
    for house in cast.HOUSES:
        ids[house.key] = await administration.add_institution(tx, house.name, house.level, ids[house.parent])
    return ids


async def _systems(tx: Tx, houses: dict[str, str], his_port: int) -> str:
    """The township's HIS and its scanner, one enrolment: what they may send as whom, and where reports go; and the
    HIS of each other house that tells of patients.
    """
    for house in crowd.PATIENTS_OF:
        if house != cast.TOWNSHIP:
            name = f"{cast.house_name(house)} HIS"
            peer = Peer(id=new_id(), name=name, institution=houses[house], hl7_facility=house.upper())
            await administration.add_peer(tx, peer)
    return await administration.add_peer(tx, Peer(
        id=new_id(), name=cast.PEER, institution=houses[cast.TOWNSHIP], hl7_facility=cast.FACILITY,
        hl7_to=f"127.0.0.1:{his_port}", sends=("ORU",), ae=cast.SCANNER,
    ))  # fmt: skip


async def _staff(tx: Tx, identity: Identity, houses: dict[str, str]) -> dict[str, Login]:
    departments = {name: await administration.add_department(tx, name, houses[CITY]) for name in cast.DEPARTMENTS}
    logins = {}
    for player in cast.STAFF:
        belongs = tuple(departments[name] for name in player.departments)
        new = NewPerson(player.login, player.role, houses[player.house], belongs, display=player.name)
        logins[player.login] = await _added(tx, identity, new, cast.house_name(player.house))
    return logins


async def populate(db: Database, identity: Identity, kept: Kept) -> None:
    """The crowd's people, all or none. They never come: nobody is told the password that a log-in of theirs wants."""
    async with db.verb(SETUP) as tx:
        staff = list(crowd.staff())
        if await identities.person_named(tx, staff[0].login) is not None:
            return
        departments = {one.name: one.id for one in await directory.departments(tx)}
        for player in staff:
            belongs = tuple(departments[name] for name in player.departments)
            new = NewPerson(player.login, player.role, kept.houses[player.house], belongs, display=player.name)
            await administration.add_user(tx, identity, new)


async def _added(tx: Tx, identity: Identity, new: NewPerson, house: str) -> Login:
    """Adds a person with a final password of 80 random bits and one-time codes."""
    password = people.one_time_password()
    final = NewPerson(
        new.name, new.role, new.institution, new.departments, new.patient, display=new.display, password=password
    )
    added = await administration.add_user(tx, identity, final)
    return Login(new.display, new.role, house, password, added.totp_secret or "", added.id, new.institution)


async def _patient(db: Database, kept: Kept) -> str:
    return await patient_of(db, kept.township, cast.PATIENT)


async def patient_of(db: Database, house: str, patient: DemoPatient) -> str:
    """The Patient's id, as the systems of the house that knows them may read it."""
    number = Identifier(patient.number, patient.facility, "MR")
    his = Actor(kind="peer", id=f"his-{patient.house}", role="peer", institution=house, purpose="intake")
    async with db.look(his) as look:
        found = await records.by_identifier(look, "Patient", patients.system_of(number, house), number.value)
        if found is None:
            raise NotFound("demo.patient_not_there", place="PID-3")
        trail.noted(look, "demo.enrol", "R", entity_type="Patient", entity=found.id, patient=found.id)
        return found.id
