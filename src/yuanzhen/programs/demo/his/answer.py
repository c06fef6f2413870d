"""What the HIS answers: ACK^R01^ACK of 2.5.1 in UTF-8, with the place and the code of what it refuses. No I/O."""

from __future__ import annotations

from yuanzhen.programs.demo.his.reading import Header, Refusal

# HL7 2.5.1 table 0357
WORDS = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "203": "Unsupported version id",
    "205": "Duplicate key identifier",
    "207": "Application internal error",
}


def answer(to: Header, refusal: Refusal | None, *, now: str, control: str) -> bytes:
    """AA, AE or AR (2.5.1 2.9.2.2) to a message; `now` is an HL7 time, `control` the answer's own id."""
    kind = f"ACK^{to.event}^ACK" if to.event else "ACK"
    told = "AA" if refusal is None else "AR" if refusal.header else "AE"
    segments = [
        f"MSH|^~\\&|{to.to}|{to.to_facility}|{to.sender}|{to.facility}|{now}||{kind}|{control}|{to.processing}|2.5.1"
        "||||||UNICODE UTF-8",
        f"MSA|{told}|{to.control}",
    ]
    if refusal is not None:
        segments.append(f"ERR||{_location(refusal.place)}|{refusal.code}^{WORDS[refusal.code]}^HL70357|E")
    return "".join(f"{segment}\r" for segment in segments).encode()


def _location(place: str) -> str:
    """ERL (2.5.1 2.A.28): segment, its occurrence, field."""
    segment, _, field = place.partition("-")
    return f"{segment}^1^{field}".rstrip("^") if segment else ""
