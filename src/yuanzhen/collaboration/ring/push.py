"""The adapter to a gateway that rings a telephone: whoever is called need not have a page open.

It speaks JSON over HTTP: `POST URL` with `{id, event, person, name, department, text}`. `event` is `ring` while the
call goes on, said again now and then, and `over` once; `id` is the call's, and the same may be told twice. Each request
is signed: `X-Yuanzhen-At` is the moment, `X-Yuanzhen-Signature` HMAC-SHA-256 over `AT.BODY`. The answer, 2xx, is
`{receipt}`. Of the patient and the question nothing is told.
"""

from __future__ import annotations

import asyncio
import hmac
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, Literal

import msgspec

from yuanzhen.infrastructure.errors import Unavailable

WITHIN_S = 5.0
MOST_BYTES = 10_000
AGAIN = timedelta(seconds=30)  # a telephone rings again so long after, while the call goes on
AT, SIGNATURE = "X-Yuanzhen-At", "X-Yuanzhen-Signature"


class Told(msgspec.Struct, frozen=True):
    """What a gateway is told of one call: whom to ring, and for which department."""

    id: str
    event: Literal["ring", "over"]
    person: str
    name: str
    department: str
    text: str


class _Receipt(msgspec.Struct):
    receipt: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Where the setting points, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where telephones are rung from, and the secret that both sides hold."""

    url: str
    secret: str = field(repr=False)

    async def tell(self, told: Told, now: datetime) -> str:
        """The gateway's receipt. Raises `Unavailable` `ring.not_pushed` until it gives one."""
        body, at = msgspec.json.encode(told), now.isoformat()
        headers = {"Content-Type": "application/json", AT: at, SIGNATURE: signature(self.secret, at, body)}
        request = urllib.request.Request(self.url, data=body, method="POST", headers=headers)  # noqa: S310 - the setting's rule
        try:
            async with asyncio.timeout(WITHIN_S):
                answer = await asyncio.to_thread(_opened, request)
            return msgspec.json.decode(answer, type=_Receipt).receipt
        except (OSError, ValueError, HTTPException, msgspec.DecodeError) as error:
            raise Unavailable("ring.not_pushed", rule=type(error).__name__) from error


def signature(secret: str, at: str, body: bytes) -> str:
    """What stands for both sides' secret over one request."""
    return hmac.digest(secret.encode(), at.encode() + b"." + body, "sha256").hex()


def text(department: str, event: str) -> str:
    """What a telephone reads out or shows, in both languages."""
    if event == "over":
        return f"远诊：{department}的急会诊已有人应答或已取消。/ The emergency call is over."
    return f"远诊：{department}有急会诊在呼叫您，请打开远诊应答。/ An emergency calls you: open Yuanzhen and answer."


def _opened(request: urllib.request.Request) -> bytes:
    with _OPENER.open(request, timeout=WITHIN_S) as answer:
        told: bytes = answer.read(MOST_BYTES)
        return told
