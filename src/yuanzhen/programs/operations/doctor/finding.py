"""One line of the doctor's, in both languages. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from yuanzhen.doors.titles import title
from yuanzhen.infrastructure.errors import Problem

Level = Literal["ok", "warn", "fail"]
Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, Language] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Finding:
    """How something stands: `fail` when the product cannot serve so, `warn` for what somebody should look at."""

    level: Level
    name: str
    zh: str
    en: str

    def line(self, language: Language) -> str:
        """`ok|warn|fail NAME: words`"""
        return f"{self.level} {self.name}: {self.zh if language == 'zh' else self.en}"


def refused(name: str, problem: Problem) -> Finding:
    """What a part of the product says when it cannot go on."""
    return Finding("fail", name, *(f"{called(problem, language)}: {problem}" for language in LANGUAGES))


def called(problem: Problem, language: Language) -> str:
    """What a problem is called."""
    return title(problem.code, problem.status, english=language == "en")


def language_of(chosen: str | None, environment: str) -> Language:
    """The language that was asked for, else that of the terminal (`LC_ALL`, `LC_MESSAGES` or `LANG`)."""
    return "zh" if (chosen or environment).lower().startswith("zh") else "en"
