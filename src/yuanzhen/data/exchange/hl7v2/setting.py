"""How one sender is read: whose numbers are whose, its time zone, its tables of codes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo
from typing import NamedTuple
from uuid import UUID

from yuanzhen.security.crypto import sm3

CHINA = timezone(timedelta(hours=8))


BLANK = "%20"


def without_blanks(issuer: str) -> str:
    """An issuer's name as part of a URI (R4: no blanks)."""
    return BLANK.join(issuer.split())


class Target(NamedTuple):
    """What a sender's code means: a code of a system (or a word of ours), and how people call it."""

    system: str
    code: str
    display: str = ""


Maps = Mapping[tuple[str, str], Target]  # (table, the sender's code) -> meaning


@dataclass(frozen=True, slots=True)
class Setting:
    """The institution in whose name the sender speaks, and what was agreed about its messages.

    `charset` (table 0211) and `zone` stand where the sender says nothing, or lies; `maps` are the dialect's rows with
    the institution's own over them.
    """

    institution: str
    charset: str = ""
    zone: tzinfo = CHINA
    maps: Maps = field(default_factory=dict)

    def meaning(self, table: str, code: str) -> Target | None:
        """What a code of a table means; None if no row says."""
        return self.maps.get((table, code.strip().casefold()))

    def system(self, kind: str, issuer: str = "") -> str:
        """The system of numbers of a kind (visit, placer, filler ...) that this institution gives."""
        return f"urn:yuanzhen:{kind}:{self.institution}:{without_blanks(issuer)}".rstrip(":")

    def id(self, kind: str, *key: str) -> str:
        """The id of the resource that has this key: always the same, and nobody else's (UUID version 8, of SM3)."""
        digest = sm3.digest("\0".join((self.institution, kind, *key)).encode())
        value = int.from_bytes(digest[:16], "big")
        value = value & ~(0xF << 76) | 0x8 << 76
        return str(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))
