"""The pages' SM4, where set-up finds no compiler."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.setup import ground, wasm


def test_without_a_compiler_the_pages_get_an_empty_module_and_set_up_says_so_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ground, "STATE", tmp_path)
    monkeypatch.setattr(wasm, "STATE", tmp_path)
    monkeypatch.setattr(wasm, "MODULE", tmp_path / "generated" / "sm4gcm.wasm")
    monkeypatch.setattr(wasm, "PIP_INSTALL", [tmp_path / "no-python", "install"])
    for _ in range(2):
        wasm.ciphers()
        assert (tmp_path / "generated" / "sm4gcm.wasm").read_bytes() == b"\0asm\1\0\0\0"
        assert "LACKS the compiler" in capsys.readouterr().out
