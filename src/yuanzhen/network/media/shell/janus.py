"""Our own Janus: found on this machine, set up anew at each start, started as whoever runs our other programs."""

from __future__ import annotations

import asyncio
import os
import re
import secrets as chance
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from yuanzhen.infrastructure.db.embedded.places import Places
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.processes import runtime
from yuanzhen.infrastructure.processes.account import ROOT, account_for, may_use, own
from yuanzhen.infrastructure.processes.child import Child, spawn
from yuanzhen.network.media import configuration
from yuanzhen.network.media.configuration import PLUGINS, TRANSPORTS, Ground, Secrets

PROGRAM = "janus"
LIBRARIES = (Path("/usr/lib"), Path("/usr/local/lib"), Path("/opt/janus/lib"))
PARTS = {PLUGINS: "libjanus_videoroom.so", TRANSPORTS: "libjanus_websockets.so"}
FOLDER = "media"
RECORDINGS = Path("/var/lib/yuanzhen/recordings")
SAID = re.compile(r"\[(?P<kind>FATAL|ERR)\] (?:\[(?P<at>[\w./]+:\w+:\d+)\] )?(?P<words>.*)")
NO_WORD = re.compile(r"\S*[^\sA-Za-z,.'()!-]\S*")  # may be an address or an id


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the program is, and the parts of it that we load by the folder they go to."""

    janus: Path
    parts: dict[str, Path]


@dataclass(frozen=True, slots=True)
class Started:
    """A Janus of ours: its folder with the two sockets, and the secrets of this start."""

    child: Child
    folder: Path
    secrets: Secrets


def programs() -> Programs:
    """What Debian's `janus` brings; Unavailable `media.no_server` with the name of what lacks."""
    found = shutil.which(PROGRAM)
    if found is None:
        raise Unavailable("media.no_server", lacks=PROGRAM)
    parts = {}
    for folder, name in PARTS.items():
        places = (place for above in LIBRARIES for place in above.glob(f"**/janus/{folder}/{name}"))
        part = next(places, None)
        if part is None:
            raise Unavailable("media.no_server", lacks=name)
        parts[folder] = part
    return Programs(Path(found), parts)


def available() -> bool:
    """Whether a media server can be started here."""
    try:
        programs()
    except Unavailable:
        return False
    return True


def start(home: Path, ground: Ground, name: str = FOLDER) -> Started:
    """Starts it with files and secrets of its own; it dies with us, and takes requests in a moment.

    `name`: of its folder among the runtime files; two that run at once have two.
    """
    found = programs()
    account = account_for(Places.of(home).data)
    folder = runtime.runtime_folder(home, account) / name
    secrets = Secrets(*(chance.token_hex(32) for _ in range(3)))
    links = {f"{part}/{target.name}": target for part, target in found.parts.items()}
    runtime.furnish(folder, account, configuration.files(folder, ground, secrets), links)
    reading, writing = os.pipe()
    try:
        command = [str(found.janus), "-F", str(folder), "-C", str(folder / "janus.jcfg")]
        child = spawn(command, account, stdout=writing, stderr=writing)
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    told = asyncio.get_running_loop().create_task(_told(reading))
    child.ended.add_done_callback(lambda _: told)  # kept as long as the child
    return Started(child, folder, secrets)


def recordings(home: Path) -> Path:
    """Where a home's rooms are recorded, made when it is not there: in the home, where the server may go there.

    It follows a path by its own rights, so what root keeps to itself is out of its reach.
    """
    account = account_for(Places.of(home).data)
    inside = os.geteuid() != ROOT or may_use(home, account)
    folder = home / "recordings" if inside else RECORDINGS / runtime.name_of(home)
    if not inside:
        for above in (RECORDINGS.parent, RECORDINGS):
            above.mkdir(exist_ok=True)
            above.chmod(0o755)  # mkdir's mode is cut by the umask
    folder.mkdir(mode=0o700, exist_ok=True)
    own(folder, account)
    return folder


def clear(home: Path, name: str = FOLDER) -> None:
    """Removes what a Janus that has ended leaves behind; never what it recorded."""
    with suppress(OSError):  # something lies in it
        recordings(home).rmdir()
    runtime.clear(runtime.runtime_folder(home, account_for(Places.of(home).data)) / name)


async def _told(descriptor: int) -> None:
    """Writes down what it warns of, without what may be somebody's address or id."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(descriptor, "rb", 0)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        while line := await reader.readline():
            if said := SAID.match(line.decode(errors="replace")):
                log.warning(
                    "janus_said", kind=said["kind"], at=said["at"], words=NO_WORD.sub("-", said["words"]).strip()
                )
    finally:
        transport.close()
