"""The root key gets another passphrase: by whoever knows the present one, whole or not at all, unseen."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.make.center import BIN, Center, served
from tests.make.dying import PASSPHRASE
from tests.make.small_disk import needs_root
from tests.make.terminal import at_a_terminal
from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.keys.root import Root, change_passphrase

pytestmark = pytest.mark.slow

SAMPLE = {"passphrase beside the file", "passphrase in its place"}
POINTS = [pytest.param(point, marks=() if point in SAMPLE else pytest.mark.long) for point in PASSPHRASE]
OLD, NEW = "the first passphrase", "the second passphrase"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is stopped, sealed with `OLD`."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "passphrase").write_text(OLD)
    center = Center.at(folder / "home", YUANZHEN_PASSPHRASE_FILE=str(folder / "passphrase"))
    center.told("institution", "add", "柳河镇卫生院", "--level", "township")
    return center.home


@pytest.fixture
def sealed(filled: Path, tmp_path: Path) -> Center:
    """A copy of it, whose settings name the file with its passphrase."""
    shutil.copytree(filled, tmp_path / "home", symlinks=True)
    (tmp_path / "passphrase").write_text(OLD + "\n")
    return Center.at(tmp_path / "home", YUANZHEN_PASSPHRASE_FILE=str(tmp_path / "passphrase"))


def opens(home: Path, passphrase: str | None) -> bool:
    try:
        Root.open(home / "root.key", passphrase.encode() if passphrase else None, may_create=False)
    except Invalid:
        return False
    return True


def test_a_home_without_a_passphrase_gets_one(sealed: Center) -> None:
    change_passphrase(sealed.home / "root.key", OLD.encode(), None)
    done = sealed.run("keys", "passphrase", "--passphrase-stdin", "--lang", "en", given=OLD + "\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{sealed.home}: the root key has a passphrase",
        "backups made before have none: whoever has one can open it",
    ]
    assert opens(sealed.home, OLD) and not opens(sealed.home, None)
    assert "ok root-key" in sealed.run("doctor", "--lang", "en").stdout


def test_it_is_changed_while_the_centre_is_stopped_and_every_secret_stays(sealed: Center) -> None:
    before = Root.open(sealed.home / "root.key", OLD.encode()).derive("context")
    done = sealed.run("keys", "passphrase", "--passphrase-stdin", "--lang", "zh", given=NEW)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{sealed.home}：根密钥的口令已更换",
        "下次启动或执行命令之前，请把它写入 YUANZHEN_PASSPHRASE_FILE 所指的文件",
        "此前的备份仍用旧口令",
    ]
    assert Root.open(sealed.home / "root.key", NEW.encode()).derive("context") == before
    refused = sealed.run("serve")
    assert refused.returncode == 1 and "root.wrong_passphrase" in refused.stderr
    Path(sealed.settings["YUANZHEN_PASSPHRASE_FILE"]).write_text(NEW)
    sealed.start()
    assert sealed.stop() == 0


def test_a_centre_that_runs_goes_on_and_its_log_has_the_act(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text(OLD)
    with served(tmp_path / "home", YUANZHEN_PASSPHRASE_FILE=str(tmp_path / "passphrase")) as center:
        done = center.run("keys", "passphrase", "--passphrase-stdin", "--lang", "en", given=NEW)
        assert done.returncode == 0, done.stderr
        assert "the centre runs, and goes on: a start asks for it" in done.stdout.splitlines()
        assert center.run("institution", "add", "x", "--level", "county").returncode == 1
        (tmp_path / "passphrase").write_text(NEW)
        machine = center.machine()
        events = machine.get("/fhir/R4/AuditEvent", params={"agent": "system:chain"}).text
        assert "center.passphrase" in events
        assert machine.get("/healthz").json() == {"status": "ok"}


def test_it_can_be_taken_away_again(sealed: Center) -> None:
    done = sealed.run("keys", "passphrase", "--none", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "take YUANZHEN_PASSPHRASE_FILE out of the settings" in done.stdout
    assert opens(sealed.home, None)


def test_whoever_has_the_wrong_one_changes_nothing(sealed: Center) -> None:
    before = (sealed.home / "root.key").read_bytes()
    Path(sealed.settings["YUANZHEN_PASSPHRASE_FILE"]).write_text("another passphrase")
    done = sealed.run("keys", "passphrase", "--passphrase-stdin", given=NEW)
    assert (done.returncode, done.stdout) == (1, "")
    assert "root.wrong_passphrase at root.key" in done.stderr
    assert (sealed.home / "root.key").read_bytes() == before


def test_a_new_one_that_is_none_is_refused(sealed: Center) -> None:
    done = sealed.run("keys", "passphrase", "--passphrase-stdin", given="\n")
    assert done.returncode == 1 and "root.passphrase_short at passphrase, shortest 12" in done.stderr
    assert opens(sealed.home, OLD)


def test_no_home_is_made_for_it(tmp_path: Path) -> None:
    done = Center.at(tmp_path / "home").run("keys", "passphrase", "--passphrase-stdin", given=NEW)
    assert done.returncode == 1 and "home.not_there" in done.stderr
    assert not (tmp_path / "home").exists()


@needs_root
def test_another_users_home_is_left_to_its_user(sealed: Center) -> None:
    shutil.chown(sealed.home / "root.key", "nobody")
    done = sealed.run("keys", "passphrase", "--passphrase-stdin", given=NEW)
    assert done.returncode == 1 and "home.not_yours" in done.stderr


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_moment_it_leaves_the_old_one_or_the_new(sealed: Center, tmp_path: Path, point: str) -> None:
    (tmp_path / "die").touch()
    dying = [sys.executable, "-m", "tests.make.dying", point, str(tmp_path / "die")]
    done = subprocess.run(
        [*dying, "keys", "passphrase", "--passphrase-stdin"], env=sealed.environment(), input=NEW, text=True,
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == -9
    one, other = (OLD, NEW) if point in ("passphrase before the file", "passphrase beside the file") else (NEW, OLD)
    assert opens(sealed.home, one) and not opens(sealed.home, other)
    Path(sealed.settings["YUANZHEN_PASSPHRASE_FILE"]).write_text(one)
    again = sealed.run("keys", "passphrase", "--passphrase-stdin", given="the third passphrase")
    assert again.returncode == 0, again.stderr
    assert list(sealed.home.glob("*root.key*")) == [sealed.home / "root.key"]


# ---- at a terminal


def test_at_a_terminal_each_is_asked_for_and_none_is_shown(sealed: Center) -> None:
    del sealed.settings["YUANZHEN_PASSPHRASE_FILE"]
    status, shown = at_a_terminal(
        [BIN / "yuanzhen", "keys", "passphrase", "--lang", "en"], sealed.environment(),
        [f"{OLD}\n", f"{NEW}\n", f"{NEW}\n"],
    )  # fmt: skip
    assert status == 0, shown
    assert shown.split("\r\n")[:3] == ["Present passphrase: ", "New passphrase: ", "The same again: "]
    assert OLD not in shown and NEW not in shown
    assert opens(sealed.home, NEW)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (["another passphrase\n"], "root.wrong_passphrase"),
        ([f"{OLD}\n", f"{NEW}\n", "the third passphrase\n"], "root.passphrase_differs"),
        ([f"{OLD}\n", "\x03"], "root.passphrase_wanted"),  # Ctrl-C
        (["\x04"], "root.passphrase_wanted"),  # Ctrl-D
    ],
)
def test_at_a_terminal_what_is_not_right_changes_nothing(sealed: Center, answers: list[str], code: str) -> None:
    del sealed.settings["YUANZHEN_PASSPHRASE_FILE"]
    status, shown = at_a_terminal([BIN / "yuanzhen", "keys", "passphrase"], sealed.environment(), answers)
    assert status == 1
    assert code in shown and "Traceback" not in shown
    assert opens(sealed.home, OLD)


def test_without_a_terminal_nobody_is_asked(sealed: Center) -> None:
    done = sealed.run("keys", "passphrase", given=NEW)
    assert done.returncode == 1 and "root.passphrase_wanted at standard input" in done.stderr
