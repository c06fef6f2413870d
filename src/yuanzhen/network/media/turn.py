"""What the TURN server (coturn) is started with, and the credentials that it takes. Pure.

It relays to the addresses that it is told and to no others, so that nobody reaches the hospital's machines through it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

FIRST_USE = timedelta(minutes=10)  # a credential begins a relay until then; what was begun goes on
REALM = "yuanzhen"
EVERYBODY = ("0.0.0.0-255.255.255.255", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")


@dataclass(frozen=True, slots=True)
class TurnServer:
    """Where it listens (None: on all addresses), from which ports it relays, under which name it is found."""

    port: int
    ports: range
    name: str
    host: str | None = None
    address: str | None = None  # that a router shows for us
    peers: tuple[str, ...] = ()  # networks beside our own addresses


def configuration(folder: Path, server: TurnServer, secret: str, own: tuple[str, ...]) -> str:
    """turnserver.conf; `own`: this machine's addresses, to which it always relays (the media server is there)."""
    lines = [
        f"listening-port={server.port}",
        *([f"listening-ip={server.host}"] if server.host else []),
        *(f"relay-ip={one}" for one in own[:1] if (server.host or "").startswith("127.")),  # none is reached from there
        *([f"external-ip={server.address}"] if server.address else []),
        f"min-port={server.ports.start}",
        f"max-port={server.ports.stop - 1}",
        "use-auth-secret",
        f"static-auth-secret={secret}",
        f"realm={REALM}",
        "fingerprint",
        "stale-nonce=600",
        "no-tls",
        "no-dtls",
        "no-tcp-relay",
        "no-multicast-peers",
        "no-cli",
        "no-software-attribute",
        "log-file=/dev/null",  # its log names people's addresses
        "simple-log",
        f"pidfile={folder / 'pid'}",
        f"userdb={folder / 'none'}",
        *(f"denied-peer-ip={peers}" for peers in EVERYBODY),
        *(f"allowed-peer-ip={peer}" for peer in allowed(server, own)),
    ]
    return "".join(f"{line}\n" for line in lines)


def allowed(server: TurnServer, own: tuple[str, ...]) -> list[str]:
    """Whom it relays to, as coturn writes it: our own addresses, and the first and last of each network named."""
    ours = {*own, *([server.address] if server.address else [])}
    return [*sorted(ours), *(_range(network) for network in server.peers)]


def credentials(secret: str, who: str, now: datetime) -> tuple[str, str]:
    """A name and a password that begin a relay within ten minutes (TURN REST, draft-uberti-behave-turn-rest-00)."""
    name = f"{int((now + FIRST_USE).timestamp())}:{who}"
    digest = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()  # as coturn wants it
    return name, base64.b64encode(digest).decode()


def ice_servers(server: TurnServer, secret: str, who: str, now: datetime) -> list[dict[str, str | list[str]]]:
    """What a browser's `RTCPeerConnection` is given (WebRTC 1.0, RTCIceServer)."""
    name, password = credentials(secret, who, now)
    where = f"{server.name}:{server.port}"
    ways = [f"turn:{where}?transport={way}" for way in ("udp", "tcp")]
    return [{"urls": [f"stun:{where}"]}, {"urls": ways, "username": name, "credential": password}]


def _range(network: str) -> str:
    whole = ipaddress.IPv4Network(network)
    return f"{whole.network_address}-{whole.broadcast_address}"
