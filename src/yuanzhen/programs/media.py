"""The settings of media as its parts want them."""

from __future__ import annotations

import ipaddress
import socket

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.network.media.configuration import Ground
from yuanzhen.network.media.placing import shares
from yuanzhen.network.media.turn import TurnServer


def grounds(settings: Settings) -> list[Ground]:
    """Where each media server's connections begin."""
    whole = Ground(settings.media_ports, settings.media_interfaces, settings.media_address)
    return shares(whole, settings.media_servers)


def turn(settings: Settings) -> TurnServer | None:
    """How the relay is reached; None where none is wanted."""
    if settings.turn_port is None:
        return None
    return TurnServer(
        port=settings.turn_port,
        ports=settings.turn_ports,
        name=settings.media_address or settings.names[0],
        host=_listens_on(settings.host),
        address=settings.media_address,
        peers=settings.turn_peers,
    )


def _listens_on(host: str) -> str | None:
    """The IPv4 address of a host; None for all."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            return socket.gethostbyname(host)
        except OSError as error:
            raise Unavailable("machine.failed", place=host, error=error.strerror) from None
    return None if address.is_unspecified or address.version != 4 else host
