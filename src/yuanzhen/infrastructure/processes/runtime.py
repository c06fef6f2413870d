"""The short folder where a home's programs have their sockets.

A Unix socket's path holds at most 107 bytes (unix(7)), and a home may be deep and closed to the programs' user, so the
sockets lie in a runtime folder named by the home's real path.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.infrastructure.processes.account import ROOT, Account

LONGEST_SOCKET_PATH = 107
LONGEST_NAME = ".s.PGSQL.5432"  # of all that lie in it
LOGIND = Path("/run/user")  # logind removes a user's folder here at the last log-out; a server may outlive that


def runtime_folder(home: Path, account: Account) -> Path:
    """Makes the folder of the home's sockets: the account's alone, and none of it in another user's hands."""
    root = _runtime_root()
    as_root = os.geteuid() == ROOT
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_ours(root)
    root.chmod(0o755 if as_root else 0o700)  # the programs' user passes through root's
    folder = root / name_of(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    if as_root:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    folder.chmod(0o700)
    return folder


def name_of(home: Path) -> str:
    """What a home is called where the folders of several lie together."""
    return sha256(os.fsencode(home.resolve())).hexdigest()[:8]


def furnish(folder: Path, account: Account, texts: Mapping[str, str], links: Mapping[str, Path] | None = None) -> None:
    """Makes the folder anew in a runtime folder, the account's alone, with these files and these links to others."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for name, text in texts.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text)
    for name, target in (links or {}).items():
        (folder / name).parent.mkdir(mode=0o700, exist_ok=True)
        (folder / name).symlink_to(target)
    if os.geteuid() != account.uid:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def clear(folder: Path) -> None:
    """Removes what `furnish` made, and the runtime folder when that was the last in it."""
    shutil.rmtree(folder, ignore_errors=True)
    drop_runtime_folder(folder.parent)


def _runtime_root() -> Path:
    uid = os.geteuid()
    if uid == ROOT:
        return Path("/run/yuanzhen")
    given = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    lasts = given.is_absolute() and given.parent != LOGIND and os.access(given, os.W_OK | os.X_OK)
    if lasts and len(os.fsencode(given / "yuanzhen" / "01234567" / LONGEST_NAME)) <= LONGEST_SOCKET_PATH:
        return given / "yuanzhen"
    return Path(f"/tmp/yuanzhen-{uid}")  # noqa: S108  # its owner and mode are checked


def _check_ours(folder: Path) -> None:
    """Forbidden `runtime.folder_not_ours` for a link, or a folder that another user owns or may write in."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise Forbidden("runtime.folder_not_ours", place=str(folder), owner=found.st_uid, mode=oct(found.st_mode))


def drop_runtime_folder(folder: Path) -> None:
    """Removes the folder when the program that has ended was the last in it; a killed one leaves its socket."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
