"""The adapter to a house's own calendar, which has the last word on its experts' times.

It speaks JSON over HTTP: `GET URL/free?expert=&start=&end=` answers `{"free": true}`; `PUT URL/bookings/SOURCE` with
`{expert, start, end}` and `DELETE URL/bookings/SOURCE` tell it what was booked and freed, and may be told twice.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.infrastructure.errors import Invalid, Unavailable

WITHIN_S = 2.0  # a booking waits so long for the house's answer, and no longer
MOST_BYTES = 10_000


class _Free(msgspec.Struct):
    free: bool


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Where an officer pointed, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def checked_url(url: str) -> str:
    """Where a house's calendar is asked. Raises `Invalid` for what is no http address, or carries a password."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise Invalid("calendar.url", place="url", rule="http://HOST/PATH or https://HOST/PATH")
    return url.rstrip("/")


async def is_free(url: str, expert: str, span: Span) -> bool:
    """Whether the house has nothing else then. Raises `Unavailable` `calendar.not_asked` when it does not answer."""
    asked = urlencode({"expert": expert, "start": span.start.isoformat(), "end": span.end.isoformat()})
    answer = await _called("GET", f"{url}/free?{asked}")
    try:
        return msgspec.json.decode(answer, type=_Free).free
    except msgspec.DecodeError as error:
        raise Unavailable("calendar.not_asked", rule="an answer that is none") from error


async def tell(url: str, source: str, booking: Mapping[str, str] | None) -> None:
    """Tells the house what is booked for a source now, None: nothing. Raises `Unavailable` until it has heard it."""
    place = f"{url}/bookings/{quote(source, safe='')}"
    await (_called("DELETE", place) if booking is None else _called("PUT", place, msgspec.json.encode(booking)))


async def _called(method: str, url: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": "application/json"})  # noqa: S310 - `checked_url`
    try:
        async with asyncio.timeout(WITHIN_S):
            return await asyncio.to_thread(_opened, request)
    except (OSError, ValueError, HTTPException) as error:  # urllib's own errors and a timeout are OSErrors
        raise Unavailable("calendar.not_asked", rule=type(error).__name__) from error


def _opened(request: urllib.request.Request) -> bytes:
    with _OPENER.open(request, timeout=WITHIN_S) as answer:
        told: bytes = answer.read(MOST_BYTES)
        return told
