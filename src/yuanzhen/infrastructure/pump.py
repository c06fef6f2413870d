"""Pieces that come on the loop, handed to a thread that works through them while more arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from queue import SimpleQueue

PIECE_BYTES, AHEAD = 1 << 20, 3  # what is handed over at once, and how many such pieces may wait
EAGER_BYTES = 1 << 17  # what a thread that has nothing to do is given at once


async def pumped(chunks: AsyncIterable[bytes], store: Callable[[Iterator[bytes]], int]) -> int:
    """Runs `store` on a thread of its own over what `chunks` gives meanwhile; when `chunks` fails, so does it.

    One thread for the whole object, and large pieces unless it waits for one: to hand each piece to a thread and wait
    for it costs as much as to store it.
    """
    pump = _Pump(store)
    try:
        await pump.feed(chunks)
    finally:
        size = await pump.end()
    return size


class _BrokenOffError(Exception):
    """The pieces ended before the object did."""


class _Pump:
    def __init__(self, store: Callable[[Iterator[bytes]], int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._pieces: SimpleQueue[bytes | None] = SimpleQueue()
        self._room, self._waiting, self._whole = asyncio.Event(), False, False
        self._storing: asyncio.Future[int] = self._loop.run_in_executor(_writers(), store, self._taken())
        self._storing.add_done_callback(lambda _: self._room.set())  # nobody waits for the dead

    def _taken(self) -> Iterator[bytes]:
        """On the thread: each piece as it comes."""
        while (piece := self._pieces.get()) is not None:
            yield piece
            if self._waiting:  # to wake the loop for nothing costs what a small piece does
                self._loop.call_soon_threadsafe(self._room.set)
        if not self._whole:
            raise _BrokenOffError

    async def feed(self, chunks: AsyncIterable[bytes]) -> None:
        """Hands on all of `chunks`, or what there was when the storing ended."""
        held: list[bytes] = []
        size = 0
        async for chunk in chunks:
            held.append(chunk)
            size += len(chunk)
            if size >= PIECE_BYTES or (size >= EAGER_BYTES and self._pieces.empty()):
                await self._make_room()
                if self._storing.done():
                    break
                self._pieces.put(b"".join(held))
                held, size = [], 0
        if held:
            self._pieces.put(b"".join(held))
        self._whole = True

    async def _make_room(self) -> None:
        self._waiting = True
        while self._full():
            self._room.clear()
            if self._full():  # the thread may have taken one just before that
                await self._room.wait()
        self._waiting = False

    def _full(self) -> bool:
        return self._pieces.qsize() >= AHEAD and not self._storing.done()

    async def end(self) -> int:
        """What `store` answered, or raised; waits for it even when we are cancelled."""
        self._pieces.put(None)
        try:
            return await asyncio.shield(self._storing)
        except _BrokenOffError:
            return 0
        except asyncio.CancelledError:
            await asyncio.wait([self._storing])
            raise


@cache
def _writers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(128, "blobs")  # most of the time each waits for its sender
