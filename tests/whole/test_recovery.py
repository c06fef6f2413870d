"""The officer whose one-time password was lost gets in again with a code from the machine's own console."""

from __future__ import annotations

import httpx
import pytest

from tests.make import inside
from tests.make.center import Center

pytestmark = pytest.mark.slow
NEW = "forty loud umbrellas"


def test_the_systems_officer_sets_a_password_with_a_code_from_the_console(center: Center) -> None:
    told = center.told("user", "recover", "officer")
    assert told["good_for_s"] == 300
    body = {"name": "officer", "code": told["code"], "password": NEW}
    with httpx.Client(base_url=center.url) as http:
        assert http.post("/auth/recovery", json=body).status_code == 204
        assert http.post("/auth/recovery", json=body).status_code == 401  # good once
        assert http.post("/auth/login", json={"name": "officer", "password": NEW}).json() == {"next": "enrol"}
    noted = inside.rows(center.home, "SELECT actor, outcome FROM security.trail WHERE verb = 'identity.issue_recovery'")
    assert [tuple(row.values()) for row in noted] == [("system:setup", 0)]


def test_a_code_for_a_name_that_nobody_has_is_refused_in_clear_words(center: Center) -> None:
    done = center.run("user", "recover", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert "yuanzhen: identity.unknown at name" in done.stderr
