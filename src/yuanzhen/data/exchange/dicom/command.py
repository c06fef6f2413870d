"""DIMSE command sets (PS3.7 6.3.1): implicit VR, little endian, group 0000.

Encoded and decoded without a library's help, for there is one with every message.
"""

from __future__ import annotations

import struct
from typing import Any

from yuanzhen.infrastructure.errors import Malformed

# PS3.7 E.1: keyword -> element number and VR
FIELDS = {
    "AffectedSOPClassUID": (0x0002, "UI"),
    "RequestedSOPClassUID": (0x0003, "UI"),
    "CommandField": (0x0100, "US"),
    "MessageID": (0x0110, "US"),
    "MessageIDBeingRespondedTo": (0x0120, "US"),
    "MoveDestination": (0x0600, "AE"),
    "Priority": (0x0700, "US"),
    "CommandDataSetType": (0x0800, "US"),
    "Status": (0x0900, "US"),
    "ErrorComment": (0x0902, "LO"),
    "AffectedSOPInstanceUID": (0x1000, "UI"),
    "NumberOfRemainingSuboperations": (0x1020, "US"),
    "NumberOfCompletedSuboperations": (0x1021, "US"),
    "NumberOfFailedSuboperations": (0x1022, "US"),
    "NumberOfWarningSuboperations": (0x1023, "US"),
    "MoveOriginatorApplicationEntityTitle": (0x1030, "AE"),
    "MoveOriginatorMessageID": (0x1031, "US"),
}
NUMBERS = {number: (keyword, vr) for keyword, (number, vr) in FIELDS.items()}

# PS3.7 E.1-1, command field
C_STORE, C_GET, C_FIND, C_MOVE, C_ECHO, C_CANCEL = 0x0001, 0x0010, 0x0020, 0x0021, 0x0030, 0x0FFF
RESPONSE = 0x8000
NO_DATA_SET, DATA_SET = 0x0101, 0x0001
MAX_COMMAND = 64 * 1024

Command = dict[str, Any]


def encoded(command: Command) -> bytes:
    """A command set, with its group length; `command` maps keywords of `FIELDS` to values."""
    parts = []
    for keyword in sorted(command, key=lambda name: FIELDS[name][0]):
        number, vr = FIELDS[keyword]
        value = _value(vr, command[keyword])
        parts.append(struct.pack("<HHL", 0, number, len(value)) + value)
    body = b"".join(parts)
    return struct.pack("<HHLL", 0, 0, 4, len(body)) + body


def decoded(data: bytes) -> Command:
    """The elements that are known here. Raises Malformed `dicom.command`."""
    command: Command = {}
    at = 0
    while at < len(data):
        if len(data) - at < 8:
            raise Malformed("dicom.command", rule="PS3.7 6.3.1")
        group, number, length = struct.unpack_from("<HHL", data, at)
        value = data[at + 8 : at + 8 + length]
        at += 8 + length
        if group != 0 or len(value) != length:
            raise Malformed("dicom.command", place=f"({group:04X},{number:04X})", rule="PS3.7 6.3.1")
        known = NUMBERS.get(number)
        if known is not None:
            command[known[0]] = _read(known[1], value, known[0])
    if not isinstance(command.get("CommandField"), int):
        raise Malformed("dicom.command", place="CommandField", rule="PS3.7 E.1")
    return command


def response(request: Command, status: int, **more: Any) -> Command:
    """The response to a request, without a data set unless `more` says so."""
    return {
        "CommandField": request["CommandField"] | RESPONSE,
        "MessageIDBeingRespondedTo": request.get("MessageID", 0),
        "CommandDataSetType": NO_DATA_SET,
        "Status": status,
        **({"AffectedSOPClassUID": request["AffectedSOPClassUID"]} if "AffectedSOPClassUID" in request else {}),
        **more,
    }


def _value(vr: str, value: Any) -> bytes:
    if vr == "US":
        return struct.pack("<H", value)
    written = str(value).encode("ascii", "replace")
    return written + (b"\0" if vr == "UI" else b" ") * (len(written) % 2)


def _read(vr: str, value: bytes, keyword: str) -> Any:
    if vr != "US":
        return value.decode("latin-1").strip("\0 ")
    if len(value) != 2:
        raise Malformed("dicom.command", place=keyword, rule="PS3.7 E.1: US")
    return int.from_bytes(value, "little")
