"""Tables of codes as files: a folder a dialect, a file a table; an institution's own rows stand over them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from yuanzhen.data.exchange.hl7v2.setting import Maps, Target
from yuanzhen.infrastructure.errors import Invalid

FOLDER = Path(__file__).parent
DEFAULT = "default"
TABLES = ("admit-source", "appointment", "class", "code", "department", "discharge", "document", "flag", "issuer",
          "service", "unit", "value")  # fmt: skip
COLUMNS = ["code", "system", "target", "display"]


def names() -> list[str]:
    """The dialects that are there."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("_"))


@lru_cache(maxsize=16)
def of(dialect: str) -> Maps:
    """A dialect's tables over the default ones. Raises Invalid `hl7.dialect` for one that is not there."""
    if dialect not in names():
        raise Invalid("hl7.dialect", place="dialect", found=dialect, known=names())
    base = dict(of(DEFAULT)) if dialect != DEFAULT else {}
    for path in sorted((FOLDER / dialect).glob("*.csv")):
        base |= {(path.stem, code): target for code, target in _rows(path)}
    return base


def _rows(path: Path) -> Iterable[tuple[str, Target]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, fieldnames=COLUMNS):
            if not row["code"].startswith("#"):
                yield folded(row["code"]), Target(row["system"] or "", row["target"] or "", row["display"] or "")


def folded(code: str) -> str:
    """A code as tables are searched: without the case and the blanks around it."""
    return code.strip().casefold()
