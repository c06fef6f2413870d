"""Files and batches (HL7 2.5.1 2.10.3): taken apart into messages as they were written, and answered as a batch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yuanzhen.data.exchange.hl7v2 import batches
from yuanzhen.infrastructure.errors import Malformed

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
ONE, TWO = b"MSH|^~\\&|A|B\rPID|1||1\r", b"MSH|^~\\&|A|B\rPID|1||2\r"
FILE = b"FHS|^~\\&|HIS|TOWN|YZ|CITY|20260318\rBHS|^~\\&|HIS|TOWN\r"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (FILE + ONE + TWO + b"BTS|2\rFTS|1\r", [ONE, TWO]),
        (FILE + ONE + b"BTS|1\rBHS|^~\\&|HIS\r" + TWO + b"BTS|1\rFTS|2\r", [ONE, TWO]),
        (b"BHS|^~\\&|HIS\r" + ONE + TWO, [ONE, TWO]),  # nothing ends it
        (b"\xef\xbb\xbf\r\nBHS|^~\\&|HIS\r\n" + ONE.replace(b"\r", b"\r\n") + b"BTS|1", [ONE.replace(b"\r", b"\r\n")]),
        (b"BHS#*~\\&#HIS\rMSH#*~\\&#A\rPID#1\rBTS#1#MSH|not a header\r", [b"MSH#*~\\&#A\rPID#1\r"]),
        (FILE + b"BTS|0\rFTS|1\r", []),
        (ONE + TWO, []),  # no batch: the second header is refused where a message is read
        (b"", []),
        (b"FHS", []),
    ],
)  # fmt: skip
def test_a_batch_is_taken_apart(data: bytes, found: list[bytes]) -> None:
    assert batches.opened(data) == found


@pytest.mark.parametrize("count", [b"1", b"3"])
def test_a_batch_that_holds_other_messages_than_it_says_is_refused_whole(count: bytes) -> None:
    with pytest.raises(Malformed, match=r"hl7\.batch_count at BTS-1"):
        batches.opened(FILE + ONE + TWO + b"BTS|" + count + b"\r")


def test_a_batch_is_answered_to_whom_it_came_from_with_its_own_id() -> None:
    head = b"BHS|^~\\&|HIS|TOWN|YZ|CITY|20260318||||B77\r"
    told = batches.answered(head + ONE, [b"MSH|1\rMSA|AA|C1\r"], now=NOW, control_id="c")
    assert told == (b"BHS|^~\\&|YZ|CITY|HIS|TOWN|20260318093000+0000||||c|B77\rMSH|1\rMSA|AA|C1\rBTS|1\r")
    bare = batches.answered(b"FHS#*~\\&", [], now=NOW, control_id="c")
    assert bare == b"BHS#*~\\&#YUANZHEN####20260318093000+0000####c\rBTS#0\r"
