"""Institutions, departments and people as set-up and the system's officer enter them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.telephone import LONGEST_NUMBER, may_be_number
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import factors, model, passwords, store
from yuanzhen.security.identity.guessable import check_password
from yuanzhen.security.identity.service import Identity, administrator

KEEP_NUMBERS = frozenset({"manager", "officer"})


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who shall be able to log in. Without `password` a one-time one is made, to be changed at once."""

    name: str
    role: str
    institution: str
    departments: Sequence[str] = ()
    patient: str = ""
    display: str = ""
    password: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """The person's id, and what is told once: the secret of the one-time codes, or the one-time password."""

    id: str
    totp_secret: str | None
    one_time_password: str | None


async def add_institution(tx: Tx, name: str, level: str, parent: str | None = None, *, id: str | None = None) -> str:
    """A hospital, branch or health centre. Raises Invalid `institution.level`, NotFound `institution.unknown`."""
    id = id or new_id()
    administrator(tx, "identity.add_institution", "institution", id)
    if level not in model.LEVELS:
        raise Invalid("institution.level", place="level", levels=sorted(model.LEVELS))
    if parent is not None:
        await _known_institution(tx, parent, "parent")
    await tx.run(
        "INSERT INTO security.institution (id, name, level, parent) VALUES ($1, $2, $3, $4)", id, name, level, parent
    )
    trail.noted(tx, "identity.add_institution", "C", entity_type="institution", entity=id)
    return id


async def set_duty_phone(tx: Tx, institution: str, number: str) -> None:
    """The number of an institution that somebody answers, '' for none; by who keeps its calendar, or an officer.

    Raises Forbidden for other roles, Invalid for what is no number, NotFound for an institution that is not theirs.
    """
    verb = "identity.duty_phone"
    if tx.actor.role not in KEEP_NUMBERS:
        problem = Forbidden("identity.not_yours", role=tx.actor.role)
        raise trail.refused(tx, problem, verb, "U", entity_type="institution", entity=institution)
    kept = await tx.run("UPDATE security.institution SET duty_phone = $2 WHERE id = $1", institution, number.strip())
    if not kept:
        unknown = NotFound("institution.unknown", place="institution")
        raise trail.refused(tx, unknown, verb, "U", entity_type="institution", entity=institution)
    if not may_be_number(number.strip()):
        raise Invalid("institution.duty_phone", place="number", rule=f"at most {LONGEST_NUMBER} characters, a digit")
    trail.noted(tx, verb, "U", entity_type="institution", entity=institution)


async def add_department(tx: Tx, name: str, institution: str, *, id: str | None = None) -> str:
    """A department of an institution. Raises NotFound `institution.unknown`."""
    id = id or new_id()
    administrator(tx, "identity.add_department", "department", id)
    await _known_institution(tx, institution, "institution")
    await tx.run("INSERT INTO security.department (id, name, institution) VALUES ($1, $2, $3)", id, name, institution)
    trail.noted(tx, "identity.add_department", "C", entity_type="department", entity=id)
    return id


async def add_person(tx: Tx, identity: Identity, new: NewPerson) -> Added:
    """Somebody who can log in from now on; with a final password, one-time codes are enrolled as well.

    Raises Invalid (`identity.role`, `identity.patient`, `identity.name`, `password...`), NotFound
    (`institution.unknown`, `department.unknown`), Conflict `identity.name_taken`.
    """
    # A patient's login is the Patient; a carer's and everybody else's is a resource of its own.
    id = new.id or (new.patient if new.role == "patient" else new_id())
    administrator(tx, "identity.add_person", "person", id)
    name = model.login_name(new.name)
    await _check(tx, new, name)
    one_time = None if new.password is not None else one_time_password()
    password = new.password or one_time or ""
    check_password(password, [name, *await store.house_names(tx)])
    now = identity.clock()
    await _insert(tx, id, name, new, now)
    await store.add_password(tx, id, await passwords.hashed(password), one_time is not None, now)
    secret = None if one_time else await factors.add_secret(tx, identity, id, confirmed=True)
    trail.noted(tx, "identity.add_person", "C", entity_type="person", entity=id)
    return Added(id, secret, one_time)


def one_time_password() -> str:
    """80 random bits in four groups that can be read aloud."""
    code = model.crockford(secrets.randbits(80), 16)
    return "-".join(code[at : at + 4] for at in range(0, 16, 4))


async def _check(tx: Tx, new: NewPerson, name: str) -> None:
    if new.role not in model.ROLES:
        raise Invalid("identity.role", place="role", roles=sorted(model.ROLES))
    if (new.role in model.OF_A_PATIENT) != bool(new.patient):
        raise Invalid("identity.patient", place="patient", roles=sorted(model.OF_A_PATIENT))
    await _known_institution(tx, new.institution, "institution")
    for department in new.departments:
        if await tx.value("SELECT true FROM security.department WHERE id = $1", department) is None:
            raise NotFound("department.unknown", place="department")
    if await store.person_named(tx, name) is not None:
        raise Conflict("identity.name_taken", place="name")


async def _insert(tx: Tx, id: str, name: str, new: NewPerson, now: datetime) -> None:
    try:
        await tx.run(
            "INSERT INTO security.person (id, name, display, role, institution, patient, created) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            id,
            name,
            new.display or new.name,
            new.role,
            new.institution,
            new.patient,
            now,
        )
    except asyncpg.UniqueViolationError:
        raise Conflict("identity.name_taken", place="name") from None
    for department in new.departments:
        await tx.run("INSERT INTO security.membership (person, department) VALUES ($1, $2)", id, department)


async def disable_person(tx: Tx, identity: Identity, person: str, *, disabled: bool = True) -> None:
    """Lets nobody in under this name any more, and ends what is open; or lets them in again."""
    administrator(tx, "identity.disable_person", "person", person)
    if not await tx.run("UPDATE security.person SET disabled = $2 WHERE id = $1", person, disabled):
        raise NotFound("identity.unknown", place="person")
    if disabled:
        await end_all(tx, person, identity.clock())
    trail.noted(tx, "identity.disable_person", "U", entity_type="person", entity=person)


async def reset_factors(tx: Tx, identity: Identity, person: str) -> None:
    """Forgets a person's second factors, when they are lost: the next log-in enrols anew. What is open ends."""
    administrator(tx, "identity.reset_factors", "person", person)
    if not await store.is_person(tx, person):
        raise NotFound("identity.unknown", place="person")
    await store.drop_factors(tx, person)
    await end_all(tx, person, identity.clock())
    trail.noted(tx, "identity.reset_factors", "U", entity_type="person", entity=person)


async def end_all(tx: Tx, person: str, now: datetime) -> None:
    """Ends all sessions and pending log-ins of a person."""
    await store.end_log_ins(tx, person, now)


async def institution_name(reads: Reads, id: str) -> str | None:
    """What an institution is called."""
    name: str | None = await reads.value("SELECT name FROM security.institution WHERE id = $1", id)
    return name


async def _known_institution(tx: Tx, id: str, place: str) -> None:
    if await institution_name(tx, id) is None:
        raise NotFound("institution.unknown", place=place)


@dataclass(frozen=True, slots=True)
class House:
    """An institution as a list shows it."""

    id: str
    name: str
    level: model.Level
    parent: str | None
    duty_phone: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A person as the officer's list shows them."""

    id: str
    name: str
    display: str
    role: model.Role
    institution: str
    disabled: bool


async def institutions(reads: Reads) -> list[House]:
    """All institutions, by name."""
    rows = await reads.rows("SELECT id, name, level, parent, duty_phone FROM security.institution ORDER BY name")
    return [House(*row.values()) for row in rows]


async def home_institution(reads: Reads) -> str | None:
    """The home's own institution: the one that hangs under none, made at the first start."""
    found: str | None = await reads.value(
        "SELECT id FROM security.institution WHERE parent IS NULL ORDER BY id LIMIT 1"
    )
    return found


async def everybody(reads: Reads) -> list[Listed]:
    """Everybody who can log in, by name; for whoever holds 'identity'."""
    rows = await reads.rows("SELECT id, name, display, role, institution, disabled FROM security.person ORDER BY name")
    return [Listed(*row.values()) for row in rows]
