"""How texts, codes and dates stand in the index, for whoever writes it and whoever searches it. Pure."""

from __future__ import annotations

import calendar
import hashlib
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from yuanzhen.infrastructure.errors import Invalid

EVER, FOREVER = -(2**63), 2**63 - 1  # microseconds: a span without a beginning, and without an end
HEAD = 100  # letters of a text that its index row begins with
LONGEST = 500  # letters of a code or an address that an index row takes whole

LAST = datetime.max.replace(tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


def folded(text: str) -> str:
    """Case and width folded, as images are found by the names they carry."""
    return unicodedata.normalize("NFKC", text).casefold()


def plain(text: str) -> str:
    """Case, width and accents folded, as searches compare strings (R4 3.1.1.4.8)."""
    if text.isascii():
        return text.casefold()
    parts = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in parts if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFKC", bare.casefold())


def short(text: str) -> str:
    """A code or an address as an index can hold it: what is very long by its beginning and its digest."""
    if len(text) <= LONGEST:
        return text
    return text[:HEAD] + "#" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def local(url: str) -> tuple[str, str]:
    """Type and id of an address here (`Patient/1`); of any other none, and all of it."""
    kind, slash, id = url.partition("/")
    if slash and kind.isalpha() and kind[0].isupper() and "/" not in id:
        return kind, short(id)
    return "", short(url)


_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)  # R4 2.24.0.1, date and dateTime


def reach(text: str) -> tuple[int, int]:
    """The time that a date or dateTime covers, [starts, ends) in microseconds since 1970, as far as it is precise.

    Without a zone it is UTC. Raises `Invalid` for what is no date, 31 February among it.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise Invalid("fhir.not_a_date", found=text[:32])
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        days = date(int(year), int(month or 1), int(day or 1)).toordinal() - _EPOCH_DAY
    except ValueError as error:
        raise Invalid("fhir.not_a_date", found=text[:32]) from error
    if hour is None:
        return days * _DAY, (days + _days(int(year), month, day)) * _DAY
    if hour > "23" or minute > "59" or (second or "00") > "60":
        raise Invalid("fhir.not_a_date", found=text[:32])
    starts = days * _DAY + ((int(hour) * 60 + int(minute)) * 60 + int(second or 0)) * _SECOND - _offset(zone)
    if fraction:
        starts += int(fraction[:6].ljust(6, "0"))
        return starts, starts + 1000
    return starts, starts + (_SECOND if second else 60 * _SECOND)


def _days(year: int, month: str | None, day: str | None) -> int:
    """How many days a day, a month or a year covers."""
    if day:
        return 1
    if month:
        return calendar.monthrange(year, int(month))[1]
    return 366 if calendar.isleap(year) else 365


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:])
    if minutes > 14 * 60 or zone[4:] > "59":
        raise Invalid("fhir.not_a_date", found=zone)
    return (-minutes if zone[0] == "-" else minutes) * 60 * _SECOND


def span(text: str) -> tuple[datetime, datetime]:
    """The same as two moments; 9999-12-31, which people write for 'without an end', ends with the calendar."""
    starts, ends = reach(text)
    try:
        return moment(starts), (moment(ends) if ends < micros(LAST) else LAST)
    except OverflowError as error:
        raise Invalid("fhir.not_a_date", found=text[:32]) from error


def moment(at: int) -> datetime:
    """Microseconds since 1970 as a moment; raises OverflowError outside the calendar."""
    return _EPOCH + timedelta(microseconds=at)


def micros(at: datetime) -> int:
    """A moment in microseconds since 1970."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds
