"""`demo.json` in the home, readable by its owner alone: who can log in and how, and what the demo has done so far."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
import pyotp

from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.security import files

NAME = "demo.json"
STEP_S = 30  # RFC 6238, as security/identity has it


class Login(msgspec.Struct):
    """How one demo person logs in."""

    name: str
    role: str
    house: str
    password: str
    totp_secret: str
    id: str = ""
    institution: str = ""


class Kept(msgspec.Struct):
    """`day` is the first start, the moment of the admission and of the CT; ids are the database's."""

    day: datetime
    his_port: int
    page_port: int
    township: str
    peer: str
    logins: dict[str, Login]
    admitted: bool = False
    study: Literal["", "single", "volume"] = ""
    client: tuple[str, str] = ("", "")  # the HIS's FHIR client: id and secret
    history: bool = False
    houses: dict[str, str] = msgspec.field(default_factory=dict)  # by their key
    clients: dict[str, tuple[str, str]] = msgspec.field(default_factory=dict)  # their FHIR clients, as `client`
    crowd: bool = False
    scenes: int = 0  # how many have been played
    referrals: int = 0  # likewise
    room: str = ""  # the consultation whose room is shown


def read(home: Path) -> Kept | None:
    """What a demo of this home has kept; None before the first one."""
    path = home / NAME
    return msgspec.json.decode(path.read_bytes(), type=Kept) if path.exists() else None


def write(home: Path, kept: Kept) -> None:
    """Keeps it, whole or not at all."""
    files.replace(home / NAME, msgspec.json.format(msgspec.json.encode(kept)))


def code(home: Path, login: str, now: datetime) -> tuple[str, int]:
    """A person's present one-time code, and for how many seconds it is the present one.

    Raises NotFound `demo.not_started`, or `demo.no_such_login` with the logins that there are.
    """
    kept = read(home)
    if kept is None:
        raise NotFound("demo.not_started", place=NAME, rule="yuanzhen demo")
    found = kept.logins.get(login)
    if found is None:
        raise NotFound("demo.no_such_login", place="NAME", known=sorted(kept.logins))
    return pyotp.TOTP(found.totp_secret).at(now), STEP_S - int(now.timestamp()) % STEP_S


def say_code(home: Path, login: str, now: datetime) -> str:
    """What `yuanzhen demo code NAME` prints: the code alone on the first line, then how long it is good."""
    digits, left_s = code(home, login, now)
    return (
        f"{digits}\n"
        f"还有 {left_s} 秒换新码(换码后 30 秒内仍可用);每个码只能用一次,用过就等下一个。\n"
        f"The next code comes in {left_s} s (this one is taken for 30 s more). A code is good once."
    )
