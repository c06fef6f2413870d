"""The folder of a backup in the making: beside its place under another name, and there only when it is whole."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yuanzhen.infrastructure.disk import sync_folder
from yuanzhen.infrastructure.errors import Conflict, Forbidden, InsufficientStorage, Unavailable

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def in_the_making(to: Path, home: Path) -> Iterator[Path]:
    """A new folder beside `to`, renamed to it at the end of the block; removed when the block fails.

    Conflict `backup.in_home`, `backup.not_empty`, `backup.under_way`; InsufficientStorage `backup.disk_full`.
    """
    if to == home or home in to.parents:
        raise Conflict("backup.in_home", place=str(to), rule="a folder outside the home")
    with told(to):
        if to.exists() and (not to.is_dir() or to.is_mount() or any(to.iterdir())):
            raise Conflict("backup.not_empty", place=str(to), rule="the name of a folder that is not there yet")
        folder = to.parent / f".{to.name}.unfinished"
        with _alone(folder):
            try:
                yield folder
                sync_tree(folder)
                folder.replace(to)
                sync_folder(to.parent)
            except BaseException:
                shutil.rmtree(folder)
                raise


@contextmanager
def told(place: Path) -> Iterator[None]:
    """What the disk says, as a problem."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise InsufficientStorage("backup.disk_full", place=str(place), rule="nothing was kept") from error
        if isinstance(error, PermissionError):
            raise Forbidden("backup.not_allowed", place=str(error.filename or place)) from error
        raise Unavailable("backup.disk", place=str(place), error=errno.errorcode.get(error.errno or 0, "")) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Makes the folder, after removing one that a killed process left; a living one holds its lock."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        with _locked(folder):
            shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    with _locked(folder):
        yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict("backup.under_way", place=str(folder)) from None
    finally:
        os.close(held)


def sync_tree(folder: Path) -> None:
    """Syncs every folder of a tree; its files were synced when they were closed."""
    for one, _, _ in os.walk(folder, topdown=False):
        sync_folder(Path(one))


def files_of(folder: Path) -> Iterator[str]:
    """The paths of all files below a folder."""
    for one, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield (Path(one) / name).relative_to(folder).as_posix()
