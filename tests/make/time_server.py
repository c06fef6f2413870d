"""A time server on loopback whose clock is wrong by so many seconds."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from yuanzhen.programs.operations.doctor import sntp


@contextmanager
def time_server(off_s: float) -> Iterator[int]:
    """The port of a server that answers while the block lasts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_answers, args=(link, off_s), daemon=True)
        thread.start()
        port = int(link.getsockname()[1])
        yield port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", ("127.0.0.1", port))
        thread.join()


def _answers(link: socket.socket, off_s: float) -> None:
    while True:
        packet, address = link.recvfrom(512)
        if packet == b"stop":
            return
        now = round((time.time() + off_s + sntp.EPOCH_S) * sntp.FRACTION)
        cookie = sntp.PACKET.unpack(packet)[-1]
        link.sendto(sntp.PACKET.pack(4 << 3 | 4, 1, 6, -20, 0, 0, b"TEST", now, cookie, now, now), address)
