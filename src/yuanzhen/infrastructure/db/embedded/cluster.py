"""The data folder: made whole or not at all, of our version, and clean of what a killed server left.

The server's user (`nobody` for root) often cannot traverse the folders above a home, and their modes are not ours to
widen. So the data folder is opened here and its descriptor handed down: `-D /proc/self/fd/N` is that folder for
`initdb`, for the postmaster and for all its children, whatever lies above it. It needs no capability, and a home may
even be renamed while its server runs.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yuanzhen.infrastructure.db.embedded import postmaster
from yuanzhen.infrastructure.db.embedded.binaries import MAJOR
from yuanzhen.infrastructure.db.embedded.places import Places
from yuanzhen.infrastructure.errors import Conflict, Unavailable
from yuanzhen.infrastructure.processes.account import Account, own
from yuanzhen.infrastructure.processes.child import spawn

INIT_BOUND_S = 120.0
INIT = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--auth-local=scram-sha-256",
    "--auth-host=reject",
    "--no-instructions",
)


@contextmanager
def handed_down(folder: Path) -> Iterator[tuple[int, str]]:
    """The folder opened, as a descriptor to keep in a child and the path that it is there."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor, f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


@contextmanager
def _secret(words: str, account: Account) -> Iterator[tuple[int, str]]:
    """A file in memory that only the account can read: never on a disk or a command line, gone with its last user."""
    descriptor = os.memfd_create("secret")
    try:
        os.fchmod(descriptor, 0o600)
        if os.geteuid() != account.uid:
            os.fchown(descriptor, account.uid, account.gid)
        os.write(descriptor, f"{words}\n".encode())
        yield descriptor, f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


async def make(
    places: Places, programs: Path, account: Account, superuser: str, password: str, *, lock: int, log: int
) -> None:
    """Makes the database cluster beside its place and renames it there; the server lock is held and inherited.

    Unavailable `database.not_made` with the `exit` status of initdb; its words are in the log.
    """
    fresh = places.unfinished
    if fresh.exists():
        await asyncio.to_thread(shutil.rmtree, fresh)  # from an initdb that was killed
    fresh.mkdir(mode=0o700)
    own(fresh, account)
    with handed_down(fresh) as (folder, data), _secret(password, account) as (words, pwfile):
        command = [str(programs / "initdb"), "-D", data, f"--pwfile={pwfile}", f"--username={superuser}", *INIT]
        child = spawn(command, account, keep=(folder, words, lock), stderr=log)
    try:
        await asyncio.wait({child.ended}, timeout=INIT_BOUND_S)
        in_time = child.ended.done()
    finally:
        await child.end()
    if not in_time or child.ended.result() != 0:
        raise Unavailable("database.not_made", place=str(places.log), exit=child.ended.result(), in_time=in_time)
    fresh.rename(places.data)
    _sync(places.data.parent)


def _sync(folder: Path) -> None:
    with handed_down(folder) as (descriptor, _):
        os.fsync(descriptor)


def is_there(data: Path) -> bool:
    """Whether the home has a database: Conflict `home.no_database` or `home.other_database` for one we cannot serve."""
    if not data.exists():
        return False
    try:
        found = (data / "PG_VERSION").read_text("ascii", "replace").strip()[:16]
    except FileNotFoundError as missing:
        raise Conflict("home.no_database", place=str(data)) from missing
    if found != MAJOR:
        raise Conflict("home.other_database", place=str(data), found=found, needed=MAJOR)
    return True


def tidy(data: Path, account: Account) -> None:
    """Readies a cluster that no server of ours uses: its owner, its mode, and no lock file of a server that is gone."""
    own(data, account)
    if not postmaster.is_foreign(data):
        # Its pid may belong to another process by now, and the server would refuse to start beside it.
        (data / postmaster.FILE).unlink(missing_ok=True)
