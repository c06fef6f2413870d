"""What a start prints names every login, every step in both languages, and what is lacking."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wire.demo.conftest import AT
from yuanzhen.infrastructure.settings import read
from yuanzhen.programs.demo import cast, material, steps
from yuanzhen.programs.demo.kept import Kept, Login


@pytest.fixture
def kept():
    logins = {
        one.login: Login(one.name, one.role, cast.house_name(one.house), f"PW-{one.login}", "S") for one in cast.STAFF
    }
    return Kept(AT, 2585, 8090, "town", "peer", logins, admitted=True, study="volume")


def told(kept, lacking=(), **flags):
    return steps.text(kept, read({}, {"home": ".yuanzhen", **flags}), list(lacking))


def test_every_login_stands_with_its_password(kept):
    text = told(kept)
    for player in cast.STAFF:
        assert f"{player.login:<12} PW-{player.login}" in text
        assert player.name in text
    assert "S\n" not in text  # the secret of the codes is not printed


def test_the_ports_of_this_start_are_named(kept):
    text = told(kept, https_port="9443")
    assert "https://localhost:9443" in text
    assert "http://localhost:8090/" in text


def test_the_room_that_goes_on_is_named_and_who_comes_into_it_needs_no_password(kept):
    assert "/room" not in told(kept)
    kept.room = "c-1"
    kept.logins |= {one.login: Login(one.name, one.role, "", f"PW-{one.login}", "S") for one in cast.IN_ROOM}
    text = told(kept, https_port="9443")
    assert "https://localhost:9443/cases/c-1/room" in text
    for player in cast.IN_ROOM:
        assert player.name in text and f"PW-{player.login}" not in text


def test_the_code_command_names_another_home(kept, tmp_path):
    assert "demo code NAME\n" in told(kept)
    assert f"demo code NAME --home {tmp_path}" in told(kept, home=str(tmp_path))


def test_the_steps_come_in_both_languages(kept):
    lines = told(kept).splitlines()
    numbered = [number for number, line in enumerate(lines) if line.strip()[:2] in {f"{n}." for n in range(1, 10)}]
    assert len(numbered) == 9
    assert all(lines[number + 1].isascii() or cast.PATIENT.name in lines[number + 1] or "神经" in lines[number + 1]
               for number in numbered)  # fmt: skip


def test_credits_name_what_was_sent(kept):
    assert material.CREDITS["volume"] in told(kept)
    kept.study = "single"
    text = told(kept, [steps.VOLUME])
    assert material.CREDITS["single"] in text
    assert "示例单层图像" in text and "head CT" not in text


def test_what_lacks_is_said_with_what_brings_it(kept):
    assert "缺少" not in told(kept)
    for lack in (steps.VOLUME, steps.DCMTK, steps.BROWSER, steps.CHROMIUM):
        text = told(kept, [lack])
        assert lack.zh in text and lack.en in text and lack.brings in text


def test_a_machine_with_nothing_lacks_them_all(monkeypatch):
    monkeypatch.setattr(material, "VOLUMES", (Path("/nowhere"),))
    monkeypatch.setenv("PATH", "/nowhere")
    assert steps.lacks() == [steps.VOLUME, steps.DCMTK, steps.BROWSER, steps.CHROMIUM]


def test_nothing_calls_the_ct_normal(kept):
    text = told(kept)
    assert "正常" not in text and "normal" not in text.casefold()
