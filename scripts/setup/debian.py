"""Debian's half of set-up: packages where we may install them, the CT volume without any right at all.

Root installs directly, a user with passwordless sudo through it; anybody else is told what lacks, what that means,
and the command that brings it. None of these is needed to get an answer from `make setup`: what lacks is said.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.setup.ground import ROOT, STATE, SetupFailed, Took, run, say

LIST = ROOT / "scripts" / "debian-packages.txt"
APT = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3", "--yes", "--no-install-recommends"]
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/yuanzhen.conf")

UNITS = Path("/etc/systemd/system")  # a link there to /dev/null masks a unit: systemd.unit(5)
# Whose services are masked: we start the programs ourselves
PROGRAMS_ALONE = ("orthanc", "janus", "coturn", "clamav-daemon")

CT_PACKAGE = "invesalius-examples"  # 3.1.99998-4, GPL-2
CT_INSIDE = "usr/share/doc/invesalius-examples/examples/Cranium.inv3"
CT_SHA256 = "3b34f11f7c4f557f4c65cd6543c412a2f6ceb0cfecfd9c41184420e02d9b7e2a"
CT_HERE = STATE / "ct" / "Cranium.inv3"


@dataclass(frozen=True)
class Package:
    """One line of the list."""

    name: str
    tried: str
    when: str
    without: str


def packages(long: bool) -> None:
    """Installs what lacks of the list, or says what lacks, what each lack means and how to bring it."""
    wanted = [package for package in _listed() if long or package.when == "always"]
    if shutil.which("dpkg-query") is None:
        say("debian", f"this is not Debian; see to these yourself: {' '.join(p.name for p in wanted)}")
        return
    missing = [package for package in wanted if not _installed(package)]
    prefix = _privilege()
    if missing and prefix is not None:
        _install(missing, prefix)
        missing = [package for package in missing if not _installed(package)]
    if missing:
        _tell(missing, prefix)


def ct_volume() -> None:
    """Fetches the CT volume of a real head that the demo plays, and checks it; no right is needed."""
    if CT_HERE.exists():
        return
    try:
        if shutil.which("apt-get") is None:
            raise SetupFailed("apt-get is not here")
        say("ct", f"fetching the CT volume (Debian's {CT_PACKAGE}, 18 MB)")
        took = Took()
        with tempfile.TemporaryDirectory(prefix="yuanzhen-apt-") as folder:
            _fetch_ct(Path(folder))
        say("ct", f"ready ({took})")
    except SetupFailed as failure:
        say("ct", f"LACKS the CT volume: the demo shows no CT and its tests are skipped ({failure})")


def _listed() -> Iterator[Package]:
    for line in LIST.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield Package(*(field.strip() for field in line.split("|")))


def _installed(package: Package) -> bool:
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package.name], capture_output=True, text=True, check=False
    )
    return asked.stdout == "installed"


def _privilege() -> list[str] | None:
    """What goes before a command that wants root: nothing, sudo, or None when neither is to be had."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def _install(missing: list[Package], prefix: list[str]) -> None:
    names = [package.name for package in missing]
    say("debian", f"installing {' '.join(names)}{' through sudo' if prefix else ''} (a minute or two)")
    took = Took()
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    try:
        run("debian", [*quiet, *APT, "update"])
        for name in PROGRAMS_ALONE:
            if name in names:
                no_service(prefix, UNITS / f"{name}.service")
        with _no_cluster(prefix, wanted="postgresql-15" in names):
            run("debian", [*quiet, *APT, "install", *names])
        say("debian", f"installed ({took})")
    except SetupFailed as failure:
        say("debian", f"apt-get did not succeed: {failure}")


def no_service(prefix: list[str], mask: Path) -> None:
    """Masks the service that a package brings: it would listen from its installation on, and after each boot.

    The mask stays, for only the program is wanted; a unit of somebody's own is left alone.
    """
    if mask.exists() or mask.is_symlink():
        return
    run("debian", [*prefix, "install", "-d", mask.parent])
    run("debian", [*prefix, "ln", "-s", "/dev/null", mask])
    say("debian", f"masked {mask.name}: its program alone is used (`systemctl unmask {mask.stem}` brings the service)")


@contextmanager
def _no_cluster(prefix: list[str], *, wanted: bool) -> Iterator[None]:
    """While PostgreSQL is installed, tells Debian to make no cluster: no server starts, now or at boot."""
    if not wanted or NO_CLUSTER.exists():
        yield
        return
    with tempfile.NamedTemporaryFile("w") as text:
        text.write("create_main_cluster = false\n")
        text.flush()
        run("debian", [*prefix, "install", "-D", "-m", "644", text.name, NO_CLUSTER])
    try:
        yield
    finally:
        run("debian", [*prefix, "rm", NO_CLUSTER])


def _tell(missing: list[Package], prefix: list[str] | None) -> None:
    why = "you are neither root nor may use sudo without a password" if prefix is None else "apt-get did not bring it"
    say("debian", f"LACKS {len(missing)} of Debian's packages ({why}); what each lack means:")
    for package in missing:
        say("debian", f"  {package.name}: {package.without}")
    names = " ".join(package.name for package in missing)
    say("debian", f"  to bring them, as root: apt-get update && apt-get install --no-install-recommends {names}")
    if any(package.name == "postgresql-15" for package in missing):
        say("debian", f"  (beforehand, so that no server starts: `create_main_cluster = false` in {NO_CLUSTER})")
    if services := [package.name for package in missing if package.name in PROGRAMS_ALONE]:
        say("debian", f"  (beforehand, so that no server starts: systemctl mask {' '.join(services)})")


def _fetch_ct(folder: Path) -> None:
    """Downloads with lists of its own in `folder`, so that neither root nor fresh lists are needed."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    own = ["-o", f"Dir::State={folder}/state", "-o", f"Dir::Cache={folder}/cache"]
    own += ["-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "Acquire::Retries=3"]
    if os.geteuid() == 0:
        own += ["-o", "APT::Sandbox::User=root"]  # the folder is ours alone
    run("ct", ["apt-get", *own, "update"])
    run("ct", ["apt-get", *own, "download", CT_PACKAGE], cwd=folder)
    archive = next(folder.glob(f"{CT_PACKAGE}_*.deb"))
    run("ct", ["dpkg-deb", "-x", archive, folder / "content"])
    volume = folder / "content" / CT_INSIDE
    found = hashlib.sha256(volume.read_bytes()).hexdigest()
    if found != CT_SHA256:
        raise SetupFailed(f"{CT_PACKAGE} holds another volume than the one tried (SHA-256 {found})")
    CT_HERE.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(volume, CT_HERE.with_suffix(".part"))
    CT_HERE.with_suffix(".part").rename(CT_HERE)
