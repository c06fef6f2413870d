"""A small tree of files, written as a table, on which the house's rules are tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.house.__main__ import breaches

Files = dict[str, str]
Check = Callable[[Files], list[str]]
DOCSTRING = '"""What it is for."""\n'


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Writes the files under src/yuanzhen (those with a leading slash: under the root), answers what the rules say.

    Python files get a docstring as their first line and folders an `__init__.py`, so a table shows only its point.
    """

    def checked(files: Files) -> list[str]:
        for name, text in files.items():
            path = tmp_path / name.lstrip("/") if name.startswith("/") else tmp_path / "src" / "yuanzhen" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(DOCSTRING + text if path.suffix == ".py" else text)
        for folder in [tmp_path / "src" / "yuanzhen", *(tmp_path / "src" / "yuanzhen").rglob("*/")]:
            if folder.is_dir() and folder.name != "migrations":
                (folder / "__init__.py").touch()
                if not (folder / "__init__.py").read_text():
                    (folder / "__init__.py").write_text(DOCSTRING)
        return [str(breach) for breach in sorted(breaches(tmp_path))]

    return checked
