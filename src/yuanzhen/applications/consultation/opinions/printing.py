"""Handing out the printed page, and knowing it again: anybody may ask whether a file is one of ours, byte for byte."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Literal

import msgspec

from yuanzhen.applications.consultation import access, opinion, store
from yuanzhen.applications.consultation import views as cases
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinion import Signed
from yuanzhen.applications.consultation.opinions import access as reading
from yuanzhen.applications.consultation.opinions import page, views
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.applications.consultation.opinions.page import Around
from yuanzhen.data.records import directory as people
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Conflict, NotFound
from yuanzhen.security.audit import trail
from yuanzhen.security.crypto import sm3
from yuanzhen.security.keys.canonical import canonical
from yuanzhen.security.keys.vault import Vault
from yuanzhen.security.policy import directory

PURPOSE = "printed opinion"
Standing = Literal["newest", "superseded", "withdrawn"]


class Checked(msgspec.Struct):
    """Whether a file is a page that was handed out here, unchanged; `standing`: whether its version is the newest."""

    valid: bool
    code: str | None = None
    signed_by: str | None = None
    signed_at: datetime | None = None
    version: int | None = None
    standing: Standing | None = None


async def printed(
    db: Database, vault: Vault, actor: Actor, id: str, version: int | None, *, now: datetime
) -> tuple[str, bytes]:
    """The page of a version (the newest, where none is named), as this reader may see its patient: its name, its bytes.

    Raises `NotFound` for a case or version that is not there, Conflict `opinion.unsigned` as long as there is none,
    `opinion.broken` for what does not verify, `Forbidden` for what is labelled sensitive and closed to this reader.
    """
    async with db.look(actor) as look:
        case, _ = await access.seen(look, id)
        versions = await reading.versions(look, "opinion.print", case)
        signed = next((one for one in reversed(versions) if version in (None, one.version)), None)
        if signed is None:
            problem = NotFound("opinion.no_such_version", place="version") if versions else Conflict("opinion.unsigned")
            raise trail.refused(look, problem, "opinion.print", "R", entity_type=access.ENTITY, entity=id)
        if (await views.judged(look, vault, case, versions))[signed.version] != "valid":
            broken = Conflict("opinion.broken", place=f"version {signed.version}")  # nobody prints what nobody signed
            raise reading.refused(look, broken, "print", case)
        added = opinion.addenda(versions, signed.version)
        told = page.told(case.question, signed, added, await _around(look, case, signed))
    made = await asyncio.to_thread(page.rendered, told)
    await _kept(db, vault, actor, case, signed, made, now)
    return f"opinion-{case.report[-8:]}-v{signed.version}.pdf", made


async def _around(look: Reads, case: Case, signed: Signed) -> Around:
    cosigned = (await opinions.cosignatures(look, case.id)).get(signed.version, [])
    who = {case.asker, signed.signer, *(one for one, _ in cosigned), signed.approved_by}
    names = await people.names(look, who)
    department = await directory.department(look, case.department)
    return Around(
        department=department.name if department else "",
        institution=department.institution_name if department else "",
        asked_by=(await directory.house_names(look, [case.institution])).get(case.institution, ""),
        asking=names.get(case.asker, ""),
        patient=await cases.patient_shown(look, case),
        names=names,
        cosigners=[(one, made.at) for one, made in cosigned],
        approved_by=signed.approved_by,
    )


async def _kept(
    db: Database, vault: Vault, actor: Actor, case: Case, signed: Signed, made: bytes, now: datetime
) -> None:
    """The page's digest is kept before the page leaves."""
    digest, code = sm3.digest(made), page.code_of(signed)
    vouched = vault.vouch(PURPOSE, _statement(digest, code, case.id, signed.version))
    async with db.verb(actor) as tx:
        await opinions.printed(tx, digest, code, case.id, signed.version, vouched, now)
        trail.noted(tx, "opinion.print", "R", entity_type=access.ENTITY, entity=case.id, patient=case.patient)


async def checked(db: Database, vault: Vault, actor: Actor, file: bytes) -> Checked:
    """What a file is worth; one changed byte, and it is none of ours."""
    async with db.look(actor) as look:
        found = await opinions.page(look, sm3.digest(file))
        case = await store.find(look, actor.id, found["consultation"]) if found else None
        if found is None or case is None:
            trail.noted(look, "opinion.check", "E", entity_type="file", entity="", reason="unknown")
            return Checked(valid=False)
        trail.noted(look, "opinion.check", "E", entity_type=access.ENTITY, entity=case[0].id, patient=case[0].patient)
        statement = _statement(found["digest"], found["code"], found["consultation"], found["version"])
        versions = await opinions.versions(look, case[0].id)
        verdicts = await views.judged(look, vault, case[0], versions)
        if not vault.vouches(PURPOSE, statement, found["vouched"]) or verdicts.get(found["version"]) != "valid":
            return Checked(valid=False)
        (signed,) = [one for one in versions if one.version == found["version"]]
        names = await people.names(look, {signed.signer})
        return Checked(
            valid=True,
            code=found["code"],
            signed_by=names.get(signed.signer, signed.signer),
            signed_at=signed.signature.at,
            version=signed.version,
            standing=_standing(signed, versions[-1]),
        )


def _standing(signed: Signed, newest: Signed) -> Standing:
    if newest.kind == "withdrawal":
        return "withdrawn"
    return "newest" if signed.version == newest.version else "superseded"


def _statement(digest: bytes, code: str, case: str, version: int) -> bytes:
    return canonical({"code": code, "consultation": case, "digest": digest.hex(), "version": version})
