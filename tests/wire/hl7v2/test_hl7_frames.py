"""Frames come out whole however the bytes are cut, and what lies between them is counted and dropped."""

import pytest

from yuanzhen.data.exchange.hl7v2.mllp import FrameDecoder, framed

ONE, TWO = framed(b"MSH|one"), framed(b"MSH|two")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_any_cut_gives_the_same_messages(size):
    stream = b"noise" + ONE + b"\r\n" + TWO + b"tail"
    decoder = FrameDecoder()
    messages = [m for at in range(0, len(stream), size) for m in decoder.feed(stream[at : at + size])]
    assert (messages, decoder.garbage, decoder.within) == ([b"MSH|one", b"MSH|two"], 9, False)


def test_a_frame_may_lack_its_last_return():
    assert FrameDecoder().feed(ONE[:-1] + TWO) == [b"MSH|one", b"MSH|two"]


def test_a_frame_begun_anew_drops_its_first_half():
    decoder = FrameDecoder()
    assert (decoder.feed(b"\x0bMSH|ha" + TWO), decoder.garbage) == ([b"MSH|two"], 6)


def test_a_vertical_tab_inside_a_text_stays():
    assert FrameDecoder().feed(framed(b"MSH|a\x0bb")) == [b"MSH|a\x0bb"]


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_frame_over_the_limit_gives_its_head_and_the_next_is_whole(size):
    stream = framed(b"x" * 100) + ONE
    decoder = FrameDecoder(limit=20)
    messages = [m for at in range(0, len(stream), size) for m in decoder.feed(stream[at : at + size])]
    assert (messages, decoder.garbage) == ([b"x" * 21, b"MSH|one"], 79)
