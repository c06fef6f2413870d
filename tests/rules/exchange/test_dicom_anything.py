"""Whatever comes over an association or as a multipart body is read or refused: PDUs, commands, identifiers, parts."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tests.make.anything import changed, each, most_bytes, tried
from tests.rules.exchange.test_dicom_scan import NAMES, bundled
from yuanzhen.data.exchange.dicom import codec, command
from yuanzhen.data.exchange.dicom.identifier import Asked, answer, encoded
from yuanzhen.data.exchange.dicom.link import Broken, Ended, Link, _pdus
from yuanzhen.data.exchange.dicom.negotiation import (
    Context,
    acceptance,
    acceptance_of,
    agreed,
    answered,
    proposal_of,
    request,
)
from yuanzhen.data.intake.multipart import MAX_HEAD, Parts, boundary_of
from yuanzhen.infrastructure.errors import Problem

VERIFICATION, CT = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2"
WANTED = [(VERIFICATION, ImplicitVRLittleEndian), (CT, ExplicitVRLittleEndian)]
REQUEST = request("SCU", "YUANZHEN", WANTED, 16384)
PROPOSED = proposal_of(REQUEST)
ACCEPTED = acceptance(PROPOSED, *agreed(PROPOSED), 16384)
ECHO: command.Command = {"CommandField": 0x30, "MessageID": 1, "AffectedSOPClassUID": VERIFICATION,
                         "CommandDataSetType": command.NO_DATA_SET}  # fmt: skip
FIND: command.Command = {
    **ECHO,
    "CommandField": 0x20,
    "AffectedSOPClassUID": CT,
    "CommandDataSetType": 1,
    "Priority": 0,
}
STREAM = b"".join(_pdus(1, 3, command.encoded(one), 16384) for one in (ECHO, FIND)) + _pdus(1, 2, b"x" * 90, 40)
LETTERS = bytes([0, 1, 2, 3, 4, 5, 6, 7, 0x10, 0x20, 0x21, 0x30, 0x40, 0x50, 0xFF])
BODY = b"--b\r\nContent-Type: application/dicom\r\n\r\nab\r\n--c\r\n--b\r\nX: y\r\n\r\n\r\n--b--\r\n"


def _identifier() -> bytes:
    asked = Dataset()
    asked.SpecificCharacterSet = "GB18030"
    asked.QueryRetrieveLevel = "STUDY"
    asked.PatientName = "王*"
    asked.StudyDate = "20260101-20260301"
    asked.StudyInstanceUID = ["1.2.3", "1.2.4"]
    return encoded(asked, ExplicitVRLittleEndian)


def test_each_proposal_gets_its_own_answer_however_often_it_comes() -> None:
    other = request("SCU", "YUANZHEN", WANTED[1:], 16384)
    for _ in range(2):
        for pdu, wanted in ((REQUEST, WANTED), (other, WANTED[1:])):
            agreement, told = answered(pdu, 16384)
            assert agreement.contexts == {
                2 * n + 1: Context(2 * n + 1, abstract, syntax) for n, (abstract, syntax) in enumerate(wanted)
            }
            proposal = proposal_of(pdu)
            assert told == acceptance(proposal, *agreed(proposal), 16384)


@tried
def test_any_association_is_agreed_or_refused(many: int) -> None:
    def read(data: bytes) -> None:
        agreed(proposal_of(data))

    each(changed([REQUEST], LETTERS) | st.binary(max_size=80), many // 4, read)
    each(changed([ACCEPTED], LETTERS), many // 4, lambda data: acceptance_of(data, WANTED))


@tried
def test_any_command_is_read_or_refused(many: int) -> None:
    commands = changed([command.encoded(ECHO), command.encoded(FIND)], LETTERS)
    each(commands | st.binary(max_size=80), many, command.decoded)


@tried
def test_any_identifier_is_a_query_or_refused(many: int) -> None:
    def read(data: bytes) -> None:
        Asked(data, ExplicitVRLittleEndian, "STUDY").to_retrieve()

    each(changed([_identifier()], LETTERS), many, read)


@tried
def test_any_file_with_anything_changed_is_read_and_can_be_told_or_is_refused(many: int) -> None:
    asked = Asked(_identifier(), ExplicitVRLittleEndian, "STUDY")

    def read(data: bytes) -> None:
        header = codec.received(data).header
        asked.wanted = {tag: str(element["vr"]) for tag, element in header.items()}
        answer(header, asked, "YUANZHEN", ExplicitVRLittleEndian)

    files = [bundled(name)[:6000] for name in NAMES]
    each(changed(files, LETTERS + b"ZSQ"), many // 4, read)


class _Nowhere:
    """A writer that takes all."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None: ...


async def _conversation(stream: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(stream)
    reader.feed_eof()
    link = Link(reader, cast("Any", _Nowhere()), pdu_bytes=16384, idle_s=5)
    try:
        while True:
            context, said = await link.message()
            if said.get("CommandDataSetType") != command.NO_DATA_SET:
                await link.data_set(context, 1000)
    except (Ended, Broken):
        pass


@tried
def test_any_stream_of_an_association_comes_to_an_end(many: int) -> None:
    each(changed([STREAM], LETTERS) | st.binary(max_size=80), many // 4, lambda data: asyncio.run(_conversation(data)))


@pytest.mark.parametrize("length", [16385, 0xFFFFFFFF])
def test_a_pdu_that_says_to_be_large_is_not_waited_for(length: int) -> None:
    stream = struct.pack(">BBL", 4, 0, length) + bytes(100)

    async def read() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(stream)
        with pytest.raises(Broken):
            await Link(reader, cast("Any", _Nowhere()), pdu_bytes=16384, idle_s=5).message()

    assert most_bytes(lambda: asyncio.run(read())) < 1_000_000


# ---- multipart


async def _pieces(body: bytes, sizes: list[int]) -> AsyncIterator[bytes]:
    at, turn = 0, 0
    while at < len(body):
        size = sizes[turn % len(sizes)]
        yield body[at : at + size]
        at, turn = at + size, turn + 1


async def _parts(body: bytes, sizes: list[int]) -> list[bytes]:
    parts, found = Parts(_pieces(body, sizes), b"b"), []
    while await parts.begin() is not None:
        found.append(b"".join([piece async for piece in parts.content()]))
    return found


SIZES = st.lists(st.integers(1, 30), min_size=1, max_size=5)


@tried
def test_parts_are_the_same_however_the_body_is_cut(many: int) -> None:
    def read(sizes: list[int]) -> None:
        assert asyncio.run(_parts(BODY, sizes)) == [b"ab\r\n--c", b""]

    each(SIZES, many // 4, read)


@tried
def test_any_body_is_cut_into_parts_or_refused(many: int) -> None:
    def read(given: tuple[bytes, list[int]]) -> None:
        body, sizes = given
        whole: list[bytes] | str
        try:
            whole = asyncio.run(_parts(body, [len(body) + 1]))
        except Problem as problem:
            whole = problem.code
        try:
            told: list[bytes] | str = asyncio.run(_parts(body, sizes))
        except Problem as problem:
            told = problem.code
        assert told == whole

    each(st.tuples(changed([BODY], b"\r\n-b:"), SIZES), many // 4, read)


@tried
def test_any_content_type_has_a_boundary_or_is_refused(many: int) -> None:
    letters = st.text('multipart/related; boundary="b" type=\\=\t é', max_size=60)
    beginning = st.sampled_from(["", "multipart/related", "multipart/related; boundary="])
    each(st.builds(str.__add__, beginning, letters), many, boundary_of)


def test_a_header_that_never_ends_is_refused_before_it_is_large() -> None:
    body = b"--b\r\n" + b"x" * (50 * MAX_HEAD)

    def read() -> None:
        with pytest.raises(Problem, match=r"stow\.multipart"):
            asyncio.run(_parts(body, [1000]))

    assert most_bytes(read) < 500_000
