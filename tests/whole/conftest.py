"""A centre with a township and a city department, for the tests that look at the whole."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.make.center import Center, Person, served
from tests.make.pages import CAMERA, browser


@dataclass
class Region:
    """Two houses, a department, the people of one case and some who have no part in it."""

    center: Center
    city: str
    township: str
    other: str
    department: str
    clinician: Person
    expert: Person
    stranger: Person  # a clinician of another institution
    outsider: Person  # an expert of another department

    @classmethod
    def of(cls, center: Center) -> Region:
        """The houses and their people, in an empty centre."""
        city = center.told("institution", "add", "市中心医院东院", "--level", "branch")["id"]
        township = center.told("institution", "add", "柳河镇卫生院", "--level", "township")["id"]
        other = center.told("institution", "add", "白石镇卫生院", "--level", "township")["id"]
        department = center.told("department", "add", "神经内科", "--institution", city)["id"]
        elsewhere = center.told("department", "add", "心内科", "--institution", city)["id"]
        return cls(
            center=center,
            city=city,
            township=township,
            other=other,
            department=department,
            clinician=center.user("xujing", "clinician", township, "--display", "许静"),
            expert=center.user("chenyuan", "expert", city, "--department", department, "--display", "陈予安"),
            stranger=center.user("wanglei", "clinician", other),
            outsider=center.user("limin", "expert", city, "--department", elsewhere),
        )

    def at(self, center: Center) -> Region:
        """The same houses and people at a centre on a copy of the home."""
        people = {name: one for name, one in vars(self).items() if isinstance(one, Person)}
        moved = {name: Person(center.url, one.name, one.id, one.totp_secret) for name, one in people.items()}
        return replace(self, center=center, **moved)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """A region whose centre has stopped: each module goes on with a copy, as nine commands take a while."""
    with served(Path(tmp_path_factory.mktemp("settled")) / "home") as center:
        return Region.of(center)


@contextmanager
def served_copy(settled: Region, folder: Path, **settings: str) -> Iterator[Center]:
    """A centre on a copy of the home, as long as the block."""
    subprocess.run(["cp", "-a", settled.center.home, folder / "home"], check=True)
    with served(folder / "home", **settings) as center:
        yield center


@pytest.fixture(scope="module")
def center(settled: Region, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    with served_copy(settled, Path(tmp_path_factory.mktemp("center"))) as center:
        yield center


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a demo that has stopped: each module goes on with a copy, as its first start takes a while."""
    center = Center.at(Path(tmp_path_factory.mktemp("played")) / "home").start("demo")
    center.stop()
    return center.home


@pytest.fixture(scope="module")
def demo(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    """`yuanzhen demo` on a home and ports of its own."""
    folder = Path(tmp_path_factory.mktemp("demo"))
    subprocess.run(["cp", "-a", played, folder / "home"], check=True)
    center = Center.at(folder / "home").start("demo")
    try:
        yield center
    finally:
        center.stop()


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    """A browser with a camera and a microphone, which its pages may use."""
    with browser(*CAMERA) as started:
        yield started


@pytest.fixture(scope="module")
def region(settled: Region, center: Center) -> Region:
    return settled.at(center)
