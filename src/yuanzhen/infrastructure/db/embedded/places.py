"""Where things lie: the server's part of a home, and the short folder of its socket.

A Unix socket's path holds at most 107 bytes (unix(7)), and a home may be deep and closed to the server's user, so the
socket lies in a runtime folder named by the home's real path.
"""

from __future__ import annotations

import os
import socket
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from yuanzhen.infrastructure.db.embedded.account import ROOT, Account
from yuanzhen.infrastructure.errors import Conflict, Forbidden

PORT = 5432  # nothing listens on TCP: it only names the socket file
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 107
LOGIND = Path("/run/user")  # logind removes a user's folder here at the last log-out; a server may outlive that


@dataclass(frozen=True)
class Places:
    """The server's files in one home."""

    home: Path

    @classmethod
    def of(cls, home: Path) -> Places:
        """The places of a home, whatever the working folder becomes."""
        return cls(home.absolute())

    @property
    def lock(self) -> Path:
        """Locked by the process that started the server, which writes its pid there."""
        return self.home / "lock"

    @property
    def server_lock(self) -> Path:
        """Locked as long as any process of the server lives: all of them inherit the descriptor."""
        return self.home / "postgresql" / "lock"

    @property
    def data(self) -> Path:
        """The database cluster; there only when it is whole."""
        return self.home / "postgresql" / "data"

    @property
    def unfinished(self) -> Path:
        """A cluster in the making."""
        return self.home / "postgresql" / "data.new"

    @property
    def log(self) -> Path:
        """PostgreSQL's own log."""
        return self.home / "log" / "postgresql.log"


def socket_folder(home: Path, account: Account) -> Path:
    """Makes the folder of the home's socket: the account's alone, and none of it in another user's hands."""
    root = _runtime_root()
    as_root = os.geteuid() == ROOT
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_ours(root)
    root.chmod(0o755 if as_root else 0o700)  # the server's user passes through root's
    folder = root / sha256(os.fsencode(home.resolve())).hexdigest()[:8]
    folder.mkdir(mode=0o700, exist_ok=True)
    if as_root:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    folder.chmod(0o700)
    return folder


def _runtime_root() -> Path:
    uid = os.geteuid()
    if uid == ROOT:
        return Path("/run/yuanzhen")
    given = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    lasts = given.is_absolute() and given.parent != LOGIND and os.access(given, os.W_OK | os.X_OK)
    if lasts and len(os.fsencode(given / "yuanzhen" / "01234567" / SOCKET)) <= LONGEST_SOCKET_PATH:
        return given / "yuanzhen"
    return Path(f"/tmp/yuanzhen-{uid}")  # noqa: S108  # its owner and mode are checked


def _check_ours(folder: Path) -> None:
    """Forbidden `runtime.folder_not_ours` for a link, or a folder that another user owns or may write in."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise Forbidden("runtime.folder_not_ours", place=str(folder), owner=found.st_uid, mode=oct(found.st_mode))


def drop_socket_folder(folder: Path) -> None:
    """Removes the folder of a server that has ended, unless a killed one left its socket there."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def clear_stale_socket(folder: Path) -> None:
    """Removes what a killed server left, for its pid may be another process's by now.

    Conflict `home.socket_in_use` when a server answers: a home was moved while it ran, and another took its place.
    """
    path = folder / SOCKET
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            path.unlink(missing_ok=True)
            path.with_name(f"{SOCKET}.lock").unlink(missing_ok=True)
            return
    raise Conflict("home.socket_in_use", place=str(folder))
