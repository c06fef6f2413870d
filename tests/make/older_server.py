"""A PostgreSQL 15 of Debian's on loopback: the oldest server that is supported, and one that is not ours."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.make.center import free_ports

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "of the server"

needs_older_server = pytest.mark.skipif(not PROGRAMS.exists(), reason="Debian's postgresql-15 is not installed")


@contextmanager
def older_server(folder: Path) -> Iterator[str]:
    """The server's URL, without a database, as its superuser; gone after the block."""
    (port,) = free_ports(1)
    data, word = folder / "data", folder / "word"
    folder.mkdir(parents=True, exist_ok=True)
    word.write_text(PASSWORD)
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        for parent in (folder, *folder.parents[:-2]):
            parent.chmod(parent.stat().st_mode | 0o011)
        subprocess.run(["chown", "-R", "nobody", folder], check=True)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    run = [*as_user, "env", "LC_ALL=C"]
    subprocess.run(
        [*run, PROGRAMS / "initdb", "-D", data, "-U", "admin", "-A", "scram-sha-256", f"--pwfile={word}", "-E", "UTF8"],
        check=True, capture_output=True,
    )  # fmt: skip
    control = [*run, PROGRAMS / "pg_ctl", "-D", data, "-w"]
    subprocess.run([*control, "-o", options, "-l", folder / "log", "start"], check=True, capture_output=True)
    try:
        yield f"postgresql://admin:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
