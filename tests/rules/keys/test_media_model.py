"""What is asked of a room's next epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.keys.media_model import LAST_EPOCH, UNRECORDED, begun, sealed_for

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("number", [1, LAST_EPOCH])
def test_whoever_is_in_an_epoch_has_one_key_however_often_they_are_named(number: int) -> None:
    epoch = begun("r", number, ["wang", "li", "wang"], "join", UNRECORDED, NOW)
    assert (epoch.number, epoch.senders) == (number, ("li", "wang"))


@pytest.mark.parametrize(
    ("number", "keep"), [(0, UNRECORDED), (-1, UNRECORDED), (LAST_EPOCH + 1, UNRECORDED), (1, timedelta(seconds=-1))]
)
def test_an_epoch_that_no_nonce_has_room_for_or_that_is_kept_for_less_than_nothing_is_refused(
    number: int, keep: timedelta
) -> None:
    with pytest.raises(Invalid, match=r"key.media_epoch"):
        begun("r", number, ["li"], "join", keep, NOW)


def test_a_sealed_key_is_bound_to_room_epoch_and_sender() -> None:
    assert (
        len({sealed_for("r", 1, "li"), sealed_for("s", 1, "li"), sealed_for("r", 2, "li"), sealed_for("r", 1, "w")})
        == 4
    )
