"""Rule 8, broken on purpose: who may import whom in web/ is judged by eslint, with the pages' own settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

WEB = Path(__file__).parents[3] / "web"
RULE = "boundaries/dependencies"
JUDGE = """
import { ESLint } from "eslint";
import { text } from "node:stream/consumers";
const judge = new ESLint();
const told = {};
for (const [path, code] of Object.entries(JSON.parse(await text(process.stdin)))) {
  const [{ messages }] = await judge.lintText(code, { filePath: path });
  told[path] = messages.map((message) => message.ruleId ?? message.message);
}
console.log(JSON.stringify(told));
"""

# A file, and what it imports
BROKEN = {
    "src/ui/A.ts": "../features/session/LoginPage",
    "src/lib/A.ts": "../ui/Button",
    "src/parts/a/A.ts": "../../features/session/LoginPage",
    "src/features/a/A.ts": "../session/LoginPage",
    "src/features/a/B.ts": "../../portals/portal",
    "src/portals/A.ts": "../app/App",
}
KEPT = {
    "src/ui/B.ts": "../lib/http",
    "src/features/a/C.ts": "../../ui/Button",
    "src/features/a/D.ts": "../../parts/viewer/Stage",
    "src/features/session/A.ts": "./LoginPage",
    "src/portals/B.ts": "../features/session/LoginPage",
    "src/app/A.ts": "../portals/portal",
}
IMPORTS = BROKEN | KEPT


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    """What eslint says of each file that imports so."""
    if not (WEB / "node_modules").exists():
        pytest.skip("npm's packages are not installed")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", JUDGE], cwd=WEB, env={**os.environ, "PATH": path}, text=True,
        input=json.dumps({file: f'import "{what}";\n' for file, what in IMPORTS.items()}), capture_output=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[str]] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("file", BROKEN)
def test_an_import_that_points_up_or_sideways_is_refused(told: dict[str, list[str]], file: str) -> None:
    assert told[file] == [RULE]


@pytest.mark.parametrize("file", KEPT)
def test_an_import_that_points_down_is_not(told: dict[str, list[str]], file: str) -> None:
    assert told[file] == []


@pytest.mark.parametrize("file", IMPORTS)
def test_every_import_that_is_tried_is_of_a_file_that_is_there(file: str) -> None:
    """One that is not there would be judged by nobody."""
    place = (WEB / file).parent / IMPORTS[file]
    assert any(place.with_suffix(end).resolve().exists() for end in (".ts", ".tsx")), place
