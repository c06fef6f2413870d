"""What others may hear of a referral, past tense."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class ReferralChanged(msgspec.Struct, frozen=True):
    """An act was done: what others see of it is old, and both sides hear of it."""

    kind: ClassVar[str] = "ReferralChanged"
    referral: str
    what: str
    order_key: str  # the referral: what others see of it last is what was so last


class ReferralDue(msgspec.Struct, frozen=True):
    """Nothing may have happened for too long; says nothing when its `turn` is over."""

    kind: ClassVar[str] = "ReferralDue"
    referral: str
    turn: int
    chased: int
