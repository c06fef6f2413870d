"""A database of one's own for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.features.infrastructure.homes import Home, cloned, provisioned


@pytest.fixture(scope="session")
async def template(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    async with provisioned(tmp_path_factory.mktemp("migrations")) as home:
        yield home


@pytest.fixture
async def home(template: Home) -> AsyncIterator[Home]:
    async with cloned(template) as home:
        yield home
