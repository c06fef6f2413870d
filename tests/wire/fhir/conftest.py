"""FHIR that nobody here wrote, from the folder of real material; what needs it is skipped where it is absent."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Home, Template
from tests.make.fhir import Client, Server
from yuanzhen.infrastructure.db.database import Database

SHARED = Path(os.environ.get("YUANZHEN_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data") / "fhir"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with one corpus in each of its folders."""
    if not SHARED.is_dir():
        pytest.skip("about 2,000 FHIR resources were not tried: YUANZHEN_SHARED_DATA names no folder")
    return SHARED


@pytest.fixture(scope="session")
def examples(shared: Path) -> list[Path]:
    """R4's official examples, one resource a file."""
    return sorted((shared / "r4-examples").glob("*.json"))


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
async def server(db: Database, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The FHIR door over a record that the tests of a module share."""
    return await Server.of(db, tmp_path_factory.mktemp("objects"))


@pytest.fixture(scope="module")
async def client(server: Server) -> Client:
    """A machine client that may do everything a machine may."""
    return await server.client("robot")
