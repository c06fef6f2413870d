"""To whom the listeners hand what arrived. Programs give one; it returns only when the fact is safe on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from yuanzhen.data.exchange.facts import MessageReceived, MessageUnread, Sender


class Sink(Protocol):
    """Takes facts. A return means it may be acknowledged; a `Problem` means it is refused, and nothing was kept.

    The same fact may come again (a lost acknowledgement): taking it twice must change nothing.
    """

    async def message_received(self, sender: Sender, fact: MessageReceived) -> None:
        """A sender told us something by HL7."""

    async def message_unread(self, sender: Sender, fact: MessageUnread) -> None:
        """A sender sent a message that was not understood: kept, to be mended or to be shown as refused."""

    async def instance_received(self, sender: Sender, file: AsyncIterator[bytes]) -> None:
        """A sender stores a DICOM instance: a whole PS3.10 file, in pieces as they come.

        What is left of it after a `Problem` is the caller's to pass over; one that breaks off raises what it raises.
        """
