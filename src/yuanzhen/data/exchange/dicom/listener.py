"""The DICOM port: connections taken, TLS told from plain by the first byte, each handed to `association`."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

from yuanzhen.data.exchange import sniff
from yuanzhen.data.exchange.dicom import association, files
from yuanzhen.data.exchange.dicom.archive import Archive
from yuanzhen.data.exchange.dicom.association import Door, Limits, Resolve
from yuanzhen.data.exchange.dicom.link import Link
from yuanzhen.data.exchange.sink import Sink
from yuanzhen.infrastructure.log import log

READ_BYTES = 512 * 1024  # what a connection may hold before its sender has to wait


async def serve_dicom(
    sock: socket.socket,
    sink: Sink,
    resolve: Resolve,
    *,
    archive: Archive | None = None,
    ae_title: str = "YUANZHEN",
    tls: ssl.SSLContext | None = None,
    limits: Limits | None = None,
) -> None:
    """Serves a listening socket until it is cancelled; then every association ends and the socket is closed.

    Peers that `resolve` does not know, or who call another AE title, are rejected at the association. Without an
    `archive` queries are answered with a refusal.
    """
    files.keep_quiet()
    door = Door(sink, resolve, limits or Limits(), ae_title, archive)
    loop = asyncio.get_running_loop()
    sock.setblocking(False)
    tasks: set[asyncio.Task[None]] = set()
    try:
        while True:
            try:
                peer, address = await loop.sock_accept(sock)
            except OSError as fault:  # the peer is gone already, or there are no descriptors left for now
                log.warning("dicom_not_accepted", errno=fault.errno)
                await asyncio.sleep(0.1)
                continue
            if len(tasks) > 2 * door.limits.associations:  # a few more than can associate are told so; the rest is not
                log.warning("dicom_full", address=str(address[0]))
                peer.close()
                continue
            task = asyncio.create_task(_serve_one(peer, str(address[0]), door, tls))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(_tell_fault)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        sock.close()


def _tell_fault(task: asyncio.Task[None]) -> None:
    """A fault of ours ends its own association alone; its words may hold a patient's."""
    fault = None if task.cancelled() else task.exception()
    if fault is not None:
        log.error("dicom_association_failed", kind=type(fault).__name__)


async def _serve_one(peer: socket.socket, address: str, door: Door, tls: ssl.SSLContext | None) -> None:
    limits = door.limits
    with contextlib.closing(peer):
        try:
            secure = await sniff.begins_tls(peer, limits.handshake_s)
            if secure and tls is None:
                log.warning("dicom_no_tls", address=address)
                return
            reader, writer = await _streams(peer, tls if secure else None, limits)
        except (OSError, EOFError, TimeoutError) as fault:
            log.info("dicom_not_begun", address=address, kind=type(fault).__name__)
            return
        try:
            wire = Link(reader, writer, pdu_bytes=limits.pdu_bytes, idle_s=limits.idle_s)
            await association.serve(wire, door, address, secure)
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(limits.handshake_s):
                    writer.close()
                    await writer.wait_closed()
        finally:
            writer.transport.abort()


async def _streams(
    peer: socket.socket, tls: ssl.SSLContext | None, limits: Limits
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = asyncio.StreamReader(limit=READ_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    timeout = limits.handshake_s if tls else None
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, peer, ssl=tls, ssl_handshake_timeout=timeout)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
