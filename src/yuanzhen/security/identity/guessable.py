"""Which passwords are refused (ASVS 5.0 V6.2): too short, or what anybody would guess. Pure.

Length is all that is asked for: no composition rules, every character counts.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.identity.model import LONGEST_PASSWORD, SHORTEST_PASSWORD

PRODUCT = ("yuanzhen", "远诊")
SHORTEST_WORD = 3  # bytes: two letters are part of too many words, one Han character is not
FEWEST = 4  # different characters
TRIMMED = string.digits + string.punctuation

# The commonest thirty thousand of what was stolen elsewhere, and what is common in a hospital of ours; of any length,
# for few of them have twelve characters, and people append digits until they have.
_HERE = (
    "woaini woaini1314520 woaini520131 woaini5201314 hospital yuanzhen huanzhe yisheng yiyuan doctor yiyuan123456"
    " nurse hushi zhuren yiwuke xinxike administrator officer expert clinician manager 1q2w3e4r5t6y 1qaz2wsx3edc"
    " 5201314520131 147258369147 147258369258 987654321098 9876543210987 123456789012 1234567890123 12345678901234"
    " 0123456789ab abc abcd abcdefg abcdefgh abcdefghi abcdefghij abcdefghijkl qwertyuiopas"
    " correcthorsebatterystaple changemeplease p@ssw0rd"
    " p@ssword passw0rd"
)
COMMON: frozenset[str] = frozenset([*FREQUENCY_LISTS["passwords"], *_HERE.split()])


def check_password(password: str, known: Iterable[str]) -> None:
    """Raises Invalid `password.too_short`, `.too_long`, `.is_name` or `.too_common`.

    `known`: the login name and the houses' names. What is known of a person counts for nothing: without it, and without
    the product's name, a password must still be long enough.
    """
    length = len(password)
    if length < SHORTEST_PASSWORD:
        raise Invalid("password.too_short", place="password", shortest=SHORTEST_PASSWORD)
    if length > LONGEST_PASSWORD:
        raise Invalid("password.too_long", place="password", longest=LONGEST_PASSWORD)
    plain = _folded(password)
    own = _without(plain, {_folded(word) for word in (*PRODUCT, *known)})
    if own != plain and len(own) < SHORTEST_PASSWORD:
        raise Invalid("password.is_name", place="password", shortest=SHORTEST_PASSWORD)
    if is_common(own):
        raise Invalid("password.too_common", place="password")


def is_common(plain: str) -> bool:
    """Whether a folded password is a common one, one with digits and signs around it, or one thing said again."""
    once = plain[: (plain + plain).index(plain, 1)] if plain else plain
    return len(set(plain)) < FEWEST or once != plain or not COMMON.isdisjoint({plain, plain.strip(TRIMMED)})


def _without(plain: str, words: set[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        if len(word.encode()) >= SHORTEST_WORD:
            plain = plain.replace(word, "")
    return plain


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
