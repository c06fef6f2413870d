"""A real centre on loopback, and the token with which clients that nobody here wrote come to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.make.center import served


@dataclass
class Door:
    """Where the centre is, and the authorization of a machine that may do everything a machine may."""

    url: str
    authorization: str
    machine: httpx.Client  # ours, to see beside the other's what is really there

    @property
    def fhir(self) -> str:
        return f"{self.url}/fhir/R4"


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with served(tmp_path_factory.mktemp("clients") / "home") as center:
        machine = center.machine()
        yield Door(center.url, machine.headers["Authorization"], machine)
