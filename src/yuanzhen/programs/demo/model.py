"""What the demo's tables are made of: houses, people who log in, patients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from yuanzhen.programs.demo.numbers import resident_number


@dataclass(frozen=True, slots=True)
class House:
    """An institution: its key here, its name, level, and whose it is (a key)."""

    key: str
    name: str
    level: Literal["city", "county", "township"]
    parent: str


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody who can log in; `house` and `departments` are keys and names of the tables here."""

    login: str
    name: str
    role: str
    house: str
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """A patient as the systems of a house know them; `latin` is the name as the scanner's keyboard has it."""

    number: str
    family: str
    given: str
    latin: str
    sex: Literal["F", "M"]
    born: date
    sequence: int
    house: str = "liushu"

    @property
    def name(self) -> str:
        """As people write it."""
        return self.family + self.given

    @property
    def facility(self) -> str:
        """How the system of the patient's house names itself (MSH-4), and numbers its patients (PID-3.4)."""
        return self.house.upper()

    @property
    def resident_number(self) -> str:
        """Valid in form, of no region."""
        return resident_number(self.born, self.sequence)
