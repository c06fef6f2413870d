"""TLS contexts: the server's, whose certificate changes without a restart, and that of our own clients."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.certificates.folder import AUTHORITY, FOLDER, Served, ensure

# TLS 1.2 with forward secrecy and authenticated encryption only (RFC 9325 4.2); TLS 1.3 brings its own suites
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


class ServerTls:
    """The server's side of TLS: hand `context` to listeners once, call `renew_if_due` from time to time.

    `names` are those the operator named besides the machine's own; `alpn` the protocols in the order of preference.
    """

    def __init__(self, home: Path, names: Sequence[str], now: datetime, *, alpn: Sequence[str] = ()) -> None:
        self._home = home
        self._names = names
        self._alpn = list(alpn)
        self.served = ensure(home, names, now)
        self._shown = self._loaded(self.served)
        self.context = self._loaded(self.served)
        # Called in every handshake, with a server name or without: it turns to the certificate of the moment.
        self.context.sni_callback = self._show

    def renew_if_due(self, now: datetime) -> bool:
        """Renews, or takes up what was brought; says whether new connections see another certificate from now on.

        Raises what `ensure` raises, and goes on showing the certificate that it had.
        """
        served = ensure(self._home, self._names, now)
        if served == self.served:
            return False
        self._shown = self._loaded(served)
        self.served = served
        return True

    def _show(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = self._shown

    def _loaded(self, served: Served) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(CIPHERS)
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        if self._alpn:
            context.set_alpn_protocols(self._alpn)
        try:
            context.load_cert_chain(served.certificate, served.key)
        except ssl.SSLError as refused:  # a key that is too small, a digest that is too old
            raise Invalid("tls.refused", place=served.certificate.name, rule=refused.reason) from refused
        return context


def client_context(home: Path) -> ssl.SSLContext:
    """For our own clients: trusts the home's authority alone, and wants the name to fit."""
    context = ssl.create_default_context(cafile=str(home / FOLDER / AUTHORITY))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
