"""Proof that a second factor was shown a moment ago: what high-risk verbs take as an argument."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.security.identity import model
from yuanzhen.security.identity.session import Session

_MAKER: Final = object()


class FreshFactor:
    """Made by `fresh` alone; whoever holds one need not ask again."""

    __slots__ = ("at", "person")

    def __init__(self, maker: object, person: str, at: datetime) -> None:
        if maker is not _MAKER:
            raise TypeError("a FreshFactor is made by fresh() alone")
        self.person = person
        self.at = at


def fresh(session: Session, now: datetime, within: timedelta = model.FRESH) -> FreshFactor:
    """The proof, when the session's factor is at most `within` old; else Forbidden `factor.stale`."""
    if now - session.factor_at > within:
        raise Forbidden("factor.stale", within_s=int(within.total_seconds()))
    return FreshFactor(_MAKER, session.person, session.factor_at)
