"""The operating system's user that our programs run as, and what that user can reach.

PostgreSQL refuses to run as root, and the others need not. Started by root they run as `nobody`, or as the owner of a
data folder that is already there; no user is added. Started by anyone else they run as that user.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from yuanzhen.infrastructure.errors import Forbidden, Unavailable

ROOT = 0
SERVANT = "nobody"


@dataclass(frozen=True)
class Account:
    """A numeric user and group."""

    uid: int
    gid: int


def account_for(data: Path) -> Account:
    """Who runs the server of this data folder; Forbidden `home.not_yours` when the folder belongs to someone else."""
    me = Account(os.geteuid(), os.getegid())
    owner = _owner(data)
    if me.uid == ROOT:
        return owner if owner is not None and owner.uid != ROOT else _servant()
    if owner is not None and owner.uid != me.uid:
        raise Forbidden("home.not_yours", place=str(data), owner=owner.uid, you=me.uid)
    return me


def _owner(data: Path) -> Account | None:
    try:
        found = data.stat()
    except FileNotFoundError:
        return None
    except PermissionError as refused:
        raise Forbidden("home.not_yours", place=str(data), you=os.geteuid()) from refused
    return Account(found.st_uid, found.st_gid)


def _servant() -> Account:
    try:
        entry = pwd.getpwnam(SERVANT)
    except KeyError as missing:
        raise Unavailable("program.no_servant_user", user=SERVANT) from missing
    return Account(entry.pw_uid, entry.pw_gid)


def own(tree: Path, account: Account) -> None:
    """Gives a folder to the account, mode 0700; with all that is in it when root owned it (a copy that root made)."""
    if os.geteuid() == ROOT and tree.stat().st_uid != account.uid:
        for folder, _, files in os.walk(tree):
            for path in (Path(folder), *(Path(folder, name) for name in files)):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)
    tree.chmod(0o700)


def may_use(path: Path, account: Account) -> bool:
    """Whether the account can traverse every folder above `path`, and read and run (or list) the path itself.

    By the mode bits alone: a path that an access list opens counts as closed, which costs a copy and harms nothing.
    """
    real = path.resolve()
    return all(_grants(folder, account, 0o1) for folder in real.parents) and _grants(real, account, 0o5)


def _grants(path: Path, account: Account, wanted: int) -> bool:
    found = path.stat()
    shift = 6 if found.st_uid == account.uid else 3 if found.st_gid == account.gid else 0
    return (found.st_mode >> shift) & wanted == wanted
