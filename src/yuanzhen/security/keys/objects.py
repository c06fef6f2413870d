"""Objects at rest: sealed under the home's root before they reach the store, opened only whole and verified."""

from __future__ import annotations

import asyncio

from yuanzhen.infrastructure.blobs import Blobs
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.security.crypto import envelope
from yuanzhen.security.keys.root import Root

KID = "objects-1"


class Objects:
    """A store of sealed objects; each is bound to its key, so that none can be put in another's place."""

    def __init__(self, root: Root, blobs: Blobs) -> None:
        self._masters = {KID: root.derive(f"objects {KID}")}
        self._blobs = blobs

    async def put(self, key: str, content: bytes) -> None:
        """Seals and stores; on the disk when this returns. Raises `InsufficientStorage`."""
        await self._blobs.put(key, await asyncio.to_thread(self._sealed, key, content))

    async def get(self, key: str) -> bytes:
        """The object, every chunk verified. Raises `NotFound`, and `Malformed` or `Invalid` (`stream.*`)."""
        return await asyncio.to_thread(self._opened, key, await self._blobs.get(key))

    def _sealed(self, key: str, content: bytes) -> bytes:
        return b"".join(envelope.seal_stream(self._masters[KID], KID, key, [content]))

    def _opened(self, key: str, sealed: bytes) -> bytes:
        return b"".join(envelope.open_stream(self._master, key, [sealed]))

    def _master(self, kid: str) -> bytes:
        if kid not in self._masters:
            raise NotFound("key.unknown", place=kid)
        return self._masters[kid]
