"""Who may call what of one case: the expected status of each call for each caller, written by hand."""

from __future__ import annotations

from tests.features.access.referrals import REFERRALS
from tests.features.access.rooms import BESIDE, ROOM_CHANNELS, ROOMS
from tests.features.access.rows import EVERYBODY, LOGGED_IN, NOBODY, NOTHING, STAGES, Row, row

PLAIN = [
    row("GET", "/healthz", EVERYBODY),
    row("GET", "/metrics", EVERYBODY),
    row("GET", "/schema", EVERYBODY),
    row("GET", "/schema/openapi.json", EVERYBODY),
    row("GET", "/schema/x", NOTHING),
]


# ---- the product's own API


def act(name: str, otherwise: str, now: dict[str, str]) -> list[Row]:
    """What asker, colleague, second and expert are told of an act at the stages of `now`, and at all others.

    Nobody without a part finds the case, and to the patient it is not theirs to do.
    """
    path = "/api/consultations/{case}/" + name
    told = {stage: now.get(stage, otherwise) for stage in STAGES}
    return [
        row("POST", path, f"401 403 | 404* | {answers} | 404", *(stage for stage in STAGES if told[stage] == answers))
        for answers in dict.fromkeys(told.values())
    ]


DRAFT, SIGN = "/api/consultations/{case}/opinion", "/api/consultations/{case}/opinion/sign"
MARKS, MARK = "/api/reading/{case}/marks", "/api/reading/{case}/marks/12345678"
NOT_READ = ("ringing", "queued", "cancelled", "did-not-take-place")
RATE = "/api/consultations/{case}/rate"
IN_HAND = ("accepted", "more-needed")
OPEN = ("ringing", "queued", "booked", "accepted", "more-needed")
UNTAKEN = dict.fromkeys(("ringing", "queued"), "403 403 403 403")
CHAT = "/api/consultations/{case}/chat"
BOARD = "/api/consultations/{case}/boards/minutes"
FILES = "/api/consultations/{case}/files"
AFTERWARDS = ("signed", "closed", "cancelled", "did-not-take-place")  # the expert's name stays on the case

FOR_OFFICER = "401 403 | 403* {} 403 403 | 403 403 403 403 | 403"
LISTED, UNKNOWN = FOR_OFFICER.format(200), FOR_OFFICER.format(404)

FOR_QUALITY = "401 403 | 403* {} 403 403 403 | 403 403 403 403 | 403"
PAIRS, NO_PAIR = FOR_QUALITY.format(200), FOR_QUALITY.format(404)

MATCHING = [
    row("GET", "/api/matching/pairs",             PAIRS),
    row("GET", "/api/matching/pairs?shelf=apart", PAIRS),
    row("GET", "/api/matching/pairs/x",           NO_PAIR),
    row("POST", "/api/matching/pairs/x/same",     NO_PAIR),
    row("POST", "/api/matching/pairs/x/undo",     NO_PAIR),
    row("POST", "/api/matching/pairs/x/apart",    NO_PAIR),
    row("POST", "/api/matching/pairs/x/later",    NO_PAIR),
    row("POST", "/api/matching/pairs/x/reveal",   NO_PAIR),
]  # fmt: skip

EXCHANGE = [
    row("GET", "/api/exchange/messages",                     LISTED),
    row("GET", "/api/exchange/messages?state=waiting",       LISTED),
    row("GET", "/api/exchange/messages?control=M1",          LISTED),
    row("GET", "/api/exchange/messages/x",                   UNKNOWN),
    row("POST", "/api/exchange/messages/x/replay",           UNKNOWN),
    row("POST", "/api/exchange/messages/x/give-up",          UNKNOWN),
    row("GET", "/api/exchange/senders",                      LISTED),
    row("GET", "/api/exchange/peers",                        LISTED),
    row("GET", "/api/exchange/reasons",                      LOGGED_IN),
    row("PUT", "/api/exchange/peers/x",                      UNKNOWN),
    row("POST", "/api/exchange/peers/x/off",                 UNKNOWN),
    row("POST", "/api/exchange/peers/x/on",                  UNKNOWN),
    row("POST", "/api/exchange/peers/x/replay",              UNKNOWN),
    row("GET", "/api/exchange/dialects",                     LISTED),
    row("GET", "/api/exchange/code-maps?institution=liuhe",  LISTED),
    row("GET", "/api/exchange/code-maps?institution=x",      UNKNOWN),
    row("PUT", "/api/exchange/code-maps",                    UNKNOWN),  # of no institution that is theirs
    row("DELETE", "/api/exchange/code-maps?institution=liuhe&name=unit&code=x", UNKNOWN),
    row("GET", "/api/exchange/outgoing",                     LISTED),
    row("POST", "/api/exchange/outgoing/x/resend",           UNKNOWN),
]  # fmt: skip

# Times to book are for who books or is booked; who is on duty or away for the department's own, its manager, the
# dispatcher. Of `manager` and `expert`, who may both, the second finds that the time is no longer free.
BOOKS = "401 403 | 403 403 200 200 403 200 200 403 200 403 403 | 200 200 200 200 | 403"
ROSTER = "401 403 | 403 403 403 {} 403 200 200 403 403 403 403 | 403 403 200 200 | 403"
TAKES_BACK = "401 403 | 403 403 403 404 403 404 403* | 403 403 404 404 | 403"
ADDS = "401 403 | 403 403 403 403 403 201 403* | 403 403 403 {} | 403"
# Clinicians and experts wait for a time; an expert's own times can be read from another calendar.
WAITS = "401 403 | 403 403 {0} {0} 403* | {0} {0} {0} {0} | 403"
FEEDS = "401 403 | 403 403 403 {0} 403* | 403 403 {0} {0} | 403"

CALENDAR = [
    row("GET", "/api/calendar/slots",                          BOOKS),
    row("GET", "/api/calendar/slots?department=neurology",     BOOKS),
    row("GET", "/api/calendar/bookings",                       BOOKS),
    row("GET", "/api/calendar/week",                           ROSTER.format(200)),
    row("GET", "/api/calendar/week?department=neurology",      ROSTER.format(404)),
    row("GET", "/api/calendar/shifts?department=neurology",    ROSTER.format(404)),
    row("GET", "/api/calendar/absences?department=neurology",  ROSTER.format(404)),
    row("GET", "/api/calendar/absences",                       ROSTER.format(200)),
    row("POST", "/api/calendar/shifts",                        ADDS.format(403)),
    row("POST", "/api/calendar/slots",                         ADDS.format(409)),
    row("POST", "/api/calendar/absences",                      ADDS.format(409)),
    row("DELETE", "/api/calendar/shifts/x",                    ADDS.format(403).replace("201", "404")),
    row("DELETE", "/api/calendar/slots/x",                     TAKES_BACK),
    row("DELETE", "/api/calendar/absences/x",                  TAKES_BACK),
    row("POST", "/api/calendar/rosters",                       ADDS.format(403)),
    row("GET", "/api/calendar/rosters?department=neurology",   ROSTER.format(404)),
    row("PUT", "/api/calendar/rosters/x",                      ADDS.format(403).replace("201", "404")),
    row("DELETE", "/api/calendar/rosters/x",                   ADDS.format(403).replace("201", "404")),
    row("POST", "/api/calendar/swaps",                         NOBODY),  # it is nobody's shift
    row("GET", "/api/calendar/swaps",                          ROSTER.format(200)),
    row("GET", "/api/calendar/swaps?department=neurology",     ROSTER.format(404)),
    row("POST", "/api/calendar/swaps/x/accept",                NOBODY),
    row("POST", "/api/calendar/resources",                     ADDS.format(403)),
    row("GET", "/api/calendar/resources",                      BOOKS),
    row("POST", "/api/calendar/waiting",                       WAITS.format(201)),
    row("GET", "/api/calendar/waiting",                        WAITS.format(200)),
    row("DELETE", "/api/calendar/waiting/x",                   WAITS.format(404)),
    row("POST", "/api/calendar/waiting/x/pass",                WAITS.format(404)),
    row("DELETE", "/api/calendar/feed",                        FEEDS.format(404)),
    row("GET", "/api/calendar/feed",                           FEEDS.format(200)),
    row("POST", "/api/calendar/feed",                          FEEDS.format(201)),
    row("GET", "/api/calendar/feeds/x.ics",                    NOTHING),  # whoever has the secret reads it
    row("POST", "/api/calendar/bookings/x/link",               NOBODY),
    row("GET", "/api/calendar/probe",                          LOGGED_IN),
    row("POST", "/api/calendar/probe",                         LOGGED_IN.replace("200", "204")),
    row("GET", "/api/calendar/houses",                         LISTED),
    row("PUT", "/api/calendar/houses/x",                       UNKNOWN),
    row("DELETE", "/api/calendar/houses/x",                    UNKNOWN),
]  # fmt: skip

# Images kept apart: a clinician sees those of their own house, and of another's that there are none.
APART = [
    row("GET", "/api/apart",             "401 403 | 403 403 200 403* | 200 200 403 403 | 403"),
    row("GET", "/api/apart/{apart}",     "401 403 | 403 403 404 403* | 200 200 403 403 | 403"),
    row("GET", "/api/apart/{apart}/pictures/1", "401 403 | 403 403 404 403* | 200 200 403 403 | 403"),
    row("POST", "/api/apart/x/release",  "401 403 | 403 403 404 403* | 404 404 403 403 | 403"),
    row("POST", "/api/apart/x/discard",  "401 403 | 403 403 404 403* | 404 404 403 403 | 403"),
]  # fmt: skip

# Rings are a dispatcher's: question, urgency and place, whoever asked and whoever is called.
FOR_DISPATCHER = "401 403 | 403 403 403 403 403 403 {} 403* | 403 403 403 403 | 403"
RINGS = [
    row("GET", "/api/reading/templates", LOGGED_IN),
    row("GET", "/api/reading/studies/{uid}/marks", "401 200 | 404* 403 | 200 200 404 200 | 200"),
    row("GET", "/api/rings",          FOR_DISPATCHER.format(200)),
    row("GET", "/api/rings/x",        FOR_DISPATCHER.format(404)),
    row("GET", "/api/rings/x/people", FOR_DISPATCHER.format(404)),
    row("POST", "/api/rings/x/take",  FOR_DISPATCHER.format(404)),
    row("POST", "/api/rings/x/call",  FOR_DISPATCHER.format(404)),
    row("GET", "/api/criticals",         FOR_DISPATCHER.format(200)),
    row("POST", "/api/criticals/x/take", FOR_DISPATCHER.format(404)),
    row("PUT", "/api/me/presence",    "401 403 | 403 403 204* 403 | 204 204 204 204 | 403"),
]  # fmt: skip


# A signed opinion: its signer adds to it, the department's experts propose another version, or sign it as well.
def signing(step: str, before: str, taken: str, signed: str) -> list[Row]:
    """What second and expert are told before the case is taken, when it is over without an opinion, and with one."""
    path = "/api/consultations/{case}/opinion/" + step
    stages: dict[str, list[str]] = {before: [], taken: [], signed: []}
    for stage in STAGES:
        told = {"signed": signed, "closed": signed, "ringing": before, "queued": before}.get(stage, taken)
        stages[told].append(stage)
    return [row("POST", path, f"401 403 | 404* 403 | 403 403 {told} | 403", *at) for told, at in stages.items() if at]


OPINIONS = [
    *signing("addendum", "403 403", "403 409", "403 200"),
    *signing("amend",    "409 409", "409 409", "202 202"),
    *signing("withdraw", "409 409", "409 409", "202 202"),
    *signing("cosign",   "409 409", "409 409", "200 409"),
]  # fmt: skip

# A record is opened in need by doctors without a relation; the asker's house has one, the expert while it is theirs.
GLASS = "401 403 | 403 403 201 201 403* | 409 409 201 409 | 403"
REVIEWS = [
    row("POST", "/api/break-glass",        GLASS),
    row("GET", "/api/break-glass",         LOGGED_IN),
    row("GET", "/api/reviews",             "401 403 | 403* 200 200 403 403 | 403 403 403 403 | 403"),
    *(row("POST", f"/api/reviews/x/{act}", NOBODY) for act in ("decide", "end")),
]  # fmt: skip

# Totals are for managers, who see no case.
TOTALS = "/api/management/consultations?from=2026-03-01&to=2026-03-31"
FOR_MANAGER = "401 403 | 403 403 403 403 403 {} 403* | 403 403 403 403 | 403"
MANAGEMENT = [
    row("GET", TOTALS,                            FOR_MANAGER.format(200), *STAGES),
    row("GET", f"{TOTALS}&department=cardiology", FOR_MANAGER.format(200)),
    row("GET", f"{TOTALS}&department=x",          FOR_MANAGER.format(404)),
]  # fmt: skip

PDF = "/api/consultations/{case}/opinion.pdf"
PRINTED = [
    row(
        "POST", "/api/consultations/{case}/opinion/call", "401 403 | 404* | 409 409 409 409 | 404", *STAGES
    ),  # none there
    row("GET", PDF, "401 409 | 404* | 409 409 409 409 | 404", *(s for s in STAGES if s not in ("signed", "closed"))),
    row("GET", PDF, "401 200 | 404* | 200 200 200 200 | 404", "signed", "closed"),
    row("GET", PDF + "?version=2", NOBODY, "signed"),
    row("POST", "/api/check", EVERYBODY),  # whether a file is one of ours
]

ARCHIVE = [row("GET", "/api/archive?from=2026-03-01&to=2026-03-31", PAIRS, *STAGES)]

# Seen by who asked or may decide; a machine has shown no second factor.
DECIDED = "401 404 | 404* 403 | 404 404 404 404 | 403"
APPROVALS = [
    row("GET", "/api/approvals",            LOGGED_IN),
    row("POST", "/api/approvals/x/approve", DECIDED),
    row("POST", "/api/approvals/x/reject",  DECIDED),
]  # fmt: skip

# The number of an institution is kept by its manager and by officers.
NUMBERS = f"401 403 | 403 403 403 403 403 {404} 403 403 {404} 403 403 | 403 403 403 403 | 403"
API = [
    row("GET", "/api/me",                    "401 200 | 200* 403 | 200 200 200 200 | 403"),
    row("GET", "/api/consent-texts/current", LOGGED_IN),
    row("GET", "/api/consent-texts/2026-1",  LOGGED_IN),
    row("GET", "/api/consent-texts/1999-1",  NOBODY),
    row("GET", "/api/departments",           LOGGED_IN),
    row("GET", "/api/experts",               LOGGED_IN),
    row("GET", "/api/institutions",          LOGGED_IN),
    row("PUT", "/api/institutions/x/duty-phone", NUMBERS),
    row("GET", "/api/users",                 "401 403 | 403* 200 403 403 | 403 403 403 403 | 403"),
    row("GET", "/api/consultations",                      LOGGED_IN, *STAGES),
    row("GET", "/api/consultations?department=neurology", LOGGED_IN, *STAGES),
    row("GET", "/api/consultations?count=1&after=f",      LOGGED_IN),
    row("POST", "/api/consultations",        "401 403 | 403 403 404 403* | 201 201 403 403 | 403"),
    row("GET", "/api/requests/{patient}",    "401 403 | 403 403 404 403* | 200 200 403 403 | 403"),
    row("PUT", "/api/requests/{patient}",    "401 403 | 403 403 404 403* | 204 204 403 403 | 403"),
    row("GET", "/api/consultations/{case}",         "401 200 | 404* | 200 200 200 200 | 404", *STAGES),
    row("GET", "/api/consultations/{case}/opinion", "401 200 | 404* | 200 200 200 200 | 404", *STAGES),
    row("GET", MARKS, "401 404 | 404* | 404 404 404 404 | 404", *NOT_READ),
    row("GET", MARKS, "401 404 | 404* | 404 404 404 200 | 404", *IN_HAND),
    row("GET", MARKS, "401 200 | 404* | 200 200 200 200 | 404", "signed", "closed"),
    row("PUT", MARK, "401 404 | 404* | 404 404 404 404 | 404", "ringing"),
    row("PUT", MARK, "401 404 | 404* | 403 403 403 403 | 404", "queued"),  # it was taken, and given back
    row("PUT", MARK, "401 404 | 404* | 403 403 403 422 | 404", *IN_HAND),  # what is sent is no mark
    row("PUT", MARK, "401 404 | 404* | 403 403 403 409 | 404", *AFTERWARDS),
    row("DELETE", MARK, "401 404 | 404* | 404 404 404 404 | 404", "ringing"),
    row("DELETE", MARK, "401 404 | 404* | 403 403 403 403 | 404", "queued"),
    row("DELETE", MARK, "401 404 | 404* | 403 403 403 204 | 404", *IN_HAND),
    row("DELETE", MARK, "401 404 | 404* | 403 403 403 409 | 404", *AFTERWARDS),
    row("PUT", DRAFT, "401 403 | 404* | 403 403 403 403 | 404", "ringing", "queued"),
    row("PUT", DRAFT, "401 403 | 404* | 403 403 403 409 | 404", "more-needed", "booked"),
    row("PUT", DRAFT, "401 403 | 404* | 403 403 403 204 | 404", "accepted"),
    row("PUT", DRAFT, "401 403 | 404* | 403 403 403 409 | 404", *AFTERWARDS),
    # A machine has shown no second factor to sign with.
    row("POST", SIGN, "401 403 | 404* 403 | 403 403 403 403 | 403", "ringing", "queued"),
    row("POST", SIGN, "401 403 | 404* 403 | 403 403 403 200 | 403", "accepted"),
    row("POST", SIGN, "401 403 | 404* 403 | 403 403 403 409 | 403", "more-needed", "booked", *AFTERWARDS),
    # What is booked is its expert's alone, and too early to begin.
    *act("accept",             "403 403 409 409", {"ringing": "403 403 200 200", "booked": "403 403 403 409"}),
    *act("claim",              "403 403 409 409", {"queued": "403 403 200 200"}),
    *act("decline",            "403 403 409 409", {"ringing": "403 403 200 200", "booked": "403 403 403 200"}),
    *act("reschedule",         "409 409 403 409", {"booked": "200 200 403 200",
                                                   **dict.fromkeys(("ringing", "queued"), "409 409 403 403")}),
    *act("release",            "403 403 403 409", UNTAKEN | dict.fromkeys(IN_HAND, "403 403 403 200")),
    *act("need-more",          "403 403 403 409", UNTAKEN | {"accepted": "403 403 403 200"}),
    *act("invite",             "403 403 403 409", UNTAKEN | {"accepted": "403 403 403 200"}),
    *act("supply",             "409 409 403 403", {"more-needed": "200 200 403 403"}),
    *act("hand-over",          "403 403 409 409", {"queued": "403 403 200 200", "accepted": "403 403 403 200"}),
    row("POST", RATE, "401 200 | 404* | 200 403 403 200 | 404", "signed", "closed"),
    row("POST", RATE, "401 409 | 404* | 409 403 403 409 | 404", "booked", "accepted", "more-needed",
        "cancelled", "did-not-take-place"),
    row("POST", RATE, "401 409 | 404* | 409 403 403 403 | 404", "ringing", "queued"),
    *act("close",              "409 409 403 403", {"signed": "200 200 403 403"}),
    *act("cancel",             "409 409 403 403", dict.fromkeys(OPEN, "200 200 403 403")),
    *act("withdraw-consent",   "409 409 403 403", dict.fromkeys(OPEN, "200 200 403 403")),
    *act("did-not-take-place", "409 403 403 409", {
        "ringing": "200 403 403 403", "queued": "409 403 403 403",
        **dict.fromkeys(("booked", "accepted", "more-needed"), "200 403 403 200")}),
    row("POST", "/api/consultations/{case}/write", NOBODY),  # an act, but not by this door
    *(row("GET", path, "401 403 | 404* | 200 200 403 200 | 404", "accepted", "more-needed", *AFTERWARDS)
      for path in (CHAT, FILES, BOARD)),
    *(row("GET", path, "401 403 | 404* | 200 200 403 403 | 404", "ringing", "queued") for path in (CHAT, FILES, BOARD)),
    row("POST", FILES, "401 403 | 404* | 201 201 403 201 | 404", *IN_HAND, "signed"),
    row("POST", FILES, "401 403 | 404* | 201 201 403 403 | 404", "ringing", "queued"),
    row("POST", FILES, "401 403 | 404* | 409 409 403 409 | 404", "closed", "cancelled", "did-not-take-place"),
    row("POST", BOARD, "401 403 | 404* | 201 201 403 201 | 404", *IN_HAND, "signed"),
    row("POST", BOARD, "401 403 | 404* | 201 201 403 403 | 404", "ringing", "queued"),
    row("POST", BOARD, "401 403 | 404* | 409 409 403 409 | 404", "closed", "cancelled", "did-not-take-place"),
    row("POST", "/api/pieces/x?at=0",  NOBODY),
    row("POST", "/api/files/x/open",   NOBODY),
    row("POST", "/api/files/x/drop",   NOBODY),
    row("POST", CHAT, "401 403 | 404* | 201 201 403 201 | 404", *IN_HAND, "signed"),
    row("POST", CHAT, "401 403 | 404* | 201 201 403 403 | 404", "ringing", "queued"),
    row("POST", CHAT, "401 403 | 404* | 409 409 403 409 | 404", "closed", "cancelled", "did-not-take-place"),
    row("POST", CHAT + "/seen", "401 403 | 404* | 204 204 403 204 | 404", "accepted", "more-needed", *AFTERWARDS),
    row("POST", CHAT + "/seen", "401 403 | 404* | 204 204 403 403 | 404", "ringing", "queued"),
    *EXCHANGE,
    *APART,
    *MATCHING,
    *RINGS,
    *ROOMS,
    *BESIDE,
    *REFERRALS,
    *OPINIONS,
    *PRINTED,
    *REVIEWS,
    *MANAGEMENT,
    *ARCHIVE,
    *APPROVALS,
]  # fmt: skip


# ---- the record


def record(path: str) -> list[Row]:
    """A piece of the patient's record: the expert sees it while the case is in their hands."""
    return [
        row("GET", path, "401 200 | 404* 403 | 200 200 404 200 | 200", *IN_HAND),
        row("GET", path, "401 200 | 404* 403 | 200 200 404 404 | 200", *(s for s in STAGES if s not in IN_HAND)),
    ]


# A list of the file: pages are for people, machines read FHIR.
FILE = "/api/patients/{patient}/"
PARTS_OF_FILE = ("timeline", "results", "documents", "medicines", "allergies", "diagnoses", "sight", "lookers")
LISTS = [
    *(rows for part in PARTS_OF_FILE for rows in (
        row("GET", FILE + part, "401 200 | 404* 403 | 200 200 404 200 | 403", *IN_HAND),
        row("GET", FILE + part, "401 200 | 404* 403 | 200 200 404 404 | 403", *(s for s in STAGES if s not in IN_HAND)),
    )),
    # What is labelled is never there: whoever may label finds nothing, all others are told no more than of the patient.
    *(rows for act in ("labels", "labels/take-back") for rows in (
        row("POST", FILE + act, "401 403 | 404* 403 | 404 404 404 404 | 403", "accepted"),
    )),
    # What is sent is no photo, PDF or video.
    row("GET", "/api/uploads", LOGGED_IN),
    row("POST", "/api/uploads?patient={patient}", "401 403 | 403 403 404 403* | 415 415 403 403 | 403"),
    row("GET", FILE + "documents/DocumentReference/x/0", "401 404 | 404* 403 | 404 404 404 404 | 403"),
]  # fmt: skip

TYPES = ("Patient", "Organization", "Practitioner", "ImagingStudy", "Consent", "DiagnosticReport")
SEARCHED = "401 200 | 200* 403 | 200 200 200 200 | 200"  # what is found is in test_searches.py
# People write by what they do in a case; a machine may, but not over what we have published.
WRITTEN = "401 403 | 403* | 403 403 403 403 | {}"
LOG = "401 200 | 200 403* 200 200 403 403 | 403 403 403 403 | 200"
EVENT = "401 200 | 404 403* 200 200 403 403 | 403 403 403 403 | 200"

FHIR = [
    row("GET", "/fhir/R4/metadata", EVERYBODY),
    *record("/fhir/R4/Patient/{patient}"),
    *record("/fhir/R4/Patient/{patient}/_history/1"),
    *record("/fhir/R4/Patient/{patient}/_history"),
    *(row._replace(method="HEAD") for row in record("/fhir/R4/Patient/{patient}")),
    *(row._replace(method="HEAD") for row in record("/fhir/R4/Patient/{patient}/_history/1")),
    *record("/fhir/R4/ImagingStudy/{study}"),
    *record("/fhir/R4/ImagingStudy/{study}/_history/1"),
    *record("/fhir/R4/Consent/{case}"),
    *record("/fhir/R4/Consent/{case}/_history/1"),
    row("GET", "/fhir/R4/DiagnosticReport/{report}", "401 404 | 404* 403 | 404 404 404 404 | 404",
        *(stage for stage in STAGES if stage not in ("signed", "closed"))),
    row("GET", "/fhir/R4/DiagnosticReport/{report}", "401 200 | 404* 403 | 200 200 404 404 | 200", "signed", "closed"),
    row("GET", "/fhir/R4/DiagnosticReport/{report}/_history/1",
        "401 200 | 404* 403 | 200 200 404 404 | 200", "signed", "closed"),
    row("GET", "/fhir/R4/Organization/city", SEARCHED),
    row("GET", "/fhir/R4/Organization/city/_history/1", SEARCHED),
    row("GET", "/fhir/R4/Practitioner/chenyuan", LOGGED_IN),  # the machine's only scope
    row("GET", "/fhir/R4/Practitioner/chenyuan/_history/1", LOGGED_IN),
    row("GET", "/fhir/R4/Practitioner?name=x", LOGGED_IN),
    *(row("GET", f"/fhir/R4/{kind}", SEARCHED) for kind in TYPES if kind != "Practitioner"),
    *(row("POST", f"/fhir/R4/{kind}", WRITTEN.format(201)) for kind in TYPES),
    *(row("GET", f"/fhir/R4/{kind}/_history", SEARCHED) for kind in TYPES if kind != "Practitioner"),
    row("GET", "/fhir/R4/_history", SEARCHED),
    row("GET", "/fhir/R4/Patient/{patient}/ImagingStudy", SEARCHED),
    row("POST", "/fhir/R4/Patient/_search", "401 415 | 415* | 415 415 415 415 | 415"),  # what is sent is no form
    row("POST", "/fhir/R4", WRITTEN.format(200)),  # a transaction that writes the patient
    row("PUT", "/fhir/R4/Patient",                   WRITTEN.format(422)),  # without criteria
    row("PATCH", "/fhir/R4/Patient",                 WRITTEN.format(415)),  # what is sent is no patch
    row("PATCH", "/fhir/R4/Patient/{patient}",       WRITTEN.format(415)),
    row("DELETE", "/fhir/R4/Patient",                WRITTEN.format(422)),
    row("DELETE", "/fhir/R4/DiagnosticReport/none",  WRITTEN.format(204)),
    row("DELETE", "/fhir/R4/Organization/city",      WRITTEN.format(403)),
    row("PUT", "/fhir/R4/Patient/{patient}",         WRITTEN.format(200)),
    row("PUT", "/fhir/R4/ImagingStudy/{study}",      WRITTEN.format(201)),
    row("PUT", "/fhir/R4/DiagnosticReport/{report}", WRITTEN.format(201)),
    row("PUT", "/fhir/R4/Consent/{case}",            WRITTEN.format(403)),
    row("PUT", "/fhir/R4/Organization/city",         WRITTEN.format(403)),
    row("PUT", "/fhir/R4/Practitioner/chenyuan",     WRITTEN.format(403)),
    row("GET", "/fhir/R4/AuditEvent?patient={patient}", LOG),
    row("GET", "/fhir/R4/AuditEvent/{event}", EVENT),
    row("POST", "/fhir/R4/AuditEvent",       WRITTEN.format(403)),
    row("PUT", "/fhir/R4/AuditEvent/{event}", WRITTEN.format(403)),
    row("GET", "/fhir/R4/Observation/x", "401 404 | 404* 403 | 404 404 404 404 | 404"),
    row("GET", "/fhir/R4/Parameters/x", NOBODY),  # a type that is not stored
]  # fmt: skip

_STUDY = "/dicom-web/studies/{uid}"
_SERIES = _STUDY + "/series/{series}"
_INSTANCE = _SERIES + "/instances/{sop}"
DICOM = [
    *(row("GET", f"/dicom-web/{asked}", SEARCHED)
      for asked in ("studies", "series", "instances", "studies?PatientID={number}", "series?Modality=CT")),
    *(rows for path in (_STUDY, _SERIES, _INSTANCE) for more in ("", "/metadata", "/thumbnail")
      for rows in record(path + more)),
    *(rows for path in (_STUDY + "/series", _STUDY + "/instances", _SERIES + "/instances", _INSTANCE + "/rendered",
                        _INSTANCE + "/frames/1", _INSTANCE + "/frames/1/rendered", _INSTANCE + "/bulkdata/0-132")
      for rows in record(path)),
    row("POST", "/dicom-web/studies", WRITTEN.format(415)),  # what is sent is no multipart
    row("POST", _STUDY, WRITTEN.format(415)),
]  # fmt: skip

ROWS = [*PLAIN, *API, *CALENDAR, *LISTS, *FHIR, *DICOM]

# Log-in is about the caller alone: what somebody without a session is told, to a body that is as it should be.
LOG_IN = {
    "POST /auth/login": 401,
    "POST /auth/factor": 401,
    "POST /auth/factor/webauthn/options": 401,
    "POST /auth/answer": 401,
    "POST /auth/answer/options": 401,
    "POST /auth/guest": 401,
    "POST /auth/enrol": 401,
    "POST /auth/enrol/webauthn/options": 401,
    "POST /auth/password": 401,
    "POST /auth/recovery": 401,
    "POST /auth/logout": 401,
    "POST /auth/token": 400,  # a form is expected (RFC 6749 5.2)
}

# What each caller's page is given of a live channel; 401: no socket at all.
CHANNELS = [
    row("LIVE", "me",                  LOGGED_IN),
    row("LIVE", "me/{expert}",         NOBODY),  # one's own is called `me`
    row("LIVE", "queue/neurology",     "401 404 | 404* | 404 404 200 200 | 404"),
    row("LIVE", "queue/cardiology",    "401 404 | 404 404 404 200 404* | 404 404 404 404 | 404"),
    row("LIVE", "consultation/{case}", "401 200 | 404* | 200 200 200 200 | 404", *STAGES),
    row("LIVE", "reading/{case}",      "401 404 | 404* | 404 404 404 404 | 404", *NOT_READ),
    row("LIVE", "reading/{case}",      "401 404 | 404* | 404 404 404 200 | 404", *IN_HAND),
    row("LIVE", "reading/{case}",      "401 200 | 404* | 200 200 200 200 | 404", "signed", "closed"),
    row("LIVE", "exchange/liuhe",      "401 404 | 404* 200 404 404 | 200 200 404 404 | 404"),
    row("LIVE", "calendar/city",       "401 404 | 404 404 200 200 404 200 200 404 200 404 404 | 200 200 200 200 | 404"),
    row("LIVE", "exchange/x",          NOBODY),
    *(row("LIVE", name, f"401 403 | 404* | 200 200 403 {expert} | 404", *stages)
      for name in ("board/{case}", "chat/{case}")
      for expert, stages in ((200, ("accepted", "more-needed", *AFTERWARDS)), (403, ("ringing", "queued")))),
    *ROOM_CHANNELS,
    row("LIVE", "patient/{patient}",   "401 200 | 404* 403 | 200 200 404 200 | 403", *IN_HAND),
    row("LIVE", "patient/{patient}",   "401 200 | 404* 403 | 200 200 404 404 | 403",
        *(stage for stage in STAGES if stage not in IN_HAND)),
]  # fmt: skip
