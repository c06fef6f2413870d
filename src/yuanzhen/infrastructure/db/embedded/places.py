"""Where things lie: the server's part of a home, and its socket in the home's runtime folder."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from yuanzhen.infrastructure.errors import Conflict

PORT = 5432  # nothing listens on TCP: it only names the socket file
SOCKET = f".s.PGSQL.{PORT}"


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
