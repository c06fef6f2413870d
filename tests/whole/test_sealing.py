"""Faces and voices sealed in a real page: the cipher as the standards and the server have it, and two people's call."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.make.faults import PATIENCE_S
from tests.make.pages import CHROMIUM
from tests.make.seal import seal_page
from yuanzhen.security.crypto import sm4

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here: no page was opened"),
]

# RFC 8998, appendix A.1
KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
NONCE = bytes.fromhex("00001234567800000000ABCD")
AAD = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
PLAIN = bytes.fromhex("".join(byte * 8 for byte in ("AA", "BB", "CC", "DD", "EE", "FF", "EE", "AA")))
SEALED = bytes.fromhex(
    "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735D82710CA5C22F0CCFA7CBF93D496AC15"
    "A56834CBCF98C397B4024A2691233B8D83DE3541E4C2B58177E065A9BF7B62EC"
)
CIPHER = """([by, act, ...parts]) => {
    const [key, nonce, aad, data] = parts.map((part) => Uint8Array.fromBase64(part));
    return window.seal.engines[by].key(key)[act](nonce, aad, data)?.toBase64() ?? null;
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with seal_page(tmp_path_factory.mktemp("seal")) as page:
        yield page


def ciphered(page: Page, by: str, act: str, *parts: bytes) -> bytes | None:
    """What the page's engine makes of a key, a nonce, additional data and data."""
    said: Any = page.evaluate(CIPHER, [by, act, *(base64.b64encode(part).decode() for part in parts)])
    return None if said is None else base64.b64decode(said)


@pytest.mark.parametrize("by", ["wasm", "script"])
def test_the_page_seals_and_opens_as_rfc_8998_says(page: Page, by: str) -> None:
    assert ciphered(page, by, "seal", KEY, NONCE, AAD, PLAIN) == SEALED
    assert ciphered(page, by, "open", KEY, NONCE, AAD, SEALED) == PLAIN
    assert ciphered(page, by, "open", KEY, NONCE, AAD, SEALED[:-1] + b"\x00") is None


@pytest.mark.parametrize("size", [0, 1, 479, 480, 481, 83_000, 1_000_003])
def test_the_page_and_the_server_seal_alike(page: Page, size: int) -> None:
    plain = bytes(n * n % 251 for n in range(size))
    sealed = ciphered(page, "wasm", "seal", KEY, NONCE, AAD, plain)
    assert sealed == sm4.seal(KEY, NONCE, plain, AAD)
    assert ciphered(page, "wasm", "open", KEY, NONCE, AAD, sealed) == plain


# ---- Two people in one page: A's camera and microphone come to B over a real connection.

START = """async ([wish, epochs]) => {
    const { a, b } = epochs;
    const key = (epoch) => [{ sender: "a", epoch, key: new Uint8Array(16).fill(epoch) }];
    const call = window.call = new window.seal.Call();
    if (a !== undefined) call.a.hand(key(a));
    if (b !== undefined) call.b.hand(key(b));
    window.hand = (who, epoch) => call[who].hand(key(epoch));
    return call.start(wish);
}"""


@pytest.fixture
def call(page: Page) -> Iterator[Callable[..., Any]]:
    """Starts a call with keys of these epochs; answers what is seen of it. A's key of epoch n is n, sixteen times."""

    def start(codec: str, sends: str = "sealed", a: int | None = 1, b: int | None = 1, **wish: Any) -> Any:
        if not page.evaluate(START, [{"codec": codec, "sends": sends, **wish}, {"a": a, "b": b}]):
            pytest.skip(f"this Chromium has no {codec}")
        return lambda: page.evaluate("window.call.seen()")

    yield start
    page.evaluate("window.call.end()")


def until(seen: Any, true: Callable[[Any], bool]) -> Any:
    """What is seen once something is true of it."""
    end = time.monotonic() + PATIENCE_S
    while not true(now := seen()):
        assert time.monotonic() < end, now
        time.sleep(0.1)
    return now


def dropped(told: Any, flow: int = 0) -> dict[str, int]:
    """Why B dropped frames: of the camera, or of the microphone (1)."""
    counts = told["b"]["counts"] if told.get("b") else []
    return next((one["dropped"] for one in counts if one["flow"] == flow), {})


@pytest.mark.parametrize("codec", ["video/VP8", "video/VP9", "video/H264", "video/AV1"])
def test_pictures_and_sound_come_with_the_key_and_all_that_was_sent_was_sealed(call: Any, codec: str) -> None:
    seen = call(codec)
    told = until(seen, lambda now: now["decoded"] > 20 and now["heard"] > 24_000 and now.get("b"))
    assert told["leaked"] == 0
    assert told["isLive"]
    assert set(dropped(told)) <= {"no-key"}
    assert set(dropped(told, 1)) <= {"no-key", "empty"}
    assert told["b"]["engine"] == "wasm"


@pytest.mark.parametrize("codec", ["video/VP8", "video/H264"])
def test_nothing_comes_without_the_key(call: Any, codec: str) -> None:
    seen = call(codec, b=None)
    told = until(seen, lambda now: dropped(now).get("no-key", 0) > 20 and dropped(now, 1).get("no-key", 0) > 20)
    assert (told["decoded"], told["heard"]) == (0, 0)


def test_nothing_comes_with_the_key_of_another_epoch_until_the_right_one_is_there(call: Any, page: Page) -> None:
    seen = call("video/VP8", a=2, b=1)
    told = until(seen, lambda now: dropped(now).get("no-key", 0) > 20)
    assert (told["decoded"], told["heard"]) == (0, 0)
    page.evaluate("window.hand('b', 2)")
    until(seen, lambda now: now["decoded"] > 5 and now["heard"] > 0)


def test_who_left_before_the_new_epoch_sees_no_more(call: Any, page: Page) -> None:
    seen = call("video/VP8")
    until(seen, lambda now: now["decoded"] > 5)
    page.evaluate("window.hand('a', 2)")
    until(seen, lambda now: dropped(now).get("no-key", 0) > 5)
    before = seen()["decoded"]
    told = until(seen, lambda now: dropped(now).get("no-key", 0) > 30)
    assert told["decoded"] == before


def test_a_picture_with_one_bit_changed_on_the_way_is_dropped_and_a_whole_one_asked_for(call: Any) -> None:
    seen = call("video/VP8", harm={"how": "flip", "each": 15, "epoch": 1, "key": [1] * 16})
    told = until(seen, lambda now: dropped(now).get("broken", 0) >= 3 and now["decoded"] > 20)
    assert set(dropped(told)) <= {"broken", "no-key"}


def test_a_picture_that_comes_again_is_dropped(call: Any) -> None:
    seen = call("video/VP8", harm={"how": "replay", "each": 15, "epoch": 1, "key": [1] * 16})
    until(seen, lambda now: dropped(now).get("replayed", 0) >= 3 and now["decoded"] > 20)


@pytest.mark.parametrize("sends", ["clear", "late"])
def test_a_camera_that_goes_out_clear_is_found_stopped_and_never_shown(call: Any, sends: str) -> None:
    seen = call("video/VP8", sends=sends)
    told = until(seen, lambda now: now["leaked"] > 0 and dropped(now).get("not-sealed", 0) > 0)
    assert not told["isLive"]
    assert told["decoded"] == 0
    assert set(dropped(told)) <= {"not-sealed", "no-key"}  # the latter until B's worker has its engine


def test_whoever_leaves_seals_and_opens_no_more(call: Any, page: Page) -> None:
    seen = call("video/VP8")
    until(seen, lambda now: now["decoded"] > 5)
    page.evaluate("window.call.b.leave()")
    left = seen()
    ended = until(seen, lambda now: now["sent"] > left["sent"] + 10)  # what was under way has come by then
    told = until(seen, lambda now: now["sent"] > ended["sent"] + 20)
    assert told["decoded"] == ended["decoded"]
