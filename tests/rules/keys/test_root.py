"""The home's root key: made once, sealed when asked, refused with a reason when something is wrong with its file."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, Malformed, NotFound
from yuanzhen.security.keys.root import Root, change_passphrase

ONE, TWO = b"the first passphrase", b"the second passphrase"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "root.key"


def test_the_first_start_makes_a_key_that_the_next_start_finds(path: Path) -> None:
    first = Root.open(path, None)
    assert Root.open(path, None).derive("database") == first.derive("database")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["root.key"]


def test_two_homes_have_different_keys(tmp_path: Path) -> None:
    assert Root.open(tmp_path / "a", None).derive("x") != Root.open(tmp_path / "b", None).derive("x")


def test_processes_that_start_at_once_end_with_one_key(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        roots = list(threads.map(lambda _: Root.open(path, None), range(8)))
    assert len({root.derive("x") for root in roots}) == 1


def test_each_purpose_has_a_key_of_its_own(path: Path) -> None:
    root = Root.open(path, None)
    assert root.derive("database") != root.derive("context")
    assert len(root.derive("context", 64)) == 64
    assert root.derive_text("database") == Root.open(path, None).derive_text("database")
    assert len(root.derive_text("database")) == 43


def test_derived_keys_stay_the_same_from_release_to_release() -> None:
    # The same by `openssl kdf ... HKDF` with digest SM3, no salt and info "yuanzhen root 1\0database"
    root = Root(bytes(range(32)), sealed=False)
    assert root.derive("database").hex() == "60c7c8994f9fe5a616a91abee0365392f9c102acc9ac9b7e258b13ffefe1d81f"


def test_a_passphrase_seals_the_file(path: Path) -> None:
    root = Root.open(path, b"correct horse")
    assert root.sealed
    assert root._key not in path.read_bytes()
    assert Root.open(path, b"correct horse").derive("x") == root.derive("x")


def test_a_wrong_passphrase_is_refused(path: Path) -> None:
    Root.open(path, b"correct horse")
    with pytest.raises(Invalid, match=r"root.wrong_passphrase at root.key"):
        Root.open(path, b"battery staple")


def test_a_sealed_file_without_a_passphrase_is_refused(path: Path) -> None:
    Root.open(path, b"correct horse")
    with pytest.raises(Invalid, match=r"root.passphrase_wanted"):
        Root.open(path, None)


def test_a_passphrase_for_a_plain_file_is_not_taken_as_if_it_sealed(path: Path) -> None:
    Root.open(path, None)
    with pytest.raises(Conflict, match=r"root.not_sealed"):
        Root.open(path, b"correct horse")


def test_changing_the_passphrase_keeps_the_key(path: Path) -> None:
    before = Root.open(path, None).derive("x")
    change_passphrase(path, None, ONE)
    change_passphrase(path, ONE, TWO)
    assert Root.open(path, TWO).derive("x") == before
    with pytest.raises(Invalid, match=r"root.wrong_passphrase"):
        Root.open(path, ONE)
    change_passphrase(path, TWO, None)
    assert Root.open(path, None).derive("x") == before


@pytest.mark.slow
def test_whoever_does_not_know_the_passphrase_changes_nothing(path: Path) -> None:
    Root.open(path, ONE)
    before = path.read_bytes()
    for old in (TWO, None):
        with pytest.raises(Invalid, match=r"root.(wrong_passphrase|passphrase_wanted)"):
            change_passphrase(path, old, b"another passphrase")
    with pytest.raises(Invalid, match=r"root.passphrase_short at passphrase, shortest 12"):
        change_passphrase(path, ONE, b"too short")
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["root.key"]


@pytest.mark.slow
def test_of_those_who_change_it_at_once_one_is_obeyed_and_the_others_are_told(path: Path) -> None:
    Root.open(path, ONE)
    wanted = [b"passphrase number %d" % number for number in range(6)]

    def change(new: bytes) -> bytes | None:
        try:
            change_passphrase(path, ONE, new)
        except Invalid:
            return None
        return new

    with ThreadPoolExecutor(len(wanted)) as threads:
        (obeyed,) = [new for new in threads.map(change, wanted) if new is not None]
    assert Root.open(path, obeyed).sealed


@pytest.mark.parametrize("passphrase", [b"", b"too short"])
def test_a_first_start_takes_no_passphrase_that_is_none(path: Path, passphrase: bytes) -> None:
    with pytest.raises(Invalid, match=r"root.passphrase_short"):
        Root.open(path, passphrase)
    assert not path.exists()


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
@pytest.mark.slow
def test_a_file_cut_off_anywhere_is_refused(path: Path, passphrase: bytes | None) -> None:
    Root.open(path, passphrase)
    whole = path.read_bytes()
    for length in range(len(whole) - 1):  # the last byte is a line feed
        path.write_bytes(whole[:length])
        with pytest.raises(Malformed, match=r"root.unreadable"):
            Root.open(path, passphrase)


def test_a_changed_key_is_refused(path: Path) -> None:
    Root.open(path, None)
    written = json.loads(path.read_bytes())
    written["key"] = "A" + written["key"][1:] if written["key"][0] != "A" else "B" + written["key"][1:]
    path.write_text(json.dumps(written))
    with pytest.raises(Malformed, match=r"its digest fits"):
        Root.open(path, None)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 32, b"-----BEGIN PRIVATE KEY-----", b"{}", b"[" * 5000, b"\xff" * 9000]
)
def test_a_foreign_file_is_refused(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(Malformed, match=r"root.unreadable"):
        Root.open(path, None)


@pytest.mark.slow
def test_a_file_cannot_ask_for_more_memory_than_a_server_has(path: Path) -> None:
    Root.open(path, b"correct horse")
    written = json.loads(path.read_bytes())
    written["stretch"]["memory_kib"] = 2**31
    path.write_text(json.dumps(written))
    with pytest.raises(Malformed, match=r"root.unreadable"):
        Root.open(path, b"correct horse")


def test_a_file_that_others_may_read_is_refused(path: Path) -> None:
    Root.open(path, None)
    path.chmod(0o640)
    with pytest.raises(Forbidden, match=r"root.open_to_others at root.key, mode 0640, wanted 0600"):
        Root.open(path, None)


def test_a_home_with_data_gets_no_new_key_in_place_of_a_lost_one(path: Path) -> None:
    with pytest.raises(NotFound, match=r"root.missing"):
        Root.open(path, None, may_create=False)
    assert not path.exists()


def test_a_root_key_does_not_show_itself(path: Path) -> None:
    root = Root.open(path, None)
    assert repr(root) == "Root(sealed=False)"
