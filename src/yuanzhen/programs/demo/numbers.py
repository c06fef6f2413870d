"""Resident numbers (GB 11643) that no living person can have: their region code does not exist."""

from __future__ import annotations

from datetime import date

# GB/T 2260 gives the first two digits to provinces, 11 to 82; none begins with 99.
NO_REGION = "990101"

# GB 11643-1999, annex: ISO 7064 MOD 11-2
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


def resident_number(born: date, sequence: int) -> str:
    """The 18 characters for a day of birth and a `sequence` of 1 to 999, odd for men and even for women."""
    if not 0 < sequence < 1000:
        raise ValueError("a sequence is 1 to 999")
    digits = f"{NO_REGION}{born:%Y%m%d}{sequence:03}"
    return digits + check_character(digits)


def check_character(digits: str) -> str:
    """The 18th character to 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True))
    return CHECKS[total % 11]
