"""Migrations: numbered .sql files, from one on, without gap or double, and without a commit of their own (rule 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.house.sql import COMMITTING_LINE
from scripts.house.sql import RULE as ONE_TRANSACTION
from scripts.house.tree import Breach

RULE = "migrations (numbered without gap)"
NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


def breaches(root: Path) -> Iterator[Breach]:
    """All breaches in the folders named `migrations` under src/."""
    for folder in sorted(path for path in (root / "src").rglob("migrations") if path.is_dir()):
        yield from numbering(folder.relative_to(root).as_posix(), sorted(path.name for path in folder.glob("*.sql")))
        for path in sorted(folder.glob("*.sql")):
            text = path.read_text(encoding="utf-8")
            for found in COMMITTING_LINE.finditer(text):
                line = text.count("\n", 0, found.start(1)) + 1
                words = "a migration runs inside the transaction of infrastructure/db"
                yield Breach(path.relative_to(root).as_posix(), line, ONE_TRANSACTION, words)


def numbering(folder: str, names: list[str]) -> Iterator[Breach]:
    """0001_words.sql, 0002_words.sql ... in the order of their names."""
    numbered = []
    for name in names:
        if NAME.fullmatch(name):
            numbered.append(name)
        else:
            yield Breach(f"{folder}/{name}", 1, RULE, "the name is not NNNN_words.sql")
    for expected, name in enumerate(numbered, start=1):
        if int(name[:4]) != expected:
            yield Breach(f"{folder}/{name}", 1, RULE, f"number {name[:4]} stands where {expected:04} is due")
            return
