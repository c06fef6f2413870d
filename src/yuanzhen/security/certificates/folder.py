"""`home/tls`: the authority (`ca.pem`, `ca.key`) and the server's key and certificate in one file (`server.pem`).

What was brought to `brought/` is served instead. Whoever connects to us trusts `ca.pem`.
"""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from yuanzhen.infrastructure.errors import Malformed
from yuanzhen.security import files
from yuanzhen.security.certificates import brought, issue
from yuanzhen.security.certificates.issue import Pair, names_of, plain

FOLDER, AUTHORITY, AUTHORITY_KEY, SERVER, BROUGHT = "tls", "ca.pem", "ca.key", "server.pem", "brought"
RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Served:
    """What the server shows: its files, until when it is good, the certificate's SHA-256, whether it was brought."""

    certificate: Path
    key: Path
    ends: datetime
    fingerprint: str
    brought: bool


def own_names() -> list[str]:
    """The names by which a machine is reached when nobody gave it others."""
    return list(dict.fromkeys(["localhost", socket.gethostname().lower(), "127.0.0.1", "::1"]))


def ensure(home: Path, names: Sequence[str], now: datetime) -> Served:
    """The certificate to serve now, made or renewed where needed. `names`: what the operator named besides our own.

    Of our own it is renewed 30 days before its end, and when a name is new. Raises `tls.brought_*` for a brought one
    that cannot be served, Malformed `tls.unreadable` for a damaged file of ours.
    """
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        issuer = _authority(folder, now)
        if brought.is_brought(folder / BROUGHT):
            where = folder / BROUGHT
            taken = brought.check(where, names, now)
            return _served(where / brought.CERTIFICATE, where / brought.KEY, taken, was_brought=True)
        certificate = _server(folder, issuer, [plain(name) for name in (*own_names(), *names)], now)
        return _served(folder / SERVER, folder / SERVER, certificate, was_brought=False)


def _served(path: Path, key: Path, certificate: x509.Certificate, *, was_brought: bool) -> Served:
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    return Served(path, key, certificate.not_valid_after_utc, fingerprint, was_brought)


def _authority(folder: Path, now: datetime) -> Pair:
    """The home's authority; renewed under the same key while the certificates it gives still fit into its life."""
    if not (folder / AUTHORITY_KEY).exists():
        return _kept_authority(folder, issue.authority(now))
    key = _key(folder / AUTHORITY_KEY)
    if not (folder / AUTHORITY).exists():  # killed between the two files
        return _kept_authority(folder, issue.authority(now, key))
    known = Pair(_certificate(folder / AUTHORITY), key)
    if known.certificate.not_valid_after_utc - now < issue.SERVER_LIFE + RENEW_BEFORE:
        return _kept_authority(folder, issue.authority(now, key))
    return known


def _kept_authority(folder: Path, pair: Pair) -> Pair:
    files.replace(folder / AUTHORITY_KEY, _written_key(pair))
    files.replace(folder / AUTHORITY, pair.certificate.public_bytes(Encoding.PEM), files.PUBLIC)
    return pair


def _server(folder: Path, issuer: Pair, names: Sequence[str], now: datetime) -> x509.Certificate:
    path = folder / SERVER
    if path.exists():
        known = _certificate(path)
        _key(path)
        if not is_due(known, issuer.certificate, names, now):
            return known
    pair = issue.server(issuer, list(dict.fromkeys(names)), now)
    files.replace(path, _written_key(pair) + pair.certificate.public_bytes(Encoding.PEM))
    return pair.certificate


def is_due(certificate: x509.Certificate, issuer: x509.Certificate, names: Sequence[str], now: datetime) -> bool:
    """Whether our own certificate is to be made anew: near its end, not good yet, of another authority, a new name."""
    lives = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEW_BEFORE
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, InvalidSignature):
        return True
    return not lives or not set(names) <= set(names_of(certificate))


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as bad:
        raise Malformed("tls.unreadable", place=path.name, rule="delete it and a new one is made") from bad


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as bad:
        raise Malformed("tls.unreadable", place=path.name) from bad
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Malformed("tls.unreadable", place=path.name, rule="an elliptic curve key")
    return key


def _written_key(pair: Pair) -> bytes:
    return pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time makes certificates in a home."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
