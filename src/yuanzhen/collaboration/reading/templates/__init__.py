"""Templates of an opinion: one file each, plain text in both languages, filled in as it stands and never run."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from yuanzhen.doors.paging import Page


class Words(msgspec.Struct, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str


class Template(msgspec.Struct, forbid_unknown_fields=True):
    """One template; without departments or modalities it is for all of them."""

    id: str
    title: Words
    departments: list[str]  # words in the name of a department, in any language
    modalities: list[str]  # DICOM's (PS3.3 C.7.3.1.1.1)
    findings: Words
    conclusion: Words
    advice: Words


class Templates(Page):
    """Templates, the fitting ones first."""

    items: list[Template]


@cache
def known() -> tuple[Template, ...]:
    """All templates, by id."""
    found = [file for file in files(__name__).iterdir() if file.name.endswith(".json")]
    return tuple(sorted((read(file.read_bytes()) for file in found), key=lambda one: one.id))


def read(content: bytes) -> Template:
    """A template's file. Raises msgspec.ValidationError for what is none."""
    return msgspec.json.decode(content, type=Template)


def fitting(department: str, modality: str) -> Templates:
    """Those of the modality first, of these those for a department of this name first; then the rest."""
    name = department.casefold()

    def misses(one: Template) -> tuple[bool, bool]:
        of_department = any(word.casefold() in name for word in one.departments)
        return (bool(one.modalities) and modality not in one.modalities, not of_department)

    return Templates(items=sorted(known(), key=misses), next=None)
