"""Who may lead the others through a case's images, and who may follow: written by hand, by stage."""

from __future__ import annotations

from tests.features.access.rows import NOBODY, row

LEAD = "/api/reading/{case}/lead"
IN_HAND = ("accepted", "more-needed")
AFTERWARDS = ("signed", "closed", "cancelled", "did-not-take-place")

LEADING = [
    row("POST", LEAD, "401 404 | 404* | 404 404 404 404 | 404", "ringing"),
    row("POST", LEAD, "401 404 | 404* | 204 403 403 403 | 404", "queued"),  # it was taken, and given back
    row("POST", LEAD, "401 404 | 404* | 204 403 403 204 | 404", *IN_HAND),  # each call in a case of its own
    row("POST", LEAD, "401 404 | 404* | 409 403 403 409 | 404", *AFTERWARDS),
    row("PUT", LEAD, "401 404 | 404* | 404 404 404 404 | 404", "ringing"),
    row("PUT", LEAD, "401 404 | 404* | 409 403 403 409 | 404", *IN_HAND),  # nobody leads
    row("POST", LEAD + "/hand-over", "401 404 | 404* | 404 404 404 404 | 404", "ringing"),
    row("POST", LEAD + "/hand-over", "401 404 | 404* | 409 403 403 409 | 404", *IN_HAND),
    row("DELETE", LEAD, "401 404 | 404* | 404 404 404 404 | 404", "ringing"),
    row("DELETE", LEAD, "401 404 | 404* | 204 204 204 204 | 404", *IN_HAND),
]  # fmt: skip
LED_CHANNELS = [
    row("LIVE", "led/{case}",          NOBODY, "ringing", "cancelled", "did-not-take-place"),
    row("LIVE", "led/{case}",          "401 200 | 404* | 200 200 404 404 | 404", "queued"),  # taken, and given back
    row("LIVE", "led/{case}",          "401 200 | 404* | 200 200 404 200 | 404", *IN_HAND),
    row("LIVE", "led/{case}",          "401 200 | 404* | 200 200 404 404 | 404", "signed", "closed"),
]  # fmt: skip
