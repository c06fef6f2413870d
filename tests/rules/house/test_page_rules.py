"""How pages look and what they do not ask for themselves; what no file says. Each broken beside a clean twin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
INDEX_OPTION = "--index" + "-url"


@pytest.mark.parametrize("path", ["/tests/rules/test_x.py", "/bench/x.py", "/scripts/x.py", "doors/x.py"])
def test_every_python_file_begins_with_a_docstring(check, tmp_path, path):
    assert not check({path: ""})
    place = path.lstrip("/") if path.startswith("/") else f"src/yuanzhen/{path}"
    (tmp_path / place).write_text("X = 1\n")
    assert check({}) == [f"{place}:1: page (short, and says what it is for): the file does not begin with a docstring"]


def test_no_file_is_longer_than_450_lines(check):
    assert not check({"doors/long.py": "X = 1\n" * 449})
    found = check({"doors/long.py": "X = 1\n" * 450})
    assert len(found) == 1
    assert found[0].startswith("src/yuanzhen/doors/long.py:451:")


def test_no_function_is_longer_than_60_lines(check):
    assert not check({"doors/long.py": "def f():\n" + "    x = 1\n" * 59})
    found = check({"doors/long.py": "async def f():\n" + "    x = 1\n" * 60})
    assert len(found) == 1
    assert found[0].startswith("src/yuanzhen/doors/long.py:2:")


def test_every_folder_of_the_product_is_a_package(check, tmp_path):
    assert not check({"doors/live/hub.py": ""})
    (tmp_path / "src/yuanzhen/doors/live/__init__.py").unlink()
    found = [line for line in check_again(tmp_path) if "has no __init__.py" in line]
    assert found == ["src/yuanzhen/doors/live:1: page (short, and says what it is for): the folder has no __init__.py"]


def check_again(root: Path) -> list[str]:
    """The rules' answer on the tree as it is, by the command itself."""
    command = [sys.executable, "-m", "scripts.house", str(root)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("from datetime import UTC, datetime\nNOW = datetime.now(UTC)\n", 3),
        ("import datetime as dt\nNOW = dt.datetime.now(dt.UTC)\n", 3),
        ("import time\nNOW = time.time()\n", 3),
        ("from time import time_ns as stamp\n\nNOW = stamp()\n", 4),
        ("from datetime import date\nNOW = date.today()\n", 3),
    ],
)
def test_only_the_clock_reads_the_clock(check, text, line):
    found = check({"doors/x.py": text})
    assert len(found) == 1
    assert found[0].startswith(f"src/yuanzhen/doors/x.py:{line}: clock (time is an argument)")
    assert not check({"doors/x.py": "", "infrastructure/clock.py": text})


def test_a_shell_may_measure_how_long_something_took(check):
    assert not check({"doors/x.py": "import time\nSTART = time.monotonic() + time.perf_counter()\n"})


@pytest.mark.parametrize(
    "text",
    [
        "import os\nX = os.environ['X']\n",
        "import os\nX = os.getenv('X')\n",
        "from os import environ as e\nX = e['X']\n",
    ],
)
def test_settings_are_read_by_settings_and_programs_alone(check, text):
    found = check({"network/x.py": text})
    assert len(found) == 1
    assert found[0].startswith("src/yuanzhen/network/x.py:3: rule 1 (settings are passed down)")
    assert not check({"network/x.py": "", "infrastructure/settings.py": text, "programs/cli.py": text})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("https://files.python" + "hosted.org/x", "the host of a package registry"),
        (f"pip install {INDEX_OPTION} x", "a choice of package registry"),
        ('"resolved"' + ': "https://there/x.tgz"', "a lock entry that names where it came from"),
        ("see /ro" + "ot/notes", "a path of somebody's machine"),
        ("FOLDER = '/home/" + "li/yuanzhen'", "a path of somebody's machine"),
        ("fixes " + "#12", "the number of an issue"),
    ],
)
def test_no_file_says_where_it_was_made(check, text, what):
    found = check({"/docs/words.md": f"# Words\n\n{text}\n"})
    assert len(found) == 1
    assert found[0].startswith(f"docs/words.md:3: words (the project speaks of itself alone): {what}: ")


@pytest.mark.parametrize(
    "text", ["/fhir/R4/Patient", "the root/leaf", "https://localhost:8443/work/", "$HOME/x", "https://hl7.org/fhir"]
)
def test_paths_of_the_product_are_no_paths_of_a_machine(check, text):
    assert not check({"/docs/words.md": text})


def test_only_programs_print():
    def ruff(path: str) -> str:
        command = [ROOT / ".venv/bin/ruff", "check", "--output-format=concise", "--stdin-filename", path, "-"]
        text = '"""What it is for."""\n\nprint("hello")\n'
        return subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False).stdout

    assert "src/yuanzhen/doors/x.py:3:1: T201" in ruff("src/yuanzhen/doors/x.py")
    assert "T201" not in ruff("src/yuanzhen/programs/x.py")


def test_the_command_answers_1_with_place_and_rule_and_0_when_all_is_kept(check, tmp_path):
    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scripts.house", str(tmp_path)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    check({"doors/x.py": ""})
    assert (run().returncode, run().stdout) == (0, "house: all rules kept\n")
    check({"doors/x.py": "import yuanzhen.data\n", "data/x.py": ""})
    answer = run()
    assert answer.returncode == 1
    assert "src/yuanzhen/doors/x.py:2: rule 1 (imports point down): doors imports yuanzhen.data" in answer.stdout


def test_a_file_that_does_not_parse_is_named_and_hides_no_other(check):
    assert check({"doors/x.py": "def (\n", "doors/y.py": "import yuanzhen.data\n", "data/x.py": ""}) == [
        "src/yuanzhen/doors/x.py:2: page (short, and says what it is for): the file does not parse: invalid syntax",
        "src/yuanzhen/doors/y.py:2: rule 1 (imports point down): doors imports yuanzhen.data",
    ]
