"""A PostgreSQL 15 of Debian's on loopback: the oldest server that is supported, and one that is not ours."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.make.center import free_ports

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "of the server"

needs_older_server = pytest.mark.skipif(not PROGRAMS.exists(), reason="Debian's postgresql-15 is not installed")


@contextmanager
def older_server() -> Iterator[str]:
    """The server's URL, without a database, as its superuser; gone after the block."""
    (port,) = free_ports(1)
    # Not below pytest's folder, which is closed to other users: PostgreSQL does not run as root.
    with tempfile.TemporaryDirectory(prefix="older-server-") as name:
        folder = Path(name)
        data, word = folder / "data", folder / "word"
        word.write_text(PASSWORD)
        run: list[str | Path] = ["env", "LC_ALL=C"]
        if os.geteuid() == 0:
            run = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *run]
            subprocess.run(["chown", "-R", "nobody", folder], check=True)
        made: list[str | Path] = ["-D", data, "-U", "admin", "-A", "scram-sha-256", f"--pwfile={word}", "-E", "UTF8"]
        subprocess.run([*run, PROGRAMS / "initdb", *made], check=True, capture_output=True)
        control: list[str | Path] = [*run, PROGRAMS / "pg_ctl", "-D", data, "-w"]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        subprocess.run([*control, "-o", options, "-l", folder / "log", "start"], check=True, capture_output=True)
        try:
            yield f"postgresql://admin:{quote(PASSWORD)}@127.0.0.1:{port}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
