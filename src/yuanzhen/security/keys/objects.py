"""Objects at rest: sealed under the home's root before they reach the store, opened only whole and verified."""

from __future__ import annotations

from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.security.crypto import envelope
from yuanzhen.security.keys.root import Root

KID = "objects-1"


class Objects:
    """Seals and opens objects; the context is the object's own key, so that none can be put in another's place."""

    def __init__(self, root: Root) -> None:
        self._masters = {KID: root.derive(f"objects {KID}")}

    def sealed(self, key: str, content: bytes) -> bytes:
        """The object as it lies in the store."""
        return b"".join(envelope.seal_stream(self._masters[KID], KID, key, [content]))

    def opened(self, key: str, sealed: bytes) -> bytes:
        """The object as it was, every chunk verified. Raises `Malformed` or `Invalid` (`stream.*`)."""
        return b"".join(envelope.open_stream(self._master, key, [sealed]))

    def _master(self, kid: str) -> bytes:
        if kid not in self._masters:
            raise NotFound("key.unknown", place=kid)
        return self._masters[kid]
