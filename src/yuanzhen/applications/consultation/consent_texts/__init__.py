"""The consent texts as they were shown: one file a version and language; a version is never edited, only succeeded."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

CURRENT = "2026-1"


@cache
def versions() -> frozenset[str]:
    """Every version that was ever shown."""
    return frozenset(file.name.partition(".")[0] for file in files(__name__).iterdir() if file.name.endswith(".zh.md"))


@cache
def text(version: str, language: str) -> str:
    """The text of a version in `zh` or `en`. Raises FileNotFoundError for what was never shown."""
    return files(__name__).joinpath(f"{version}.{language}.md").read_text(encoding="utf-8")
