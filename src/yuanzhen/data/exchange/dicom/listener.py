"""The storage listener: C-ECHO and C-STORE for enrolled peers, plain and TLS on one port.

pynetdicom runs a thread per association; a fact goes to the sink on the event loop, success leaves after its return.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import errno
import socket
import socketserver
import ssl
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from pydicom.dataset import Dataset
from pydicom.uid import AllTransferSyntaxes, DeflatedExplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts, _config, evt
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]  # made at import
from pynetdicom.transport import ThreadedAssociationServer

from yuanzhen.data.exchange.dicom import codec, files, status, uids
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.exchange.sink import Sink
from yuanzhen.infrastructure.errors import Forbidden, Problem, Unavailable
from yuanzhen.infrastructure.log import log

TLS_HANDSHAKE = 0x16  # RFC 8446 5.1; an A-ASSOCIATE-RQ begins with 0x01 (PS3.8 9.3.2)

# Who calls: AE title, address, whether by TLS -> the enrolled sender, or None. Called on any thread.
Resolve = Callable[[str, str, bool], Sender | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much a peer may hold: seconds, associations, bytes."""

    associations: int = 32
    instance_bytes: int = 1024 * 1024 * 1024
    pdu_bytes: int = 1024 * 1024
    sink_s: float = 60.0
    handshake_s: float = 10.0
    associate_s: float = 30.0
    idle_s: float = 120.0


class Listener:
    """A running listener: `port` is where it listens, `close` ends every association and the socket."""

    def __init__(self, entity: AE, server: _Server) -> None:
        self._entity = entity
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="dicom", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._server.server_address[1])

    async def close(self) -> None:
        """Stops; what the sink has not taken is not acknowledged. Waits on a thread, for pynetdicom blocks."""
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self._server.end()
        for association in self._entity.active_associations:
            association.abort()
        self._thread.join(10)


def serve_dicom(
    host: str,
    port: int,
    sink: Sink,
    resolve: Resolve,
    *,
    ae_title: str = "YUANZHEN",
    tls: ssl.SSLContext | None = None,
    limits: Limits | None = None,
) -> Listener:
    """Listens on an address; call it on the event loop on which the sink runs.

    Peers that `resolve` does not know, or who call another AE title, are rejected at the association.
    """
    files.keep_quiet()
    _config.LOG_HANDLER_LEVEL = "none"  # the standard handlers print whole messages
    limits = limits or Limits()
    entity = _entity(ae_title, limits)
    store = _Store(sink, resolve, asyncio.get_running_loop(), limits)
    handlers: list[Any] = [
        (evt.EVT_CONN_OPEN, store.opened),
        (evt.EVT_CONN_CLOSE, store.closed),
        (evt.EVT_REQUESTED, store.requested),
        (evt.EVT_C_STORE, store.stored),
    ]
    server = _Server(entity, (host, port), ae_title, entity.supported_contexts, evt_handlers=handlers)
    server.tls, server.limits = tls, limits
    return Listener(entity, server)


def _entity(ae_title: str, limits: Limits) -> AE:
    entity = AE(ae_title=ae_title)
    entity.require_called_aet = True
    entity.maximum_associations = limits.associations
    entity.maximum_pdu_size = limits.pdu_bytes // 4
    entity.acse_timeout = limits.associate_s
    entity.dimse_timeout = limits.idle_s
    entity.network_timeout = limits.idle_s
    entity.implementation_class_uid = files.IMPLEMENTATION
    entity.implementation_version_name = "YUANZHEN"
    entity.add_supported_context(Verification)
    syntaxes = [syntax for syntax in AllTransferSyntaxes if syntax != DeflatedExplicitVRLittleEndian]
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(str(context.abstract_syntax), syntaxes)
    return entity


class _Server(ThreadedAssociationServer):
    """Takes TLS or plain by the first byte, on the connection's own thread, so that a mute peer holds nobody."""

    tls: ssl.SSLContext | None = None
    limits = Limits()
    daemon_threads = True

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Turns connections away that the associations' limit would refuse anyway, before they cost threads."""
        if len(self.active_associations) <= 2 * self.limits.associations:
            return True
        log.warning("dicom_full", address=str(client_address[0]))
        return False

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Looks at the first byte, wraps the socket if it begins TLS, and hands it to pynetdicom."""
        try:
            request.settimeout(self.limits.handshake_s)
            if request.recv(1, socket.MSG_PEEK) == bytes([TLS_HANDSHAKE]):
                if self.tls is None:
                    raise ConnectionAbortedError(errno.EPROTONOSUPPORT, "no TLS here")
                request = self.tls.wrap_socket(request, server_side=True)
            request.settimeout(self.limits.idle_s)
            request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as fault:
            log.info("dicom_not_begun", address=str(client_address[0]), kind=type(fault).__name__)
            self.shutdown_request(request)
            return
        super().process_request_thread(request, client_address)

    def end(self) -> None:
        """Stops accepting and closes the socket."""
        socketserver.BaseServer.shutdown(self)
        self.server_close()


class _Meter:
    """Counts what a connection has taken since its last instance, and breaks it off over a limit."""

    def __init__(self, read: Callable[[int], bytearray], limits: Limits) -> None:
        self.taken = 0
        self._read = read
        self._limits = limits

    def recv(self, size: int) -> bytearray:
        """In place of the socket's `recv`; PS3.8 lets a PDU name up to 4 GiB, before anybody is known."""
        self.taken += size
        if size > self._limits.pdu_bytes or self.taken > self._limits.instance_bytes:
            raise OSError(errno.EMSGSIZE, "over the limit of a PDU or an instance")
        return self._read(size)


class _Store:
    """What happens on an association: who it is, and each instance to the sink."""

    def __init__(self, sink: Sink, resolve: Resolve, loop: asyncio.AbstractEventLoop, limits: Limits) -> None:
        self._sink = sink
        self._resolve = resolve
        self._loop = loop
        self._limits = limits
        self._senders: WeakKeyDictionary[Any, Sender] = WeakKeyDictionary()
        self._meters: WeakKeyDictionary[Any, _Meter] = WeakKeyDictionary()

    def opened(self, event: Any) -> None:
        """Bounds what the connection may take, before its first byte is read."""
        connection = event.assoc.dul.socket
        meter = _Meter(connection.recv, self._limits)
        connection.recv = meter.recv
        self._meters[event.assoc] = meter

    def closed(self, event: Any) -> None:
        """Ends at once what closed before it asked for anything; pynetdicom would hold its place for `associate_s`."""
        if event.assoc.requestor.primitive is None:
            event.assoc.dul.to_user_queue.put(None)  # as if the time were over

    def requested(self, event: Any) -> None:
        """Rejects a caller that is not enrolled; so too if asking failed (PS3.8 table 9-21: calling AE title)."""
        association = event.assoc
        sender = None
        try:
            calling = str(association.requestor.primitive.calling_ae_title).strip()
            secure = isinstance(association.dul.socket.socket, ssl.SSLSocket)
            sender = self._resolve(calling, str(association.requestor.address), secure)
        finally:
            if sender is None:
                log.warning("dicom_unknown_peer", address=str(association.requestor.address))
                association.acse.send_reject(0x01, 0x01, 0x03)
                association.kill()  # waits until the answer has left and the caller has hung up
            else:
                self._senders[association] = sender

    def stored(self, event: Any) -> int | Dataset:
        """C-STORE: success only after the sink has returned."""
        sender = self._senders.get(event.assoc)
        try:
            if sender is None:
                raise Forbidden("dicom.unknown_peer")
            self._take(event, sender)
        except Problem as problem:
            log.info("dicom_refused", peer=sender.peer if sender else None, code=problem.code, place=problem.place)
            return status.status_of(problem)
        except Exception as fault:  # noqa: BLE001  the edge: pynetdicom would print the words, which may be a patient's
            log.error(
                "dicom_failed", peer=sender.peer if sender else None, kind=type(fault).__name__, line=_line(fault)
            )
            return status.status_of(Problem("internal"))
        finally:
            self._meters[event.assoc].taken = 0
        return status.SUCCESS

    def _take(self, event: Any, sender: Sender) -> None:
        request = event.request
        file = files.part10(
            event.encoded_dataset(include_meta=False),
            sop_class=uids.checked(str(request.AffectedSOPClassUID or ""), "AffectedSOPClassUID"),
            sop=uids.checked(str(request.AffectedSOPInstanceUID or ""), "AffectedSOPInstanceUID"),
            transfer_syntax=str(event.context.transfer_syntax),
            calling_ae=str(event.assoc.requestor.ae_title).strip(),
        )
        fact = codec.received(file)
        waiting = asyncio.run_coroutine_threadsafe(self._sink.instance_received(sender, fact), self._loop)
        try:
            waiting.result(self._limits.sink_s)
        except (concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
            waiting.cancel()
            raise Unavailable("dicom.timed_out", seconds=self._limits.sink_s) from None


def _line(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
