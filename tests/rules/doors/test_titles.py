"""Every problem that the sources can raise has a title in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import yuanzhen
from yuanzhen.doors import titles
from yuanzhen.infrastructure import errors

SOURCES = Path(yuanzhen.__file__).parent
FAMILY = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.Problem)}
ALIKE_ON_PURPOSE: list[set[str]] = []  # pairs of one family that a reader need not tell apart


def raised(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The codes that calls of the family name literally, with their lines; both sides of a conditional."""
    family = FAMILY | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in FAMILY for base in node.bases)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in family:
            first = node.args[0]
            for value in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.value, node.lineno


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def test_every_code_in_the_sources_has_a_title() -> None:
    missing = [
        f"{path.relative_to(SOURCES)}:{line} {code}"
        for path in sorted(SOURCES.rglob("*.py"))
        for code, line in raised(ast.parse(path.read_text(encoding="utf-8")))
        if code not in titles.TITLES
    ]
    assert not missing, "add to doors/titles/:\n" + "\n".join(missing)


def test_the_search_finds_what_it_should() -> None:
    source = """
class Mine(NotFound): ...
raise errors.Invalid("a.b", place="x")
problem = Conflict("c.d" if late else "e.f")
raise Mine("g.h")
raise ValueError("not ours")
"""
    assert sorted(code for code, _ in raised(ast.parse(source))) == ["a.b", "c.d", "e.f", "g.h"]


def test_titles_are_in_both_languages_and_say_no_more_than_fits_a_line() -> None:
    for code, (chinese, english) in titles.TITLES.items():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese), code
        assert english.isascii(), code
        assert len(chinese) <= 40, code
        assert len(english) <= 80, code


@pytest.mark.parametrize("language", [0, 1], ids=["zh", "en"])
def test_no_two_problems_of_a_family_are_called_the_same(language: int) -> None:
    first: dict[tuple[str, str], str] = {}
    alike = []
    for code, called in titles.TITLES.items():
        other = first.setdefault((code.partition(".")[0], called[language]), code)
        if other != code and {other, code} not in ALIKE_ON_PURPOSE:
            alike.append(f"{other} and {code}: {called[language]}")
    assert not alike, "say what each of them is:\n" + "\n".join(alike)


@pytest.mark.parametrize("english", [True, False])
def test_a_code_from_elsewhere_is_called_by_its_status(english: bool) -> None:
    assert titles.title("newer.part", 409, english=english) == titles.OF_STATUS[409][english]
    assert titles.title("newer.part", 418, english=english) == titles.OF_STATUS[500][english]


@pytest.mark.parametrize(
    ("header", "english"),
    [("", False), ("en", True), ("zh", False), ("en-US,en;q=0.9,zh;q=0.8", True), ("zh-CN,en;q=0.5", False),
     ("de", False), ("en;q=0", False), ("en;q=nonsense", False), ("EN", True), ("en;q=2, zh", False)],
)  # fmt: skip
def test_the_language_is_the_one_the_reader_ranks_first(header: str, english: bool) -> None:
    assert titles.prefers_english(header) is english
