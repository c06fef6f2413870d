"""Rules of identity: names, passwords, one-time codes, slow-down, lifetimes. Pure: no clock, no chance, no database."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from yuanzhen.infrastructure.errors import Invalid

Role = Literal["expert", "clinician", "nurse", "patient", "carer", "interpreter", "manager", "dispatcher", "quality",
               "officer"]  # fmt: skip
Level = Literal["city", "county", "township", "branch"]
Next = Literal["factor", "enrol"]

ROLES: frozenset[str] = frozenset(get_args(Role))
LEVELS: frozenset[str] = frozenset(get_args(Level))
OF_A_PATIENT: frozenset[str] = frozenset({"patient", "carer"})

PENDING_LIFE = timedelta(minutes=5)
PENDING_TRIES = 5
CHALLENGE_LIFE = timedelta(minutes=5)
RECOVERY_LIFE = timedelta(minutes=5)
RECOVERY_TRIES = 5
TOKEN_LIFE = timedelta(hours=1)
FRESH = timedelta(minutes=5)
TOUCH_EVERY = timedelta(minutes=1)  # a session's `seen` is written at most this often
KEPT_SESSION = timedelta(days=30)  # after its end, for whoever looks into a misuse

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud without doubt
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lasts at most, and without being used."""

    absolute: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(minutes=30)


LIFETIMES = Lifetimes()


# ---- names

LONGEST_NAME = 64


def login_name(name: str) -> str:
    """What a person types, as it is compared: NFKC, case folded, single spaces. Raises Invalid `identity.name`."""
    folded = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
    if not 1 <= len(folded) <= LONGEST_NAME or not folded.isprintable():
        raise Invalid("identity.name", place="name", shortest=1, longest=LONGEST_NAME)
    return folded


# ---- passwords; which are refused is said in `guessable`

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128


def normal_password(password: str) -> bytes:
    """The bytes that are hashed: NFKC, so that the same word typed on another keyboard is the same (RFC 8265 4.2)."""
    return unicodedata.normalize("NFKC", password).encode()


def crockford(number: int, length: int) -> str:
    """The lowest `length` * 5 bits of `number` in Crockford's base 32."""
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(length)))


def normal_code(code: str) -> str:
    """A code as it was issued, whichever way it was written down: upper case, no dashes, I and L are 1, O is 0."""
    return code.upper().translate(_MISREAD)


# ---- one-time codes (RFC 6238, SHA-1, 30 s, six digits)

STEP_S = 30
DIGITS = 6
DRIFT = 1  # steps to either side, RFC 6238 5.2


def totp(secret: bytes, step: int) -> str:
    """The code of one time step (RFC 4226 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    return str((int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def step_at(now: datetime) -> int:
    """The time step that `now` lies in."""
    return int(now.timestamp()) // STEP_S


def accepted_step(secret: bytes, code: str, *, last: int, now: datetime) -> int | None:
    """The step whose code this is, later than the `last` accepted one; None when there is none (RFC 6238 5.2)."""
    if re.fullmatch(r"[0-9]{6}", code) is None:
        return None
    here = step_at(now)
    for step in range(max(here - DRIFT, last + 1), here + DRIFT + 1):
        if hmac.compare_digest(totp(secret, step), code):
            return step
    return None


# ---- slow-down: never a lock, so that nobody can lock out another

SLOWEST_S = 60
FORGOTTEN = timedelta(minutes=15)  # after so long without a failure the count starts anew


@dataclass(frozen=True, slots=True)
class Pace:
    """How many failures are free before each further one doubles the wait; one is forgotten each `leak`."""

    free: int
    leak: timedelta | None = None


ACCOUNT = Pace(free=2)
# A whole hospital may sit behind one address, or all users behind a proxy that tells none: at a change of shift many
# log in at once, and somebody always mistypes. Without a leak their count would only grow, and each wait a minute.
ADDRESS = Pace(free=60, leak=timedelta(seconds=30))


def counted(count: int, last: datetime, pace: Pace, *, now: datetime) -> int:
    """How many failures still count at `now`; `last` is the time of the last one."""
    if now - last >= FORGOTTEN:
        return 0
    leaked = (now - last) // pace.leak if pace.leak and now > last else 0
    return max(0, count - leaked)


def delay_s(count: int, pace: Pace) -> int:
    """Seconds to wait after `count` failures: 0 while they are free, then 1, 2, 4 ... 60."""
    over = count - pace.free
    return 0 if over <= 0 else min(SLOWEST_S, 2 ** min(over - 1, 6))


def wait_s(count: int, last: datetime, pace: Pace, *, now: datetime) -> int:
    """Whole seconds until the next attempt is looked at; 0 when it is now.

    A failure of a time that is still to come waits for nothing: with a clock that was put back an hour after it, the
    account would be shut for that hour.
    """
    if last > now:
        return 0
    left = last + timedelta(seconds=delay_s(counted(count, last, pace, now=now), pace)) - now
    return max(0, -(-left // timedelta(seconds=1)))
