"""As whom somebody who is logged in acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from yuanzhen.security.identity.session import Caller, Session

SESSION = Session("s1", "p1", "Chen", "expert", "city", "", datetime(2026, 3, 2, tzinfo=UTC), "csrf", only_enrol=False)


def test_who_treats_looks_for_treatment_and_patients_at_what_is_their_own() -> None:
    where = Caller("10.1.2.3", "r1")
    assert SESSION.actor(where).purpose == "treatment"
    own = replace(SESSION, person="pat-7", role="patient", patient="pat-7").actor(where)
    assert (own.id, own.patient, own.purpose, own.origin) == ("pat-7", "pat-7", "patient-request", "10.1.2.3")
