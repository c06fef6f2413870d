"""Writes the OpenAPI of the product's own doors, from which the pages' types are made: `python -m ... FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from yuanzhen.doors import app as doors
from yuanzhen.programs.site import DEPENDENCIES, ROUTERS


def main(target: str) -> None:
    """Writes the document to a file."""
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(doors.described(ROUTERS, DEPENDENCIES), ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
