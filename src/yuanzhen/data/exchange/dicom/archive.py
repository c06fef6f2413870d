"""What is asked of stored images, and who answers: programs give an `Archive`; the wire knows no records."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from yuanzhen.data.exchange.dicom.attributes import Attributes
from yuanzhen.data.exchange.facts import Sender

QueryLevel = Literal["PATIENT", "STUDY", "SERIES", "IMAGE"]


@dataclass(frozen=True, slots=True)
class Query:
    """What to find: `match` maps tags (eight hexadecimal digits) to what their values must be (PS3.4 C.2.2.2).

    One text may hold `*` and `?` or be a range of dates; several are alternatives. `limit` None means all.
    """

    level: QueryLevel
    match: dict[str, tuple[str, ...]]
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """One stored instance, as it can be sent: what it is and where its file lies."""

    study: str
    series: str
    sop: str
    sop_class: str
    transfer_syntax: str
    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an enrolled peer takes images; `tls` None in clear."""

    host: str
    port: int
    tls: ssl.SSLContext | None


class Archive(Protocol):
    """Answers within what the sender's institution may see, and writes the trail."""

    async def find(self, sender: Sender, query: Query) -> Sequence[Attributes]:
        """The headers that match, in DICOM JSON."""

    async def held(self, sender: Sender, query: Query) -> Sequence[Held]:
        """The instances below what matches."""

    def file(self, held: Held) -> AsyncIterator[bytes]:
        """The whole PS3.10 file, in pieces."""

    async def destination(self, title: str) -> Destination | None:
        """Where the enrolled peer of this AE title takes images; None for anybody else."""
