"""Faces and voices sealed in a real page: the cipher as the standards and the server have it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

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
