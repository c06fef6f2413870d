"""The newest head is kept beside the database, so that a log that was cut off shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.features.audit.conftest import Log
from yuanzhen.infrastructure.errors import InsufficientStorage, Malformed
from yuanzhen.security.audit.chain import Chain
from yuanzhen.security.audit.kept import KeptHead


async def test_each_head_is_kept_when_it_is_committed(empty_log: Log, tmp_path: Path) -> None:
    kept = KeptHead(tmp_path / "log.head")
    assert kept.read() is None
    chain = Chain(empty_log.db, empty_log.vault, kept.keep)
    for count in (2, 3):
        await empty_log.act(count)
        await empty_log.chain(chain)
        assert kept.read() == await empty_log.newest_head()


async def test_a_log_cut_off_behind_a_kept_head_is_told(log: Log, tmp_path: Path) -> None:
    kept = KeptHead(tmp_path / "log.head")
    await log.act()
    await log.chain(Chain(log.db, log.vault, kept.keep))
    assert await log.broken(known=kept.read()) == []
    await log.server.execute("DELETE FROM security.trail WHERE id > 11")
    await log.server.execute("DELETE FROM security.trail_leaf WHERE position >= 11")
    await log.server.execute("DELETE FROM security.trail_head WHERE size > 11")
    assert await log.broken(known=kept.read()) == ["trail.known_head_gone at head 32"]


async def test_a_head_that_cannot_be_kept_is_reported_and_the_log_goes_on(log: Log, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    chain = Chain(log.db, log.vault, KeptHead(tmp_path / "taken" / "log.head").keep)
    await log.act()
    with pytest.raises(InsufficientStorage, match=r"trail.head_not_kept"):
        await log.chain(chain)
    assert await log.chain(chain) == 0
    assert await log.broken() == []


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "log.head").write_bytes(b'{"size": 3')
    with pytest.raises(Malformed, match=r"trail.head_unreadable at log.head"):
        KeptHead(tmp_path / "log.head").read()
