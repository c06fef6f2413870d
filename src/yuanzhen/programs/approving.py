"""Which verbs wait for a second person, and what each does: programs hold the table, the approvals know a name."""

from __future__ import annotations

from yuanzhen.applications.consultation.opinions import service as opinions
from yuanzhen.security.approvals.service import Verbs

VERBS: Verbs = {**opinions.APPROVABLE}
