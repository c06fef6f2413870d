"""Files of the home that are whole or absent: written beside, synced, then put in place and their folder synced."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from yuanzhen.infrastructure.disk import sync_folder

PRIVATE, PUBLIC = 0o600, 0o644


def replace(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Puts `content` in the place of whatever `path` was: a reader sees the old file or the new one, never a part."""
    beside = _written_beside(path, content, mode)
    beside.replace(path)
    sync_folder(path.parent)


def create(path: Path, content: bytes, mode: int = PRIVATE) -> bool:
    """Puts `content` at `path` unless something is there; says whether it did. Of two who try, one wins."""
    beside = _written_beside(path, content, mode)
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    sync_folder(path.parent)
    return True


def _written_beside(path: Path, content: bytes, mode: int) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        beside.unlink()
        raise
    return beside
