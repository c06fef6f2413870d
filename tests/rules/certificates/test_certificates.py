"""A home's certificates: made at the first start, renewed before they end, replaced by what was brought."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from yuanzhen.infrastructure.errors import Invalid, Malformed
from yuanzhen.security.certificates import issue
from yuanzhen.security.certificates.brought import covers
from yuanzhen.security.certificates.context import ServerTls, client_context
from yuanzhen.security.certificates.folder import ensure
from yuanzhen.security.certificates.issue import Pair

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)  # handshakes look at the real clock


def pem(pair: Pair) -> tuple[bytes, bytes]:
    key = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pair.certificate.public_bytes(Encoding.PEM), key


def bring(home: Path, certificate: bytes | None, key: bytes | None) -> None:
    folder = home / "tls" / "brought"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("cert.pem", certificate), ("key.pem", key)):
        if content is not None:
            (folder / name).write_bytes(content)


def hospital(names: list[str], now: datetime = NOW) -> Pair:
    return issue.server(issue.authority(now), names, now)


async def shown(tls: ServerTls, client: ssl.SSLContext, name: str) -> tuple[bytes, str, str | None]:
    """One handshake on loopback: the certificate that the client saw, the TLS version, and the protocol agreed on."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls.context)
    port = listener.sockets[0].getsockname()[1]
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname=name)
        seen = writer.get_extra_info("ssl_object")
        writer.close()
        return seen.getpeercert(binary_form=True), seen.version(), seen.selected_alpn_protocol()
    finally:
        listener.close()
        await listener.wait_closed()


def der(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "telemed.example"])
async def test_clients_that_trust_the_home_connect_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    tls = ServerTls(tmp_path, ["telemed.example"], NOW, alpn=["h2", "http/1.1"])
    client = client_context(tmp_path)
    client.set_alpn_protocols(["http/1.1"])
    assert await shown(tls, client, name) == (der(tmp_path / "tls/server.pem"), "TLSv1.3", "http/1.1")


async def test_another_name_or_another_home_is_not_trusted(tmp_path: Path) -> None:
    tls, other = ServerTls(tmp_path / "a", [], NOW), ServerTls(tmp_path / "b", [], NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        await shown(tls, client_context(tmp_path / "a"), "telemed.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        await shown(other, client_context(tmp_path / "a"), "localhost")


async def test_tls_1_2_is_spoken_and_nothing_older(tmp_path: Path) -> None:
    tls, client = ServerTls(tmp_path, [], NOW), client_context(tmp_path)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    assert (await shown(tls, client, "localhost"))[1] == "TLSv1.2"
    client.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await shown(tls, client, "localhost")


@pytest.mark.parametrize("suite", ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256"])
async def test_suites_without_forward_secrecy_or_authentication_are_refused(tmp_path: Path, suite: str) -> None:
    tls, client = ServerTls(tmp_path, [], NOW), client_context(tmp_path)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers(suite)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await shown(tls, client, "localhost")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path, name: str) -> None:
    tls, client = ServerTls(tmp_path, [], NOW - 380 * DAY), client_context(tmp_path)
    before, _, _ = await shown(tls, client, name)
    assert not tls.renew_if_due(NOW - 15 * DAY)
    assert tls.renew_if_due(NOW)
    after, _, _ = await shown(tls, client, name)
    assert (after != before, after) == (True, der(tmp_path / "tls/server.pem"))
    assert not tls.renew_if_due(NOW)


def rsa_pair() -> tuple[bytes, bytes]:
    """A self-signed RSA certificate for localhost, and its key."""
    key, name = rsa.generate_private_key(65537, 2048), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hospital")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), NOW - DAY, NOW + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    written = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return certificate.public_bytes(Encoding.PEM), written


async def test_a_brought_certificate_is_taken_up_without_a_restart_and_given_back_when_removed(tmp_path: Path) -> None:
    tls, ours, (certificate, key) = ServerTls(tmp_path, [], NOW), client_context(tmp_path), rsa_pair()
    bring(tmp_path, certificate, key)
    assert tls.renew_if_due(NOW)
    theirs = ssl.create_default_context(cadata=certificate.decode())
    assert (await shown(tls, theirs, "localhost"))[0] == der(tmp_path / "tls/brought/cert.pem")
    (tmp_path / "tls/brought/cert.pem").unlink()
    (tmp_path / "tls/brought/key.pem").unlink()
    assert tls.renew_if_due(NOW)
    assert (await shown(tls, ours, "localhost"))[0] == der(tmp_path / "tls/server.pem")


async def test_a_bad_certificate_that_is_brought_later_leaves_the_old_one_in_service(tmp_path: Path) -> None:
    tls, client = ServerTls(tmp_path, [], NOW), client_context(tmp_path)
    bring(tmp_path, b"nonsense", b"nonsense")
    with pytest.raises(Malformed, match=r"tls.brought_unreadable at .*/tls/brought/cert.pem"):
        tls.renew_if_due(NOW)
    assert (await shown(tls, client, "localhost"))[0] == der(tmp_path / "tls/server.pem")


def test_keys_are_for_their_owner_alone_and_a_certificate_lives_at_most_397_days(tmp_path: Path) -> None:
    ensure(tmp_path, [], NOW)
    folder = tmp_path / "tls"
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert (modes["ca.key"], modes["server.pem"], modes["ca.pem"], folder.stat().st_mode & 0o777) == (
        0o600, 0o600, 0o644, 0o700)  # fmt: skip
    server = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    assert server.not_valid_after_utc - server.not_valid_before_utc <= 397 * DAY
    assert 3650 * DAY < authority.not_valid_after_utc - authority.not_valid_before_utc < 3654 * DAY


def test_the_next_start_keeps_what_the_first_made_and_a_new_name_asks_for_a_new_one(tmp_path: Path) -> None:
    first = ensure(tmp_path, ["a.example"], NOW)
    assert ensure(tmp_path, ["A.example", "0:0::1"], NOW) == first
    assert ensure(tmp_path, ["b.example"], NOW) != first


def test_a_renewed_authority_keeps_its_key_so_that_who_trusted_it_still_does(tmp_path: Path) -> None:
    ensure(tmp_path, [], NOW)
    old = x509.load_pem_x509_certificate((tmp_path / "tls/ca.pem").read_bytes())
    ensure(tmp_path, [], NOW + 3400 * DAY)
    new = x509.load_pem_x509_certificate((tmp_path / "tls/ca.pem").read_bytes())
    server = x509.load_pem_x509_certificate((tmp_path / "tls/server.pem").read_bytes())
    assert new != old
    server.verify_directly_issued_by(old)
    server.verify_directly_issued_by(new)


def test_a_start_that_was_killed_between_two_files_is_mended_by_the_next(tmp_path: Path) -> None:
    first = ensure(tmp_path, [], NOW)
    (tmp_path / "tls/ca.pem").unlink()
    assert ensure(tmp_path, [], NOW) == first
    (tmp_path / "tls/server.pem").unlink()
    assert ensure(tmp_path, [], NOW) != first


def test_a_damaged_file_of_ours_is_named(tmp_path: Path) -> None:
    ensure(tmp_path, [], NOW)
    (tmp_path / "tls/server.pem").write_bytes(b"-----BEGIN")
    with pytest.raises(Malformed, match=r"tls.unreadable at server.pem"):
        ensure(tmp_path, [], NOW)


def sealed(pair: Pair) -> bytes:
    return pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))


GOOD = hospital(["telemed.example", "*.region.example", "10.0.0.8"])


@pytest.mark.parametrize(
    ("certificate", "key", "code", "place"),
    [
        (pem(GOOD)[0], None, "tls.brought_half", "key.pem"),
        (None, pem(GOOD)[1], "tls.brought_half", "cert.pem"),
        (b"", pem(GOOD)[1], "tls.brought_unreadable", "cert.pem"),
        (pem(GOOD)[0], b"", "tls.brought_unreadable", "key.pem"),
        (pem(GOOD)[0], sealed(GOOD), "tls.brought_key_sealed", "key.pem"),
        (pem(GOOD)[0], pem(hospital(["telemed.example"]))[1], "tls.brought_other_key", "key.pem"),
        (*pem(hospital(["telemed.example"], NOW - 500 * DAY)), "tls.brought_ended", "cert.pem"),
        (*pem(hospital(["telemed.example"], NOW + 2 * DAY)), "tls.brought_not_yet", "cert.pem"),
        (*pem(hospital(["other.example"])), "tls.brought_other_name", "cert.pem"),
        (*pem(issue.authority(NOW)), "tls.brought_other_name", "cert.pem"),
    ],
)
def test_a_brought_certificate_that_cannot_be_served_is_refused_with_the_reason(
    tmp_path: Path, certificate: bytes | None, key: bytes | None, code: str, place: str
) -> None:
    bring(tmp_path, certificate, key)
    with pytest.raises((Invalid, Malformed)) as refused:
        ensure(tmp_path, ["telemed.example"], NOW)
    assert (refused.value.code, refused.value.place) == (code, str(tmp_path / "tls" / "brought" / place))


@pytest.mark.parametrize("names", [[], ["telemed.example"], ["a.region.example", "10.0.0.8"]])
def test_a_good_one_that_was_brought_is_served(tmp_path: Path, names: list[str]) -> None:
    bring(tmp_path, *pem(GOOD))
    served = ensure(tmp_path, names, NOW)
    assert (served.brought, served.ends) == (True, GOOD.certificate.not_valid_after_utc)


@pytest.mark.parametrize(
    ("found", "name", "fits"),
    [("a.b.example", "A.b.example", True), ("*.b.example", "a.b.example", True), ("*.example", "a.b.example", False),
     ("*.b.example", "b.example", False), ("10.0.0.1", "10.0.0.1", True), ("*.0.0.1", "10.0.0.1", False)],
)  # fmt: skip
def test_a_star_stands_for_one_label_of_a_dns_name(found: str, name: str, fits: bool) -> None:
    assert covers([found], name) is fits
