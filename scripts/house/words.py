"""What no tracked file says: where somebody's machine keeps things, or from which host packages come.

The patterns are put together from parts, so that this file does not hold what it looks for.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.house.tree import Breach

RULE = "words (the project speaks of itself alone)"
MADE = {".git", ".venv", ".setup", "node_modules", "dist", "build", "__pycache__"}

HOSTS = (
    ("py" + "pi", "org"),
    ("python" + "hosted", "org"),
    ("npm" + "js", "org"),
    ("npm" + "js", "com"),
    ("npm" + "mirror", "com"),
    ("yarn" + "pkg", "com"),
    ("deb." + "debian", "org"),
    ("security." + "debian", "org"),
    ("node" + "source", "com"),
)
SOURCES = ("index" + "-url", "extra-" + "index", "find" + "-links ", "trusted-" + "host ")
HOMES = ("root", "work", r"home/\w[\w.-]*", r"Users/\w[\w.-]*")

FORBIDDEN = (
    ("the host of a package registry", "|".join(rf"\b{re.escape(name)}\.{end}\b" for name, end in HOSTS)),
    ("a choice of package registry", "|".join(rf"(?<!no-emit-){re.escape(words)}" for words in SOURCES)),
    ("a lock entry that names where it came from", r'"resolved"' + r':\s*"http'),
    ("a path of somebody's machine", r"(?<![\w./:@-])/(?:" + "|".join(HOMES) + ")/"),
    ("the number of an issue", r"\b(?:issue|fixes|closes|resolves|pull request)\s+#\d+"),
)
PATTERNS = tuple((what, re.compile(pattern, re.IGNORECASE)) for what, pattern in FORBIDDEN)


def breaches(root: Path) -> Iterator[Breach]:
    """All forbidden words in the files that are, or would be, tracked."""
    for path in files(root):
        content = path.read_bytes()
        if b"\0" not in content:
            yield from in_text(path.relative_to(root).as_posix(), content.decode("utf-8", "replace"))


def in_text(place: str, text: str) -> Iterator[Breach]:
    """The forbidden words of one text, line by line."""
    for what, pattern in PATTERNS:
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Breach(place, line, RULE, f"{what}: {found.group().strip()}")


def files(root: Path) -> Iterable[Path]:
    """Tracked and not ignored files, by git; every file outside of what is made, where there is no git."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if asked.returncode == 0:
        paths = [root / name for name in asked.stdout.decode().split("\0") if name]
    else:
        paths = [path for path in root.rglob("*") if not MADE & set(path.relative_to(root).parts)]
    return sorted(path for path in paths if path.is_file())
