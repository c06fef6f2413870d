"""HL7's DTM and TS (2.5.1 2.A.22, 2.A.77) to dates as precise as they were told, and to moments with a zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo

from yuanzhen.infrastructure.errors import Invalid

# YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]
_STAMP = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,6}))?)?)?)?)?)?(?:([+-])(\d{2})(\d{2}))?",
    re.ASCII,
)


def date_of(text: str, place: str) -> str:
    """YYYY, YYYY-MM or YYYY-MM-DD of a stamp; the empty string if nothing was told. Raises Invalid `hl7.date`."""
    if not text:
        return ""
    year, month, day, *_ = _parts(text, place)
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise Invalid("hl7.date", place=place) from None
    return "-".join(part for part in (year, month, day) if part)


def moment_of(text: str, place: str, zone: tzinfo) -> datetime | None:
    """The moment of a stamp, its beginning if it is coarse; `zone` is where a sender who names none stands."""
    if not text:
        return None
    year, month, day, hour, minute, second, fraction, sign, zone_hour, zone_minute = _parts(text, place)
    try:
        there = zone if not sign else _offset(sign, zone_hour, zone_minute)
        micros = int((fraction or "0").ljust(6, "0"))
        parts = (int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), micros)
        return datetime(int(year), *parts, tzinfo=there)
    except ValueError:
        raise Invalid("hl7.date", place=place) from None


def said(text: str, place: str, zone: tzinfo) -> str:
    """R4 dateTime of a stamp, as precise as it was told; a time has seconds and a zone. '' if nothing was told."""
    if not text:
        return ""
    if _parts(text, place)[3] == "":
        return date_of(text, place)
    return instant(text, place, zone)


def instant(text: str, place: str, zone: tzinfo) -> str:
    """R4 instant of a stamp, its beginning if it is coarse; '' if nothing was told."""
    moment = moment_of(text, place, zone)
    if moment is None:
        return ""
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def time_of(text: str, place: str) -> str:
    """R4 time of a TM (HH[MM[SS]])."""
    found = re.fullmatch(r"(\d{2})(\d{2})?(\d{2})?(?:\.\d+)?(?:[+-]\d{4})?", text.strip())
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59 or int(found[3] or 0) > 59:
        raise Invalid("hl7.date", place=place)
    return f"{found[1]}:{found[2] or '00'}:{found[3] or '00'}"


def stamp(moment: datetime) -> str:
    """A moment as TS to the second, with its zone."""
    return moment.strftime("%Y%m%d%H%M%S%z")


def _parts(text: str, place: str) -> tuple[str, ...]:
    found = _STAMP.fullmatch(text.strip())
    if found is None:
        raise Invalid("hl7.date", place=place)
    return tuple(part or "" for part in found.groups())


def _offset(sign: str, hours: str, minutes: str) -> tzinfo:
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)
