"""Whether peers on this machine may speak without enrolment: only while nothing was ever opened beyond it."""

from __future__ import annotations

import ipaddress
from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send

from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.security import files

MARK = "opened-beyond-loopback"
FORWARDED = (b"forwarded", b"x-forwarded-")


class Trust:
    """Holds until the first listener beyond loopback or the first forwarded request of the home's life."""

    def __init__(self, settings: Settings) -> None:
        self._mark = settings.home / MARK
        self._wanted = settings.trust_loopback
        self.is_lost = self.is_recorded = self._mark.exists()
        if not is_loopback(settings.host):
            self.lose("listens beyond loopback")

    @property
    def holds(self) -> bool:
        """Whether a loopback peer counts as the home's own institution now."""
        return self._wanted and not self.is_lost

    def lose(self, why: str) -> None:
        """From now on every peer has to be enrolled; for good, once the disk took the mark (`is_recorded`)."""
        self.is_lost = True
        if self.is_recorded:
            return
        try:
            files.create(self._mark, f"{why}\n".encode())
        except OSError as cause:
            log.error("loopback_trust_mark_not_kept", reason=cause.strerror)  # the next forwarded request tries again
            return
        self.is_recorded = True
        log.warning("loopback_trust_ended", why=why)


def is_loopback(host: str) -> bool:
    """Whether an address (or `localhost`) is of this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


class Watch:
    """ASGI ring: a request that was forwarded ends the trust."""

    def __init__(self, app: ASGIApp, trust: Trust) -> None:
        self._app = app
        self._trust = trust

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, after a look at the headers."""
        # Also while the trust is not wanted: a later start may want it, and must know.
        if not self._trust.is_recorded and _forwarded(scope):
            self._trust.lose("a forwarded request")
        await self._app(scope, receive, send)


def _forwarded(scope: Any) -> bool:
    return any(name == FORWARDED[0] or name.startswith(FORWARDED[1]) for name, _ in scope.get("headers", ()))
