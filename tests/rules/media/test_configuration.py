"""What Janus is started with."""

from __future__ import annotations

import re
from pathlib import Path

from yuanzhen.network.media.configuration import Ground, Secrets, files

SECRETS = Secrets("of requests", 'of "figures" \\', "of rooms")


def told(ground: Ground) -> dict[str, dict[str, str]]:
    """Each file's settings, as they stand there."""
    return {
        name: dict(re.findall(r"^  (\w+) = (.+)$", text, re.MULTILINE))
        for name, text in files(Path("/run/x"), ground, SECRETS).items()
    }


def test_it_is_reached_through_two_unix_sockets_and_loads_our_folders_alone() -> None:
    found = told(Ground(range(20000, 21000)))
    core, sockets = found["janus.jcfg"], found["janus.transport.websockets.jcfg"]
    assert (core["plugins_folder"], core["transports_folder"]) == ('"/run/x/plugins"', '"/run/x/transports"')
    assert (sockets["ws_unix"], sockets["admin_ws_unix"]) == ('"/run/x/janus"', '"/run/x/admin"')
    assert (sockets["wss"], sockets["admin_wss"]) == ("false", "false")
    assert core["rtp_port_range"] == '"20000-20999"'


def test_texts_are_quoted() -> None:
    core = told(Ground(range(1, 2)))["janus.jcfg"]
    assert core["admin_secret"] == '"of \\"figures\\" \\\\"'


def test_an_address_that_a_router_shows_is_offered_beside_our_own() -> None:
    assert "nat_1_1_mapping" not in told(Ground(range(1, 2)))["janus.jcfg"]
    core = told(Ground(range(1, 2), ("eth0", "10.1."), "203.0.113.7"))["janus.jcfg"]
    assert (core["nat_1_1_mapping"], core["keep_private_host"]) == ('"203.0.113.7"', "true")
    assert core["ice_enforce_list"] == '"eth0,10.1."'
