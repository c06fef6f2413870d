"""Numbers of people as they are compared: which of them say who somebody is, in one spelling. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

# GB 11643-1999 4.2: weights of the seventeen digits; check character by the remainder of 11 (ISO 7064 MOD 11-2).
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
_EXTENSION = re.compile(r"转|分机|ext|[x#,;]", re.IGNORECASE)  # what is dialled once somebody has answered
_RESIDENT = re.compile(r"[1-9]\d{16}[\dX]")
_OLD_RESIDENT = re.compile(r"[1-9]\d{14}")

# Where the identity card's number stands: by HL7 table 0203, by our own system, by the object identifier that Chinese
# health records name it with (WS/T 500).
CARD_TYPES = frozenset({"NNCHN", "NI", "NN"})
CARD_SYSTEMS = ("urn:yuanzhen:number:NNCHN", "urn:oid:2.16.156.10011.1.3")
# Numbers that are the same number whoever writes them down (HL7 table 0203).
SHARED_TYPES = frozenset({"PPN", "SS", "HC", "JHN"})


@dataclass(frozen=True, slots=True)
class Number:
    """One number as `ISSUER|VALUE`; `card` is an identity card's whose check character holds."""

    text: str
    card: bool


def resident(value: str) -> str:
    """An identity card's number with eighteen characters, '' for what is none.

    One of fifteen (before 1999) is the same number: the century is 19, the check character is reckoned.
    """
    plain = unicodedata.normalize("NFKC", value).strip().upper().replace(" ", "")
    if _OLD_RESIDENT.fullmatch(plain):
        plain = plain[:6] + "19" + plain[6:]
        plain += check(plain)
    if not _RESIDENT.fullmatch(plain) or check(plain[:17]) != plain[17] or not born(plain):
        return ""
    return plain


def check(seventeen: str) -> str:
    """The check character of the first seventeen digits."""
    return CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, seventeen, strict=True)) % 11]


def born(card: str) -> str:
    """The birth date that a card's number of eighteen names; '' where that is no day."""
    try:
        return date(int(card[6:10]), int(card[10:12]), int(card[12:14])).isoformat()
    except ValueError:
        return ""


def number(system: str, value: str, type: str) -> Number | None:
    """An identifier of a Patient as it is compared; None for what has no value."""
    plain = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", value)).upper()
    if not plain:
        return None
    if type in CARD_TYPES or system in CARD_SYSTEMS:
        card = resident(value)
        return Number(f"card|{card}", card=True) if card else Number(f"{system}|{plain}", card=False)
    if type in SHARED_TYPES:
        return Number(f"{type}|{plain}", card=False)
    return Number(f"{system}|{plain}", card=False)


def phone(text: str) -> str:
    """A telephone's digits without the country's; '' for what is none or stands for none (13800000000)."""
    line = _EXTENSION.split(unicodedata.normalize("NFKC", text))[0]
    digits = re.sub(r"\D", "", line)
    digits = re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)
    return digits if len(digits) >= 7 and len(set(digits[-8:])) > 2 else ""
