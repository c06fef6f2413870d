"""Who told us what stands in a file: institutions by name, looked up at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from yuanzhen.data.records.file import store
from yuanzhen.data.records.file.store import Part
from yuanzhen.data.records.model import OURS, PEER
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.policy import directory

IMAGES = "ImagingStudy"


class Source(msgspec.Struct):
    """Who told it: a `system` of the institution of that name, we ourselves (`ours`), or a `client` over FHIR."""

    kind: Literal["system", "ours", "client"]
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Senders:
    """The institution's name of each enrolled system, and of each house that sends images."""

    names: dict[str, str]

    @classmethod
    async def of(cls, reads: Reads, parts: Sequence[Part]) -> Senders:
        """For the sources of these parts."""
        peers = {peer for part in parts if (peer := _peer(part))}
        houses = await store.senders(reads, peers)
        wanted = {*houses.values(), *(part.house for part in parts if part.type == IMAGES)} - {""}
        names = await directory.house_names(reads, wanted) if wanted else {}
        return cls(names | {peer: names.get(house, "") for peer, house in houses.items()})

    def __call__(self, part: Part) -> Source:
        """Who told a part, and when it came."""
        if peer := _peer(part):
            return Source("system", self.names.get(peer, ""), part.updated)
        if part.type == IMAGES and part.source.startswith(OURS):  # described by us, sent by a device of the house
            return Source("system", self.names.get(part.house, ""), part.updated)
        return Source("ours" if part.source.startswith(OURS) else "client", "", part.updated)


def _peer(part: Part) -> str:
    return part.source.removeprefix(PEER) if part.source.startswith(PEER) else ""
