"""The pages' types come from the server's OpenAPI: what the server takes back, the pages' own check refuses to use."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yuanzhen.doors import app as doors
from yuanzhen.programs.site import DEPENDENCIES, ROUTERS

pytestmark = pytest.mark.slow

WEB = Path(__file__).parents[3] / "web"
COPIED = (
    "src",
    "dev",
    "package.json",
    "tsconfig.json",
    "assets.plugin.ts",
    "tokens.plugin.ts",
    "vite.config.ts",
    "vitest.config.ts",
)
Json = dict[str, Any]


def schema(document: Json, name: str) -> Json:
    found: Json = document["components"]["schemas"][name]
    return found


def without(name: str, field: str) -> Callable[[Json], None]:
    def change(document: Json) -> None:
        del schema(document, name)["properties"][field]
        schema(document, name)["required"].remove(field)

    return change


def maybe(name: str, field: str) -> Callable[[Json], None]:
    return lambda document: schema(document, name)["required"].remove(field)


def wanting(name: str, field: str) -> Callable[[Json], None]:
    def change(document: Json) -> None:
        schema(document, name)["properties"][field] = {"type": "string"}
        schema(document, name)["required"].append(field)

    return change


def gone(path: str) -> Callable[[Json], None]:
    return lambda document: document["paths"].pop(path)


# What the server changes, and a file that can no longer stand as it is.
BROKEN: dict[str, tuple[Callable[[Json], None], str]] = {
    "a field of a list is gone": (without("Line", "question"), "src/features/consultation/CaseRow.tsx"),
    "a field of a case is gone": (without("CaseView", "timeline"), "src/features/consultation/AskerCasePage.tsx"),
    "a field may be missing": (maybe("OpinionVersion", "signed_at"), "src/features/consultation/SignedOpinion.tsx"),
    "a field of me is gone": (without("Me", "houses"), "src/lib/me.ts"),
    "a field of a refusal is gone": (without("Problem", "code"), "src/lib/problem.ts"),
    "a request wants more": (wanting("Ask", "weather"), "src/features/consultation/model.ts"),
    "a path is gone": (gone("/api/users"), "src/features/administration/api.ts"),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pages' sources, with the packages of the real ones."""
    if not (WEB / "node_modules").exists():
        pytest.skip("npm's packages are not installed")
    folder = tmp_path_factory.mktemp("pages") / "web"
    folder.mkdir()
    for name in COPIED:
        source = WEB / name
        ignored = shutil.ignore_patterns("generated", "pictures")
        shutil.copytree(source, folder / name, ignore=ignored) if source.is_dir() else shutil.copy(source, folder)
    (folder / "node_modules").symlink_to(WEB / "node_modules")
    (folder.parent / "build").mkdir()
    return folder


def checked(pages: Path, document: Json) -> set[str]:
    """The files that do not compile against a description of the server."""
    (pages.parent / "build" / "openapi.json").write_text(json.dumps(document))
    npm(pages, "generate", must=True)
    return set(re.findall(r"^(\S+)\(\d+,\d+\): error", npm(pages, "typecheck"), re.MULTILINE))


def npm(pages: Path, script: str, *, must: bool = False) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["npm", "run", "--silent", script], cwd=pages, env={**os.environ, "PATH": path}, text=True,
        capture_output=True, check=must, timeout=300,
    )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="module")
def document() -> Json:
    return doors.described(ROUTERS, DEPENDENCIES)


def test_the_pages_compile_against_the_server_as_it_is(pages: Path, document: Json) -> None:
    assert checked(pages, document) == set()


def test_what_the_server_takes_back_the_pages_can_no_longer_use(pages: Path, document: Json) -> None:
    """All at once, since compiling takes its time; each has a file of its own that fails."""
    changed = copy.deepcopy(document)
    for change, _ in BROKEN.values():
        change(changed)
    failing = checked(pages, changed)
    assert {what: file in failing for what, (_, file) in BROKEN.items()} == dict.fromkeys(BROKEN, True)


def test_check_describes_and_generates_before_it_compiles() -> None:
    """Else it would hold the pages to what the server said some time ago."""
    scripts = json.loads((WEB / "package.json").read_text())["scripts"]
    assert [word.removeprefix("npm run ") for word in scripts["check"].split(" && ")] == [
        "describe", "generate", "typecheck", "lint", "test",
    ]  # fmt: skip
    assert "yuanzhen.programs.openapi" in scripts["describe"]
