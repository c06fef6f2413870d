"""Files and batches of messages (HL7 2.5.1 2.10.3): taken apart, and answered by a batch of the answers. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from yuanzhen.data.exchange.hl7v2.ack import header_of
from yuanzhen.data.exchange.hl7v2.times import stamp
from yuanzhen.infrastructure.errors import Malformed

HEADS = (b"FHS", b"BHS")
AROUND = (b"FHS", b"BHS", b"MSH", b"BTS", b"FTS")  # what begins or ends a message's bytes
LONGEST_ID = 50  # BHS-11 and BHS-12 hold an ST


def opened(data: bytes) -> list[bytes]:
    """The messages of a file or batch, in their order; none of what is neither.

    Raises Malformed `hl7.batch_count` when fewer or more came than BTS-1 says.
    """
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if data[:3] not in HEADS:
        return []
    separator = re.escape(data[3:4])
    starts = list(
        re.finditer(rb"(?:\A|(?<=[\r\n]))(" + b"|".join(AROUND) + rb")(?=" + separator + rb"|[\r\n]|\Z)", data)
    )
    ends = [*(one.start() for one in starts[1:]), len(data)]
    parts = [(one[1], data[one.start() : end]) for one, end in zip(starts, ends, strict=True)]
    messages = [part for name, part in parts if name == b"MSH"]
    told = [part.strip(b"\r\n").split(data[3:4])[1:2] for name, part in parts if name == b"BTS"]
    counts = [int(one[0]) for one in told if one and one[0].isdigit()]
    if counts and len(counts) == len(told) and sum(counts) != len(messages):
        raise Malformed("hl7.batch_count", place="BTS-1", told=sum(counts), found=len(messages))
    return messages


def answered(data: bytes, answers: list[bytes], *, now: datetime, control_id: str) -> bytes:
    """The batch of the answers to the messages of `data`; `control_id` is its own."""
    head = re.split(rb"[\r\n]", data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"), maxsplit=1)[0]
    header = header_of(b"MSH" + head[3:])  # which a batch's own begins like
    marks, mark = header.marks, header.marks.field
    ids = head.decode(header.codec, "replace").split(mark)[10:11]
    begins = [
        "BHS",
        marks.component + marks.repetition + marks.escape + marks.subcomponent,
        header.to_application or "YUANZHEN",
        header.to_facility,
        header.application,
        header.facility,
        stamp(now),
        "",
        "",
        "",
        control_id,
        *(one[:LONGEST_ID] for one in ids),
    ]
    first, last = f"{mark.join(begins)}\r", f"BTS{mark}{len(answers)}\r"
    return first.encode(header.codec, "replace") + b"".join(answers) + last.encode("ascii")
