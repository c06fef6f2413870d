"""The doctor says how everything stands, fails only for what keeps the product from serving, and changes nothing."""

from __future__ import annotations

import re
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.features.operations.conftest import Filled
from tests.make import inside
from tests.make.center import Center
from tests.make.time_server import time_server
from yuanzhen.infrastructure.db import embedded
from yuanzhen.security.certificates import issue

pytestmark = pytest.mark.slow

PORTS = ("port", "https-port", "dicom-port", "mllp-port")


def lines(center: Center, *words: str) -> tuple[int, dict[str, str]]:
    """The exit status, and of each name its last line."""
    done = center.run("doctor", "--lang", "en", *words)
    assert all(line.startswith(("ok ", "warn ", "fail ")) for line in done.stdout.splitlines()), done.stdout
    return done.returncode, {line.split(" ", 1)[1].split(":")[0]: line for line in done.stdout.splitlines()}


def test_beside_a_running_centre_nothing_fails_and_its_own_ports_are_its_own(filled: Filled) -> None:
    status, said = lines(filled.center)
    assert status == 0
    assert [said[name].split()[0] for name in PORTS] == ["ok"] * 4
    assert said["database"] == "ok database: PostgreSQL 18.4, embedded"
    for name in ("home", "schema", "outbox", "trail", "objects", "certificate", "authority", "database-programs"):
        assert said[name].startswith("ok "), said[name]
    assert said["root-key"].startswith("warn ")
    assert said["clock"].startswith("ok clock: unchecked")


def test_what_is_late_is_told_with_its_listener_its_age_and_the_last_reason(filled: Filled) -> None:
    inside.rows(
        filled.center.home,
        "INSERT INTO infrastructure.outbox (kind, listener, body, created, due, tries, problem) "
        "VALUES ('Test', 'nobody', '{}', now() - interval '5 min', now() + interval '1 h', 3, 'hl7.refused')",
    )
    try:
        status, said = lines(filled.center)
    finally:
        inside.rows(filled.center.home, "DELETE FROM infrastructure.outbox WHERE listener = 'nobody'")
    assert status == 0
    assert re.fullmatch(r"warn outbox: not delivered: nobody 1 \(3\d\d s, hl7.refused\)", said["outbox"])


def test_a_house_whose_emergencies_nobody_could_phone_about_is_named(filled: Filled) -> None:
    """The number of a house above it will do."""
    home = filled.center.home
    branch = filled.center.told("institution", "add", "东院", "--level", "branch")["id"]
    assert lines(filled.center)[1]["duty-number"].startswith("ok ")  # nobody is asked there
    filled.center.told("department", "add", "神经内科", "--institution", branch)
    assert lines(filled.center)[1]["duty-number"].endswith("when an emergency is not answered: 东院")
    inside.rows(home, "UPDATE security.institution SET duty_phone = '029-120' WHERE parent IS NULL")
    try:
        assert lines(filled.center)[1]["duty-number"].startswith("ok ")
    finally:
        inside.rows(home, "UPDATE security.institution SET duty_phone = ''")


def test_in_a_place_without_a_home_it_makes_none(tmp_path: Path) -> None:
    status, said = lines(Center.at(tmp_path / "home"))
    assert status == 0 and said["home"].startswith("ok home: ") and "database" not in said
    assert not (tmp_path / "home").exists()


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Center:
    """A home that nobody serves."""
    center = Center.at(tmp_path_factory.mktemp("doctor") / "home")
    center.told("institution", "add", "柳河镇卫生院", "--level", "township")
    return center


def test_without_a_centre_it_looks_into_the_database_and_leaves_nothing_running(idle: Center) -> None:
    objects = idle.home / "blobs" / "objects"
    before = sorted(objects.rglob("*")) if objects.exists() else []
    status, said = lines(idle)
    assert status == 0 and said["database"].startswith("ok ")
    assert embedded.running(idle.home) is None
    assert sorted(objects.rglob("*")) == before


def test_a_port_of_a_stranger_is_a_warning_that_names_it(idle: Center) -> None:
    with socket.create_server(("127.0.0.1", idle.port("mllp"))):
        status, said = lines(idle)
    assert status == 0
    assert said["mllp-port"] == f"warn mllp-port: {idle.port('mllp')} is used by another program: serve needs another"


def test_it_speaks_chinese_where_the_terminal_does(idle: Center, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "warn root-key: 没有口令" in idle.run("doctor").stdout


@pytest.mark.parametrize(("off_s", "level", "status"), [(0, "ok", 0), (-5, "warn", 0), (-120, "fail", 1)])
def test_the_clock_is_compared_with_the_time_source(idle: Center, off_s: float, level: str, status: int) -> None:
    with time_server(off_s) as port:
        told, said = lines(idle, "--time-source", f"127.0.0.1:{port}")
    assert said["clock"].startswith(f"{level} clock: off by ") and told == status


def test_a_time_source_that_is_silent_is_a_warning(idle: Center) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = nobody.getsockname()[1]
    status, said = lines(idle, "--time-source", f"127.0.0.1:{closed}")
    assert status == 0 and said["clock"].startswith("warn clock: unchecked: sntp.silent")


@pytest.mark.parametrize(("days", "level", "status"), [(60, "ok", 0), (20, "warn", 0), (-1, "fail", 1)])
def test_a_brought_certificate_is_judged_by_the_days_that_it_has_left(
    idle: Center, days: int, level: str, status: int
) -> None:
    made = datetime.now(UTC) + timedelta(days=days) - issue.SERVER_LIFE
    pair = issue.server(issue.authority(made), ["localhost"], made)
    brought = idle.home / "tls" / "brought"
    brought.mkdir(parents=True)
    try:
        (brought / "cert.pem").write_bytes(pair.certificate.public_bytes(Encoding.PEM))
        (brought / "key.pem").write_bytes(
            pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )  # fmt: skip
        told, said = lines(idle)
    finally:
        shutil.rmtree(brought.parent)
    assert said["certificate"].startswith(f"{level} certificate: ") and told == status


def test_a_root_key_that_does_not_open_fails_with_its_rule(idle: Center, tmp_path: Path) -> None:
    key = idle.home / "root.key"
    key.chmod(0o644)
    try:
        status, said = lines(idle)
    finally:
        key.chmod(0o600)
    assert status == 1 and said["root-key"].startswith(
        "fail root-key: The root key's file is open to others: root.open_to_others at root.key"
    )


def test_a_database_that_cannot_start_fails_with_its_code(idle: Center) -> None:
    version = idle.home / "postgresql" / "data" / "PG_VERSION"
    content = version.read_text()
    version.write_text("14\n")
    try:
        status, said = lines(idle)
    finally:
        version.write_text(content)
    assert status == 1 and said["database"].startswith(
        "fail database: The home holds a database of another version: home.other_database"
    )
    assert said["objects"].startswith("ok ")  # the round goes on


def test_an_unfinished_restore_fails_and_is_not_looked_into(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "unfinished-restore").write_text("")
    status, said = lines(Center.at(tmp_path / "home"))
    assert status == 1 and said["home"].startswith("fail home: the restore into ")
