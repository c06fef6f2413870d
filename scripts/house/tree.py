"""The source as the rules see it: modules, what each imports and where, and the words of a breach."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PRODUCT = "yuanzhen"


@dataclass(frozen=True, order=True)
class Breach:
    """One place that breaks one rule."""

    path: str
    line: int
    rule: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.words}"


@dataclass(frozen=True)
class Import:
    """An imported module by its full name; `for_types` when it stands under `if TYPE_CHECKING`."""

    name: str
    line: int
    for_types: bool


@dataclass(frozen=True)
class Module:
    """A Python file: its dotted name, its path from the root, its text and syntax tree, its imports.

    One that does not parse has an empty tree, and its `fault`; the other files are judged all the same.
    """

    name: str
    path: str
    text: str
    syntax: ast.Module
    imports: tuple[Import, ...]
    fault: SyntaxError | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The name without the product's: ("data", "records", "store")."""
        return tuple(self.name.split("."))[1:]


Modules = dict[str, Module]


def read_product(root: Path) -> Modules:
    """All modules under `src/yuanzhen` by name, their imports resolved against each other."""
    source = root / "src"
    files = {_name(path.relative_to(source)): path for path in sorted((source / PRODUCT).rglob("*.py"))}
    return {name: _module(root, name, path, set(files)) for name, path in files.items()}


def read_file(root: Path, path: Path) -> Module:
    """One file outside the product (a test, a figure, a script), for the rules on pages."""
    return _module(root, path.stem, path, set())


def parts_of(name: str) -> tuple[str, ...]:
    """("data", "records") of "yuanzhen.data.records"; empty for what is not ours."""
    first, *rest = name.split(".")
    return tuple(rest) if first == PRODUCT else ()


def is_ours(name: str) -> bool:
    """Whether a module of that name belongs to the product."""
    return name.split(".")[0] == PRODUCT


def reached(modules: Modules, start: Module) -> Iterator[tuple[Import, tuple[str, ...]]]:
    """Every import that running `start` brings about, with the chain of names to it, shortest first.

    What others import for types alone is not run, and does not count; a module's folders are run with it, and do.
    """
    seen = {start.name}
    waiting: deque[tuple[Module, tuple[str, ...]]] = deque([(start, (start.name,))])
    while waiting:
        module, chain = waiting.popleft()
        for imported in module.imports:
            if imported.for_types and module is not start:
                continue
            yield imported, (*chain, imported.name)
            for name in _with_folders(imported.name):
                if name in modules and name not in seen:
                    seen.add(name)
                    waiting.append((modules[name], (*chain, name)))


def first_step(start: Module, chain: tuple[str, ...]) -> int:
    """The line in `start` at which the chain leaves it."""
    return next(i.line for i in start.imports if i.name == chain[1] or i.name.startswith(f"{chain[1]}."))


def _with_folders(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 1, -1)]


def _name(path: Path) -> str:
    parts = list(path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module(root: Path, name: str, path: Path, known: set[str]) -> Module:
    text = path.read_text(encoding="utf-8")
    place = path.relative_to(root).as_posix()
    folder = name if path.name == "__init__.py" else name.rpartition(".")[0]
    try:
        syntax = ast.parse(text, filename=place)
    except SyntaxError as error:
        return Module(name, place, text, ast.Module([], []), (), error)
    return Module(name, place, text, syntax, tuple(_imports(syntax, folder, known)))


def _imports(syntax: ast.Module, folder: str, known: set[str]) -> Iterator[Import]:
    for_types = {id(node) for block in ast.walk(syntax) if _is_for_types(block) for node in ast.walk(block)}
    for node in ast.walk(syntax):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, id(node) in for_types) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, folder)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield Import(full if full in known else base, node.lineno, id(node) in for_types)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _base(node: ast.ImportFrom, folder: str) -> str:
    """The module that `from ... import` names: "." is the folder itself, each further dot one folder up."""
    if not node.level:
        return node.module or ""
    parts = folder.split(".")
    kept = parts[: len(parts) - (node.level - 1)]
    return ".".join([*kept, node.module] if node.module else kept)
