"""What we tell of a patient: ADT^A28, A31 and A40 of HL7 2.5.1."""

from __future__ import annotations

from yuanzhen.data.exchange.facts import Identifier
from yuanzhen.data.exchange.hl7v2.times import stamp
from yuanzhen.data.exchange.hl7v2.written import Envelope, Person, cxs, message, msh, pid

# HL7 2.5.1 table 0354
STRUCTURES = {"A28": "ADT_A05", "A31": "ADT_A05", "A40": "ADT_A39"}


def adt(event: str, person: Person, envelope: Envelope, *, given_up: tuple[Identifier, ...] = ()) -> bytes:
    """The message; `given_up` are the numbers that a merge gives up."""
    segments = [msh(f"ADT^{event}^{STRUCTURES[event]}", envelope), ["EVN", event, stamp(envelope.now)], pid(person)]
    segments.append(["MRG", cxs(given_up)] if event == "A40" else ["PV1", "1", "N"])
    return message(segments)
