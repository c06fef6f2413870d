"""The round: every check in its order; what one of them cannot do is a finding, and the round goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

from yuanzhen.infrastructure import clock as clocks
from yuanzhen.infrastructure.errors import Problem, Unavailable
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.operations import reach
from yuanzhen.programs.operations.doctor import certificates, data, home, machine, ports, time_source
from yuanzhen.programs.operations.doctor.finding import Finding, refused
from yuanzhen.programs.operations.restore import MARK
from yuanzhen.security.keys.root import Root


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """All findings, as they are made. Nothing is changed; a home that is not there yet is not made."""
    serving = settings.home.exists() and reach.is_serving(settings)
    checks = (
        ("home", home.home(settings)),
        ("disk", machine.disks(settings)),
        ("port", ports.ports(settings, serving=serving)),
        ("database-programs", _one(machine.programs, settings)),
        ("clock", _one(time_source.clock, settings)),
        ("certificate", certificates.certificates(settings, clocks.now())),
        ("sm4", _one(machine.cipher, settings)),
        ("push", _one(data.push, settings)),
        ("part", machine.parts()),
        ("clamav", _one(machine.scanner, settings)),
    )
    for name, check in checks:
        async for finding in _guarded(name, _later(check)):
            yield finding
    made = any((settings.home / name).exists() for name in ("root.key", "postgresql"))
    if made and not (settings.home / MARK).exists():
        async for finding in _inside(settings, serving=serving):
            yield finding


async def _inside(settings: Settings, *, serving: bool) -> AsyncIterator[Finding]:
    """What only the root key opens."""
    try:
        root = reach.known_root(settings)
    except Problem as problem:
        yield refused("root-key", problem)
        return
    yield home.root_key(root)
    async for finding in _guarded("database", data.database(settings, root, serving=serving)):
        yield finding
    async for finding in _guarded("objects", _objects(settings, root)):
        yield finding


async def _objects(settings: Settings, root: Root) -> AsyncIterator[Finding]:
    yield await home.objects(settings, root)


def _one(check: Callable[[Settings], Finding], settings: Settings) -> Iterator[Finding]:
    yield check(settings)


async def _later(findings: Iterator[Finding]) -> AsyncIterator[Finding]:
    for finding in findings:
        yield finding


async def _guarded(name: str, findings: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
    try:
        async for finding in findings:
            yield finding
    except Problem as problem:
        yield refused(name, problem)
    except OSError as error:
        yield refused(name, Unavailable("machine.refuses", place=error.filename, rule=error.strerror))
