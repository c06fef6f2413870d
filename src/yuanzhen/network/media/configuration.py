"""The files that Janus is started with, as text. Pure.

It is reached through two Unix sockets alone, loads the room's plugin and no other, and takes no request without the
secrets of this start. Not by the transport `pfunix`: it drops what is longer than 8 KB, as the offer of a camera and a
screen is (docs/decisions/media-server.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Value = str | int | bool
Block = Mapping[str, Value]

API, ADMIN = "janus", "admin"  # the two sockets
PLUGINS, TRANSPORTS = "plugins", "transports"  # folders of links to what is loaded
ROOMS = "janus.plugin.videoroom"
SOCKETS = "janus.transport.websockets"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where media flows: the ports, the interfaces (none named: all), the address that a router shows for us."""

    ports: range
    interfaces: tuple[str, ...] = ()
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made for one start: of requests, of the server's own figures, and of making rooms."""

    api: str
    admin: str
    rooms: str


def files(folder: Path, ground: Ground, secrets: Secrets) -> dict[str, str]:
    """Name and text of each file, all of them in `folder`."""
    return {
        "janus.jcfg": _text(_core(folder, ground, secrets)),
        f"{SOCKETS}.jcfg": _text(_sockets(folder)),
        f"{ROOMS}.jcfg": _text({"general": {"admin_key": secrets.rooms, "string_ids": True, "lock_rtp_forward": True}}),
    }


def _core(folder: Path, ground: Ground, secrets: Secrets) -> dict[str, Block]:
    """Of https://janus.conf.meetecho.com/docs/janus_8jcfg.html what differs from the default."""
    return {
        "general": {
            "configs_folder": str(folder),
            "plugins_folder": str(folder / PLUGINS),
            "transports_folder": str(folder / TRANSPORTS),
            "events_folder": str(folder),  # none is there
            "loggers_folder": str(folder),
            "api_secret": secrets.api,
            "admin_secret": secrets.admin,
            "server_name": "yuanzhen",
            "hide_dependencies": True,
            "debug_level": 2,  # errors: a warning is said of every connection
            "debug_colors": False,
        },
        "media": {
            "rtp_port_range": f"{ground.ports.start}-{ground.ports.stop - 1}",
            "no_media_timer": 1,  # s, after which a picture is called frozen
            "slowlink_threshold": 4,  # packets lost in a second
        },
        "nat": {
            "nice_debug": False,
            "ignore_mdns": True,  # a browser's own address under a name: it reaches us, we need not reach it first
            **({"ice_enforce_list": ",".join(ground.interfaces)} if ground.interfaces else {}),
            **({"nat_1_1_mapping": ground.address, "keep_private_host": True} if ground.address else {}),
        },
    }


def _sockets(folder: Path) -> dict[str, Block]:
    """WebSocket over a Unix socket; no port of TCP is opened."""
    return {
        "general": {"json": "compact", "ws": True, "ws_unix": str(folder / API), "wss": False},
        "admin": {"admin_ws": True, "admin_ws_unix": str(folder / ADMIN), "admin_wss": False},
    }


def _text(blocks: Mapping[str, Block]) -> str:
    return "".join(
        f"{name}: {{\n" + "".join(f"  {key} = {_value(value)}\n" for key, value in block.items()) + "}\n"
        for name, block in blocks.items()
    )


def _value(value: Value) -> str:
    """libconfig's manual, 4.4: a switch, a number, a text with its quotes escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
