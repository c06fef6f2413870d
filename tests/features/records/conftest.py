"""A region with a handful of patients whom a machine client wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Home, Template
from tests.make.cases import MACHINE, Ward
from yuanzhen.data.records import service
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.search import run
from yuanzhen.data.records.search.query import Pairs, understood
from yuanzhen.data.records.search.run import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity.scopes import EVERYTHING, Scopes

PATIENTS = [
    ("zhang", "张伟", "male", "1980-02-29", "A-1"),
    ("wang", "王秀英", "female", "1980-03-01", "A-2"),
    ("li", "李静", "female", "1981", "A-3"),
    ("smith", "John Smith", "male", "1979-12-31", "A-4"),
    ("percent", "100% Müller_", "other", "1990-05", "A-5"),
]


class Record:
    """The record as its callers use it."""

    def __init__(self, ward: Ward, home: Home) -> None:
        self.ward, self.home, self.db = ward, home, ward.db

    async def put(
        self, resource: dict[str, Any], by: Actor = MACHINE, *, expected: int | None = None, scopes: Scopes = EVERYTHING
    ) -> Stored:
        async with self.db.verb(by) as tx:
            stored, _ = await service.update(tx, scopes, resource, expected=expected)
        return stored

    async def find(self, by: Actor = MACHINE, kind: str = "Patient", **asked: str) -> list[str]:
        """The ids that a search finds, in their order."""
        return [one.id for one in (await self.page(list(asked.items()), by, kind)).found]

    async def page(self, asked: Pairs, by: Actor = MACHINE, kind: str = "Patient") -> Page:
        """One page of a search."""
        async with self.db.look(by) as look:
            return await run.page(look, understood(kind, asked))


def patient(id: str, name: str, gender: str, born: str, number: str, house: str = "liuhe") -> dict[str, Any]:
    return {
        "resourceType": "Patient", "id": id, "name": [{"text": name}], "gender": gender, "birthDate": born,
        "identifier": [{"system": "urn:cards", "value": number}],
        "managingOrganization": {"reference": f"Organization/{house}"},
    }  # fmt: skip


@pytest.fixture(scope="module")
async def home(database_template: Template) -> AsyncIterator[Home]:
    async with database_template.clone() as home:
        yield home


@pytest.fixture(scope="module")
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open()
    yield db
    await db.close()


@pytest.fixture(scope="module")
async def record(db: Database, home: Home, tmp_path_factory: pytest.TempPathFactory) -> Record:
    record = Record(await Ward.of(db, tmp_path_factory.mktemp("objects")), home)
    for one in PATIENTS:
        await record.put(patient(*one))
    return record
