"""The session's cookie, and a guest's: `__Host-` and Secure on TLS, a plain name on loopback."""

from __future__ import annotations

from typing import Final

from litestar.datastructures import Cookie

ON_TLS: Final = "__Host-yuanzhen"
PLAIN: Final = "yuanzhen"
GUEST: Final = "-guest"  # after either name


def made(token: str, *, secure: bool, kind: str = "") -> Cookie:
    """Sets the cookie for as long as the browser runs; the session ends by itself."""
    return Cookie(
        key=(ON_TLS if secure else PLAIN) + kind, value=token, httponly=True, samesite="strict", path="/", secure=secure
    )


def ended(*, secure: bool) -> Cookie:
    """Removes the cookie."""
    return Cookie(
        key=ON_TLS if secure else PLAIN, value="", httponly=True, samesite="strict", path="/", secure=secure, max_age=0
    )


def token(header: str, kind: str = "") -> str | None:
    """The token of a Cookie header; the `__Host-` one first, which nobody but this host can have set over TLS.

    Split as browsers join it (RFC 6265 5.4). `http.cookies` gives up at the first cookie that is not to its taste, and
    whatever other programs on the same host keep with the browser (JSON, blanks, Chinese) would log its user out.
    """
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    jar = {name: value.strip('"') for name, _, value in pairs}
    return jar.get(ON_TLS + kind) or jar.get(PLAIN + kind) or None
