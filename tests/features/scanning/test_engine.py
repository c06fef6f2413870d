"""The real ClamAV, with a signature of our own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.make.scanner import EICAR, scanning
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.security.scanning import clamd, engine
from yuanzhen.security.scanning.clamd import Verdict, unscanned
from yuanzhen.security.scanning.engine import Engine

needs_clamav = pytest.mark.skipif(engine.program() is None, reason="clamav-daemon is not installed")


async def pieces(file: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(file), 5):
        yield file[at : at + 5]


async def never() -> AsyncIterator[bytes]:
    raise AssertionError("it was read")
    yield b""


def zipped(file: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("报告.txt", file)
    return held.getvalue()


@needs_clamav
async def test_what_is_known_is_found_alone_and_in_an_archive_and_the_rest_is_clean() -> None:
    with TemporaryDirectory() as folder:  # pytest's own is closed to the engine's account
        async with scanning(Path(folder) / "home", Path(folder) / "signatures") as running:
            found = [await running.scan(pieces(file), len(file)) for file in (EICAR, zipped(EICAR), b"a" * 99)]
            assert [(one.state, one.found) for one in found] == [
                ("infected", "Own.Eicar.UNOFFICIAL"), ("infected", "Own.Eicar.UNOFFICIAL"), ("clean", "")
            ]  # fmt: skip
            assert found[0].engine.startswith("ClamAV ")
            large = await running.scan(never(), clamd.LARGEST + 1)
            assert large == unscanned("too-large")


@needs_clamav
async def test_without_signatures_nothing_is_read_and_nothing_called_clean(tmp_path: Path) -> None:
    assert await Engine(tmp_path, tmp_path, Metrics()).scan(never(), 1) == unscanned("no-signatures")


async def test_without_an_engine_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "program", lambda: None)
    assert await Engine(tmp_path, tmp_path, Metrics()).scan(never(), 1) == unscanned("no-engine")


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (b"stream: OK\0", Verdict("clean", engine="e")),
        (b"stream: Win.Test FOUND\0", Verdict("infected", "Win.Test", "e")),
        (b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", unscanned("beyond", "e")),
        (b"stream: Heuristics.Encrypted.Zip FOUND\0", unscanned("beyond", "e")),
        (b"INSTREAM size limit exceeded. ERROR\0", unscanned("beyond", "e")),
        (b"", unscanned("no-answer", "e")),
        (b"stream: Can't allocate memory ERROR\0", unscanned("no-answer", "e")),
    ],
)
async def test_what_the_engine_could_not_look_into_is_not_clean(reply: bytes, found: Verdict) -> None:
    assert clamd.verdict(reply, "e") == found
