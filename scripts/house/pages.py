"""How a page of Python looks, and what it may not ask for itself: time, surroundings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch

from scripts.house.tree import Breach, Module, Modules

MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 60

# Paths under src/yuanzhen.
CLOCK_READ_IN = ("infrastructure/clock.py", "infrastructure/ids.py")
CLOCK_CALLS = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
)
SURROUNDINGS_READ_IN = (
    "infrastructure/settings.py",
    "programs/*",
    "infrastructure/processes/runtime.py",  # where the platform keeps this user's sockets; no setting of ours
)
SURROUNDINGS = ("os.environ", "os.environb", "os.getenv", "os.putenv")


def forms(module: Module) -> Iterator[Breach]:
    """A file says what it is for, and neither it nor a function of it is long."""
    rule = "page (short, and says what it is for)"
    if module.fault:
        yield Breach(module.path, module.fault.lineno or 1, rule, f"the file does not parse: {module.fault.msg}")
        return
    if ast.get_docstring(module.syntax) is None:
        yield Breach(module.path, 1, rule, "the file does not begin with a docstring")
    lines = module.text.count("\n")
    if lines > MAX_FILE_LINES:
        yield Breach(module.path, MAX_FILE_LINES + 1, rule, f"{lines} lines; {MAX_FILE_LINES} at most")
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                words = f"{node.name} has {length} lines; {MAX_FUNCTION_LINES} at most"
                yield Breach(module.path, node.lineno, rule, words)


def surroundings(modules: Modules) -> Iterator[Breach]:
    """The clock is read by infrastructure/clock.py, the environment by settings and programs; nobody else."""
    for module in modules.values():
        place = "/".join(module.path.split("/")[2:])
        used = list(_used(module.syntax))
        if not _any(place, CLOCK_READ_IN):
            for name, line in used:
                if name in CLOCK_CALLS:
                    yield Breach(module.path, line, "clock (time is an argument)", f"{name} outside {CLOCK_READ_IN[0]}")
        if not _any(place, SURROUNDINGS_READ_IN):
            for name, line in used:
                if name in SURROUNDINGS:
                    words = f"{name} outside {SURROUNDINGS_READ_IN[0]} and programs"
                    yield Breach(module.path, line, "rule 1 (settings are passed down)", words)


def folders(modules: Modules) -> Iterator[Breach]:
    """Each folder of the product is a package: without `__init__.py` it says nowhere what it is for."""
    places = {module.path for module in modules.values()}
    for folder in sorted({place.rpartition("/")[0] for place in places}):
        if f"{folder}/__init__.py" not in places:
            yield Breach(folder, 1, "page (short, and says what it is for)", "the folder has no __init__.py")


def _used(syntax: ast.Module) -> Iterator[tuple[str, int]]:
    """Dotted names as used, by their first names: `dt.datetime.now` counts as datetime.now, whatever the alias."""
    first_names = _first_names(syntax)
    for node in ast.walk(syntax):
        if isinstance(node, ast.Attribute):
            parts = ast.unparse(node).split(".")
            parts[:1] = first_names.get(parts[0], parts[0]).split(".")
            yield ".".join(parts[-2:]), node.lineno
        elif isinstance(node, ast.Name) and "." in first_names.get(node.id, ""):
            yield first_names[node.id], node.lineno


def _first_names(syntax: ast.Module) -> dict[str, str]:
    """What each imported name stands for: {"now_s": "time.time", "dt": "datetime"}."""
    names: dict[str, str] = {}
    for node in ast.walk(syntax):
        if isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _any(place: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(place, pattern) for pattern in patterns)
