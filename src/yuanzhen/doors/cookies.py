"""The session's cookie: `__Host-` and Secure on TLS, a plain name on loopback."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Final

from litestar.datastructures import Cookie

ON_TLS: Final = "__Host-yuanzhen"
PLAIN: Final = "yuanzhen"


def made(token: str, *, secure: bool) -> Cookie:
    """Sets the cookie for as long as the browser runs; the session ends by itself."""
    return Cookie(
        key=ON_TLS if secure else PLAIN, value=token, httponly=True, samesite="strict", path="/", secure=secure
    )


def ended(*, secure: bool) -> Cookie:
    """Removes the cookie."""
    return Cookie(
        key=ON_TLS if secure else PLAIN, value="", httponly=True, samesite="strict", path="/", secure=secure, max_age=0
    )


def token(header: str) -> str | None:
    """The token of a Cookie header; the `__Host-` one first, which nobody but this host can have set over TLS."""
    try:
        jar = SimpleCookie(header)
    except CookieError:
        return None
    for name in (ON_TLS, PLAIN):
        if name in jar and jar[name].value:
            return jar[name].value
    return None
