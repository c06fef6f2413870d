"""A simulated gateway of telephones, as `collaboration/ring/push.py` tells it whom to ring. In memory alone."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from yuanzhen.collaboration.ring.push import AT, SIGNATURE, Told, signature
from yuanzhen.infrastructure.log import log


@dataclass
class PushGateway:
    """Whom it was told to ring, in order; while `deaf` it takes nothing."""

    secret: str
    told: list[Told] = field(default_factory=list)
    deaf: bool = False
    url: str = ""

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """A receipt for what is signed as agreed, 403 for all else."""
        if self.deaf:
            return 503, b""
        expected = signature(self.secret, headers.get(AT.lower(), ""), body)
        if method != "POST" or not hmac.compare_digest(headers.get(SIGNATURE.lower(), ""), expected):
            return 403, b""
        told = msgspec.json.decode(body, type=Told)
        self.told.append(told)
        log.info("telephone_rung", call=told.id, happens=told.event)
        return 200, msgspec.json.encode({"receipt": f"sms-{len(self.told)}"})
