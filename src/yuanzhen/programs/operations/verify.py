"""`yuanzhen verify FROM`: whether a backup is whole, to the last byte; it needs the backup and its passphrase alone.

Every file is read and hashed, every table opened and its rows counted and added up as a restore would load them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from yuanzhen.infrastructure.db.copying.rows import RowSum
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.programs.operations import manifest as manifests
from yuanzhen.programs.operations.folder import files_of
from yuanzhen.programs.operations.manifest import (
    LOST_LIST,
    MAC,
    MANIFEST,
    OBJECT_LIST,
    OBJECTS,
    ROOT,
    File,
    Manifest,
    Rows,
)
from yuanzhen.programs.operations.sealed import hashed, lines, opened
from yuanzhen.security.crypto import sm3
from yuanzhen.security.keys.root import Root

Say = Callable[[str], None]


@dataclass(slots=True)
class Report:
    """What was found: `faults` of the backup, and what was `lost` before it was made; each line names its file."""

    faults: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    manifest: Manifest | None = None
    root: Root | None = field(default=None, repr=False)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong and nothing was lost."""
        return not self.faults and not self.lost


def verify(source: Path, passphrase: bytes | None, say: Say) -> Report:
    """Goes through all of a backup. What is wrong stands in the report; nothing is raised for it."""
    report = Report()
    try:
        manifest, root = _manifest(source, passphrase)
    except Problem as problem:
        report.faults.append(f"{problem.place or MANIFEST}: {problem.code}")
        return report
    except OSError as error:
        report.faults.append(f"{Path(error.filename or source).name}: {error.strerror}")
        return report
    report.manifest, report.root = manifest, root
    say(f"backup of home {manifest.home}, made {manifest.made:%Y-%m-%d %H:%M:%S %Z} by {manifest.program}")
    sound = set()
    for file in manifest.files:
        fault = _difference(source, file)
        if fault:
            report.faults.append(f"{file.path}: {fault}")
        else:
            sound.add(file.path)
    say(f"files: {len(manifest.files)}")
    report.faults += _unknown(source, manifest)
    for rows in manifest.tables:
        if rows.path in sound:
            report.faults += [f"{rows.path}: {fault}" for fault in _row_faults(source, rows, root)]
    say(f"tables: {len(manifest.tables)}")
    if OBJECT_LIST in sound:
        report.faults += _object_faults(source, manifest)
        say(f"objects: {manifest.objects}")
    if LOST_LIST in sound:
        for key, _, why in (line.partition(" ") for line in lines(source / LOST_LIST)):
            report.lost.append(f"{OBJECTS}/{key}: {why}, lost before the backup was made")
    return report


def _manifest(source: Path, passphrase: bytes | None) -> tuple[Manifest, Root]:
    """The manifest, when the home with the backup's own root wrote it."""
    content = (source / MANIFEST).read_bytes()
    manifest = manifests.decode(content)
    root = Root.open(source / ROOT, passphrase, may_create=False)
    manifests.check_mac(root, content, (source / MAC).read_bytes())
    return manifest, root


def _difference(source: Path, file: File) -> str | None:
    """How a file differs from what the manifest says of it, in words; None when it does not."""
    try:
        found = hashed(source, file.path)
    except OSError as error:
        return error.strerror or type(error).__name__
    if found.bytes != file.bytes:
        return f"{found.bytes} bytes instead of {file.bytes}"
    return None if found.sm3 == file.sm3 else "its SM3 is not the one that was written"


def _unknown(source: Path, manifest: Manifest) -> Iterator[str]:
    """Files that are no part of the backup: whoever reads it by hand could take them for one."""
    known = {MANIFEST, MAC, *(file.path for file in manifest.files)}
    for path in files_of(source):
        if path not in known and not path.startswith(f"{OBJECTS}/"):
            yield f"{path}: not a part of this backup"


def _row_faults(source: Path, rows: Rows, root: Root) -> Iterator[str]:
    """A table's rows against the manifest, read as a restore reads them."""
    total = RowSum(sm3.digest)
    try:
        for piece in opened(source, rows.path, root):
            total.feed(piece)
    except Problem as problem:
        yield problem.code
        return
    if total.rows != rows.rows or not total.at_row_end:
        yield f"{total.rows} rows instead of {rows.rows}"
    elif total.value != rows.sum:
        yield "its rows are not those that were counted"


def _object_faults(source: Path, manifest: Manifest) -> Iterator[str]:
    count = 0
    for file in objects(source):
        count += 1
        fault = _difference(source, file)
        if fault:
            yield f"{file.path}: {fault}"
    if count != manifest.objects:
        yield f"{OBJECT_LIST}: {count} objects instead of {manifest.objects}"
    if sum(1 for _ in files_of(source / OBJECTS)) > count:
        known = {file.path for file in objects(source)}
        for path in files_of(source / OBJECTS):
            if f"{OBJECTS}/{path}" not in known:
                yield f"{OBJECTS}/{path}: not a part of this backup"


def objects(source: Path) -> Iterator[File]:
    """The objects of a backup, as `objects.list` names them, one at a time."""
    for line in lines(source / OBJECT_LIST):
        digest, size, key = line.split(" ", 2)
        yield File(f"{OBJECTS}/{key}", int(size), digest)
