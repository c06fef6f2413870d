"""SM4 in C, where set-up finds no compiler."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts.setup import ground, sm4


def test_without_a_compiler_set_up_says_each_time_what_is_slower_and_leaves_files_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ground, "STATE", tmp_path)
    monkeypatch.setattr(sm4, "STATE", tmp_path)
    monkeypatch.setattr(sm4, "PAGES", replace(sm4.PAGES, made=tmp_path / "generated" / "sm4gcm.wasm"))
    monkeypatch.setattr(sm4, "SERVER", replace(sm4.SERVER, made=tmp_path / "compiled" / "sm4gcm.so"))
    monkeypatch.setattr(sm4, "PIP_INSTALL", [tmp_path / "no-python", "install"])
    monkeypatch.setattr(sm4.platform, "machine", lambda: "x86_64")
    for _ in range(2):
        sm4.ciphers()
        assert (tmp_path / "generated" / "sm4gcm.wasm").read_bytes() == b"\0asm\1\0\0\0"
        assert (tmp_path / "compiled" / "sm4gcm.so").read_bytes() == b""
        said = capsys.readouterr().out
        assert "LACKS the compiler: faces and voices" in said
        assert "LACKS the compiler: images and documents" in said


def test_another_kind_of_processor_gets_the_pages_half_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "STATE", tmp_path)
    monkeypatch.setattr(sm4, "STATE", tmp_path)
    monkeypatch.setattr(sm4, "PAGES", replace(sm4.PAGES, made=tmp_path / "generated" / "sm4gcm.wasm"))
    monkeypatch.setattr(sm4, "SERVER", replace(sm4.SERVER, made=tmp_path / "compiled" / "sm4gcm.so"))
    monkeypatch.setattr(sm4, "PIP_INSTALL", [tmp_path / "no-python", "install"])
    monkeypatch.setattr(sm4.platform, "machine", lambda: "aarch64")
    sm4.ciphers()
    assert (tmp_path / "generated" / "sm4gcm.wasm").exists()
    assert not (tmp_path / "compiled").exists()
