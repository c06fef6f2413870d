"""Rules 1 to 5: who may import whom. The tables are the rules; the functions only compare."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.house.tree import Breach, Import, Module, Modules, first_step, is_ours, parts_of, reached

# Rule 1: top to bottom; rooms of one floor do not know each other.
FLOORS = (
    ("programs",),
    ("applications", "station"),
    ("collaboration",),
    ("intelligence",),
    ("data", "network"),
    ("doors",),
    ("security",),
    ("infrastructure",),
)
HEIGHT = {room: -floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Rule 2: what is seen of a folder by its equals, and by the upper tier of applications.
FOLDERS_OF_EQUALS = ("applications", "collaboration")
UPPER_TIER = ("management", "administration", "patient_services")
FACE = "events"
VERBS = "service"

# Rule 3: the order inside a folder; a file imports only files of a lower number.
ORDER = {"events": 0, "model": 1, "store": 2, "publish": 2, "access": 3, "service": 4, "routes": 5, "jobs": 5}
FOLDER_DEPTH = {"applications": 2, "collaboration": 2, "station": 1}

# Rule 4: files without I/O, clock or chance; in network/ every file is one but those named here.
PURE_FILES = ("model", "events")
NETWORK_SHELLS = ("shell", "sockets", "store", "service", "access", "routes", "jobs", "publish")
WAITING = ("asyncio", "multiprocessing", "select", "selectors", "subprocess", "threading", "uvloop")
TALKING = ("http.client", "http.server", "httptools", "httpx", "socket", "socketserver", "ssl", "urllib.request")
SERVING = ("asyncpg", "litestar", "obstore", "starlette", "uvicorn", "websockets")
TIME_AND_CHANCE = ("random", "secrets", "time", "yuanzhen.infrastructure.clock", "yuanzhen.infrastructure.ids")
IMPURE = frozenset(WAITING + TALKING + SERVING + TIME_AND_CHANCE)

# Rule 5: (who, what it never reaches, by any chain). The edge node runs without the centre; codecs know no record.
NEVER_REACHES = (
    ("station", ("applications", "collaboration", "data.records", "data.intake", "data.archive")),
    ("data.exchange", ("data.records", "data.intake")),
)
STATION_OF_DATA = ("exchange", "masking", "terminology")


def breaches(modules: Modules) -> Iterator[Breach]:
    """All breaches of rules 1 to 5."""
    for module in modules.values():
        yield from direction(module)
        yield from faces(module)
        yield from inside(modules, module)
        yield from purity(modules, module)
        yield from reach(modules, module)


def direction(module: Module) -> Iterator[Breach]:
    """Rule 1: imports point down."""
    rule = "rule 1 (imports point down)"
    room = module.parts[0] if module.parts else ""
    if room and room not in HEIGHT:
        yield Breach(module.path, 1, rule, f"there is no room {room} in the house")
        return
    for imported in _ours(module):
        other = parts_of(imported.name)[:1]
        if not other or other[0] == room:
            continue
        if other[0] not in HEIGHT or not room or HEIGHT[other[0]] >= HEIGHT[room]:
            yield Breach(module.path, imported.line, rule, f"{room or 'the root'} imports {imported.name}")


def faces(module: Module) -> Iterator[Breach]:
    """Rule 2: equals see of each other only events; the upper tier calls the services of the lower."""
    rule = "rule 2 (equals meet at events)"
    if not module.parts or module.parts[0] not in FOLDERS_OF_EQUALS:
        return
    mine = module.parts[1:2]
    above = module.parts[0] == "applications" and mine and mine[0] in UPPER_TIER
    for imported in _ours(module):
        room, *rest = parts_of(imported.name) or ("",)
        if room != module.parts[0] or not rest or tuple(rest[:1]) == mine:
            continue
        seen = rest[1] if len(rest) > 1 else "the folder itself"
        if seen != FACE and not (seen == VERBS and above and rest[0] not in UPPER_TIER):
            yield Breach(module.path, imported.line, rule, f"{'.'.join(module.parts)} imports {imported.name}")


def inside(modules: Modules, module: Module) -> Iterator[Breach]:
    """Rule 3: routes | jobs -> service -> access -> store | publish -> model -> events, also by way of other files."""
    depth = FOLDER_DEPTH.get(module.parts[0] if module.parts else "")
    own = _kind(module.parts[depth:]) if depth else None
    if depth is None or own is None:
        return
    folder = module.parts[:depth]
    waiting, seen = [(i, i.line) for i in _ours(module)], {module.name}
    while waiting:
        imported, line = waiting.pop(0)
        parts = parts_of(imported.name)
        if parts[:depth] != folder or imported.name in seen:
            continue
        seen.add(imported.name)
        other = _kind(parts[depth:])
        if other is None and imported.name in modules:
            waiting += [(i, line) for i in _ours(modules[imported.name])]
        elif other is not None and other != own and ORDER[other] >= ORDER[own]:
            words = f"{own} comes to {imported.name}, which stands above or beside it"
            yield Breach(module.path, line, "rule 3 (order inside an application)", words)


def purity(modules: Modules, module: Module) -> Iterator[Breach]:
    """Rule 4: model, events and the pure halves of network reach no I/O, clock or chance, by any chain."""
    if not _is_pure(module):
        return
    for imported, chain in reached(modules, module):
        if _within(imported.name, IMPURE):
            words = f"a pure file comes to {imported.name}: {' -> '.join(chain)}"
            yield Breach(module.path, first_step(module, chain), "rule 4 (pure files)", words)
            return


def reach(modules: Modules, module: Module) -> Iterator[Breach]:
    """Rule 5: the station never reaches the centre's rooms, nor exchange the records, by any chain."""
    rule = "rule 5 (the edge runs alone)"
    own = ".".join(module.parts)
    for who, never in NEVER_REACHES:
        if not _within(own, (who,)):
            continue
        for imported, chain in reached(modules, module):
            if _within(".".join(parts_of(imported.name)), never):
                words = f"{who} comes to {imported.name}: {' -> '.join(chain)}"
                yield Breach(module.path, first_step(module, chain), rule, words)
                break
    if own.split(".")[0] == "station":
        for imported in _ours(module):
            parts = parts_of(imported.name)
            if parts[:1] == ("data",) and not set(parts[1:2]) & set(STATION_OF_DATA):
                words = f"station imports {imported.name}; of data it knows {', '.join(STATION_OF_DATA)}"
                yield Breach(module.path, imported.line, rule, words)


def _ours(module: Module) -> list[Import]:
    return [imported for imported in module.imports if is_ours(imported.name)]


def _kind(parts: tuple[str, ...]) -> str | None:
    """Which of the few files of a folder this is (`opinion.store` is a store); None for any other."""
    return next((part for part in reversed(parts) if part in ORDER), None)


def _is_pure(module: Module) -> bool:
    if not module.parts:
        return False
    if module.parts[0] == "network" and len(module.parts) > 1:
        return not any(part.endswith(NETWORK_SHELLS) for part in module.parts[1:])
    return module.parts[-1] in PURE_FILES


def _within(name: str, names: tuple[str, ...] | frozenset[str]) -> bool:
    """Whether the dotted name is one of the names or lies beneath one."""
    parts = name.split(".")
    return any(".".join(parts[: length + 1]) in names for length in range(len(parts)))
