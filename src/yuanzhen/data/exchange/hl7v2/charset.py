"""Which character set the bytes of a message are in. Guesses nothing: what does not decode is refused."""

from __future__ import annotations

from yuanzhen.infrastructure.errors import Malformed, Unsupported

# HL7 2.5.1 table 0211 (spaces, hyphens and case do not count), and the spellings that senders use instead
CODECS = {
    "ASCII": "ascii",
    "UNICODEUTF8": "utf-8",
    "UTF8": "utf-8",
    "GB180302000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "BIG5": "big5",
    "8859/1": "latin-1",
    "ISO88591": "latin-1",
    "88591": "latin-1",
} | {f"8859/{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 15)}


def codec_named(name: str) -> str | None:
    """Python's codec for a name of table 0211; None if we do not speak it."""
    return CODECS.get(name.upper().replace(" ", "").replace("-", "").replace("_", ""))


def declared(head: bytes) -> str:
    """What MSH-18 in the bytes of an MSH segment names first, or the empty string.

    ASCII, which an empty first repetition means as well (2.5.1 2.15.9.18), stands back for a set that holds it.
    """
    separator, repetition = head[3:4], head[5:6]
    fields = head.split(separator)
    if len(fields) < 18:
        return ""
    first, *others = (one.decode("ascii", "replace").strip() for one in fields[17].split(repetition or b"~"))
    if first and codec_named(first) != "ascii":
        return first
    return next((one for one in others if codec_named(one)), first)


def decoded(data: bytes, head: bytes, enrolled: str | None) -> tuple[str, str]:
    """The text of a message and the codec it is in.

    An officer's word about the sender (`enrolled`) stands over MSH-18, for systems write there what they do not send.
    Only UTF-8 can prove itself: said in MSH-18 and shown by a character of three bytes or more, it is believed
    (GB 18030 pairs that pass for UTF-8 make two-byte characters). Nobody's word: UTF-8, which holds ASCII.
    Raises Unsupported `hl7.charset`, Malformed `hl7.not_in_charset`.
    """
    said = declared(head)
    told = codec_named(said) if said else None
    if enrolled is None and said and told is None:
        raise Unsupported("hl7.charset", place="MSH-18")
    wanted = told or "utf-8"
    if enrolled is not None:
        known = codec_named(enrolled)
        if known is None:
            raise Unsupported("hl7.charset", charset=enrolled)
        wanted = "utf-8" if told == "utf-8" and _proves_utf8(data) else known
    try:
        return data.decode(wanted), wanted
    except UnicodeDecodeError as fault:
        raise Malformed("hl7.not_in_charset", place=_segment_at(data, fault.start), charset=wanted) from None


def _proves_utf8(data: bytes) -> bool:
    try:
        return any(character >= "\u0800" for character in data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _segment_at(data: bytes, position: int) -> str:
    """The three letters of the segment in which a byte stands."""
    start = max(data.rfind(b"\r", 0, position), data.rfind(b"\n", 0, position)) + 1
    name = data[start : start + 3].decode("ascii", "replace")
    return name if name.isalnum() else "MSH"
