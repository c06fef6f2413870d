"""Checks every rule: `python -m scripts.house [ROOT]`. Prints each breach as `path:line: rule: words`; 1 if any."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.house import imports, migrations, pages, sql, words
from scripts.house.tree import Breach, read_file, read_product

PYTHON_FOLDERS = ("tests", "bench", "scripts")


def breaches(root: Path) -> Iterator[Breach]:
    """Every breach of every rule in the tree at `root`."""
    product = read_product(root)
    others = [read_file(root, path) for folder in PYTHON_FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    yield from imports.breaches(product)
    yield from sql.breaches(product)
    yield from pages.surroundings(product)
    yield from pages.folders(product)
    for module in [*product.values(), *others]:
        yield from pages.forms(module)
    yield from migrations.breaches(root)
    yield from words.breaches(root)


def main() -> int:
    """Prints the breaches, or that there are none."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = sorted(set(breaches(root)))
    for breach in found:
        print(breach)
    print(f"house: {len(found)} breaches" if found else "house: all rules kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
