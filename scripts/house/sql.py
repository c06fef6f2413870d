"""Rule 6: one place commits, SQL stands where a reader looks for it, and values never become part of its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch

from scripts.house.tree import Breach, Module, Modules

# Paths under src/yuanzhen; `*` also crosses folders. Each line says why it may.
COMMITS_IN = (
    "infrastructure/db/*",  # the one transaction per verb is opened and closed here
)
SQL_STANDS_IN = (
    "infrastructure/db/*",  # transactions, migrations, outbox
    "security/*",  # its own tables: log, keys, identities, relations, approvals, consents
    "*/store.py",  # an application's own tables
    "*/*_store.py",  # the same, where one file would be too long
    "*/store/*.py",
    "data/records/*",  # the repository is one store, a file per question
)
SQL_COMPOSED_IN = (
    "infrastructure/db/*",  # names of roles and databases cannot be arguments; a read is wrapped in its context
    "data/records/search/*",  # joins fixed conditions; what was asked for goes in as arguments
    "data/records/history.py",  # the same, for versions
    "data/records/finding.py",  # the same, for images
)

Text = tuple[str, int]  # and its line

RULE = "rule 6 (one transaction per verb)"
CALLS_THAT_COMMIT = ("commit", "rollback", "transaction")
TEXT_THAT_COMMITS = re.compile(r"\s*(COMMIT|ROLLBACK|BEGIN|START\s+TRANSACTION|SAVEPOINT)\b[\s\w]*;?\s*")
TEXT_OF_SQL = re.compile(
    r"""\s*(
        (with\s+[\w"]+(\s*\([^)]*\))?\s+as\s+(not\s+)?(materialized\s+)?\(.*)
      | select\s.*\bfrom\s+[\w".({]+ | select\s+[\w.]+\s*\(.*
      | insert\s+into\s+[\w".{]+  | update\s+(only\s+)?[\w".{]+\s+(as\s+\w+\s+)?set\b | delete\s+from\s+[\w".{]+
      | merge\s+into\s | truncate\s+(table\s+)?\w+ | copy\s+[\w".]+.*\b(from|to)\b
      | (create|alter|drop)\s+(or\s+replace\s+)?(unlogged\s+|temporary\s+|temp\s+|unique\s+)?
        (table|index|role|schema|function|view|policy|type|trigger|sequence|database|extension)\b
      | grant\s.*\bto\s | revoke\s.*\bfrom\s | (listen|notify)\s+\w+\s*$ | set\s+(local|role|session)\b
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
COMMITTING_LINE = re.compile(r"(?im)^\s*(commit|rollback|start\s+transaction)\s*;")


def breaches(modules: Modules) -> Iterator[Breach]:
    """All breaches of rule 6 in Python files."""
    for module in modules.values():
        place = "/".join(module.path.split("/")[2:])  # without src/yuanzhen
        texts = list(_texts(module.syntax))
        if not _any(place, COMMITS_IN):
            yield from commits(module, texts)
        if not _any(place, SQL_STANDS_IN):
            yield from places(module, texts)
        if not _any(place, SQL_COMPOSED_IN):
            yield from values(module)


def commits(module: Module, texts: list[Text]) -> Iterator[Breach]:
    """Only infrastructure/db begins, commits or rolls back, by call or by text."""
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS_THAT_COMMIT:
            yield Breach(module.path, node.lineno, RULE, f"only infrastructure/db may call .{node.func.attr}()")
    for text, line in texts:
        if TEXT_THAT_COMMITS.fullmatch(text):
            yield Breach(module.path, line, RULE, "only infrastructure/db may begin, commit or roll back")


def places(module: Module, texts: list[Text]) -> Iterator[Breach]:
    """SQL stands in store.py, in infrastructure/db, in security and in numbered migrations."""
    for text, line in texts:
        if TEXT_OF_SQL.match(text):
            yield Breach(module.path, line, RULE, "SQL outside a store.py (the table in scripts/house/sql.py)")


def values(module: Module) -> Iterator[Breach]:
    """What is put into a text of SQL are constants of the module, in capitals; values are $1 ... $n."""
    for node in ast.walk(module.syntax):
        for put_in in _put_into_sql(node):
            words = f"SQL with {ast.unparse(put_in)} put into its text: values are $1 ... $n, parts are CONSTANTS"
            yield Breach(module.path, put_in.lineno, RULE, words)


def _put_into_sql(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that an f-string, `+`, `%` or `.format` puts into a text of SQL and that are no constants."""
    pieces: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        pieces = [v.value for v in node.values if isinstance(v, ast.FormattedValue)] if _is_sql(node) else []
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod) and _is_sql(node.left):
        pieces = [node.right]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        pieces = [*node.args, *(k.value for k in node.keywords)] if _is_sql(node.func.value) else []
    yield from (piece for piece in pieces if not _is_constant(piece))


def _is_sql(node: ast.expr) -> bool:
    text = _whole(node)
    return text is not None and TEXT_OF_SQL.match(text) is not None


def _whole(node: ast.AST) -> str | None:
    """A text as it stands, an f-string with {} for what is put in; None for any other node."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr.isupper()
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def _texts(syntax: ast.Module) -> Iterator[Text]:
    """All texts of a file but its docstrings, f-strings as wholes."""
    left_out = {id(first.value) for node in ast.walk(syntax) for first in _first(node) if isinstance(first, ast.Expr)}
    left_out |= {id(part) for node in ast.walk(syntax) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(syntax):
        text = _whole(node)
        if text is not None and id(node) not in left_out and isinstance(node, ast.expr):
            yield text, node.lineno


def _first(node: ast.AST) -> list[ast.stmt]:
    """The statement where a docstring would stand."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return node.body[:1]
    return []


def _any(place: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(place, pattern) for pattern in patterns)
