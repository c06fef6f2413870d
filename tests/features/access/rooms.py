"""Who may do what at the live room of a case. The asker is in it while it is in the expert's hands; who acts without
having come is not."""

from __future__ import annotations

from tests.features.access.rows import LOGGED_IN, NOBODY, STAGES, row
from tests.features.access.together import LEADING, LED_CHANNELS

ROOM = "/api/consultations/{case}/room"
RECORDINGS = "/api/consultations/{case}/recordings"
MEETING = ("accepted", "signed")  # the stages at which the asker has come
OVER = ("closed", "cancelled", "did-not-take-place")
BEFORE = tuple(stage for stage in STAGES if stage not in MEETING)
SEEN = "401 200 | 404* | 200 200 200 200 | 404"  # how oneself stands; who is in it, from inside
WITHOUT_TICKET = "401 403 | 404* | 403 403 403 403 | 404"

ROOMS = [
    *LEADING,
    row("POST", ROOM + "/join",   "401 200 | 404* | 200 200 403 200 | 404", *MEETING),
    row("POST", ROOM + "/join",   "401 409 | 404* | 200 409 403 403 | 404", "ringing"),
    row("POST", ROOM + "/join",   "401 409 | 404* | 200 409 403 200 | 404", "more-needed"),
    row("POST", ROOM + "/join",   "401 409 | 404* | 409 409 403 403 | 404", "queued"),
    row("POST", ROOM + "/join",   "401 409 | 404* | 409 409 403 409 | 404", "booked"),  # too early
    row("POST", ROOM + "/join",   "401 409 | 404* | 409 409 403 409 | 404", *OVER),
    row("GET", ROOM,              SEEN, *MEETING),
    row("GET", ROOM + "/stats",   SEEN, *MEETING),
    row("POST", ROOM + "/admit",  "401 403 | 404* | 422 403 403 403 | 404", *MEETING),  # the expert has not come
    row("POST", ROOM + "/remove", "401 403 | 404* | 422 403 403 403 | 404", *MEETING),
    row("POST", ROOM + "/failed", "401 204 | 404* | 204 204 204 204 | 404", *MEETING),
    row("POST", ROOM + "/guests", "401 403 | 404* | 201 403 403 403 | 404", *MEETING),
    row("POST", ROOM + "/interpreters", "401 403 | 404* | 422 403 403 403 | 404", *MEETING),
    row("POST", ROOM + "/beat",   WITHOUT_TICKET, *MEETING),
    row("POST", ROOM + "/show",   WITHOUT_TICKET, *MEETING),
    row("POST", ROOM + "/words",  WITHOUT_TICKET, *MEETING),
    row("GET", ROOM + "/words",   "401 403 | 404* | 200 403 403 403 | 404", *MEETING),  # who is in it
    row("POST", ROOM + "/lead",   "401 403 | 404* | 403 403 403 403 | 404", *MEETING),  # the expert has not come
    row("POST", ROOM + "/leave",  WITHOUT_TICKET, *MEETING),
    row("POST", ROOM + "/keys",   WITHOUT_TICKET, *MEETING),
    row("POST", ROOM + "/publish", WITHOUT_TICKET, *MEETING),
    row("POST", ROOM + "/receive", WITHOUT_TICKET, *MEETING),
    row("POST", ROOM + "/answer", WITHOUT_TICKET, *MEETING),
    row("POST", ROOM + "/select", WITHOUT_TICKET, *MEETING),
    row("POST", ROOM + "/recording", WITHOUT_TICKET, *MEETING),
    row("POST", ROOM + "/recording/stop", WITHOUT_TICKET, *MEETING),
    row("GET", RECORDINGS,                "401 200 | 404* | 200 403 403 403 | 404", *MEETING),  # who was in it
    row("GET", RECORDINGS + "/x/1",       "401 404 | 404* | 404 403 403 403 | 404", *MEETING),
    row("POST", RECORDINGS + "/x/withdraw", NOBODY, *MEETING),
    *(row(method, RECORDINGS + path, NOBODY, *BEFORE) for method, path in (
        ("GET", ""), ("GET", "/x/1"), ("POST", "/x/withdraw"),
    )),
    *(row(method, ROOM + path, NOBODY, *BEFORE) for method, path in (
        ("GET", ""), ("GET", "/stats"), ("POST", "/admit"), ("POST", "/remove"), ("POST", "/beat"), ("POST", "/leave"),
        ("POST", "/guests"), ("POST", "/failed"), ("POST", "/interpreters"),
        ("POST", "/show"), ("POST", "/lead"), ("GET", "/words"), ("POST", "/words"),
        ("POST", "/keys"), ("POST", "/publish"), ("POST", "/receive"), ("POST", "/answer"), ("POST", "/select"),
        ("POST", "/recording"), ("POST", "/recording/stop"),
    )),
]  # fmt: skip
BESIDE = [
    row("GET", "/api/interpreters", LOGGED_IN),
    row("GET", "/api/rooms",        LOGGED_IN),
    row("GET", "/api/guest",        "401 409 | 409* | 409 409 409 409 | 409"),  # whoever is logged in is no guest
]  # fmt: skip
ROOM_CHANNELS = [*LED_CHANNELS, row("LIVE", "room/{case}", SEEN, *MEETING), row("LIVE", "room/{case}", NOBODY, *BEFORE)]
