"""Acknowledgements: a `Problem` in HL7's voice (2.5.1 section 2.9), also to a header that is half broken.

Says codes, places and rules; never a word of the message but its sender's and its own names. Every message is answered:
MLLP's senders wait for it, whatever MSH-15 says; MSH-15 and 16 choose which kind of answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from yuanzhen.data.exchange.hl7v2.charset import codec_named, declared
from yuanzhen.data.exchange.hl7v2.escapes import STANDARD, Delimiters, escaped
from yuanzhen.data.exchange.hl7v2.message import Place, delimiters, place
from yuanzhen.data.exchange.hl7v2.times import stamp
from yuanzhen.infrastructure.errors import (
    Malformed,
    Problem,
    TooMany,
    Unavailable,
    Unsupported,
)

Kind = Literal["A", "E", "R"]

# HL7 2.5.1 table 0357, by our code
ERROR_CODES = {
    "hl7.no_msh": "100",
    "hl7.no_segment": "100",
    "hl7.batch_count": "100",
    "hl7.second_header": "100",
    "hl7.segment_name": "100",
    "hl7.missing": "101",
    "hl7.date": "102",
    "hl7.delimiters": "102",
    "hl7.not_in_charset": "102",
    "hl7.nul": "102",
    "hl7.too_long": "102",
    "hl7.code": "103",
    "hl7.charset": "103",
    "hl7.unsupported_type": "200",
    "hl7.unsupported_event": "201",
    "hl7.unsupported_version": "203",
}
# ... and by the status of a `Problem` that is not of HL7's own
ERROR_CODES_BY_STATUS = {404: "204", 409: "206", 422: "102", 400: "102"}
ERROR_WORDS = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}
# The longest that the standard lets a field of the header be (2.5.1 2.15.9; MSH-10 and MSA-2: 2.7 2.14.9), by our name
# for it. A sender may write megabytes there, and each would come back to it, and stand in what is kept of its messages.
LONGEST = {
    "application": 227,
    "facility": 227,
    "to_application": 227,
    "to_facility": 227,
    "event": 3,
    "control_id": 199,
    "processing": 3,
    "charset": 16,
}
# 2.5.1 2.9.2.2: R refuses by the header, or for a reason that has nothing to do with the content; E by the content
REJECTIONS = (Unsupported, Unavailable, TooMany)


@dataclass(frozen=True, slots=True)
class Header:
    """What could be read of an MSH, as it was written; the empty string where nothing could."""

    marks: Delimiters = STANDARD
    codec: str = "utf-8"
    application: str = ""
    facility: str = ""
    to_application: str = ""
    to_facility: str = ""
    type: str = ""
    event: str = ""
    control_id: str = ""
    processing: str = ""
    version: str = ""
    accept: str = ""
    charset: str = ""


def header_of(data: bytes) -> Header:
    """The header of a message that need not parse. Raises nothing."""
    head = re.split(rb"[\r\n\0]", data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")[:65536], maxsplit=1)[0]
    try:
        marks = delimiters(head)
    except Malformed:
        if not head.startswith(b"MSH|"):
            return Header()
        marks = STANDARD
    codec = _codec(head)
    text = re.sub(r"[\x00-\x1f\x7f]", " ", head.decode(codec, "replace"))
    fields = ["", *text.split(marks.field)]  # MSH-1 is the separator itself
    fields += [""] * (20 - len(fields))
    kind = fields[9].split(marks.component)
    return Header(
        marks=marks,
        codec=codec,
        application=fields[3],
        facility=fields[4],
        to_application=fields[5],
        to_facility=fields[6],
        type=kind[0],
        event=kind[1] if len(kind) > 1 else "",
        control_id=fields[10],
        processing=fields[11],
        version=fields[12].split(marks.component)[0],
        accept=fields[15].strip().upper(),
        charset=declared(head),
    )


def _codec(head: bytes) -> str:
    """A codec in which the header can be read and echoed: its own, else UTF-8, else GB 18030, else byte for byte."""
    for codec in (codec_named(declared(head)), "utf-8", "gb18030"):
        try:
            if codec is not None:
                head.decode(codec)
                return codec
        except UnicodeDecodeError:
            continue
    return "latin-1"


def answer(data: bytes, problem: Problem | None, *, now: datetime, control_id: str) -> bytes:
    """The acknowledgement of the message `data`: acceptance, or `problem`. `control_id` (<= 20) is the answer's own."""
    header = _bounded(header_of(data))
    separator = header.marks.field
    segments = [
        separator.join(_msh(header, now, control_id)),
        separator.join(_msa(header, problem)),
        *([separator.join(_err(header, problem))] if problem else []),
    ]
    return "".join(f"{segment}\r" for segment in segments).encode(header.codec, "replace")


def _bounded(header: Header) -> Header:
    """What of a header may be repeated: a name that is longer than names are is none, a control id is cut."""
    kept = {name: text for name in LONGEST if len(text := getattr(header, name)) <= LONGEST[name]}
    fields = {name: kept.get(name, "") for name in LONGEST}
    return replace(header, **fields | {"control_id": header.control_id[: LONGEST["control_id"]]})


def kind_of(problem: Problem | None) -> Kind:
    """Accepted, in error (do not send it again as it is) or rejected (not for its content)."""
    if problem is None:
        return "A"
    whole = problem.code == "hl7.no_msh" or problem.status >= 500
    return "R" if whole or isinstance(problem, REJECTIONS) else "E"


def _msh(header: Header, now: datetime, control_id: str) -> list[str]:
    marks = header.marks
    mark = marks.component
    kind = f"ACK{mark}{header.event}{mark}ACK" if header.event else "ACK"
    return [
        "MSH",
        marks.component + marks.repetition + marks.escape + marks.subcomponent,
        header.to_application or "YUANZHEN",
        header.to_facility,
        header.application,
        header.facility,
        stamp(now),
        "",
        kind,
        control_id,
        header.processing or "P",
        header.version if re.fullmatch(r"2\.[0-9.]{1,5}", header.version) else "2.5.1",
        *(["", "", "", "", "", header.charset] if header.charset else []),
    ]


def _msa(header: Header, problem: Problem | None) -> list[str]:
    # 2.5.1 2.9.3: a valued MSH-15 asks for an accept acknowledgement, unless it says never
    mode = "C" if header.accept in ("AL", "ER", "SU") else "A"
    acknowledged = ["MSA", mode + kind_of(problem), header.control_id]
    return [*acknowledged, escaped(problem.code, header.marks)] if problem else acknowledged


def _err(header: Header, problem: Problem) -> list[str]:
    """2.5.1 2.15.5; before 2.5 the segment had only its first field, an ELD."""
    mark = header.marks.component
    code = ERROR_CODES.get(problem.code) or ERROR_CODES_BY_STATUS.get(problem.status, "207")
    at = _location(problem.place or "")
    told = (code, ERROR_WORDS[code], "HL70357")
    if header.version[:3] in ("2.1", "2.2", "2.3", "2.4"):
        where = [at.segment, str(at.occurrence), str(at.field)] if at else ["", "", ""]
        return ["ERR", mark.join([*where, (header.marks.subcomponent or mark).join(told)])]
    own = escaped(problem.code, header.marks)
    return ["ERR", "", _erl(at, mark), mark.join(told), "E", own, "", escaped(str(problem), header.marks)]


def _location(text: str) -> Place | None:
    """A path, or the bare name of a segment; a place in something else than HL7 has no ERL."""
    bare = re.fullmatch(r"[A-Z][A-Z0-9]{2}", text)
    return Place(text, 1, 0, 0, 0, 0) if bare else place(text)


def _erl(at: Place | None, mark: str) -> str:
    """ERL (2.5.1 2.A.28): segment, its sequence, field, repetition, component, subcomponent."""
    if at is None:
        return ""
    numbers = (at.occurrence, at.field, at.repetition, at.component, at.subcomponent)
    return mark.join([at.segment, *(str(number) for number in numbers if number)])
