"""Whether an unsafe request was meant by the person at the browser: its origin, and the session's own value. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from yuanzhen.infrastructure.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110 9.2.1
OURS = frozenset({"same-origin", "none"})  # Fetch Metadata: Sec-Fetch-Site


def same_origin(headers: Mapping[str, str]) -> None:
    """Raises Forbidden `csrf.other_site` when the browser says that another site sent this. `headers`: lower case.

    Programs send neither header, and no browser leaves both out of an unsafe request.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in OURS:
        raise Forbidden("csrf.other_site", place="Sec-Fetch-Site")
    if origin is not None and _host(origin) != headers.get("host", "").lower():
        raise Forbidden("csrf.other_site", place="Origin")


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # no origin at all: `http://[`
        return None


def meant(method: str, headers: Mapping[str, str], expected: str) -> None:
    """For an unsafe method with a cookie: the origin, and X-CSRF-Token (Forbidden `csrf.missing`)."""
    if method in SAFE:
        return
    same_origin(headers)
    if not hmac.compare_digest(headers.get("x-csrf-token", "").encode(), expected.encode()):
        raise Forbidden("csrf.missing", place="X-CSRF-Token")
