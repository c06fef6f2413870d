"""Node, as set-up runs it, in a house whose own authority is in the machine's store alone."""

from __future__ import annotations

from scripts.setup.ground import VENV, node_settings


def test_node_trusts_the_authorities_of_the_machine_s_store() -> None:
    assert node_settings({})["NODE_USE_SYSTEM_CA"] == "1"


def test_what_the_machine_s_owner_set_stays() -> None:
    assert node_settings({"NODE_USE_SYSTEM_CA": "0"})["NODE_USE_SYSTEM_CA"] == "0"


def test_our_node_is_found_before_any_other() -> None:
    assert node_settings({"PATH": "/usr/bin"})["PATH"] == f"{VENV / 'bin'}:/usr/bin"
