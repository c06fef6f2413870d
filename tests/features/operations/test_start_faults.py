"""What the command line says when it cannot begin: one line with the place, never a traceback, never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.make.center import Center

ADD = ("institution", "add", "柳河镇卫生院", "--level", "township")

pytestmark = pytest.mark.slow


def test_a_database_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://somebody:a-secret@127.0.0.1:1/yuanzhen"
    done = Center.at(tmp_path / "home", YUANZHEN_DATABASE_URL=url).run(*ADD)
    assert (done.returncode, done.stdout) == (1, "")
    assert "yuanzhen: database.down at 127.0.0.1:1" in done.stderr
    assert "a-secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_where_a_file_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "root.key").mkdir()
    done = Center.at(tmp_path).run(*ADD)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"yuanzhen: machine.failed at {tmp_path / 'root.key'}" in done.stderr
    assert "Traceback" not in done.stderr
